# SPDX-License-Identifier: BSD-3-Clause
"""No slice sees another: an include of a sibling's header does not compile, and none goes there by a path.

Usage: slices_test.py SOURCES BUILD SLICE... Neighbours: lib/detectors/meson.build gives each slice its dependencies.
For each slice the compiler gets one line, an include, with the options that BUILD compiles the slice with.
"""
import json
import pathlib
import re
import shlex
import subprocess
import sys

SHARED = "middlebox"  # the one room that slices share


def options(build, slices):
    """{slice: (folder, words)}: how a file of the slice is compiled, without the file and what is written."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        folder = pathlib.Path(entry["file"]).parent
        if folder.name not in slices or folder.parts[-3:-1] != ("lib", "detectors"):
            continue
        words = shlex.split(entry["command"])
        for flag in ("-o", "-c", "-MF", "-MQ"):
            if flag in words:
                at = words.index(flag)
                del words[at:at + 2]
        found[folder.name] = entry["directory"], [word for word in words if word != "-MD"]
    return found


def include(how, header):
    """@return (whether it compiles, what the compiler says, the files that it read)."""
    directory, words = how
    done = subprocess.run([*words, "-M", "-x", "c", "-"], cwd=directory, input=f'#include "{header}"\n',
                          capture_output=True, encoding="utf-8", check=False)
    return done.returncode == 0, done.stderr, done.stdout


def check_includes(known):
    for mine, how in sorted(known.items()):
        good, error, _ = include(how, f"{mine}.h")
        if not good:
            yield f"{mine} does not see its own {mine}.h: {error}"
        for other in sorted(known.keys() - {mine, SHARED}):
            good, error, read = include(how, f"{other}.h")
            if f"detectors/{other}/" in read:  # the system may have a header of the same name: paths.h
                yield f"{mine} sees {other}.h"
            if not good and "No such file" not in error and "file not found" not in error:
                yield f"{mine}: {other}.h is refused for another reason: {error}"


def check_paths(sources, slices):
    for path in sorted(path for name in slices for path in (sources / "lib/detectors" / name).rglob("*.[ch]")):
        for name in re.findall(r'^\s*#\s*include\s*"([^"]*/[^"]*)"', path.read_text(encoding="utf-8"), re.MULTILINE):
            yield f"{path.relative_to(sources)}: #include \"{name}\": headers are named without a folder"


def main():
    sources, build, slices = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    known = options(build, [*slices, SHARED])
    problems = [f"{name}: no file of it is compiled" for name in slices if name not in known]
    problems += [*check_includes(known), *check_paths(sources, known)]
    print("\n".join(problems) or f"{len(known)} folders, none sees a header of another but those of {SHARED}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
