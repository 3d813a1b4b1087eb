# SPDX-License-Identifier: BSD-3-Clause
# A machine in QEMU by plain emulation (no KVM): a shell on a serial port, NICs that are the ends of taps in a network
# namespace, an emulated IOMMU. And midwatch running in it.
# Neighbours: guest.py makes its file system, machine_test.py asks. Python's standard library alone.
import functools
import json
import pathlib
import re
import shutil
import socket
import subprocess
import time

import guest

BOOT_SECONDS = 120
# a CPU without AVX: emulation is quicker where programs choose narrow vectors
CPU = "Westmere"
ARGUMENTS = ("console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable no_timer_check random.trust_cpu=on "
             "default_hugepagesz=2M hugepages=400")


def clock_khz():
    """Without it a boot under load measures the clock wrong, several times too fast."""
    found = re.search(r"cpu MHz\s*: ([\d.]+)", pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii"))
    return int(float(found[1]) * 1000) if found else 2000000


def wire(slot):
    """The tap of the NIC in that slot. It is not called so: what is, tcpreplay 4.5 opens as a tap, which QEMU has."""
    return f"wire{slot}"


class Wires:
    """A network namespace that holds the taps. IPv6 is off: nobody but the sender says a word there."""

    def __init__(self):
        self.name = f"midwatch-vm-{time.monotonic_ns() % 1000000}"
        self.host("ip", "netns", "add", self.name)
        self.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")

    def host(self, *command):
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout

    def run(self, *command):
        return self.host("ip", "netns", "exec", self.name, *map(str, command))

    def up(self, slot):
        self.run("ip", "link", "set", wire(slot), "mtu", 9600, "txqueuelen", 30000, "up")

    def send(self, slot, capture, *words):
        """@return how many packets tcpreplay has sent, all that there are."""
        said = self.run("tcpreplay", "-q", "-i", wire(slot), *words, capture)
        failed = re.search(r"Failed packets: +(\d+)", said)
        assert failed is None or failed[1] == "0", said
        return int(re.search(r"Successful packets: +(\d+)", said)[1])

    def remove(self):
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)


def nic(model, slot, queues=1, more=""):
    """QEMU's words for a NIC at PCI address 0000:00:SLOT.0, whose other end is wire(slot)."""
    several = f",queues={queues}" if queues > 1 else ""
    return ["-netdev", f"tap,id=net{slot},ifname={wire(slot)},script=no,downscript=no,vhost=off{several}",
            "-device", f"{model},netdev=net{slot},addr={slot:x}.0,id=nic{slot},mac=52:54:00:00:00:{slot:02x}{more}"]


def virtio(slot, queues, iommu):
    more = ",disable-legacy=on" + (",iommu_platform=on" if iommu else "")
    return nic("virtio-net-pci", slot, queues, more + (f",mq=on,rss=on,vectors={2 * queues + 2}" if queues > 1 else ""))


@functools.cache
def has_igb():
    """Whether this QEMU has Intel's 82576: from 8.0 on, so that Debian 13 has it and Debian 12 has not."""
    said = subprocess.run(["qemu-system-x86_64", "-device", "help"], check=True, capture_output=True, text=True).stdout
    return 'name "igb"' in said


def behind_a_port(model, slot, more=""):
    """A PCIe card in a slot of its own, from which it can be taken out: device_del of nicSLOT."""
    return ["-device", f"pcie-root-port,id=port{slot},chassis={slot},addr={slot:x}.0",
            "-netdev", f"tap,id=net{slot},ifname={wire(slot)},script=no,downscript=no,vhost=off",
            "-device", f"{model},netdev=net{slot},bus=port{slot},id=nic{slot},mac=52:54:00:00:00:{slot:02x}{more}"]


def pluggable(slot, iommu=True):
    return behind_a_port("virtio-net-pci", slot, ",disable-legacy=on" + (",iommu_platform=on" if iommu else ""))


def igb(slot):
    return behind_a_port("igb", slot)


class Machine:
    """Runs until close(). nics: of nic() and virtio(). words: for the kernel; more: for QEMU, as a disk."""

    def __init__(self, folder, initramfs, wires, nics, iommu, *, kernel=None, words=None, memory="1536M", more=()):
        self.folder = folder
        words = f"{ARGUMENTS} intel_iommu={'on' if iommu else 'off'}" if words is None else words
        arguments = f"{words} tsc_early_khz={clock_khz()}"
        command = ["ip", "netns", "exec", wires.name, "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", CPU,
                   "-smp", "2", "-m", memory, "-machine", "q35", "-nodefaults", "-no-user-config", "-display", "none",
                   "-no-reboot", *(["-device", "intel-iommu,intremap=on"] if iommu else []),
                   "-kernel", kernel or guest.kernel_image(), "-initrd", initramfs, "-append", arguments,
                   "-serial", f"file:{folder}/console",
                   "-chardev", f"socket,id=shell,path={folder}/shell,server=on,wait=off",
                   "-device", "virtio-serial-pci,addr=1c.0", "-device", "virtserialport,chardev=shell,name=shell",
                   "-qmp", f"unix:{folder}/monitor,server=on,wait=off",
                   *more, *(word for words in nics for word in words)]
        with open(folder / "qemu", "wb") as said:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=said,
                                            stderr=subprocess.STDOUT)
        self.heard = b""
        self.shell = self.monitor = self.monitor_lines = None
        try:
            self._boot()
        except BaseException:
            self.close()
            raise

    def _boot(self):
        self._wait(lambda: (self.folder / "shell").exists() and (self.folder / "monitor").exists())
        self.shell = socket.socket(socket.AF_UNIX)
        self.shell.connect(str(self.folder / "shell"))
        self.monitor = socket.socket(socket.AF_UNIX)
        self.monitor.connect(str(self.folder / "monitor"))
        self.monitor_lines = self.monitor.makefile("rw")
        self.monitor_lines.readline()
        self.tell("qmp_capabilities")
        self._wait(lambda: "READY" in self.console())
        self.run("true")

    def _wait(self, done):
        until = time.monotonic() + BOOT_SECONDS
        while not done():
            if self.process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"the machine did not boot: {self.console()[-2000:]}"
                                     f"{(self.folder / 'qemu').read_text(errors='replace')}")
            time.sleep(0.1)

    def console(self):
        path = self.folder / "console"
        return path.read_text(errors="replace") if path.exists() else ""

    def tell(self, command, **arguments):
        """A command for QEMU itself (QMP)."""
        self.monitor_lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.monitor_lines.flush()
        while True:
            answer = json.loads(self.monitor_lines.readline())
            if "error" in answer:
                raise AssertionError(answer)
            if "return" in answer:
                return answer["return"]

    def run(self, command, status=0, seconds=120):
        """Runs a line of shell in the machine; @return what it said on both outputs. status: None allows any."""
        mark = f"@@{time.monotonic_ns()}"
        ended = re.compile(rb"(.*?)" + mark.encode() + rb" (\d+)\r?\n", re.DOTALL)
        self.shell.sendall(f"{command}\necho {mark[:2]}{mark[2:]} $?\n".encode())
        until = time.monotonic() + seconds
        while (found := ended.match(self.heard)) is None:
            self.shell.settimeout(max(0.1, until - time.monotonic()))
            try:
                self.heard += self.shell.recv(65536)
            except TimeoutError:
                raise AssertionError(f"{command}: no end: {self.heard[-2000:]}\n{self.console()[-1000:]}") from None
        self.heard = self.heard[found.end():]
        said = found[1].decode("utf-8", "replace")
        assert status is None or int(found[2]) == status, f"{command}: {said}"
        return said

    def bind(self, address, driver):
        """Gives a PCI device to a driver of the guest's kernel; @return the name of the driver that it has then."""
        device = f"/sys/bus/pci/devices/{address}"
        return self.run(f"[ -e {device}/driver ] && echo {address} > {device}/driver/unbind; "
                        f"echo {driver} > {device}/driver_override; echo {address} > /sys/bus/pci/drivers_probe; "
                        f"basename $(readlink {device}/driver)", status=None).strip().splitlines()[-1]

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for end in (self.monitor_lines, self.monitor, self.shell):
            if end is not None:
                end.close()


class Probe:
    """midwatch in the machine. words: of its command line, beside those that every test here needs."""

    FIXED = "--set flow.flows-max=16Ki --set signatures.directory=/signatures --set signatures.store=no"

    def __init__(self, machine, words, waits=True):
        self.machine = machine
        machine.run("rm -rf /tmp/out /tmp/socket /tmp/log /tmp/report")
        machine.run(f"cd /tmp; midwatch {words} {self.FIXED} -o /tmp/out -s /tmp/socket --json "
                    "> /tmp/report 2> /tmp/log & echo $! > /tmp/pid")
        if waits and not self.wait_for("midwatchctl -s /tmp/socket show status 2>/dev/null | grep -q watching"):
            raise AssertionError(f"midwatch {words} did not start: {self.log()}")

    def wait_for(self, condition, seconds=60):
        """@return false when the shell's condition does not come true, or midwatch has ended before it did."""
        until = time.monotonic() + seconds
        while self.machine.run(f"if {condition}; then echo yes; fi", status=None).strip() != "yes":
            if time.monotonic() > until or not self.runs():
                return False
            time.sleep(0.2)
        return True

    def runs(self):
        return self.machine.run("kill -0 $(cat /tmp/pid) 2>/dev/null && echo yes", status=None).strip() == "yes"

    def log(self):
        return self.machine.run("cat /tmp/log")

    def ask(self, command):
        """@return the rows of a table."""
        said = self.machine.run(f"midwatchctl -s /tmp/socket --timeout 60 --json {command}")
        return [json.loads(line) for line in said.splitlines() if line.startswith("{")]

    def settle(self, sent, name=None):
        """Waits until a port, or the first, has counted what was sent, or nothing more comes; @return its counters."""
        before, still = None, 0
        while True:
            ports = {row["port"]: row for row in self.ask("show ports")}
            port = ports[name or next(iter(ports))]
            counted = sum(port[what] for what in ("received", "missed", "no_mbuf", "errors"))
            still = still + 1 if counted == before else 0
            if counted >= sent or still == 10:
                return port
            before = counted
            time.sleep(0.5)

    def counters(self):
        """{module.counter: sum over the workers}, those that are zero too."""
        return {f"{row['module']}.{row['counter']}": row["value"] for row in self.ask("show counters all")}

    def signal(self, name):
        self.machine.run(f"kill -{name} $(cat /tmp/pid)")

    def stop(self):
        """@return the report."""
        self.signal("INT")
        self.wait_for("false", 60)
        assert not self.runs(), self.log()
        return json.loads(self.machine.run("cat /tmp/report"))

    def kill(self):
        self.machine.run("kill -9 $(cat /tmp/pid) 2>/dev/null; sleep 0.2", status=None)

    def fetch_rows(self, folder, name):
        """Copies /tmp/out/NAME*.csv to a folder here."""
        folder.mkdir(parents=True, exist_ok=True)
        for file in self.machine.run(f"cd /tmp/out; ls {name}*.csv", status=None).split():
            (folder / file).write_text(self.machine.run(f"cat /tmp/out/{file}"), encoding="utf-8")


def why_not():
    """@return why no machine can be run here, or None."""
    return guest.why_not() or (None if shutil.which("tcpreplay") else "tcpreplay is not installed")
