#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Command line, configuration and socket path: each mistake has its sentence and its exit status.
# Neighbours: system.py; tests/unit/settings has the grammar.
import os
import re
import socket

import system
from system import CAPTURES

CAPTURE = CAPTURES / "rst6-snap128.pcap"


class Configuration(system.Case):
    def check(self, yaml, *words, status=2):
        path = self.folder / "midwatch.yaml"
        path.write_bytes(yaml if isinstance(yaml, bytes) else yaml.encode())
        return self.run_midwatch("--check", "-c", path, *words, status=status).stderr

    def test_every_problem_is_told_with_its_place_in_one_run(self):
        errors = self.check("output:\n  interval: 5parsecs\n  nonsense: 1\nflow:\n  flows-max: 99T\nwrong:\n  a: b\n",
                            "--set", "flow.flows-maxx=3", "--set", "resets.forged-at=200")
        for place in ("midwatch.yaml:2:13: output.interval", "midwatch.yaml:3:3: output.nonsense",
                      "midwatch.yaml:5:14: flow.flows-max", "midwatch.yaml:6:1: wrong", "--set: flow.flows-maxx",
                      "--set: resets.forged-at"):
            self.assertIn(place, errors)
        self.assertEqual(len(errors.splitlines()), 6, errors)

    def test_what_is_no_yaml_is_refused(self):
        self.assertRegex(self.check("output: ["), r"midwatch.yaml:\d+:\d+:")
        self.assertRegex(self.check(b"\xff\xfe\x00"), r"midwatch.yaml:1:1:")
        self.assertIn("larger than 1 MiB", self.check("# x\n" * 300000))

    def test_file_that_cannot_be_read(self):
        for path, why in ((self.folder / "missing", "No such file"), (self.folder, "Is a directory")):
            self.assertIn(why, self.run_midwatch("--check", "-c", path, status=2).stderr)

    def test_good_configuration_is_good(self):
        printed = self.run_midwatch("--print-config", status=0).stdout
        self.check(printed, status=0)
        self.check("", status=0)

    def test_a_word_that_was_mistyped_is_asked_about(self):
        for words, meant in ((["docotr"], "Did you mean 'doctor'?"), (["--json", "setup"], "must be the first"),
                             (["--outptu", "x"], "mean --output?"), (["doctor", "--rot=/"], "mean --root?")):
            self.assertIn(meant, self.run_midwatch(*words, status=2).stderr)

    def test_bad_set_stops_the_run_before_it_starts(self):
        done = self.run_midwatch("-r", CAPTURE, "-o", self.out, "--set", "a.b=c", status=2)
        self.assertIn("a.b: unknown section", done.stderr)
        self.assertFalse(self.out.exists())

    def test_more_memory_than_the_machine_has_is_refused(self):
        done = self.run_midwatch("-r", CAPTURE, "-o", self.out, "-w", "4", "--set", "flow.flows-max=256Mi", status=1)
        self.assertRegex(done.stderr, r"memory: .* MiB .*lower flow\.flows-max")
        self.assertFalse(self.out.exists())

    def test_what_a_start_would_refuse_is_told_with_its_place(self):
        errors = self.check("nat:\n  lines: [good=10.0.0.0/8, foo]\ninput:\n  xdp-exclude-vlans: [9999]\n"
                            f"control:\n  socket: /run/{'x' * 200}\n")
        for place in ("midwatch.yaml:2:28: nat.lines: \"foo\" is not NAME=PREFIX",
                      "midwatch.yaml:4:23: input.xdp-exclude-vlans: \"9999\" is no VLAN number",
                      "midwatch.yaml:6:11: control.socket: "):
            self.assertIn(place, errors)
        self.assertEqual(len(errors.splitlines()), 3, errors)

    def test_what_is_named_twice_is_told_with_its_place(self):
        errors = self.check("nat:\n  lines: [office=10.0.0.0/8, guests=10.0.0.0/8, lab=10.1.0.0/16]\n"
                            "flow:\n  flows-max: 1Mi\n  flows-max: 2Mi\nnat:\n  enabled: no\n")
        for place in ('midwatch.yaml:2:30: nat.lines: "guests=10.0.0.0/8" lies within office=10.0.0.0/8',
                      'midwatch.yaml:2:49: nat.lines: "lab=10.1.0.0/16" lies within office=10.0.0.0/8',
                      "midwatch.yaml:5:3: flow.flows-max: given twice: first in line 4",
                      "midwatch.yaml:6:1: nat: given twice: first in line 1"):
            self.assertIn(place, errors)
        self.assertEqual(len(errors.splitlines()), 4, errors)
        self.check("nat:\n  lines: [lab=10.1.0.0/16, office=10.0.0.0/8, office=2001:db8::/32]\n", status=0)
        set_twice = ["--check", "--set", "nat.lines=office=10.0.0.0/8,guests=10.2.0.0/16"]
        self.assertIn("put the narrower one first", self.run_midwatch(*set_twice, status=2).stderr)

    def test_what_the_machine_has_not_is_told_before_a_start(self):
        cores = os.cpu_count()
        words = ["--set", "control.group=nosuch", "--set", f"signatures.directory={self.folder}", "--cores",
                 f"0,{cores + 5}", "--set", "flow.flows-max=256Mi", "-w", "2"]
        for run in (["--check"], ["-i", "nothere0", "-o", self.out]):
            errors = self.run_midwatch(*run, *words, status=2).stderr
            for said in ("control.group: there is no group", "signatures.directory: there is no signature",
                         f"there is no core {cores + 5} here", "lower flow.flows-max"):
                self.assertIn(said, errors)
            self.assertEqual(len(errors.splitlines()), 4, errors)
        self.assertFalse(self.out.exists())

    def test_paths_that_no_start_could_use_are_told_before_it(self):
        file = self.folder / "file"
        file.write_text("mine")
        for words, said in ((["-s", "/tmp/" + "x" * 200], "-s: the path is too long"),
                            (["-s", file], f"-s: {file} is not a socket"),
                            (["--set", f"control.socket={file}"], f"control.socket: {file} is not a socket"),
                            (["-o", file], f"-o: {file} is there and no directory"),
                            (["-o", "x" * 300], "-o: the path is too long: it may have 255 bytes, this one has 300"),
                            (["--set", "output.directory="], "output.directory: no directory is named"),
                            (["--set", "input.xdp-program=/nowhere"], "input.xdp-program: there is no /nowhere"),
                            (["--cores", "0,0"], "core 0 is named twice")):
            for run in (["--check", "-i", "nothere0"], ["-i", "nothere0"]): # before the port is looked for
                errors = self.run_midwatch(*run, *words, status=2).stderr
                self.assertIn(said, errors)
                self.assertEqual(len(errors.splitlines()), 1, errors)
        self.assertEqual(file.read_text(), "mine")

    # What --print-config says to be at most another setting, each pair with a value that is not.
    BOUNDED = {"outages.deadline-least": ("outages.deadline-most", "2s", "1s"),
               "outages.deadline-most": ("exchange.timeout", "4s", "3s"),
               "nat.udp-unanswered-timer": ("nat.udp-timer", "9s", "8s")}

    def test_a_setting_above_the_one_that_bounds_it_is_told_at_the_last_of_both(self):
        printed = self.run_midwatch("--print-config", status=0).stdout
        self.assertEqual(sorted(most for most, _, _ in self.BOUNDED.values()),
                         sorted(re.findall(r"at most ([a-z-]+\.[a-z-]+)", printed)))
        for least, (most, above, bound) in self.BOUNDED.items():
            for words, place, value, said in (((least, above, most, bound), most, bound, f"less than {least}, which"),
                                              ((most, bound, least, above), least, above, f"more than {most}, which")):
                first, first_value, last, last_value = words
                sections = [f"{key.split('.')[0]}:\n  {key.split('.')[1]}: {text}\n" for key, text in
                            ((first, first_value), (last, last_value))]
                if first.split(".")[0] == last.split(".")[0]:
                    sections[1] = sections[1].split("\n", 1)[1]
                yaml = "".join(sections)
                errors = self.check(yaml)
                self.assertIn(f"midwatch.yaml:{yaml.count(chr(10))}:{len(place.split('.')[1]) + 5}: {place}: "
                              f"{value} is {said}", errors)
                self.assertEqual(len(errors.splitlines()), 1, errors)

    def test_places_in_which_nothing_can_be_made_are_told(self):
        missing = self.folder / "a" / "b"
        for words, said in ((["-s", missing / "c.sock"], f"-s: there is no directory {missing}: mkdir -p {missing}"),
                            (["--set", f"control.socket={missing}/c.sock"], f"control.socket: there is no directory"),
                            (["-o", "/proc/x"], "-o: /proc/x: nothing can be made in /proc:"),
                            (["-o", "/proc"], "-o: /proc: nothing can be made in /proc"),
                            (["--set", "output.directory=/sys/x/y"], "output.directory: /sys/x/y: nothing can")):
            errors = self.run_midwatch("--check", "-i", "nothere0", *words, status=2).stderr
            self.assertIn(said, errors)
            self.assertEqual(len(errors.splitlines()), 1, errors)
        self.run_midwatch("--check", "-i", "nothere0", "-s", missing.parent / "c.sock", "-o", missing, status=0)
        self.assertFalse(missing.parent.exists())

    def test_directory_without_signatures_is_told(self):
        done = self.run_midwatch("--check", "--set", "signatures.directory=/nowhere", status=2)
        self.assertIn("/nowhere", done.stderr)


class CommandLine(system.Case):
    def refused(self, *words):
        done = self.run_midwatch(*words, status=2)
        self.assertEqual(done.stdout, "")
        self.assertIn("see midwatch --help", done.stderr)
        return done.stderr

    def test_bad_options_are_usage(self):
        capture = ["-r", str(CAPTURE), "-o", str(self.out)]
        self.assertIn("-w 0", self.refused(*capture, "-w", "0"))
        self.assertIn("--cores 9-x", self.refused(*capture, "--cores", "9-x"))
        self.assertIn("exclude each other", self.refused(*capture, "-i", "eth1"))
        self.assertIn("-r '': an empty word names nothing", self.refused("-r", ""))
        self.assertIn("-r takes 256 at most", self.refused("-r", *["a"] * 257))
        self.assertIn("nothing to do", self.refused())
        self.assertIn("--document nothing", self.refused("--document", "nothing"))
        self.assertIn("--nonsense", self.refused(*capture, "--nonsense"))
        self.assertFalse(self.out.exists())

    def test_bad_filter_is_usage_and_names_the_file(self):
        done = self.run_midwatch("-r", CAPTURE, "-o", self.out, "-f", "tcp and and", status=2)
        self.assertRegex(done.stderr, r"-f 'tcp and and' on .*rst6.*syntax error")
        self.assertFalse(self.out.exists())


    def test_bad_filter_and_bad_ports_are_usage_before_a_live_run(self):
        for words, said in ((("-i", "nothere0", "-f", "foo bar"), "-f 'foo bar': "),
                            (("-i", "not here"), "names no port"),
                            (("-i", "vdev:foo"), "names no virtual network device"),
                            (("-i", "nothere0", "-i", "nothere0"), "nothere0 is named twice"),
                            (("-i", "nothere0", "-i", "afpacket:nothere0"), "nothere0 is named twice"),
                            (("-i", "ff:1f.7", "-i", "0000:ff:1f.7"), "0000:ff:1f.7 is named twice")):
            for check in ((), ("--check",)):
                done = self.run_midwatch(*words, "-o", self.out, *check, status=2)
                self.assertIn(said, done.stderr)
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertFalse(self.out.exists())

    def test_cores_that_are_not_there_are_refused_for_files_too(self):
        core = os.cpu_count() + 5
        done = self.run_midwatch("-r", CAPTURE, "-o", self.out, "--cores", str(core), status=2)
        self.assertRegex(done.stderr, f"there is no core {core} here that midwatch can have; there are \\d")
        self.assertFalse(self.out.exists())

    def test_check_looks_at_the_command_line_and_names_what_it_looked_at(self):
        missing = self.folder / "missing.pcap"
        errors = self.run_midwatch("--check", "-r", missing, CAPTURE, "-f", "tcp and and", status=2).stderr
        self.assertRegex(errors, "missing.pcap: No such file")
        self.assertRegex(errors, r"-f 'tcp and and' on .*rst6.*syntax error")
        self.assertEqual(len(errors.splitlines()), 2, errors)
        errors = self.run_midwatch("--check", "-i", "not here", "-i", "vdev:x", "-f", "foo bar", status=2).stderr
        self.assertEqual(len(errors.splitlines()), 3, errors)
        good = self.run_midwatch("--check", "-r", CAPTURE, "-f", "tcp", "-o", self.out, status=0).stdout
        self.assertRegex(good, r"^good: configuration, \d+ signatures, cores, filter, 1 file, socket, output; not")
        good = self.run_midwatch("--check", "-i", "nothere0", status=0).stdout
        self.assertRegex(good, "^good: .*, spelling of 1 port, socket, output; not looked at: .*, the ports themselves")
        self.assertFalse(self.out.exists())


class SocketPath(system.Case):
    def start(self, path, status):
        return self.run_midwatch("-r", CAPTURE, "-o", self.out, "--quiet", "-s", path, status=status)

    def test_path_of_a_living_process_is_refused(self):
        path = str(self.folder / "sock")
        with socket.socket(socket.AF_UNIX) as living:
            living.bind(path)
            living.listen()
            self.assertIn("another midwatch answers on this socket", self.start(path, 1).stderr)
            self.assertTrue(os.path.exists(path))
            self.assertFalse(self.out.exists())

    def test_path_of_a_dead_process_is_taken_over(self):
        path = str(self.folder / "sock")
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(path)
        self.start(path, 0)
        self.assertFalse(os.path.exists(path))
        self.assert_whole(self.out, names=system.FILES)

    def test_file_in_its_place_is_kept(self):
        path = self.folder / "sock"
        path.write_text("mine")
        self.assertIn("is not a socket", self.start(path, 2).stderr)
        self.assertEqual(path.read_text(), "mine")

    def test_path_that_cannot_be_made(self):
        self.assertIn("/no/such", self.start("/no/such/folder/sock", 2).stderr)
        self.assertIn("a socket's path may have", self.start("/tmp/" + "x" * 200, 2).stderr)


system.main()
