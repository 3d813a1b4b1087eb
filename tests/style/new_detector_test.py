# SPDX-License-Identifier: BSD-3-Clause
"""scripts/new-detector in a copy of the tree: what it makes builds, passes its tests and finds something.

Usage: new_detector_test.py SOURCES     Neighbours: scripts/slice is what is copied; docs/adding-a-detector.md.
The copy is built without optimisation, and of its tests the new detector's alone.
"""
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

NAME = "toy"
FOLDERS = (f"lib/detectors/{NAME}/", f"tests/unit/detectors/{NAME}/", f"tests/replay/{NAME}/")
LIST = "lib/detectors/meson.build"
CAPTURE = "tests/replay/captures/pmtu-snap128.pcap"  # a router reports packets that are too big
ON = ["--set", f"{NAME}.enabled=yes"]
REFUSED = ("", "Toy", "9lives", "two-words", "ends_", "far_too_long_a_name", "ike", "middlebox", "flow", "string")


def run(copy, *words, status=0):
    """@return standard output; anything but the exit status wanted ends the test."""
    done = subprocess.run(words, cwd=copy, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != status:
        sys.exit(f"{' '.join(words)}: exit status {done.returncode}, expected {status}\n"
                 f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def check(holds, what):
    if not holds:
        sys.exit(f"not so: {what}")


def copy_tree(sources, copy):
    names = run(sources, "git", "ls-files", "-co", "--exclude-standard", "-z").split("\0")
    for name in filter(lambda name: name and (sources / name).is_file(), names):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(sources / name, copy / name)
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost"]
    run(copy, "git", "init", "-q")
    run(copy, "git", "add", "-A")
    run(copy, *git, "commit", "-q", "-m", "before")


def changes(copy):
    """{path: status} of what is not as it was."""
    lines = run(copy, "git", "status", "--porcelain", "-uall").splitlines()
    return {line[3:]: line[:2].strip() for line in lines}


def check_refusals(copy):
    for name in REFUSED:
        run(copy, "scripts/new-detector", name, status=1)
    run(copy, "scripts/new-detector", status=2)
    check(not changes(copy), "a refused name leaves the tree as it was")


def check_limit_and_style(copy):
    """Up to 16 detectors, with the shortest name and the longest; what is made is as the style has it."""
    made = 0
    while subprocess.run(["scripts/new-detector", f"x{made}".ljust(2 + made % 2 * 14, "y")], cwd=copy,
                         capture_output=True, check=False).returncode == 0:
        made += 1
    with open(copy / LIST, encoding="utf-8") as lines:
        listed = lines.read().split("detectors = [")[1].split("]")[0].count("'") // 2
    check(made > 1 and listed == 16, f"the 17th detector is refused: {made} were made, {listed} are listed")
    run(copy, "scripts/check", "spdx", "size", "text", "format")
    run(copy, "git", "checkout", "-q", ".")
    run(copy, "git", "clean", "-fdq")


def check_files(copy):
    run(copy, "scripts/new-detector", NAME)
    changed = changes(copy)
    check(changed.pop(LIST) == "M", f"{LIST} is changed")
    check(all(status == "??" and path.startswith(FOLDERS) for path, status in changed.items()),
          f"all else is new and in {FOLDERS}: {changed}")
    check(run(copy, "git", "diff", "--numstat").split() == ["1", "1", LIST], "one line is changed")
    left = [path for path in changed if any(word in path + (copy / path).read_text(encoding="utf-8")
                                            for word in ("NAME", "WORD", "TITLE"))]
    check(not left, f"no placeholder is left: {left}")
    run(copy, "scripts/new-detector", NAME, status=1)


def build(copy):
    options = ["--buildtype=plain", "-Dwerror=true", "-Dfuzz=disabled"]
    if shutil.which("ccache"):
        os.environ["CC"] = "ccache gcc"
    run(copy, "meson", "setup", "build", *options)
    run(copy, "ninja", "-C", "build", "app/midwatch/midwatch")
    run(copy, "meson", "test", "-C", "build", f"{NAME}_{NAME}", f"replay_{NAME}_first")
    return "build/app/midwatch/midwatch"


def check_what_it_does(copy, midwatch):
    report = run(copy, midwatch, "-r", CAPTURE, "-o", "out", *ON)
    with open(copy / f"out/{NAME}.csv", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    check(len(rows) == 2 and rows[1]["sender"] == "192.168.191.1", f"{NAME}.csv has the rows: {rows}")
    check(f"  {NAME:10}{rows[0]['sender']} sent " in report, f"the report has its line:\n{report}")
    check(f"  notice: {NAME}-errors, 192.168.191.1" in report, f"the report has its finding:\n{report}")
    document = json.loads(run(copy, midwatch, "-r", CAPTURE, "-o", "out", "--json", *ON))
    found = [finding for finding in document["findings"] if finding["kind"] == f"{NAME}-errors"]
    check(len(found) == 1 and found[0]["count"] == int(rows[1]["errors"]), f"JSON has its finding: {found}")
    run(copy, midwatch, "-r", CAPTURE, "-o", "off", "--quiet")
    silent = (copy / f"off/{NAME}.csv").read_text(encoding="utf-8")
    check(len(silent.splitlines()) == 1, f"without its setting it is silent:\n{silent}")


def check_documents(copy):
    """docs_generated fails until the two commands' first has run."""
    said = run(copy, "scripts/generate-docs", "--check", "build", status=1)
    check(f"config/schemas/{NAME}.schema.json" in said and "docs/reference/settings.md" in said,
          f"what is to be written is named:\n{said}")
    run(copy, "scripts/generate-docs", "build")
    run(copy, "scripts/generate-docs", "--check", "build")


def main():
    sources = pathlib.Path(sys.argv[1]).resolve()
    if not (sources / ".git").exists() or not shutil.which("git"):
        print("skipped: the sources are no git checkout")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder)
        copy_tree(sources, copy)
        check_refusals(copy)
        check_limit_and_style(copy)
        check_files(copy)
        check_what_it_does(copy, build(copy))
        check_documents(copy)
    print(f"{NAME}: its own folders and one line; it builds, passes, and finds")


main()
