#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Whoever breaks into a running midwatch finds nothing: each thread is made to do what an intruder would try.
# Neighbours: inject.c makes the calls; lib/sandbox refuses them; live.py. The other tests here run inside, too.
import ctypes
import errno
import os
import pathlib
import platform
import subprocess
import time
import unittest

import live
import system

# of x86-64
READ, OPENAT, SOCKET, MMAP, MPROTECT, CLONE, CONNECT, FORK, EXECVE, PTRACE = 0, 257, 41, 9, 10, 56, 42, 57, 59, 101
UNSHARE, BPF, IO_URING = 272, 321, 425
AT_FDCWD, O_CREAT_WRONLY, MAP_PRIVATE_ANONYMOUS = -100, 0o101, 0x22
LANDLOCK_CREATE_RULESET = 444


def why_not():
    if platform.machine() != "x86_64":
        return "system calls are put into the process in x86-64's way"
    if os.geteuid() != 0:
        return "needs root, to trace a process that is closed to debuggers"
    if not system.programs.inject:
        return "there is no inject in a build with a sanitizer, and no sandbox"
    if ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, 0, 1) < 1:
        return "this kernel has no Landlock"
    return None


class Inside(system.Case):
    def setUp(self):
        super().setUp()
        if reason := why_not():
            self.skipTest(reason)

    def threads(self):
        return sorted(int(task.name) for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir())

    def status(self, thread):
        text = pathlib.Path(f"/proc/{self.process.pid}/task/{thread}/status").read_text()
        return dict(line.split(":\t") for line in text.splitlines() if ":\t" in line)

    def call(self, thread, number, *arguments):
        words = [system.programs.inject, self.process.pid, thread, number, *arguments]
        return self.run_program(list(map(str, words)), status=0).stdout.strip()

    def refused(self, error, number, *arguments):
        for thread in self.threads():
            self.assertEqual(self.call(thread, number, *arguments), str(-error), (thread, number, arguments))

    def nothing_outside_is_open(self):
        (self.folder / "beside").mkdir()
        for path in ("/etc/passwd", "/proc/self/environ", "/root", "/", "/usr/lib", f"/proc/{os.getpid()}/maps"):
            self.refused(errno.EACCES, OPENAT, AT_FDCWD, "=" + path, os.O_RDONLY)
        for path in ("/etc/evil", "/tmp/evil", f"/var/tmp/evil-{os.getpid()}"):
            self.refused(errno.EACCES, OPENAT, AT_FDCWD, "=" + path, O_CREAT_WRONLY, 0o600)
            self.assertFalse(os.path.exists(path))

    def no_other_call_is_made(self):
        self.refused(errno.EPERM, SOCKET, 2, 1, 0)  # AF_INET, SOCK_STREAM
        self.refused(errno.EPERM, SOCKET, 10, 2, 0)  # AF_INET6, SOCK_DGRAM
        self.refused(errno.EPERM, SOCKET, 17, 3, 0)  # AF_PACKET, SOCK_RAW
        self.refused(errno.EPERM, CONNECT, 0, 0, 0)
        self.refused(errno.EPERM, MMAP, 0, 4096, 7, MAP_PRIVATE_ANONYMOUS, -1, 0)  # written and run
        self.refused(errno.EPERM, MMAP, 0, 4096, 5, MAP_PRIVATE_ANONYMOUS, -1, 0)
        self.refused(errno.EPERM, CLONE, 17, 0, 0, 0, 0)  # a child instead of a thread
        self.refused(errno.EPERM, UNSHARE, 0x10000000)
        self.refused(errno.EPERM, BPF, 5, 0, 0)  # BPF_PROG_LOAD
        self.refused(errno.EPERM, IO_URING, 8, 0)
        for name in ("socket (41)", "connect (42)", "mmap (9)", "clone (56)", "unshare (272)", "io_uring_setup (425)"):
            self.assertEqual(self.said().count(f"system call {name} or its argument is not one"), 1, name)

    def threads_are_stripped(self, allowed):
        for thread in self.threads():
            status = self.status(thread)
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"), thread)
            for name in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
                self.assertEqual(int(status[name], 16) & ~allowed, 0, f"{thread}: {name} {status[name]}")

    def no_program_is_started(self):
        self.assertEqual(self.call(self.threads()[-1], EXECVE, "=/bin/true", 0, 0), "ended 1")
        self.assertIn("system call execve (59) is one that midwatch never makes", self.said())


class Replay(Inside):
    """A capture that comes through a pipe, and stops in the middle."""

    def start(self, *words):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        self.errors = self.folder / "errors"
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen([system.programs.midwatch, "-r", pipe, "-o", self.out, "-w", "2", *words],
                                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        self.writer = open(pipe, "wb", buffering=0)  # waits for the reader
        self.addCleanup(self.writer.close)
        self.writer.write((system.CAPTURES / "rst-bigip-snap96.pcap").read_bytes()[:20000])
        until = time.monotonic() + 20
        while len(self.threads()) < 2 or not list(self.out.glob(".*")):
            self.assertLess(time.monotonic(), until, self.said())
            time.sleep(0.02)

    def said(self):
        return self.errors.read_text()

    def test_a_capture_file_that_breaks_in_finds_nothing(self):
        self.start()
        self.threads_are_stripped(allowed=1 << 1)  # CAP_DAC_OVERRIDE
        self.nothing_outside_is_open()
        self.refused(errno.EACCES, OPENAT, AT_FDCWD, f"={self.folder}/beside/x", O_CREAT_WRONLY, 0o600)
        self.refused(errno.EACCES, OPENAT, AT_FDCWD, f"={self.folder}/x", O_CREAT_WRONLY, 0o600)
        self.assertGreater(int(self.call(self.threads()[0], OPENAT, AT_FDCWD, f"={self.out}/x", O_CREAT_WRONLY, 0o600)),
                           2)
        self.no_other_call_is_made()
        self.no_program_is_started()

    def test_another_program_is_not_started_by_fork_or_ptrace(self):
        for number, name in ((FORK, "fork"), (PTRACE, "ptrace")):
            self.start()
            self.assertEqual(self.call(self.threads()[0], number, 0, 0, 0, 0), "ended 1")
            self.assertIn(f"system call {name} (", self.said())
            (self.folder / "pipe").unlink()

    def test_without_the_sandbox_every_right_stays(self):
        self.start("--no-sandbox")
        self.assertEqual(self.status(self.process.pid)["Seccomp"], "0")
        self.assertGreater(int(self.call(self.process.pid, OPENAT, AT_FDCWD, "=/etc/passwd", os.O_RDONLY)), 2)


class Live(Inside):
    def setUp(self):
        super().setUp()
        if reason := live.why_not():
            self.skipTest(reason)
        self.wire = live.Wire()
        self.addCleanup(self.wire.remove)

    def start(self, port, *words):
        self.analyzer = live.Analyzer(self.wire, self.folder, port, *words, out=self.folder / "log-of" / "probe")
        self.addCleanup(self.analyzer.kill)
        self.process = self.analyzer.process
        self.said = self.analyzer.said

    def intrude(self, port):
        self.start(port, "-w", "2", "--set", "output.interval=1s")
        self.threads_are_stripped(allowed=1 << 1 | 1 << 12 | 1 << 13 | 1 << 39)  # DAC_OVERRIDE, NET_ADMIN, NET_RAW, BPF
        self.nothing_outside_is_open()
        self.refused(errno.EACCES, OPENAT, AT_FDCWD, f"={self.folder}/beside/x", O_CREAT_WRONLY, 0o600)
        self.no_other_call_is_made()
        self.assertEqual(self.analyzer.state(), "watching")
        self.no_program_is_started()

    def test_a_packet_that_breaks_in_on_af_xdp_finds_nothing(self):
        self.intrude("dst")

    def test_a_packet_that_breaks_in_on_af_packet_finds_nothing(self):
        self.intrude("afpacket:dst")

    def test_what_a_run_needs_goes_on_inside(self):
        self.start("dst", "--set", "output.interval=1s")
        self.analyzer.out.rename(self.folder / "log-of" / "old")  # found again, and made again
        until = time.monotonic() + 10
        while not list(self.analyzer.out.glob("summary-*.csv")):
            self.assertLess(time.monotonic(), until, self.said())
            time.sleep(0.1)
        self.analyzer.stop(15)
        self.assertNotIn("sandbox:", self.said())


system.main()
