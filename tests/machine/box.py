#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes build/box: the disk of a bare Debian with its kernel, systemd and grub. Usage: box.py [--again]

What midwatch's package needs is installed, since emulation takes minutes for DPDK's 120 libraries; the package dpdk
lies in apt's cache, as the machine has no way to fetch it.
Neighbours: box_test.py starts it, tests/package/bare_debian.py makes the tree, scripts/package the package.
"""
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
sys.path.insert(0, str(SOURCE / "tests" / "package"))
import bare_debian

PLACE = SOURCE / "build" / "box"
DISK = PLACE / "disk"
KERNEL = PLACE / "vmlinuz"
INITRD = PLACE / "initrd"
DISK_SIZE = "3G"
PACKAGES = ("linux-image-cloud-amd64 systemd-sysv udev dbus kmod iproute2 procps ethtool grub2-common python3 "
            "netbase less")
BASE = SOURCE / "build" / "package-tree.tar"
# The hypervisor's words; grub brings them back at every start.
EMULATION = "console=ttyS0 panic=-1 mitigations=off tsc=reliable no_timer_check random.trust_cpu=on"

# A shell for the test at a virtio port, once the machine has started; READY on the console says so.
SHELL = r"""
[Service]
ExecStart=/bin/sh -c 'systemctl is-system-running --wait; echo READY >/dev/ttyS0; \
  while :; do exec 3<>/dev/virtio-ports/shell && sh <&3 >&3 2>&3; sleep 1; done'
Environment=HOME=/root
KillMode=process
[Install]
WantedBy=multi-user.target
"""
MANAGEMENT = "[Match]\nMACAddress=52:54:00:00:00:03\n[Network]\nDHCP=yes\n"
STORY = rf"""
set -eux
mount -t sysfs sysfs /sys
apt-get -q update
needs=$(dpkg-deb -f /srv/midwatch.deb Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
apt-get -q install -y --no-install-recommends {PACKAGES} $needs
apt-get clean
apt-get -q install -y --no-install-recommends --download-only dpdk
systemctl enable systemd-networkd shell
echo box >/etc/hostname
echo 'GRUB_CMDLINE_LINUX="{EMULATION}"' >>/etc/default/grub
mkdir -p /boot/grub
echo '/dev/vda / ext4 defaults 0 0' >/etc/fstab
rm /usr/sbin/policy-rc.d /srv/midwatch.deb
"""


def package():
    """@return the package that scripts/package made, or None."""
    return next(iter(sorted((SOURCE / "build" / "package").glob("midwatch_*.deb"))), None)


def why_not():
    """@return why the box cannot be started here, or None."""
    if package() is None:
        return "there is no package: scripts/package makes it"
    if not DISK.exists():
        return "there is no box: tests/machine/box.py makes it"
    return None


def make():
    tree = PLACE / "tree"
    PLACE.mkdir(parents=True, exist_ok=True)
    bare_debian.make(tree, BASE)
    try:
        shutil.copy(package(), tree / "srv/midwatch.deb")
        (tree / "etc/systemd/system/shell.service").write_text(SHELL)
        (tree / "etc/systemd/network").mkdir(parents=True)
        (tree / "etc/systemd/network/10-management.network").write_text(MANAGEMENT)
        bare_debian.inside(tree, STORY, 900)
        for name, path in (("vmlinuz", KERNEL), ("initrd", INITRD)):
            shutil.copy(next((tree / "boot").glob(f"{name}*")), path)
        draft = DISK.with_suffix(".new")
        draft.unlink(missing_ok=True)
        bare_debian.run("mke2fs", "-q", "-t", "ext4", "-d", tree, draft, DISK_SIZE)
        draft.rename(DISK)
    finally:
        bare_debian.remove(tree)


if __name__ == "__main__":
    why = bare_debian.why_not() or (None if package() else "there is no package: scripts/package makes it")
    if why is not None:
        sys.exit(f"the box cannot be made: {why}")
    if not DISK.exists() or sys.argv[1:] == ["--again"]:
        make()
    print(DISK)
