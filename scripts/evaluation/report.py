# SPDX-License-Identifier: BSD-3-Clause
# What evaluation prints: tables, every miss with its evidence, and the same as JSON.
# Neighbours: common.py and facts.py have what it is made of; expectation.py writes the stable form.
import collections
import dataclasses

from .common import flow_of, flow_text
from .resets import ResetEvaluator

FIGURES_IN_LINE = 2


@dataclasses.dataclass
class Report:
    results: list
    comparisons: list
    faults: list

    def groups(self):
        """Results by subject and scenario, then all of a subject together."""
        by_subject = collections.defaultdict(list)
        for result in self.results:
            by_subject[result.evaluator.subject].append(result)
        for subject, results in by_subject.items():
            scenarios = collections.defaultdict(list)
            for result in (result for result in results if result.evaluator.apart):
                scenarios[result.scenario].append(result)
            yield from ((f"{name}: {subject}", members) for name, members in sorted(scenarios.items()))
            yield f"all scenarios: {subject}", results

    def misses(self):
        return [(result, episode) for result in self.results for episode in result.episodes if not episode.right]


def cells_of(results):
    return sum((result.cells() for result in results), collections.Counter())


def table_lines(evaluator, cells):
    columns = [name for name in evaluator.verdicts
               if name != "absent" or any(cells[kind, name] for kind in evaluator.kinds)]
    yield " " * 20 + "".join(f"{name:>10}" for name in columns)
    for kind in evaluator.kinds:
        if any(cells[kind, name] for name in columns):
            yield f"  {kind:18}" + "".join(f"{cells[kind, name]:10}" for name in columns)


def capture_lines(results):
    for result in results:
        if len(result.figures) > FIGURES_IN_LINE:
            yield f"  {result.capture}:"
            yield from (f"    {line}" for line in result.figures)
        else:
            yield f"  {result.capture}: {'; '.join(result.figures) or 'no figures'}"
        if result.place:
            yield f"    injector: {result.place}"


def report_lines(report):
    """The whole for people."""
    silent = collections.defaultdict(set)
    for title, results in report.groups():
        cells = cells_of(results)
        if not cells:
            silent[results[0].evaluator.subject] |= {result.scenario for result in results}
            continue
        yield title
        yield from table_lines(results[0].evaluator, cells)
        yield from (f"  {line}" for line in results[0].evaluator.summary(cells))
        if not title.startswith("all "):
            yield from capture_lines(results)
        yield ""
    for subject, scenarios in silent.items():
        yield f"no {subject} to judge in: {', '.join(sorted(scenarios))}"
    misses = report.misses()
    if report.results:
        yield f"wrong or undecided: {len(misses) or 'none'}"
    for result, episode in misses:
        yield f"  {result.capture}: {result.evaluator.miss_text(episode)}"
        yield from (f"      {line}" for line in result.evaluator.describe(episode.row))
    yield from comparison_lines(report.comparisons)


def comparison_lines(comparisons):
    if not comparisons:
        return
    facts = [found for comparison in comparisons for found in comparison.facts]
    yield f"truth.tsv: {sum(found.agrees for found in facts)} of {len(facts)} facts agree, {len(comparisons)} captures"
    for comparison in comparisons:
        for found in comparison.facts:
            if not found.agrees:
                yield f"  {comparison.capture}: {difference_text(found)}"
        for row in comparison.accused:
            yield f"  {comparison.capture}: {accusation_text(row)}"
            yield from (f"      {line}" for line in ResetEvaluator.describe(row))


def accusation_text(row):
    return f"accusation without truth: {row['ts'] or 'no time'} {flow_text(flow_of(row))}"


def difference_text(found):
    return f"{found.name}: truth {found.truth or 'none'}, here {found.here or 'none'}"


def episode_record(result, episode):
    return {"capture": result.capture, "subject": result.evaluator.subject, "kind": episode.kind,
            "verdict": episode.verdict, "where": episode.where, "fault": episode.fault, "row": episode.row}


def report_record(report):
    """The whole for programs."""
    groups = {}
    for title, results in report.groups():
        cells = cells_of(results)
        table = collections.defaultdict(dict)
        for (kind, verdict), number in sorted(cells.items()):
            table[kind][verdict] = number
        groups[title] = {"captures": {result.capture: result.figures for result in results}, "table": table,
                         "summary": list(results[0].evaluator.summary(cells))}
    comparisons = [{"capture": comparison.capture, "facts": [found._asdict() for found in comparison.facts],
                    "verdicts": comparison.verdicts, "accused": comparison.accused}
                   for comparison in report.comparisons]
    return {"groups": groups, "misses": [episode_record(*miss) for miss in report.misses()],
            "comparisons": comparisons, "faults": report.faults}
