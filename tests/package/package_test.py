#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The package in a bare Debian: installed, run, upgraded, removed, purged. Usage: package_test.py SOURCES

Neighbours: scripts/package makes it, scripts/rehearse has the same bare Debian for the sources. Needs root,
debootstrap and a mirror that apt knows; what debootstrap made is kept in build/package-tree.tar.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

SKIPPED = 77
ROOT = pathlib.Path(sys.argv[1])
PLACE = ROOT / "build" / "package"
TREE = PLACE / "tree"
BASE = ROOT / "build" / "package-tree.tar"
PROXIES = ("http_proxy", "https_proxy", "no_proxy")
CAPTURE = ROOT / "tests/replay/captures/rst6-snap128.pcap"

# Runs in the tree: everything that dpkg and an operator do to the package. set -x: the last line says what failed.
STORY = r"""
set -eux
export DEBIAN_FRONTEND=noninteractive
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
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


def run(*words, **more):
    subprocess.run(list(map(str, words)), check=True, **more)


def ask(*words):
    return subprocess.run(words, check=True, capture_output=True, encoding="utf-8").stdout


def mirror():
    """Where this machine's apt has Debian from, and for which release."""
    found = re.findall(r"^Debian\|Debian\|(https?:\S+?)\|(\S+)$",
                       ask("apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)|$(CODENAME)"),
                       re.MULTILINE)
    return found[0] if found else skip("apt has read no Debian mirror here")


def why_not():
    if os.geteuid() != 0:
        return "debootstrap and chroot need root"
    for tool in ("debootstrap", "dpkg-deb"):
        if shutil.which(tool) is None:
            return f"no {tool} here"
    if len(list(PLACE.glob("midwatch_*.deb"))) != 1:
        return "there is no package: scripts/package makes it"
    return None


def make_tree():
    address, release = mirror()
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)
    if not BASE.exists():
        run("debootstrap", "--variant=minbase", "--include=ca-certificates", release, TREE, address,
            stdout=subprocess.DEVNULL)
        run("tar", "-C", TREE, "--one-file-system", "-cf", BASE, ".")
    else:
        run("tar", "-C", TREE, "-xpf", BASE)
    (TREE / "etc/apt/sources.list").write_text(f"deb {address} {release} main\n")
    settings = ask("apt-config", "dump")
    fetching = re.compile(r"Acquire::(https?::(?!.*Auto-Detect)|Check-|Retries|ForceIP)")
    (TREE / "etc/apt/apt.conf.d/90package").write_text(
        "\n".join(line for line in settings.splitlines() if fetching.match(line)) + "\n")
    for name in ("resolv.conf", "hosts"):
        shutil.copy(pathlib.Path("/etc", name).resolve(), TREE / "etc" / name)


def bring(package):
    """The package, and one that differs by its version alone."""
    shutil.copy(package, TREE / "srv")
    shutil.copy(CAPTURE, TREE / "srv/capture.pcap")
    newer = PLACE / "newer"
    shutil.rmtree(newer, ignore_errors=True)
    run("dpkg-deb", "-R", package, newer)
    control = newer / "DEBIAN/control"
    control.write_text(re.sub(r"^(Version: .*)$", r"\1+newer", control.read_text(), flags=re.MULTILINE))
    run("dpkg-deb", "-b", newer, TREE / "srv/newer.deb", stdout=subprocess.DEVNULL)
    shutil.rmtree(newer)


def main():
    if reason := why_not():
        skip(reason)
    make_tree()
    try:
        bring(next(PLACE.glob("midwatch_*.deb")))
        proxies = [f"{name}={os.environ[name]}" for name in PROXIES if name in os.environ]
        inside = f'mount -t proc proc "{TREE}/proc" && mount --rbind /dev "{TREE}/dev" && exec chroot "{TREE}" "$@"'
        run("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", inside, "sh", "env", "-i",
            "HOME=/root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *proxies, "bash", "-c", STORY,
            stdin=subprocess.DEVNULL, timeout=800)
    finally:
        run("rm", "-rf", "--one-file-system", TREE)


main()
