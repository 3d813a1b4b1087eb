# SPDX-License-Identifier: BSD-3-Clause
# midwatch doctor in the emulated machine: what is broken there, the command that it tells, and that this mends it.
# Neighbours: machine_test.py has the machine; tests/system/doctor_test.py breaks more, on copies of machines.
import re

import vm

# What Debian has and this machine does not, in as few words; modprobe finds its modules loaded.
DEVBIND = ("driver=${1#--bind=}; device=/sys/bus/pci/devices/$2; "
           "[ -e $device/driver ] && echo $2 > $device/driver/unbind; "
           "echo $driver > $device/driver_override; echo $2 > /sys/bus/pci/drivers_probe")
MODULES = "/lib/modules/$(uname -r)"


class DoctorCases:
    """For a class with a machine behind an IOMMU, whose NICs are bound to vfio-pci."""

    def doctor(self, port):
        """{row: (verdict, whole line)}"""
        said = self.machine.run(f"midwatch doctor {port} {vm.Probe.FIXED}", status=None)
        found = re.findall(r"^(ok  |MEND|note|\?   )  (.+?)  (.*)$", said, re.MULTILINE)
        return {name: (verdict.strip(), line) for verdict, name, line in found}

    def mend(self, port, row, command):
        """The row is to be mended by a command that begins so; it is run, and the row is fine then."""
        rows = self.doctor(port)
        self.assertEqual(rows[row][0], "MEND", rows)
        told = re.search(rf"{re.escape(command)}[^()]*", rows[row][1])
        self.assertIsNotNone(told, rows[row])
        self.machine.run(told[0].strip())
        self.assertEqual(self.doctor(port)[row][0], "ok", f"{told[0]}: {rows}")

    def install_devbind(self):
        self.machine.run(f"(echo '#!/bin/sh'; echo '{DEVBIND}') > /bin/dpdk-devbind.py; chmod 755 /bin/dpdk-devbind.py")
        self.machine.run(f"mkdir -p {MODULES}; touch {MODULES}/modules.dep")

    def test_what_doctor_tells_mends_a_card(self):
        card = self.CARD
        self.install_devbind()
        self.addCleanup(self.machine.bind, card, "vfio-pci")
        rows = self.doctor(card)
        self.assertEqual((rows["driver"][0], rows["IOMMU"][0]), ("ok", "ok"), rows)
        self.assertEqual(self.machine.bind(card, "vmxnet3"), "vmxnet3")
        self.mend(card, "driver", f"dpdk-devbind.py --bind=vfio-pci {card}")
        self.machine.run(f"echo {card} > /sys/bus/pci/devices/{card}/driver/unbind")
        self.mend(card, "driver", f"modprobe vfio-pci && dpdk-devbind.py --bind=vfio-pci {card}")
        self.machine.run("echo 0 > /proc/sys/vm/nr_hugepages")
        self.addCleanup(self.machine.run, "echo 400 > /proc/sys/vm/nr_hugepages")
        self.mend(card, "hugepages", "sysctl vm.nr_hugepages=")
        group = self.machine.run(f"basename $(readlink /sys/bus/pci/devices/{card}/iommu_group)").strip()
        self.machine.run(f"sleep 1000 9<>/dev/vfio/{group} & sleep 0.2")
        rows = self.doctor(card)
        self.assertIn("by sleep", rows["driven"][1])
        self.machine.run(re.search(r"kill \d+", rows["driven"][1])[0])
        self.assertNotIn("driven", self.doctor(card))

    def test_what_doctor_tells_mends_an_interface(self):
        self.addCleanup(self.machine.bind, self.CARD, "vfio-pci")
        self.assertEqual(self.machine.bind(self.CARD, "vmxnet3"), "vmxnet3")
        name = self.machine.run(f"ls /sys/bus/pci/devices/{self.CARD}/net").strip()
        self.mend(name, "link", f"ip link set dev {name} up")
        self.machine.run(f"ip link set dev {name} mtu 9000")
        self.mend(name, "MTU", f"ip link set dev {name} mtu 2986")
        self.machine.run(f"ip addr add 192.0.2.1/24 dev {name}; ip route add default via 192.0.2.2 dev {name}")
        self.assertIn("the default route", self.doctor(name)["use"][1])
        self.assertIn("would be cut off", self.machine.run(f"midwatch setup {name} --dry-run", status=1))
        self.machine.run(f"ip route del default; ip addr del 192.0.2.1/24 dev {name}")
        self.assertEqual(self.doctor(name)["use"][0], "ok")
