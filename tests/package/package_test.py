#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The package: installed, run, upgraded, removed, purged. Usage: package_test.py SOURCES [BUILD]

SOURCES alone: the one that scripts/package made, in a bare Debian, kept in build/package-tree.tar as debootstrap made
it. With BUILD: one of that build, in this machine's double, so that each run of the suite tries it.
Neighbours: packed.py makes the latter and the double, bare_debian.py the Debian.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import bare_debian
import packed

SKIPPED = 77
ROOT = pathlib.Path(sys.argv[1]).resolve()
PLACE = ROOT / "build" / "package"
TREE = PLACE / "tree"
BASE = ROOT / "build" / "package-tree.tar"
CAPTURE = ROOT / "tests/replay/captures/rst6-snap128.pcap"

# set -x: the last line says what failed
FETCHED = r"""
set -eux
apt-get -q update
apt-get -q install -y --no-install-recommends /srv/midwatch_*.deb
if grep -rqaF /build/package /usr/bin/midwatch /usr/share/midwatch; then exit 1; fi
"""
GIVEN = r"""
set -eux
dpkg -i /srv/midwatch_*.deb
"""
# Everything that dpkg and an operator do to the package.
STORY = r"""
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

: run by nobody
mkdir /srv/out && chown nobody /srv/out
setpriv --reuid=65534 --clear-groups midwatch -r /srv/rst6-snap128.pcap -o /srv/out/result
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


def newer_than(package, place):
    """@return one that differs by its version alone."""
    folder = place / "newer"
    shutil.rmtree(folder, ignore_errors=True)
    bare_debian.run("dpkg-deb", "-R", package, folder)
    control = folder / "DEBIAN/control"
    control.write_text(re.sub(r"^(Version: .*)$", r"\1+newer", control.read_text(), flags=re.MULTILINE))
    bare_debian.run("dpkg-deb", "-b", folder, place / "newer.deb", stdout=subprocess.DEVNULL)
    shutil.rmtree(folder)
    return place / "newer.deb"


def in_a_bare_debian():
    packages = list(PLACE.glob("midwatch_*.deb"))
    if len(packages) != 1:
        skip("there is no package: scripts/package makes it")
    if reason := bare_debian.why_not():
        skip(reason)
    bare_debian.make(TREE, BASE)
    try:
        for file in (packages[0], newer_than(packages[0], PLACE), CAPTURE):
            shutil.copy(file, TREE / "srv")
        bare_debian.inside(TREE, FETCHED + STORY, 800)
    finally:
        bare_debian.remove(TREE)


def in_the_double(build):
    if reason := packed.why_not():
        skip(reason)
    with tempfile.TemporaryDirectory(prefix="midwatch-package-") as name:
        place = pathlib.Path(name)
        package = packed.make(ROOT, build, place / "made")
        (place / "double").mkdir()
        packed.inside(place / "double", [package, newer_than(package, place), CAPTURE], ROOT, GIVEN + STORY, 300)


if len(sys.argv) > 2:
    in_the_double(pathlib.Path(sys.argv[2]).resolve())
else:
    in_a_bare_debian()
