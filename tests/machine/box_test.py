#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# From a bare Debian to a box that watches, in an emulated machine with systemd: each step with its seconds; then how
# systemd keeps the service. By hand: scripts/package, tests/machine/box.py, then this; some minutes.
# Neighbours: box.py makes the disk, vm.py runs it; machine_test.py has the NICs.
import pathlib
import re
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import box
import live
import system
import vm

REASON = box.why_not() or vm.why_not() or live.why_not()
MANAGEMENT, MIRROR = 3, 4
PORT = f"0000:00:{MIRROR:02x}.0"
SECONDS_MOST = 180  # what a script may take; told, not asserted
NICS = [["-netdev", "user,id=net3,restrict=on", "-device", "virtio-net-pci,netdev=net3,addr=3.0,mac=52:54:00:00:00:03"],
        vm.nic("vmxnet3", MIRROR)]
MEMORY = "3G"
CONTROL = "midwatchctl --timeout 60"
APT = "DEBIAN_FRONTEND=noninteractive apt-get -qy"


class Box:
    """The machine over its restarts, and the table of steps."""

    def __init__(self, folder, wires):
        self.folder, self.wires = folder, wires
        self.disk = folder / "disk"
        self.steps = []
        self.machine = None
        box.bare_debian.run("cp", "--sparse=always", box.DISK, self.disk)
        self.parcel = folder / "parcel"
        box.bare_debian.run("tar", "-C", box.package().parent, "-cf", self.parcel, box.package().name)
        self.boot(f"root=/dev/vda ro quiet {box.EMULATION}")

    def boot(self, words):
        if self.machine is not None:
            self.machine.close()
        for name in ("shell", "monitor", "console"):
            (self.folder / name).unlink(missing_ok=True)
        disks = [word for name in ("disk", "parcel")
                 for word in ("-drive", f"file={self.folder}/{name},if=none,id={name},format=raw,cache=unsafe",
                              "-device", f"virtio-blk-pci,drive={name}")]
        self.machine = vm.Machine(self.folder, box.INITRD, self.wires, NICS, True, kernel=box.KERNEL, words=words,
                                  memory=MEMORY, more=disks)
        self.wires.up(MIRROR)

    def step(self, what, command, status=0, seconds=300):
        """Runs a command of the operator; @return what it said."""
        started, guest = time.monotonic(), self.uptime()
        said = self.machine.run(command, status=status, seconds=seconds)
        self.steps.append((what, self.uptime() - guest, time.monotonic() - started))
        return said

    def uptime(self):
        return float(self.machine.run("cut -d ' ' -f 1 /proc/uptime"))

    def restart(self):
        """reboot, as grub does it: with the command line of the menu's first entry."""
        started = time.monotonic()
        menu = self.machine.run("cat /boot/grub/grub.cfg")
        words = re.search(r"^\s*linux\s+\S+ (.*)$", menu, re.MULTILINE)[1]
        self.machine.run("systemctl reboot", status=None)
        self.machine.process.wait(120)
        self.boot(words)
        self.steps.append(("reboot", self.uptime(), time.monotonic() - started))

    def table(self):
        lines = [f"{'step':<46}{'guest s':>9}{'wall s':>9}"]
        lines += [f"{what:<46}{guest:9.1f}{wall:9.1f}" for what, guest, wall in self.steps]
        total = [sum(step[column] for step in self.steps) for column in (1, 2)]
        return "\n".join([*lines, f"{f'all; a script may take {SECONDS_MOST}':<46}{total[0]:9.1f}{total[1]:9.1f}"])


@unittest.skipIf(REASON is not None, REASON)
class BareDebian(system.Case):
    """Each test leaves the service running."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="midwatch-box-")
        cls.addClassCleanup(folder.cleanup)
        wires = vm.Wires()
        cls.addClassCleanup(wires.remove)
        cls.box = Box(pathlib.Path(folder.name), wires)
        cls.addClassCleanup(lambda: cls.box.machine.close())
        cls.wires = wires
        cls.install()

    @classmethod
    def install(cls):
        step = cls.box.step
        step("take the package", "tar -C /root -xf /dev/vdb")
        step("apt install ./midwatch.deb", f"{APT} install --no-install-recommends /root/midwatch_*.deb", seconds=600)
        cls.broken = cls.doctor(step("midwatch doctor", f"midwatch doctor {PORT}", status=1))
        step("apt install dpdk", f"{APT} install --no-install-recommends dpdk", seconds=600)
        cls.shown = step("midwatch setup --dry-run", f"midwatch setup {PORT} --dry-run")
        cls.told = step("midwatch setup", f"midwatch setup {PORT}")
        step("systemctl enable midwatch dpdk", "systemctl enable midwatch dpdk")
        step("update-grub", "update-grub")
        cls.broken.update(cls.doctor(cls.box.machine.run("midwatch doctor", status=1)))
        cls.box.restart()
        step("until the service runs", "systemctl start midwatch")
        cls.left = cls.doctor(step("midwatch doctor", "midwatch doctor", status=None))
        print(cls.box.table(), flush=True)
        for row, words in cls.broken.items():
            print(f"{'still broken' if row in cls.left else 'mended'}: {row}: {words}", flush=True)

    @staticmethod
    def doctor(said):
        """@return {row: what is, what should be, and what mends it} of what is to be mended."""
        rows = re.findall(r"^MEND  (.+?)  +(.*)$", said, re.MULTILINE)
        return {row: re.sub("  +", " | ", words) for row, words in rows}

    def run_there(self, command, status=0):
        return self.box.machine.run(command, status=status)

    def shows(self, *names):
        """@return these properties of the unit."""
        said = self.run_there(f"systemctl show midwatch -p {','.join(names)}")
        found = dict(line.split("=", 1) for line in said.splitlines())
        return [found[name] for name in names]

    def journal(self):
        return self.run_there("journalctl -b -u midwatch --no-pager -o cat")

    def rows(self, name):
        """@return the rows of one record that the service has published."""
        said = self.run_there(f"cd /var/log/midwatch; for f in {name}-2*.csv; do echo \"== $f\"; cat $f; done")
        for part in said.split("== ")[1:]:
            file, text = part.split("\n", 1)
            (self.folder / file).write_text(text, encoding="utf-8")
        return system.read_rows(self.folder).get(name, [])

    def test_every_step_says_what_the_next_one_needs(self):
        for command in ("systemctl enable midwatch dpdk", "update-grub", "reboot"):
            self.assertIn(command, self.told)
        self.assertIn("nothing was written", self.shown)
        self.assertEqual(self.shown.split("nothing was written")[0], self.told.split("written; then")[0])

    def test_what_doctor_found_is_mended_by_what_it_told(self):
        for row, command in (("package dpdk", "apt-get install dpdk"), ("driver", "--bind=vfio-pci"),
                             ("hugepages", "midwatch setup"), ("cores", "midwatch setup"), ("isolation", "update-grub"),
                             ("timer tick", "reboot")):
            self.assertIn(command, self.broken[row])
        self.assertLessEqual(set(self.left), {"clock", "mirror"})  # nobody tells the time here, nobody sends

    def test_the_port_of_the_default_route_is_refused(self):
        said = self.run_there(f"midwatch setup 0000:00:{MANAGEMENT:02x}.0", status=1)
        self.assertIn("the default route runs over", said)

    def test_what_is_sent_is_seen_and_the_stop_is_orderly(self):
        capture = self.folder / "sent.pcap"
        system.write_sendable_pcap(capture)
        self.run_there("systemctl stop midwatch; rm -f /var/log/midwatch/*.csv; systemctl start midwatch")
        sent = self.wires.send(MIRROR, capture, "--multiplier", "4")
        self.run_there(f"for i in $(seq 60); do {CONTROL} show ports | grep -qw {sent} && break; sleep 1; done")
        self.assertIn(f" {sent} ", self.run_there(f"{CONTROL} show ports"))
        self.run_there("systemctl stop midwatch")
        self.assertEqual(self.shows("Result", "ExecMainStatus", "ActiveState"), ["success", "0", "inactive"])
        self.assertEqual(self.run_there("ls -A /var/log/midwatch | grep -c '^[.].*tmp' || true").strip(), "0")
        self.assertEqual(sum(int(row["packets"]) for row in self.rows("summary")), sent)  # nobody else sends here
        self.run_there("systemctl start midwatch")

    def test_the_manager_knows_what_is_watched_and_reloads(self):
        state, text, watchdog, limit = self.shows("SubState", "StatusText", "WatchdogUSec", "StartLimitIntervalUSec")
        self.assertEqual((state, watchdog, limit), ("running", "5s", "0"))
        self.assertIn(f"watching {PORT}", text)
        self.run_there("systemctl reload midwatch; sleep 1")
        self.assertIn("reload: 0 keys changed", self.journal())

    def test_a_process_that_stands_still_is_started_again(self):
        """WatchdogSec, RestartSec and a start, by the manager's own times: who asks it meanwhile slows the start."""
        process, restarts = self.shows("MainPID", "NRestarts")
        stopped_s = float(self.run_there(f"kill -STOP {process}; cut -d ' ' -f 1 /proc/uptime"))
        self.run_there(f"while kill -0 {process} 2>/dev/null; do sleep 0.5; done; "
                       "until [ -S /run/midwatch/midwatch.sock ]; do sleep 0.5; done; "
                       "until systemctl -q is-active midwatch; do sleep 0.5; done")
        begun, watching = (int(time_us) / 1e6 - stopped_s for time_us in self.shows(
            "ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic"))
        print(f"\nseconds after the stop: started {begun:.1f}, watching {watching:.1f}", flush=True)
        self.assertEqual(self.shows("NRestarts", "SubState"), [str(int(restarts) + 1), "running"])
        self.assertIn("Failed with result 'watchdog'", self.journal())

    def drop_in(self, text):
        """The unit with these lines besides, until the end of the test."""
        place = "/run/systemd/system/midwatch.service.d"
        self.run_there(f"mkdir -p {place} && printf '{text}' > {place}/test.conf && systemctl daemon-reload")
        self.addCleanup(self.run_there, f"rm {place}/test.conf; systemctl daemon-reload; systemctl restart midwatch")

    def use(self, port):
        """The service watches another port until the end of the test."""
        self.drop_in(f"[Service]\\nExecStart=\\nExecStart=/usr/bin/midwatch -i {port}\\n")
        self.run_there("systemctl restart midwatch")

    def test_a_mistake_is_not_tried_again(self):
        self.drop_in(r"[Service]\nExecStart=\nExecStart=/usr/bin/midwatch -i afpacket:lo --set no.such=key\n")
        self.run_there("systemctl restart midwatch", status=1)
        self.assertEqual(self.shows("ActiveState", "Result", "ExecMainStatus"), ["failed", "exit-code", "2"])

    def test_a_port_that_comes_late_is_watched(self):
        self.drop_in(r"[Service]\nExecStart=\nExecStart=/usr/bin/midwatch -i afpacket:late0\n")
        self.run_there("systemctl restart --no-block midwatch; "
                       "until [ $(systemctl show -P NRestarts midwatch) -gt 1 ]; do sleep 1; done")
        self.run_there("modprobe dummy; ip link add late0 type dummy && ip link set late0 up")
        self.addCleanup(self.run_there, "ip link del late0")
        self.run_there("until systemctl -q is-active midwatch; do sleep 1; done")
        self.assertIn("late0", self.run_there(f"{CONTROL} show ports"))

    def works_without_denials(self):
        self.run_there(f"systemctl reload midwatch; {CONTROL} show status; {CONTROL} show ports")
        self.run_there("systemctl stop midwatch")
        denied = self.run_there("dmesg | grep type=1326", status=None)
        self.assertEqual(self.shows("Result", "ExecMainStatus"), ["success", "0"], self.journal() + denied)
        self.assertNotRegex(self.journal(), r"not permitted|[Pp]ermission denied")

    def test_the_unit_denies_nothing_that_is_needed(self):
        """What its filter denies fails, unseen; here it would kill. iopl is asked for by DPDK, for cards of old."""
        self.drop_in(r"[Service]\nSystemCallErrorNumber=kill\nSystemCallFilter=iopl\n")
        self.run_there("systemctl restart midwatch")
        self.works_without_denials()

    def test_an_interface_of_the_kernel_is_watched_by_the_unit(self):
        """By AF_XDP and by a packet socket; a kill leaves nothing at the interface."""
        self.run_there("modprobe veth; ip link add mirror0 type veth peer name mirror1; "
                       "ip link set mirror0 up; ip link set mirror1 up")
        self.addCleanup(self.run_there, "ip link del mirror0")
        for port in ("mirror1", "afpacket:mirror1"):
            self.use(port)
            self.assertIn("RX queue", self.journal())
            self.assertIn("mirror1", self.run_there(f"{CONTROL} show ports"))
            self.works_without_denials()
            self.run_there("systemctl start midwatch; systemctl kill -s KILL midwatch; sleep 1")
            self.assertNotIn("xdp", self.run_there("ip link show mirror1"))


if __name__ == "__main__":
    system.main()
