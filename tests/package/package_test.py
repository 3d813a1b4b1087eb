#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The package in a bare Debian: installed, run, upgraded, removed, purged. Usage: package_test.py SOURCES

Neighbours: scripts/package makes it, bare_debian.py the Debian, kept in build/package-tree.tar as debootstrap made it.
"""
import pathlib
import re
import shutil
import subprocess
import sys

import bare_debian

SKIPPED = 77
ROOT = pathlib.Path(sys.argv[1]).resolve()
PLACE = ROOT / "build" / "package"
TREE = PLACE / "tree"
BASE = ROOT / "build" / "package-tree.tar"
CAPTURE = ROOT / "tests/replay/captures/rst6-snap128.pcap"

# Runs in the tree: everything that dpkg and an operator do to the package. set -x: the last line says what failed.
STORY = r"""
set -eux
apt-get -q update
apt-get -q install -y --no-install-recommends /srv/midwatch_*.deb

: installed
getent passwd midwatch
getent group midwatch
test "$(stat -c %U:%G:%a /var/log/midwatch)" = midwatch:midwatch:750
midwatch --version
midwatch --check -c /etc/midwatch/midwatch.yaml
test -s /usr/share/midwatch/mw_xdp.bpf.o
test -s /usr/share/bash-completion/completions/midwatchctl
test -s /usr/share/zsh/vendor-completions/_midwatch
test -s /usr/share/man/man1/midwatch.1.gz
test -s /usr/share/midwatch/examples/box-10g.yaml
if grep -rqaF /build/package /usr/bin/midwatch /usr/share/midwatch; then exit 1; fi

: run by nobody
mkdir /srv/out && chown nobody /srv/out
setpriv --reuid=65534 --clear-groups midwatch -r /srv/capture.pcap -o /srv/out/result
test -s /srv/out/result/resets.csv
midwatchctl map-e calc 240b:11:203:c800::/56

: upgraded, and what the operator wrote stays
echo '# mine' >>/etc/midwatch/midwatch.yaml
echo x >/var/log/midwatch/kept.csv
dpkg -i /srv/newer.deb
dpkg-query -W -f '${Version}\n' midwatch | grep -F +newer
grep -x '# mine' /etc/midwatch/midwatch.yaml
midwatch --check -c /etc/midwatch/midwatch.yaml

: removed
dpkg -r midwatch
test ! -e /usr/bin/midwatch
grep -x '# mine' /etc/midwatch/midwatch.yaml
test -s /var/log/midwatch/kept.csv

: purged
dpkg -P midwatch
test ! -e /etc/midwatch && test ! -e /var/log/midwatch && test ! -e /var/lib/midwatch && test ! -e /usr/share/midwatch
test -z "$(find /etc /usr /run /var/lib/dpkg -xdev -name '*midwatch*')"
"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def why_not():
    if len(list(PLACE.glob("midwatch_*.deb"))) != 1:
        return "there is no package: scripts/package makes it"
    return bare_debian.why_not()


def bring(package):
    """The package, and one that differs by its version alone."""
    shutil.copy(package, TREE / "srv")
    shutil.copy(CAPTURE, TREE / "srv/capture.pcap")
    newer = PLACE / "newer"
    shutil.rmtree(newer, ignore_errors=True)
    bare_debian.run("dpkg-deb", "-R", package, newer)
    control = newer / "DEBIAN/control"
    control.write_text(re.sub(r"^(Version: .*)$", r"\1+newer", control.read_text(), flags=re.MULTILINE))
    bare_debian.run("dpkg-deb", "-b", newer, TREE / "srv/newer.deb", stdout=subprocess.DEVNULL)
    shutil.rmtree(newer)


def main():
    if reason := why_not():
        skip(reason)
    bare_debian.make(TREE, BASE)
    try:
        bring(next(PLACE.glob("midwatch_*.deb")))
        bare_debian.inside(TREE, STORY, 800)
    finally:
        bare_debian.remove(TREE)


main()
