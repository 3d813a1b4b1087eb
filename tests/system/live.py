# SPDX-License-Identifier: BSD-3-Clause
# A mirror port of our own: two ends of a veth pair in a network namespace, tcpreplay at one, midwatch at the other.
# Neighbours: live_test.py, ports_test.py.
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import system

START_SECONDS = 40
# what DPDK's AF_XDP driver and the libraries under it do not give back at the end is not ours to mend
LEAKS = pathlib.Path(__file__).resolve().with_name("leaks-of-others.supp")
MTU = 2980


def why_not():
    """@return why live tests cannot run here, or None."""
    if os.geteuid() != 0:
        return "needs root, for a network namespace"
    for tool in ("ip", "tcpreplay"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed: scripts/setup-debian test"
    name = f"midwatch-try-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode != 0:
        return "no network namespace can be made here"
    made = subprocess.run(["ip", "-n", name, "link", "add", "tap0", "type", "veth", "peer", "name", "tap1"],
                          capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", name], check=False)
    return None if made.returncode == 0 else "no veth pair can be made here"


def ask(address, command, **arguments):
    """@return the rows of a table, or [message]."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(address))
        stream = connection.makefile("rw", encoding="utf-8", newline="\n")
        json.loads(stream.readline())
        stream.write(json.dumps({"id": 1, "command": command, "arguments": arguments}) + "\n")
        stream.flush()
        rows = []
        for line in stream:
            answer = json.loads(line)
            if "row" in answer:
                rows.append(answer["row"])
            elif answer.get("end"):
                return rows
            elif answer.get("return") == "OK":
                return [answer["message"]]
            else:
                raise AssertionError(answer)
    raise AssertionError(f"{command}: the answer has no end")


class Wire:
    """A namespace with two ends: what is sent into "src" comes out at "dst"."""

    def __init__(self):
        self.name = f"midwatch-{os.getpid()}-{time.monotonic_ns() % 1000000}"
        self.run("ip", "netns", "add", self.name)
        try:
            self.run("ip", "-n", self.name, "link", "add", "src", "type", "veth", "peer", "name", "dst")
            # nobody but the sender says a word here
            self.inside("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
            for end in ("src", "dst"):
                self.run("ip", "-n", self.name, "link", "set", end, "mtu", str(MTU), "up")
        except BaseException:
            self.remove()
            raise

    def run(self, *command):
        return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.decode()

    def inside(self, *command):
        return self.run("ip", "netns", "exec", self.name, *map(str, command))

    def send(self, capture, *words):
        """@return how many packets tcpreplay says it has sent."""
        done = self.inside("tcpreplay", "-q", "-i", "src", *words, capture)
        failed = re.search(r"Failed packets: +(\d+)", done)
        assert failed is None or failed[1] == "0", done
        return int(re.search(r"Successful packets: +(\d+)", done)[1])

    def remove(self):
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)


class Analyzer:
    """midwatch on a port of a wire. Its report comes as JSON, or as text for people."""

    def __init__(self, wire, folder, port, *words, out=None, as_text=False, notify=None, runtime=None,
                 state="watching"):
        self.socket = folder / "sock"
        self.out = out or folder / "out"
        self.log = folder / "log"
        self.errors = folder / "errors"
        command = ["ip", "netns", "exec", wire.name, system.programs.midwatch, "-i", port, "-s", str(self.socket), "-o",
                   str(self.out), *([] if as_text else ["--json"]), "--set", "flow.flows-max=16Ki", *map(str, words)]
        self.as_text = as_text
        env = {**os.environ, "LSAN_OPTIONS": f"suppressions={LEAKS}:print_suppressions=0"}
        if notify is not None: # where a service manager listens
            env["NOTIFY_SOCKET"] = str(notify)
        if runtime is not None: # where DPDK puts what it needs while it runs
            env["RUNTIME_DIRECTORY"] = str(runtime)
        with open(self.log, "wb") as log, open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=errors,
                                            cwd=folder, env=env) # ended by stop() or kill()
        until = time.monotonic() + START_SECONDS
        while self.state() != state:
            if self.process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise AssertionError(f"midwatch did not start: {self.said()}")
            time.sleep(0.05)

    def state(self):
        try:
            return self.ask("show status")[0]["state"]
        except OSError:
            return None

    def said(self):
        return self.errors.read_text(errors="replace")

    def ask(self, command, **arguments):
        """@return the rows of a table, or [message]."""
        return ask(self.socket, command, **arguments)

    def settle(self):
        """Waits until no more packets come. @return the port's counters."""
        before = None
        while True:
            port = self.ask("show ports")[0]
            if before == port["received"]:
                return port
            before = port["received"]
            time.sleep(0.3)

    def stop(self, number, ended=0):
        """Ends it with a signal, None waits for the end. ended: with what status. @return the report."""
        if number is not None:
            self.process.send_signal(number)
        status = self.process.wait(timeout=30)
        assert status == ended, f"exit status {status}: {self.said()}"
        assert not system.SANITIZER_REPORT.search(self.said()), self.said()
        assert "sandbox:" not in self.said(), self.said()
        text = self.log.read_text()
        return text if self.as_text else json.loads(text)

    def threads(self):
        """{number: state} of the threads in the order in which they were started: the main one, DPDK's, the workers."""
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return {int(task.name): (task / "stat").read_text().rpartition(")")[2].split()[0]
                for task in sorted(tasks, key=lambda task: int(task.name))}

    def hugepages(self):
        """{what is mapped: KiB} of the hugepages that the process holds now."""
        held, mapped = {}, None
        for line in pathlib.Path(f"/proc/{self.process.pid}/smaps").read_text().splitlines():
            if found := re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)", line):
                mapped = found[1]
            elif found := re.match(r"(?:Shared|Private)_Hugetlb: +(\d+) kB", line):
                held[mapped] = held.get(mapped, 0) + int(found[1])
        return {name: size for name, size in held.items() if size > 0}

    def pause(self):
        """Stops every thread: nobody takes packets from the port any more. Returns when all have stopped."""
        self.process.send_signal(signal.SIGSTOP)
        until = time.monotonic() + 10
        while set(self.threads().values()) != {"T"}:
            assert time.monotonic() < until, self.threads()
            time.sleep(0.01)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=30)


class PausedThread:
    """One thread of a process stands still while the others go on."""

    SEIZE, INTERRUPT, DETACH, WAIT_ALL = 0x4206, 0x4207, 17, 0x40000000

    def __init__(self, thread):
        self.thread = thread
        self._ptrace(self.SEIZE)
        self._ptrace(self.INTERRUPT)
        os.waitpid(thread, self.WAIT_ALL)

    def _ptrace(self, request):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ptrace(ctypes.c_long(request), ctypes.c_long(self.thread), None, None) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def go_on(self):
        self._ptrace(self.DETACH)


class Hugepages:
    """Some free hugepages for a test, and the number as it was afterwards. What others have taken is no matter."""

    PATH = pathlib.Path("/proc/sys/vm/nr_hugepages")
    FREE = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages")

    def __init__(self, pages):
        self.before = self.PATH.read_text()
        lacking = max(0, pages - self.free())
        self.PATH.write_text(str(int(self.before) + lacking))
        self.had = self.free() >= pages

    def free(self):
        return int(self.FREE.read_text())

    def give_back(self):
        self.PATH.write_text(self.before)
