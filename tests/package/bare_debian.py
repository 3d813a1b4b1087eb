# SPDX-License-Identifier: BSD-3-Clause
# A bare Debian in a folder, as debootstrap makes it, and commands run in it. Needs root and a mirror that apt knows.
# Neighbours: package_test.py, tests/machine/box.py; scripts/rehearse has the same for the sources.
import os
import pathlib
import re
import shutil
import subprocess

PROXIES = ("http_proxy", "https_proxy", "no_proxy")
FETCHING = re.compile(r"Acquire::(https?::(?!.*Auto-Detect)|Check-|Retries|ForceIP)")
# no service is started while packages are installed
POLICY = "#!/bin/sh\nexit 101\n"


def run(*words, **more):
    subprocess.run(list(map(str, words)), check=True, **more)


def ask(*words):
    return subprocess.run(words, check=True, capture_output=True, encoding="utf-8").stdout


def mirror():
    """@return (address, release) of the Debian that this machine's apt has, or None."""
    found = re.findall(r"^Debian\|Debian\|(https?:\S+?)\|(\S+)$",
                       ask("apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)|$(CODENAME)"),
                       re.MULTILINE)
    return found[0] if found else None


def why_not():
    """@return why no tree can be made here, or None."""
    if os.geteuid() != 0:
        return "debootstrap and chroot need root"
    for tool in ("debootstrap", "dpkg-deb"):
        if shutil.which(tool) is None:
            return f"no {tool} here"
    return None if mirror() else "apt has read no Debian mirror here"


def make(tree, base):
    """Makes the folder tree anew; base: where what debootstrap made is kept from one time to the next."""
    address, release = mirror()
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    if not base.exists():
        run("debootstrap", "--variant=minbase", "--include=ca-certificates", release, tree, address,
            stdout=subprocess.DEVNULL)
        run("tar", "-C", tree, "--one-file-system", "-cf", base, ".")
    else:
        run("tar", "-C", tree, "-xpf", base)
    (tree / "etc/apt/sources.list").write_text(f"deb {address} {release} main\n")
    (tree / "etc/apt/apt.conf.d/90mirror").write_text(
        "\n".join(line for line in ask("apt-config", "dump").splitlines() if FETCHING.match(line)) + "\n")
    for name in ("resolv.conf", "hosts"):
        shutil.copy(pathlib.Path("/etc", name).resolve(), tree / "etc" / name)
    policy = tree / "usr/sbin/policy-rc.d"
    policy.write_text(POLICY)
    policy.chmod(0o755)


def inside(tree, story, seconds):
    """Runs a text of bash in the tree, in namespaces of mounts and processes that end with it."""
    proxies = [f"{name}={os.environ[name]}" for name in PROXIES if name in os.environ]
    enter = f'mount -t proc proc "{tree}/proc" && mount --rbind /dev "{tree}/dev" && exec chroot "{tree}" "$@"'
    run("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", enter, "sh", "env", "-i", "HOME=/root",
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", *proxies, "bash", "-c", story,
        stdin=subprocess.DEVNULL, timeout=seconds)


def remove(tree):
    run("rm", "-rf", "--one-file-system", tree)
