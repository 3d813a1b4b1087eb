#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# midwatch doctor and midwatch setup on copies of machines made here: what is broken is named with the command that
# mends it, and nothing else is.
# Neighbours: system.py; app/midwatch/doctor has the checks, app/midwatch/setup the files.
import contextlib
import itertools
import os
import pathlib
import re
import subprocess
import threading

import system

PCI = "0000:3b:00.0"
DEVICE = f"sys/bus/pci/devices/{PCI}"
CPU = "sys/devices/system/cpu"
TCP = ("  sl  local_address rem_address   st\n"
       "   0: 0100007F:0019 00000000:0000 0A 00000000:00000000\n"
       "   1: {local}:0016 05020A0A:C350 01 00000000:00000000\n")


class Machine(system.Case):
    """A box of sixteen threads, eight cores and two NUMA nodes, set up as it should be; a test breaks it."""

    def setUp(self):
        super().setUp()
        self.root = self.folder / "machine"
        for core in range(16):
            self.put(f"{CPU}/cpu{core}/topology/thread_siblings_list", f"{core % 8},{core % 8 + 8}")
            self.put(f"{CPU}/cpu{core}/cpufreq/scaling_governor", "performance")
        self.put(f"{CPU}/online", "0-15")
        self.put(f"{CPU}/isolated", "2-3,10-11")
        self.put(f"{CPU}/nohz_full", "2-3,10-11")
        self.put("sys/devices/system/node/node0/cpulist", "0-3,8-11")
        self.put("sys/devices/system/node/node1/cpulist", "4-7,12-15")
        for pool in ("sys/kernel/mm", "sys/devices/system/node/node0", "sys/devices/system/node/node1"):
            self.hugepages(2048, 2048, pool)
        self.put("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc")
        self.put("sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc hpet acpi_pm")
        self.put("sys/firmware/acpi/tables/DMAR", "")
        self.put("run/systemd/timesync/synchronized", "")
        self.put("lib/dpdk/dpdk-init", "")
        self.put("proc/self/status", "Name:\tmidwatch\nCapEff:\t000001ffffffffff\n")
        self.put("proc/meminfo", "MemTotal:       32000000 kB\n")
        self.put("proc/net/tcp", TCP.format(local="0502000A").replace(":0016", ":0017"))
        self.put("proc/net/route", "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
                 "eth0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\n"
                 "eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n")
        self.put(f"{DEVICE}/class", "0x020000")
        self.put(f"{DEVICE}/numa_node", "0")
        self.put(f"{DEVICE}/iommu_group/type", "DMA")
        self.slot(8)
        self.bind("vfio-pci")
        self.interface("eth0")
        self.interface("eth1")
        self.config = self.config_folder()
        self.environment(PCI, "-w 2 --cores 2-3")

    def put(self, path, text):
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text + ("\n" if text and not text.endswith("\n") else ""))

    def hugepages(self, count, free, pool="sys/devices/system/node/node0"):
        self.put(f"{pool}/hugepages/hugepages-2048kB/nr_hugepages", str(count))
        self.put(f"{pool}/hugepages/hugepages-2048kB/free_hugepages", str(free))

    def slot(self, lanes):
        for name, value in (("current_link_width", lanes), ("max_link_width", 8),
                            ("current_link_speed", "8.0 GT/s PCIe"), ("max_link_speed", "8.0 GT/s PCIe")):
            self.put(f"{DEVICE}/{name}", str(value))

    def bind(self, driver):
        link = self.root / DEVICE / "driver"
        link.unlink(missing_ok=True)
        if driver:
            link.symlink_to(f"../../../bus/pci/drivers/{driver}")

    def interface(self, name, state="up", flags="0x1003", mtu=1500, frames=5):
        for file, value in (("flags", flags), ("operstate", state), ("mtu", mtu), ("speed", 10000),
                            ("statistics/rx_packets", frames)):
            self.put(f"sys/class/net/{name}/{file}", str(value))

    def virtual(self, name, kind):
        self.interface(name)
        self.put(f"sys/class/net/{name}/type", str(kind))
        self.put(f"sys/devices/virtual/net/{name}/type", str(kind))

    def environment(self, port, options):
        self.put(f"{self.config}/midwatch.env", f"# ours\nMIDWATCH_PORT={port}\nMIDWATCH_OPTIONS={options}\n")

    def config_folder(self):
        done = self.run_midwatch("setup", "afpacket:eth1", "--root", self.root, "--dry-run", status=0)
        return re.search(r"^\+\+\+ /(\S+)/midwatch\.env$", done.stdout, re.MULTILINE)[1]

    def running(self, ports=(PCI,), **numbers):
        """A midwatch that runs and has published an interval."""
        self.put("proc/4242/comm", "midwatch")
        self.put("proc/4242/cmdline", "")
        (self.root / "proc/4242/cmdline").write_text("".join(f"{word}\0" for word in ("midwatch", *(
            word for port in ports for word in ("-i", port)), "-w", "2")))
        self.put("var/log/midwatch/summary-20261130T090000Z.csv",
                 "schema,ts,probe,interval_s,packets\n1,2026-11-30T09:00:00.000000Z,box,60.000,1000\n")
        row = {"loss_pct": "0.00", "loss_pct_low": "0.00", "copies_pct": "0.0", "one_way": 1, "both_ways": 500}
        row |= numbers
        self.put("var/log/midwatch/mirror-20261130T090000Z.csv",
                 f"schema,ts,probe,direction,{','.join(row)}\n"
                 f"1,2026-11-30T09:00:00.000000Z,box,both,{','.join(map(str, row.values()))}\n")

    def doctor(self, *words, status):
        done = self.run_midwatch("doctor", *words, "--root", self.root, status=status)
        return {line[6:].split("  ")[0]: (line[:4].strip(), line)
                for line in done.stdout.splitlines()[1:] if line and not line[0].isdigit()}

    def assert_mends(self, row, command, *words, others=()):
        rows = self.doctor(*words, status=1)
        self.assertEqual([name for name, (verdict, _) in rows.items() if verdict == "MEND"], sorted({row, *others},
                         key=list(rows).index), rows)
        self.assertIn(command, rows[row][1])


class Doctor(Machine):
    def test_good_machine_is_good(self):
        self.running()
        rows = self.doctor(status=0)
        self.assertTrue(all(verdict == "ok" for verdict, _ in rows.values()), rows)
        for name in ("port", "driver", "IOMMU", "hugepages", "isolation", "NUMA", "directions", "mirror loss"):
            self.assertIn(name, rows)

    def test_device_that_is_not_there(self):
        self.assert_mends("port", "dpdk-devbind.py --status-dev net", "0000:77:00.0")

    def test_device_that_is_no_network_card(self):
        self.put(f"{DEVICE}/class", "0x010802")
        self.assert_mends("port", "dpdk-devbind.py --status-dev net")

    def test_driver_of_the_kernel(self):
        self.bind("ixgbe")
        self.put(f"{DEVICE}/net/eth7/mtu", "1500")
        self.assert_mends("driver", f"dpdk-devbind.py --bind=vfio-pci {PCI}")

    def test_no_driver(self):
        self.bind(None)
        self.assert_mends("driver", f"modprobe vfio-pci && dpdk-devbind.py --bind=vfio-pci {PCI}")

    def test_iommu_that_is_off_on_the_command_line(self):
        os.rename(self.root / DEVICE / "iommu_group", self.root / "gone")
        self.assert_mends("IOMMU", f"midwatch setup {PCI} && update-grub && reboot", others=["driver"])

    def test_iommu_that_is_off_in_the_firmware(self):
        os.rename(self.root / DEVICE / "iommu_group", self.root / "gone")
        os.remove(self.root / "sys/firmware/acpi/tables/DMAR")
        self.assert_mends("firmware", "systemctl reboot --firmware-setup", others=["driver", "IOMMU"])

    def test_driver_that_needs_no_iommu_is_left_alone(self):
        os.rename(self.root / DEVICE / "iommu_group", self.root / "gone")
        self.bind("uio_pci_generic")
        self.assertEqual(self.doctor(status=0)["IOMMU"][0], "note")

    def test_device_that_another_process_drives(self):
        group = self.root / DEVICE / "iommu_group"
        (self.root / "sys/kernel/iommu_groups").mkdir(parents=True)
        os.rename(group, self.root / "sys/kernel/iommu_groups/12")
        group.symlink_to(self.root / "sys/kernel/iommu_groups/12")
        self.put("proc/77/comm", "dpdk-testpmd")
        (self.root / "proc/77/fd").mkdir()
        (self.root / "proc/77/fd/9").symlink_to("/dev/vfio/12")
        self.assert_mends("driven", "kill 77")
        self.put("proc/77/comm", "midwatch")
        self.doctor(status=0)

    def test_package_that_is_missing(self):
        os.remove(self.root / "lib/dpdk/dpdk-init")
        self.assert_mends("package dpdk", "apt-get install dpdk")

    def test_service_that_is_enabled_and_does_not_run(self):
        self.put("etc/systemd/system/multi-user.target.wants/midwatch.service", "")
        self.assert_mends("service", "journalctl -u midwatch")
        self.running()
        self.assertEqual(self.doctor(status=0)["service"][0], "ok")

    def test_slot_that_is_too_narrow(self):
        self.slot(1)
        self.assert_mends("PCIe slot", "another slot")

    def test_no_hugepages(self):
        self.hugepages(0, 0)
        self.assert_mends("hugepages", "sysctl vm.nr_hugepages=")

    def test_start_and_doctor_and_setup_want_the_same_hugepages(self):
        wanted = re.search(r"^vm\.nr_hugepages = (\d+)$", self.run_midwatch(
            "setup", "eth1", "-w", 2, "--root", self.root, "--dry-run", status=0).stdout.replace("+", ""), re.MULTILINE)
        self.hugepages(0, 0, "sys/kernel/mm")
        self.assertIn(f"sysctl vm.nr_hugepages={wanted[1]} ", self.doctor("eth1", "-w", 2, status=0)["hugepages"][1])
        told = self.doctor("vdev:net_null0", "-w", 2, status=0)["hugepages"][1].split("  ")[-1].strip()
        self.assertRegex(told, r"^sysctl vm\.nr_hugepages=\d+$")
        if int(pathlib.Path("/proc/sys/vm/nr_hugepages").read_text()) > 0:
            self.skipTest("this machine has hugepages, so a start does not ask for them")
        probe = subprocess.Popen([system.programs.midwatch, "-i", "vdev:net_null0", "-w", "2", "-o", self.out],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(probe.stderr.close)
        said = next((line for line in probe.stderr if "no hugepages" in line), "")
        probe.terminate()
        probe.wait(30)
        self.assertTrue(said.rstrip().endswith(told), said)

    def test_hugepages_on_the_other_node(self):
        self.put(f"{DEVICE}/numa_node", "1")
        self.hugepages(16, 16, "sys/devices/system/node/node1")
        self.assert_mends("hugepages", "/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages",
                          others=["NUMA"])

    def test_hugepages_that_another_process_holds(self):
        self.hugepages(2048, 3)
        self.assert_mends("hugepages", "another process holds 2045")
        self.running()
        self.doctor(status=0)

    def test_workers_without_cores(self):
        self.environment(PCI, "-w 2")
        self.assert_mends("cores", f"midwatch setup {PCI}")

    def test_cores_that_the_kernel_uses(self):
        self.put(f"{CPU}/isolated", "")
        self.put(f"{CPU}/nohz_full", "(null)")
        self.assert_mends("isolation", f"midwatch setup {PCI} && update-grub && reboot", others=["timer tick"])

    def test_two_workers_on_one_core(self):
        self.environment(PCI, "-w 2 --cores 2,10")
        self.assert_mends("threads", f"midwatch setup {PCI}")

    def test_cores_of_the_other_node(self):
        self.put(f"{DEVICE}/numa_node", "1")
        self.assert_mends("NUMA", f"midwatch setup {PCI}")

    def test_cores_that_are_slowed_down(self):
        self.put(f"{CPU}/cpu3/cpufreq/scaling_governor", "powersave")
        self.assert_mends("governor", "echo performance | tee")

    def test_clock_that_nobody_sets(self):
        os.remove(self.root / "run/systemd/timesync/synchronized")
        self.assert_mends("clock", "apt-get install chrony")

    def test_clock_that_is_slow_to_read(self):
        self.put("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet")
        self.assert_mends("clock source", "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource")

    def test_link_that_is_down(self):
        self.interface("eth1", state="down")
        self.assert_mends("link", "ethtool eth1", "eth1")
        self.interface("eth1", flags="0x1002", state="down")
        self.assert_mends("link", "ip link set dev eth1 up", "eth1")

    def test_frames_too_long_for_af_xdp(self):
        self.interface("eth1", mtu=9000)
        self.assert_mends("MTU", "ip link set dev eth1 mtu 2986", "eth1")
        self.doctor("afpacket:eth1", status=0)

    def test_mirror_that_shows_nothing(self):
        self.interface("eth1", frames=0)
        self.assert_mends("mirror", "ip -s link show dev eth1", "eth1")

    def test_frames_of_former_days_say_nothing_of_the_mirror(self):
        self.assertEqual(self.doctor("eth1", status=0)["mirror"][0], "?")
        with self.counting("eth1"):
            verdict, line = self.doctor("eth1", status=0)["mirror"]
        self.assertEqual(verdict, "ok")
        self.assertRegex(line, r"the kernel counted \d\d+ frames in \d\.\d\d s ")

    def test_a_few_frames_are_no_judgement(self):
        with self.counting("eth1", at_most=103):
            verdict, line = self.doctor("eth1", status=0)["mirror"]
        self.assertEqual(verdict, "?")
        self.assertRegex(line, r"the kernel counted \d frames? in \d\.\d\d s: too few to judge by|no frame was counted")
        self.running()
        summary = next((self.root / "var/log/midwatch").glob("summary*"))
        for packets, verdict, said in ((9, "?", "9 packets in 60 s: too few"), (10, "ok", "10 packets in 60 s")):
            summary.write_text(f"schema,ts,probe,interval_s,packets\n1,x,box,60.000,{packets}\n")
            row = self.doctor(status=0)["mirror"]
            self.assertEqual(row[0], verdict)
            self.assertIn(said, row[1])

    @contextlib.contextmanager
    def counting(self, name, at_most=1 << 40):
        """The kernel's counter of received frames goes on until the block ends."""
        place = self.root / f"sys/class/net/{name}/statistics/rx_packets"
        draft, done = place.with_name("draft"), threading.Event()

        def count():
            for frames in itertools.count(100):
                draft.write_text(f"{min(frames, at_most)}\n")
                draft.replace(place)
                if done.wait(0.01):
                    return
        thread = threading.Thread(target=count)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def test_rows_of_another_port_say_nothing_of_the_mirror(self):
        self.running(one_way=400, both_ways=3)
        rows = self.doctor("eth1", status=0)
        self.assertEqual(rows["mirror"][0], "?")
        self.assertNotIn("directions", rows)
        self.running(ports=("eth1", "eth2"))
        rows = self.doctor("eth1", status=0)
        self.assertEqual((rows["mirror"][0], rows["directions"][0]), ("?", "ok"))  # packets of both
        self.running(ports=("afpacket:eth1",))
        self.assertIn("1000 packets in 60 s", self.doctor("eth1", status=0)["mirror"][1])

    def test_rows_that_are_not_published_yet_are_waited_for(self):
        self.running()
        for path in (self.root / "var/log/midwatch").iterdir():
            path.unlink()
        verdict, line = self.doctor(status=0)["mirror"]
        self.assertEqual(verdict, "?")
        self.assertIn("has not published any yet", line)

    def test_mirror_of_one_direction(self):
        self.running(one_way=400, both_ways=3)
        self.assert_mends("directions", "in both directions")

    def test_mirror_of_too_few_connections_is_not_judged(self):
        self.running(one_way=4, both_ways=0)
        self.assertEqual(self.doctor(status=0)["directions"][0], "?")

    def test_mirror_that_loses_and_repeats(self):
        self.running(loss_pct="4.20", loss_pct_low="3.90", copies_pct="50.0")
        self.assert_mends("mirror loss", "on the switch", others=["copies"])

    def test_port_that_the_machine_needs(self):
        self.assert_mends("use", "midwatch doctor OTHER_PORT", "eth0")

    def test_setup_is_told_only_where_it_is_not_refused(self):
        self.environment("", "")
        self.hugepages(0, 0, "sys/kernel/mm")
        self.virtual("lo", 772)
        self.virtual("veth1", 1)
        for port, why in (("eth0", "choose another port"), ("nosuch0", "there is no such interface"),
                          ("vdev:net_null0", "needs nothing of the machine"), (None, "name the mirror port"),
                          ("lo", "lo is the loopback"), ("veth1", "veth1 is virtual")):
            rows = self.doctor(*filter(None, [port]), status=0 if port == "vdev:net_null0" else 1)
            self.assertIn(why, rows["cores"][1])
            self.assertNotIn("midwatch setup ", "".join(line for _, line in rows.values()).replace("setup refuses", ""))
            self.setup_refuses(port, why)

    def test_setup_says_what_to_name_instead_of_a_port_that_is_none(self):
        self.virtual("lo", 772)
        self.virtual("veth1", 1)
        for port, instead in (("lo", "midwatch -i afpacket:lo needs no setup"), ("veth1", "or afpacket:veth1"),
                              ("afpacket:lo", "midwatch -i afpacket:lo needs no setup")):
            done = self.run_midwatch("setup", port, "--dry-run", "--root", self.root, status=1)
            self.assertEqual(done.stdout, "")
            self.assertIn(instead, done.stderr)
        self.run_midwatch("setup", "afpacket:veth1", "--dry-run", "--root", self.root, status=0)

    def setup_refuses(self, port, why):
        words = [port] if port else []
        self.assertIn(why, self.run_midwatch("setup", *words, "--root", self.root, status=1).stderr)

    def test_capabilities_that_this_shell_lacks_are_a_note(self):
        self.put("proc/self/status", "CapEff:\t0000000000000000\n")
        verdict, line = self.doctor("eth1", status=0)["capabilities"]
        self.assertEqual(verdict, "note")
        self.assertIn("setpriv --ambient-caps +net_raw", line)

    def test_what_is_said_by_nobody(self):
        self.put("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "")
        self.assertEqual(self.doctor("eth1", status=0)["hugepages"][0], "?")

    def test_configuration_with_a_mistake(self):
        self.put(f"{self.config}/midwatch.yaml", "nonsense: 1\n")
        self.assert_mends("configuration", "midwatch --check -c ")
        self.run_midwatch("setup", PCI, "--root", self.root, "--dry-run", status=2)

    def test_usage(self):
        for words in (("doctor", "eth1", "eth2"), ("doctor", "a b"), ("-r", "x", "--undo")):
            self.run_midwatch(*words, status=2)

    def test_what_is_not_heeded_is_no_option(self):
        for words in (("doctor", "--json"), ("doctor", "--check"), ("doctor", "--dry-run"), ("doctor", "--undo"),
                      ("setup", "--json"), ("setup", "--check"), ("setup", "-f", "tcp")):
            self.run_midwatch(*words, "--root", self.root, status=2)
        for verb in ("doctor", "setup"):
            done = self.run_midwatch(verb, "eth1", "--root", self.folder / "nonexistent", status=2)
            self.assertIn("nonexistent: there is no such directory", done.stderr)
            self.assertEqual(done.stdout, "")

    def test_route_that_rejects_is_no_default_route(self):
        self.interface("lo")
        self.put("proc/net/ipv6_route", f"{'0' * 32} 00 {'0' * 32} 00 {'0' * 32} ffffffff 1 0 00200200 lo")
        self.assertEqual(self.doctor("lo", status=0)["use"][0], "ok")

    def test_interface_that_is_not_there_is_of_no_use(self):
        self.assertNotIn("use", self.doctor("nosuch0", status=1))

    def test_this_machine_without_root(self):
        done = self.run_midwatch("doctor", "lo", user=system.NOBODY)
        self.assertIn(done.returncode, (0, 1))
        self.assertIn("clock source", done.stdout + done.stderr)


class Setup(Machine):
    FILES = ("etc/dpdk/dpdk.conf", "etc/dpdk/interfaces", "etc/sysctl.d/60-midwatch.conf",
             "etc/default/grub.d/60-midwatch.cfg")

    def setup(self, *words, status=0):
        return self.run_midwatch("setup", *words, "--root", self.root, status=status)

    def read(self, path):
        return (self.root / path).read_text()

    def tree(self):
        return {str(path.relative_to(self.root)): path.read_text() for path in self.root.rglob("*")
                if path.is_file() and not path.is_symlink()}

    def test_writes_what_a_card_needs(self):
        self.put("etc/dpdk/dpdk.conf", "# Debian's words\n#NR_2M_PAGES=64\nNR_2M_PAGES=12\n")
        self.put("etc/dpdk/interfaces", f"pci\t0000:01:00.0\tvfio-pci\npci {PCI} igb_uio\n")
        self.put(f"{DEVICE}/numa_node", "1")
        self.bind("ixgbe")
        shown = self.setup(PCI).stdout
        pages = re.search(r'^NR_2M_PAGES="0 (\d+)"$', self.read("etc/dpdk/dpdk.conf"), re.MULTILINE)
        self.assertGreater(int(pages[1]), 300)
        self.assertIn("# Debian's words\n#NR_2M_PAGES=64\n", self.read("etc/dpdk/dpdk.conf"))
        self.assertEqual(self.read("etc/dpdk/interfaces"), f"pci\t0000:01:00.0\tvfio-pci\npci\t{PCI}\tvfio-pci\n")
        self.assertIn(" intel_iommu=on iommu=pt isolcpus=5-7,13-15 nohz_full=5-7,13-15 rcu_nocbs=5-7,13-15",
                      self.read("etc/default/grub.d/60-midwatch.cfg"))
        self.assertNotIn("nr_hugepages", self.read("etc/sysctl.d/60-midwatch.conf"))
        self.assertEqual(self.read(f"{self.config}/midwatch.env"),
                         f"# ours\nMIDWATCH_PORT={PCI}\nMIDWATCH_OPTIONS=-w 3 --cores 5-7\n")
        self.assertIn("-NR_2M_PAGES=12\n+NR_2M_PAGES=", shown)
        self.assertIn("systemctl enable midwatch dpdk, update-grub", shown)
        self.assertIn("here nothing is to be done", shown)
        self.assertNotIn("reboot", shown)

    def test_writes_what_an_interface_needs(self):
        self.environment("eth9", "--quiet --cores=1,9 -f tcp -w 2")
        self.setup("eth1")
        self.assertRegex(self.read("etc/sysctl.d/60-midwatch.conf"), r"(?m)^vm\.nr_hugepages = \d+$")
        self.assertNotIn("iommu", self.read("etc/default/grub.d/60-midwatch.cfg"))
        self.assertFalse((self.root / "etc/dpdk").exists())
        self.assertIn("MIDWATCH_OPTIONS=-w 4 --cores 2-5 --quiet -f tcp\n", self.read(f"{self.config}/midwatch.env"))

    def test_driver_is_that_of_the_next_start(self):
        self.bind("ixgbe")
        os.rename(self.root / DEVICE / "iommu_group", self.root / "gone")
        self.setup(PCI)
        self.assertEqual(self.read("etc/dpdk/interfaces"), f"pci\t{PCI}\tvfio-pci\n")
        os.remove(self.root / "sys/firmware/acpi/tables/DMAR")
        self.setup(PCI)
        self.assertEqual(self.read("etc/dpdk/interfaces"), f"pci\t{PCI}\tuio_pci_generic\n")

    def test_cores_that_are_good_stay(self):
        self.setup(PCI)
        self.assertIn("-w 2 --cores 2-3\n", self.read(f"{self.config}/midwatch.env"))
        self.setup(PCI, "--cores", "3")
        self.assertIn("-w 1 --cores 3\n", self.read(f"{self.config}/midwatch.env"))
        self.assertIn("isolcpus=3,11 ", self.read("etc/default/grub.d/60-midwatch.cfg"))

    def test_what_it_wrote_satisfies_doctor(self):
        self.setup(PCI)
        self.doctor(status=0)
        self.assertIn("nothing to change", self.setup(PCI).stdout)

    def test_dry_run_writes_nothing_and_shows_what_patch_can_read(self):
        before = self.tree()
        shown = self.setup(PCI, "--dry-run").stdout
        self.assertEqual(self.tree(), before)
        diff = shown[:shown.index("nothing was written")]
        self.run_program(["patch", "-p1", "-d", self.root], input=diff.encode(), stdin=None, status=0)
        patched = self.tree()
        self.root = self.root.with_name("other")
        self.run_program(["cp", "-a", self.folder / "machine", self.root], status=0)
        self.assertIn("nothing to change", self.setup(PCI).stdout)
        self.assertEqual(self.tree(), patched)

    def test_undo_puts_everything_back(self):
        self.put("etc/dpdk/interfaces", "pci 0000:01:00.0 vfio-pci")
        before = self.tree()
        self.setup(PCI)
        self.setup(PCI, "--cores", "3")  # what is kept is what was there before the first
        self.assertNotEqual(self.tree(), before)
        with_all = self.tree()
        self.setup("--undo", "--dry-run")
        self.assertEqual(self.tree(), with_all)
        self.assertIn("update-grub", self.setup("--undo").stdout)
        self.assertEqual(self.tree(), before)
        self.assertIn("nothing to undo", self.setup("--undo").stdout)

    def test_port_of_the_default_route_is_refused(self):
        before = self.tree()
        self.assertIn("the default route runs over eth0", self.setup("eth0", status=1).stderr)
        self.put("sys/class/net/bond0/mtu", "1500")
        self.put("sys/class/net/eth1/upper_bond0/mtu", "1500")
        self.put("proc/net/ipv6_route", f"{'0' * 32} 00 {'0' * 32} 00 {'0' * 32} 00000400 1 0 3 bond0")
        self.assertIn("the default route runs over eth1", self.setup("eth1", status=1).stderr)
        self.bind("ixgbe")
        self.put(f"{DEVICE}/net/eth0/mtu", "1500")
        self.assertIn("the default route runs over eth0", self.setup(PCI, status=1).stderr)
        self.assertTrue(before.items() <= self.tree().items())
        self.assertFalse((self.root / "etc").joinpath("sysctl.d").exists())

    def test_port_of_an_ssh_session_is_refused(self):
        self.put("proc/net/route", self.read("proc/net/route") + "eth1\t0000A8C0\t00000000\t0001\t0\t0\t0\t0000FFFF\n")
        self.put("proc/net/tcp", TCP.format(local="0502000A"))
        self.assertIn("an SSH session runs over eth0", self.setup("eth0", status=1).stderr)
        self.setup("eth1", "--dry-run")
        self.put("proc/net/tcp6", TCP.format(local="0000000000000000FFFF00000105A8C0"))
        self.assertIn("an SSH session runs over eth1", self.setup("eth1", status=1).stderr)
        self.put("proc/net/tcp6", TCP.format(local="B80D0120000000000000000001000000"))
        self.setup("eth1", "--dry-run")
        self.put("proc/net/if_inet6", "20010db8000000000000000000000001 03 40 00 80     eth1")
        self.assertIn("an SSH session runs over eth1", self.setup("eth1", status=1).stderr)

    def test_cores_that_cannot_be_are_refused(self):
        before = self.tree()
        self.put(f"{CPU}/online", "0-1")
        for core in range(2):
            self.put(f"{CPU}/cpu{core}/topology/thread_siblings_list", str(core))
        for cores, why in (("77", "cores that do not exist; this machine has 0-1"), ("1-2", "do not exist"),
                           ("0-1", "the kernel must keep at least one of 0-1")):
            self.assertIn(why, self.setup("eth1", "--cores", cores, status=1).stderr)
        self.environment("eth1", "-w 2 --cores 0-1")
        self.assert_mends("cores", "midwatch setup eth1", others=["isolation", "timer tick"])
        self.setup()
        self.assertIn("-w 1 --cores 1\n", self.read(f"{self.config}/midwatch.env"))
        self.put(f"{CPU}/cpu1/topology/thread_siblings_list", "0-1")
        self.assertIn("with its siblings", self.setup("eth1", "--cores", "1", status=1).stderr)
        self.assertEqual(before.keys(), before.keys() & self.tree().keys())

    def test_as_many_workers_as_are_asked_for(self):
        self.environment("eth1", "-w 2 --cores 2-3")
        for words, written in ((("-w", 3), "-w 3 --cores 2-4"), (("-w", 7), "-w 7 --cores 1-7"),
                               ((), "-w 7 --cores 1-7"), (("-w", 1, "--cores", "5,2"), "-w 1 --cores 5")):
            self.setup("eth1", *words)
            self.assertIn(f"MIDWATCH_OPTIONS={written}\n", self.read(f"{self.config}/midwatch.env"))
        self.assertIn("-w 8: cores to give besides the kernel's: 7", self.setup("eth1", "-w", 8, status=1).stderr)

    def test_what_cannot_be_is_refused(self):
        for words, why in (((), "eth8"), (("0000:77:00.0",), "no network card"), (("vdev:net_null0",), "virtual")):
            self.environment("eth8", "")
            self.assertIn(why, self.setup(*words, status=1).stderr)
        os.remove(self.root / "lib/dpdk/dpdk-init")
        self.assertIn("apt-get install dpdk", self.setup(PCI, status=1).stderr)
        self.put("proc/meminfo", "MemTotal: 400000 kB")
        self.assertIn("lower flow.flows-max", self.setup("eth1", status=1).stderr)

    def test_memory_that_setup_would_refuse_is_known_to_doctor(self):
        self.hugepages(0, 0)
        self.put("proc/meminfo", "MemTotal: 400000 kB")
        rows = self.doctor(status=1)
        for name in ("hugepages", "cores"):
            self.assertNotRegex(rows[name][1], "midwatch setup 0|sysctl")
        self.assertRegex(rows["hugepages"][1], "^MEND .* MiB of hugepages are more than three quarters of this "
                         "machine's 390 MiB: lower flow.flows-max")
        self.put("proc/meminfo", "MemTotal: 32000000 kB")
        self.assertRegex(self.doctor(status=1)["hugepages"][1], r"sysctl vm.nr_hugepages=\d+ \(for every boot")

    def test_root_is_asked_for(self):
        for words, beginning in (((), "setup: "), (("eth1",), "setup eth1: ")):
            done = self.run_midwatch("setup", *words, user=system.NOBODY)
            self.assertEqual(done.returncode, 1)
            self.assertIn(beginning + "writing the machine's files needs root", done.stderr)

    def test_a_link_planted_in_place_of_a_draft_is_not_followed(self):
        self.put("etc/sysctl.d/x", "")
        (self.root / "etc/sysctl.d/60-midwatch.conf.midwatch-new").symlink_to(self.folder / "victim")
        self.setup("eth1")
        self.assertFalse((self.folder / "victim").exists())


if __name__ == "__main__":
    system.main()
