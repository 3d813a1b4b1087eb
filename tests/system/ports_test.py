#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Ports that cannot be had: one sentence that says why, and the command that mends it.
# Neighbours: live.py, system.py; tests/unit/input has the sentences.
import os
import pathlib
import subprocess
import unittest

import live
import system

PCI = pathlib.Path("/sys/bus/pci/devices")
USABLE = {"vfio-pci", "uio_pci_generic", "igb_uio", "mlx5_core", "mlx4_core"}


def kernel_device(network):
    """A PCI device that a kernel driver has: a network card, or one that is none. @return its address and driver."""
    for device in sorted(PCI.glob("*")) if PCI.exists() else []:
        driver = device / "driver"
        is_network = (device / "class").read_text().startswith("0x02") or any(device.glob("**/net/*"))
        if driver.exists() and driver.resolve().name not in USABLE and is_network == network:
            return device.name, driver.resolve().name
    return None


class Ports(system.Case):
    def refused(self, port, why, mend, prefix=(), status=1, **more):
        command = [*prefix, system.programs.midwatch, "-i", port, "-o", str(self.out), "-s", str(self.folder / "sock")]
        done = self.run_program(command, status=status, **more)
        told = [line for line in done.stderr.splitlines() if line.startswith("midwatch: error: ")]
        self.assertEqual(len(told), 1, done.stderr)
        self.assertTrue(told[0].startswith(f"midwatch: error: -i {port}: "), told[0])
        self.assertRegex(told[0], why)
        self.assertIn(mend, told[0])
        self.assertFalse(self.out.exists())

    def test_interface_that_does_not_exist(self):
        self.refused("nothere0", "there is no interface", "ip -brief link")
        self.refused("afpacket:nothere0", "there is no interface", "ip -brief link")

    def test_pci_address_that_does_not_exist(self):
        self.refused("0000:ff:1f.7", "there is no PCI device", "dpdk-devbind.py --status-dev net")
        self.refused("ff:1f.7", "there is no PCI device 0000:ff:1f.7", "dpdk-devbind.py")

    def test_pci_device_of_a_kernel_driver(self):
        device = kernel_device(network=True)
        if device is None:
            self.skipTest("no network card has a kernel driver here")
        self.refused(device[0], f"belongs to the kernel driver {device[1]}", "dpdk-devbind.py --bind=")

    def test_pci_device_that_is_no_network_card(self):
        device = kernel_device(network=False)
        if device is None:
            self.skipTest("no other PCI device has a kernel driver here")
        self.refused(device[0], "is no network card", "dpdk-devbind.py --status-dev net")

    def test_virtual_device_that_is_none(self):
        self.refused("vdev:foo", "names no virtual network device", "vdev:net_", status=2)

    def test_every_bad_port_is_told(self):
        done = self.run_midwatch("-i", "nothere0", "-i", "nothere1", "-o", self.out, status=1)
        self.assertEqual(len(done.stderr.splitlines()), 2, done.stderr)

    def test_without_privileges(self):
        prefix = []
        if os.geteuid() == 0:
            if not system.nobody_can_run():
                self.skipTest("user nobody cannot reach the program")
            prefix = ["setpriv", "--reuid", str(system.NOBODY), "--regid", str(system.NOBODY), "--clear-groups",
                      "--bounding-set=-all", "--inh-caps=-all"]
        self.refused("afpacket:lo", "needs root or CAP_NET_RAW", "sudo", prefix)
        self.refused("lo", "needs root or CAP_NET_RAW, CAP_NET_ADMIN", "sudo", prefix)


@unittest.skipIf(live.why_not() is not None, live.why_not())
class PortsOfAWire(Ports):
    def setUp(self):
        super().setUp()
        self.wire = live.Wire()
        self.addCleanup(self.wire.remove)
        self.inside = ["ip", "netns", "exec", self.wire.name]

    def test_interface_that_is_down(self):
        self.wire.run("ip", "-n", self.wire.name, "link", "set", "dst", "down")
        self.refused("dst", "dst is down", "ip link set dev dst up", self.inside)
        self.refused("afpacket:dst", "dst is down", "ip link set dev dst up", self.inside)

    def test_mtu_beyond_what_af_xdp_holds(self):
        self.wire.run("ip", "-n", self.wire.name, "link", "set", "dst", "mtu", "9000")
        self.refused("dst", "MTU of 9000", "ip link set dev dst mtu", self.inside)

    def test_loopback_is_too_long_for_af_xdp(self):
        self.wire.run("ip", "-n", self.wire.name, "link", "set", "lo", "up")
        self.refused("lo", "MTU of 65536", "-i afpacket:lo", self.inside)

    def test_port_that_another_midwatch_watches(self):
        first = self.folder / "first"
        first.mkdir()
        analyzer = live.Analyzer(self.wire, first, "dst")
        self.addCleanup(analyzer.kill)
        self.refused("dst", "another midwatch watches dst", "midwatchctl shutdown", self.inside)


for _name in [name for name in dir(Ports) if name.startswith("test_")]:
    setattr(PortsOfAWire, _name, None)

system.main()
