# SPDX-License-Identifier: BSD-3-Clause
# Expectations: the result in stable lines of counts and names, and what explains them by hand.
# Neighbours: report.py words the lines; tests/replay/truth has the files.
import difflib
import itertools
import sys

from .report import accusation_text, difference_text

BECAUSE = "because: "
UNEXPLAINED = "not explained"


def expectation_lines(report):
    """Stable lines: (capture, text, whether it must be explained). Counts and names, no evidence or confidence."""
    for result in report.results:
        for line in result.figures:
            yield result.capture, line, False
        cells = result.cells()
        for kind in result.evaluator.kinds:
            if any(cells[kind, verdict] for verdict in result.evaluator.verdicts):
                counts = ", ".join(f"{verdict} {cells[kind, verdict]}" for verdict in result.evaluator.verdicts)
                yield result.capture, f"{kind}: {counts}", False
        for episode in result.episodes:
            if not episode.right:
                yield result.capture, result.evaluator.miss_text(episode), episode.kind == "no truth"
    for comparison in report.comparisons:
        agree = sum(found.agrees for found in comparison.facts)
        counts = ", ".join(f"{verdict} {number}" for verdict, number in sorted(comparison.verdicts.items()))
        yield comparison.capture, f"{agree} of {len(comparison.facts)} facts agree; {counts or 'no resets'}", False
        for found in comparison.facts:
            if not found.agrees:
                yield comparison.capture, difference_text(found), True
        for row in comparison.accused:
            yield comparison.capture, accusation_text(row), True


def reasons_of(text):
    """{(capture, line): why} of an expectation."""
    reasons, capture, line = {}, "", ""
    for words in text.splitlines():
        if not words.startswith(" "):
            capture = words
        elif words.strip().startswith(BECAUSE):
            reasons[capture, line] = words.strip().removeprefix(BECAUSE)
        else:
            line = words.strip()
    return reasons


def expectation_text(report, old):
    """@return (text in the form of an expectation, with what the old one explains; number of lines unexplained)."""
    reasons = {key: why for key, why in reasons_of(old).items() if why != UNEXPLAINED}
    lines = ["# Written by scripts/evaluate --expect FILE --update. \"because:\" is filled in by hand."]
    unexplained = 0
    for capture, group in itertools.groupby(expectation_lines(report), key=lambda line: line[0]):
        lines.append(capture)
        for _, text, needed in group:
            lines.append(f"  {text}")
            why = reasons.get((capture, text), UNEXPLAINED if needed else "")
            lines += [f"    {BECAUSE}{why}"] if why else []
            unexplained += why == UNEXPLAINED
    return "\n".join(lines) + "\n", unexplained


def hold_against(report, path, update):
    """Compares with an expectation or writes it. @return faults, the difference printed."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    new, unexplained = expectation_text(report, old)
    if update:
        path.write_text(new, encoding="utf-8")
    elif new != old:
        sides = old.splitlines(keepends=True), new.splitlines(keepends=True)
        sys.stderr.writelines(difflib.unified_diff(*sides, str(path), "result", n=1))
    return ([f"{unexplained} differences are not explained in {path}"] if unexplained else []) + (
        [f"the result is not as {path} has it"] if new != old and not update else [])
