#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# PCI ports from end to end, in an emulated machine: NICs that DPDK has, queues, links, overload, refusals.
# RSS by the virtio NIC, and by an igb where QEMU has one (8.0, Debian 13).
# Neighbours: vm.py, guest.py; tests/system does the same for ports of the kernel.
import argparse
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import doctor_cases
import guest
import live
import system
import vm

tools = argparse.Namespace(gen=None)
REASON = vm.why_not() or live.why_not()
VIRTIO, E1000E, E1000, VMXNET3, PLUGGABLE, IGB = 4, 5, 6, 7, 9, 10
PLUGGED, IGB_CARD = "0000:01:00.0", "0000:02:00.0"  # behind the ports in the last two slots
FATES = ("analysed", "filtered", "malformed", "truncated", "dropped_ring")
FLOOD = 20000
SPREAD = 6000
TAGS = (b"", b"\x81\x00\x00\x64", b"\x88\xa8\x00\xc8\x81\x00\x00\x64")  # none, VLAN, QinQ
LONG = 50


def pci(slot):
    return f"0000:00:{slot:02x}.0"


def tagged_shares(frames, count):
    """Frames of Ethernet by pair of IPv4 addresses: each pair in one of count shares, in one VLAN, two or none."""
    shares = [[] for _ in range(count)]
    for seconds, fraction, data, wire in frames:
        turn, share = divmod(sum(data[26:34]), count)
        tags = TAGS[turn % len(TAGS)]
        shares[share].append((seconds, fraction, data[:12] + tags + data[12:], wire + len(tags)))
    return shares


def long_frames(seconds, host):
    """UDP in frames of 8,000 bytes and more, to a host that says nothing else."""
    for number in range(LONG):
        payload = 8000 + number
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, payload + 28, number, 0, 64, 17, 0, b"\xc0\0\2\1",
                         bytes((192, 0, 2, host)))
        udp = struct.pack(">HHHH", 5000, 5001, payload + 8, 0) + bytes(payload)
        data = b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip + udp
        yield (seconds, number, data, len(data))


def start_machine(test_class, nics, iommu):
    """A machine of the whole class, with wires that are up."""
    folder = tempfile.TemporaryDirectory(prefix="midwatch-vm-")
    test_class.addClassCleanup(folder.cleanup)
    path = pathlib.Path(folder.name)
    guest.make(path / "initramfs", [system.programs.midwatch, system.programs.midwatchctl])
    wires = vm.Wires()
    test_class.addClassCleanup(wires.remove)
    machine = vm.Machine(path, path / "initramfs", wires, nics, iommu)
    test_class.addClassCleanup(machine.close)
    return machine, wires


class Emulated(system.Case):
    def start(self, words):
        probe = vm.Probe(self.machine, words)
        self.addCleanup(probe.kill)
        return probe

    def generate(self, *words):
        """@return a capture of the bench's generator."""
        path = self.folder / "generated.pcap"
        subprocess.run([tools.gen, *words, "-o", path], check=True, capture_output=True)
        return path

    def conserve(self, sent, port, report):
        """Packets sent = received + missed; received = the four fates + lost between workers."""
        summary = report["summary"]
        self.assertEqual(port["received"] + port["missed"] + port["no_mbuf"] + port["errors"], sent)
        self.assertEqual(summary["packets"], port["received"])
        self.assertEqual(sum(summary[fate] for fate in FATES), port["received"])
        self.assertEqual(summary["dropped_nic"], port["missed"] + port["no_mbuf"] + port["errors"])

    def classes(self, report):
        return {(row["dimension"], row["class"]): (row["packets"], row["bytes"], row["flows"])
                for row in report["classes"]}

    def spread(self, card, slot, queues):
        """A queue a worker: each packet reaches its owner at once, and all say what the file says. @return xstats.

        Without the window for copies: frames of one content are closer in the file than on the wire."""
        copies = ["--set", "flow.duplicate-window=0"]
        capture = self.generate("imix", "-n", str(SPREAD), "-f", "1000")
        expected = json.loads(self.run_midwatch("-r", capture, "-o", self.out, "--json", *copies).stdout)
        probe = self.start(f"-i {card} -w {queues} {' '.join(copies)}")
        sent = self.wires.send(slot, capture, "--pps", "3000")
        port = probe.settle(sent)
        counters = probe.counters()
        workers = [row["packets"] for row in probe.ask("show workers")]
        xstats = {row["counter"]: row["value"] for row in probe.ask("show xstats")}
        report = probe.stop()
        self.conserve(sent, port, report)
        self.assertEqual((port["queues"], port["received"], len(workers)), (queues, SPREAD, queues))
        self.assertGreater(min(workers), SPREAD // (5 * queues // 2))
        self.assertEqual(counters["pipeline.strayed"], 0)
        self.assertLess(counters["pipeline.handed-over"], SPREAD // 100)
        self.assertEqual(self.classes(report), self.classes(expected))
        return xstats


@unittest.skipIf(REASON is not None, REASON)
class BehindAnIommu(doctor_cases.DoctorCases, Emulated):
    """vfio-pci. Each test leaves the NICs bound and no midwatch running."""

    CARD = pci(VMXNET3)  # the one that the guest's kernel has a driver for

    @classmethod
    def setUpClass(cls):
        nics = [vm.virtio(VIRTIO, 2, True), vm.nic("e1000e", E1000E), vm.nic("e1000", E1000),
                vm.nic("vmxnet3", VMXNET3), vm.pluggable(PLUGGABLE), *([vm.igb(IGB)] if vm.has_igb() else [])]
        cls.machine, cls.wires = start_machine(cls, nics, True)
        for slot in (VIRTIO, E1000E, E1000, VMXNET3):
            cls.wires.up(slot)
            assert cls.machine.bind(pci(slot), "vfio-pci") == "vfio-pci"

    def test_two_queues_find_the_resets_of_the_file(self):
        capture = self.folder / "sent.pcap"
        system.write_sendable_pcap(capture)
        expected = self.replay(capture, out=self.folder / "expected")["resets"]
        probe = self.start(f"-i {pci(VIRTIO)} -w 2")
        sent = self.wires.send(VIRTIO, capture, "--multiplier", "4")
        port = probe.settle(sent)
        self.assertEqual(port["queues"], 2)
        report = probe.stop()
        self.conserve(sent, port, report)
        probe.fetch_rows(self.folder / "live", "resets")
        found = system.read_rows(self.folder / "live")["resets"]
        self.assertEqual(system.resets_of(found), system.resets_of(expected))
        self.assertEqual(system.forged_with_text(found), system.forged_with_text(expected))

    def test_the_nic_spreads_packets_as_their_owners_are_chosen(self):
        xstats = self.spread(pci(VIRTIO), VIRTIO, 2)
        self.assertEqual(xstats["rx_good_packets"], SPREAD)

    def test_an_igb_spreads_packets_over_four_queues(self):
        """An 82576: registers of its own for the hash key and for the table of queues."""
        if not vm.has_igb():
            self.skipTest("this QEMU has no igb, that of Debian 13 has")
        self.wires.up(IGB)
        self.assertEqual(self.machine.bind(IGB_CARD, "vfio-pci"), "vfio-pci")
        self.spread(IGB_CARD, IGB, 4)

    def test_tagged_and_long_frames_of_three_cards_are_those_of_the_file(self):
        """One worker for all; the 82574L's driver names no highest MTU. Meanwhile a second start is refused."""
        cards = (VIRTIO, E1000E, VMXNET3)
        system.write_sendable_pcap(self.folder / "plain.pcap")
        link, frames, ns = system.read_pcap(self.folder / "plain.pcap")
        shares = tagged_shares(frames, len(cards))
        for host, share in enumerate(shares[:2], 2):  # vmxnet3 has buffers of 2 KiB
            share.extend(long_frames(frames[-1][0] + 1, host))
        system.write_pcap(self.folder / "all.pcap", link, sorted(sum(shares, []), key=lambda frame: frame[:2]), ns)
        expected = json.loads(self.run_midwatch("-r", self.folder / "all.pcap", "-o", self.out, "--json").stdout)
        probe = self.start(" ".join(f"-i {pci(card)}" for card in cards))
        sent = {}
        for card, share in zip(cards, shares):
            system.write_pcap(self.folder / "share.pcap", link, share, ns)
            sent[pci(card)] = self.wires.send(card, self.folder / "share.pcap", "--pps", "1000")
            port = probe.settle(sent[pci(card)], pci(card))
            self.assertEqual((port["received"], port["errors"]), (len(share), 0), port)
        self.left_alone(pci(E1000E))
        report = probe.stop()
        self.assertEqual(report["summary"]["packets"], sum(sent.values()))
        self.assertEqual(self.classes(report), self.classes(expected))
        for what in (system.resets_of, system.forged_with_text):
            self.assertEqual(what(report["resets"]), what(expected["resets"]))

    def left_alone(self, card):
        """Another start with a card that is held is refused, with the command that ends the holder."""
        said = self.machine.run(f"midwatch -i {card} {vm.Probe.FIXED} -o /tmp/out2 -s /tmp/socket2", status=1)
        self.assertIn("is driven by another process, midwatch: kill ", said)
        self.assertNotIn("EAL", said)

    def test_long_frames_of_an_old_card(self):
        system.write_pcap(self.folder / "long.pcap", 1, list(long_frames(0, 2)))
        probe = self.start(f"-i {pci(E1000)}")
        sent = self.wires.send(E1000, self.folder / "long.pcap", "--pps", "500")
        port = probe.settle(sent)
        self.assertEqual((port["received"], port["errors"]), (sent, 0))
        self.conserve(sent, port, probe.stop())

    def test_a_nic_that_cannot_spread_gets_one_queue_and_says_so(self):
        probe = self.start(f"-i {pci(E1000E)} -w 2")
        self.assertEqual(probe.ask("show ports")[0]["queues"], 1)
        self.assertIn("cannot spread packets over queues", probe.log())
        probe.stop()

    def test_what_a_full_nic_misses_is_counted_exactly(self):
        capture = self.generate("min64", "-n", str(FLOOD), "-f", "1000")
        probe = self.start(f"-i {pci(VMXNET3)} --set input.rx-descriptors=512")
        probe.signal("STOP")
        sent = self.wires.send(VMXNET3, capture, "--pps", "20000")
        probe.signal("CONT")
        port = probe.settle(sent)
        self.assertGreater(port["missed"], 0)
        self.conserve(sent, port, probe.stop())

    def test_a_link_that_goes_down_and_up_is_told(self):
        probe = self.start(f"-i {pci(VMXNET3)}")
        self.assertEqual(probe.ask("show ports")[0]["link"], "up")
        self.machine.tell("set_link", name=f"nic{VMXNET3}", up=False)
        self.assertTrue(probe.wait_for("grep -q 'the link is down' /tmp/log"), probe.log())
        self.assertEqual(probe.ask("show ports")[0]["link"], "down")
        self.machine.tell("set_link", name=f"nic{VMXNET3}", up=True)
        self.assertTrue(probe.wait_for("grep -q 'the link is up' /tmp/log"), probe.log())
        probe.stop()

    def test_after_a_kill_the_next_start_has_the_nic(self):
        self.start(f"-i {pci(VIRTIO)} -w 2").kill()
        capture = self.generate("min64", "-n", "500", "-f", "100")
        probe = self.start(f"-i {pci(VIRTIO)} -w 2")
        sent = self.wires.send(VIRTIO, capture, "--pps", "3000")
        self.conserve(sent, probe.settle(sent), probe.stop())

    def test_a_card_that_is_taken_out_is_given_back_and_the_other_goes_on(self):
        self.wires.up(PLUGGABLE)
        self.assertEqual(self.machine.bind(PLUGGED, "vfio-pci"), "vfio-pci")
        capture = self.generate("min64", "-n", "300", "-f", "100")
        probe = self.start(f"-i {pci(E1000E)} -i {PLUGGED}")
        sent = [self.wires.send(slot, capture, "--pps", "3000") for slot in (E1000E, PLUGGABLE)]
        probe.settle(sent[0])
        self.machine.tell("device_del", id=f"nic{PLUGGABLE}")
        self.assertTrue(probe.wait_for(f"[ ! -e /sys/bus/pci/devices/{PLUGGED} ]"), "the kernel does not get it back")
        self.assertIn(f"port {PLUGGED}: the device is gone", probe.log())
        more = self.wires.send(E1000E, capture, "--pps", "3000")
        probe.settle(sent[0] + more)
        ports = {row["port"]: row for row in probe.ask("show ports")}
        self.assertEqual(ports[PLUGGED]["link"], "gone")
        self.assertEqual(ports[PLUGGED]["received"], sent[1])
        self.assertEqual(probe.stop()["summary"]["packets"], sum(sent) + more)

    def refused(self, words):
        """@return what midwatch says when it does not start."""
        probe = vm.Probe(self.machine, words, waits=False)
        self.addCleanup(probe.kill)
        self.assertFalse(probe.wait_for("false", 40))
        self.assertFalse(probe.runs(), "it started")
        return probe.log()

    def test_without_hugepages_the_command_is_told(self):
        for pages in (0, 20):
            self.machine.run(f"echo {pages} > /proc/sys/vm/nr_hugepages")
            said = self.refused(f"-i {pci(VIRTIO)}")
            self.machine.run("echo 400 > /proc/sys/vm/nr_hugepages")
            self.assertIn("sysctl vm.nr_hugepages=", said)

    def test_what_is_no_nic_is_not_to_be_bound(self):
        said = self.refused("-i 0000:00:1c.0")
        self.assertNotIn("--bind", said)
        self.assertIn("no network card", said)


@unittest.skipIf(REASON is not None, REASON)
class WithoutAnIommu(system.Case):
    @classmethod
    def setUpClass(cls):
        cls.machine, cls.wires = start_machine(cls, [vm.virtio(VIRTIO, 1, False), vm.pluggable(PLUGGABLE, False)],
                                               False)
        for slot in (VIRTIO, PLUGGABLE):
            cls.wires.up(slot)

    def test_uio_takes_the_nic_where_vfio_cannot(self):
        self.machine.bind(pci(VIRTIO), "vfio-pci")
        probe = vm.Probe(self.machine, f"-i {pci(VIRTIO)}", waits=False)
        self.addCleanup(probe.kill)
        self.assertFalse(probe.wait_for("false", 40))
        self.assertIn("uio_pci_generic", probe.log())
        self.assertEqual(self.machine.bind(pci(VIRTIO), "uio_pci_generic"), "uio_pci_generic")
        probe = vm.Probe(self.machine, f"-i {pci(VIRTIO)}")
        self.addCleanup(probe.kill)
        frames = [(0, 1000 * number, b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0".ljust(100, b"\0"), 100) for number in range(50)]
        system.write_pcap(self.folder / "few.pcap", 1, frames)
        sent = self.wires.send(VIRTIO, self.folder / "few.pcap", "--pps", "500")
        self.assertEqual(probe.settle(sent)["received"], sent)
        probe.stop()

    def test_a_card_under_uio_that_is_taken_out_is_told_and_the_other_goes_on(self):
        for card in (pci(VIRTIO), PLUGGED):
            self.assertEqual(self.machine.bind(card, "uio_pci_generic"), "uio_pci_generic")
        frames = [(0, 1000 * number, b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0".ljust(100, b"\0"), 100) for number in range(50)]
        system.write_pcap(self.folder / "few.pcap", 1, frames)
        probe = vm.Probe(self.machine, f"-i {pci(VIRTIO)} -i {PLUGGED}")
        self.addCleanup(probe.kill)
        sent = [self.wires.send(slot, self.folder / "few.pcap", "--pps", "500") for slot in (VIRTIO, PLUGGABLE)]
        probe.settle(sent[0])
        self.machine.tell("device_del", id=f"nic{PLUGGABLE}")
        self.assertTrue(probe.wait_for(f"grep -q 'port {PLUGGED}: the device is gone' /tmp/log"), probe.log())
        more = self.wires.send(VIRTIO, self.folder / "few.pcap", "--pps", "500")
        probe.settle(sent[0] + more)
        self.assertEqual({row["port"]: row["link"] for row in probe.ask("show ports")},
                         {pci(VIRTIO): "up", PLUGGED: "gone"})
        self.assertEqual(probe.stop()["summary"]["packets"], sum(sent) + more)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--gen", required=True)
    rest = parser.parse_known_args(namespace=tools)[1]
    sys.argv[1:] = rest
    system.main()
