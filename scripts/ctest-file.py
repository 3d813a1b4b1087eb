#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Writes BUILD/CTestTestfile.cmake, so that `ctest --test-dir BUILD` runs what `meson test -C BUILD` runs.
# Neighbours: tests/meson.build calls it in every build; scripts/test. Source: meson's introspection files.
"""Usage: ctest-file.py [--stamp FILE --depfile FILE] BUILD

Which suites a build folder runs depends on its sanitizer:
  none      everything
  address   everything but "style", "model", "scripts" (they run no program of ours) and "bench" (it measures)
  thread    only "concurrent"
Also writes BUILD/ctest-targets.txt: the ninja targets these tests need.
"""
import argparse
import json
import os

SANITIZER_ENV = {
    "address": {
        "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:handle_segv=2:exitcode=99",
        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:exitcode=99",
    },
    "thread": {"TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1:exitcode=66"},
}
LOAD = 4  # what a timeout is multiplied by: it ends a test that hangs, and no test that others slow down
SANITIZER_SLOWDOWN = 6  # and this too


def intro(build, what):
    with open(os.path.join(build, "meson-info", f"intro-{what}.json"), encoding="utf-8") as file:
        return json.load(file)


def suites(test):
    """meson writes "project:suite"; a test without a suite has only the project's name."""
    return [name.split(":", 1)[1] for name in test["suite"] if ":" in name]


def runs_here(test, sanitizer):
    mine = set(suites(test))
    if "thread" in sanitizer:
        return "concurrent" in mine
    if "address" in sanitizer:
        return not mine & {"style", "model", "scripts", "bench"}
    return True


def name_of(test):
    """A googletest program's own name, which has its folder in it (base_text); else meson's."""
    if test["protocol"] == "gtest":
        return os.path.basename(test["cmd"][0]).removesuffix("_test")
    return test["name"].replace("/", "_")


def quoted(text):
    """A CMake bracket argument: nothing inside it is special."""
    return f"[==[{text}]==]"


def command(build, test, name):
    words = list(test["cmd"])
    if test["protocol"] == "gtest":
        words.append(f"--gtest_output=xml:{os.path.join(build, 'test-results', name + '.xml')}")
    return words


def properties(build, test, sanitizer):
    env = dict(test["env"])
    slow = LOAD
    for kind, values in SANITIZER_ENV.items():
        if kind in sanitizer:
            slow = LOAD * SANITIZER_SLOWDOWN
            env.update({key: value for key, value in values.items() if key not in env})
    yield "TIMEOUT", str(test["timeout"] * slow)
    yield "SKIP_RETURN_CODE", "77"
    yield "LABELS", ";".join(suites(test))
    yield "WORKING_DIRECTORY", test["workdir"] or build
    if env:
        yield "ENVIRONMENT", ";".join(f"{key}={value}" for key, value in sorted(env.items()))
    if not test["is_parallel"]:
        yield "RUN_SERIAL", "TRUE"
    yield "COST", str(test["priority"])  # the long ones first: none is left alone at the end


def entry(build, test, sanitizer):
    name = name_of(test)
    full = quoted(f"{os.path.basename(build)}/{name}")
    yield f"add_test({full} {' '.join(quoted(word) for word in command(build, test, name))})"
    values = " ".join(f"{key} {quoted(value)}" for key, value in properties(build, test, sanitizer))
    yield f"set_tests_properties({full} PROPERTIES {values})"


def write_if_changed(path, text):
    try:
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                return
    except FileNotFoundError:
        pass
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def targets_of(build, tests):
    files = {target["id"]: target["filename"] for target in intro(build, "targets")}
    wanted = {name for test in tests for target in test["depends"] for name in files.get(target, [])}
    return sorted(os.path.relpath(name, build) for name in wanted)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("build")
    parser.add_argument("--stamp")
    parser.add_argument("--depfile")
    options = parser.parse_args()
    build = os.path.abspath(options.build)
    sanitizer = next(row["value"] for row in intro(build, "buildoptions") if row["name"] == "b_sanitize")
    tests = [test for test in intro(build, "tests") if runs_here(test, sanitizer)]
    lines = [line for test in tests for line in entry(build, test, sanitizer)]
    os.makedirs(os.path.join(build, "test-results"), exist_ok=True)
    write_if_changed(os.path.join(build, "CTestTestfile.cmake"), "\n".join(lines) + "\n")
    write_if_changed(os.path.join(build, "ctest-targets.txt"), "\n".join(targets_of(build, tests)) + "\n")
    if options.stamp:
        with open(options.stamp, "w", encoding="utf-8"):
            pass
        with open(options.depfile, "w", encoding="utf-8") as file:
            file.write(f"{options.stamp}: meson-info/intro-tests.json meson-info/intro-buildoptions.json\n")


main()
