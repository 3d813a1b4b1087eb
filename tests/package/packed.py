# SPDX-License-Identifier: BSD-3-Clause
# The package of a build that is there already, and this machine as it is with what is written kept apart and forgotten.
# Neighbours: package_test.py; bare_debian.py has a Debian of its own. Needs root, debhelper, lintian and overlayfs.
import os
import pathlib
import shutil
import subprocess

import bare_debian

SEEN = ("/etc", "/usr", "/var")  # on the root's own file system: an overlay shows no mounts below it
ENTER = r"""
mount -t tmpfs tmpfs "$1" && mkdir "$1/up" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" "$1/root"
mount -t tmpfs tmpfs "$1/root/run" && { [ ! -d "$1/root$2" ] || mount -t tmpfs tmpfs "$1/root$2"; }
mount -t proc proc "$1/root/proc" && mount --rbind /dev "$1/root/dev"
"""


def why_not():
    """@return why no package can be made or tried here, or None."""
    if os.geteuid() != 0:
        return "dpkg and chroot need root"
    for tool in ("dh", "lintian"):
        if shutil.which(tool) is None:
            return f"no {tool} here: scripts/setup-debian package"
    if any(os.stat(folder).st_dev != os.stat("/").st_dev for folder in SEEN):
        return "this machine has its files on several file systems"
    probe = subprocess.run(["unshare", "--mount", "--pid", "--fork", "sh", "-ec", ENTER, "sh", "/mnt", "/srv"],
                           capture_output=True, check=False, encoding="utf-8")
    return None if probe.returncode == 0 else f"no overlay of this machine: {probe.stderr.strip()}"


def make(sources, build, place):
    """@return the package, made in the folder place by the rules of debian/, looked at by lintian."""
    tree = place / "source"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(sources / "debian", tree / "debian")
    for name in (sources / "debian/midwatch.docs").read_text(encoding="ascii").split():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (sources / name).is_dir() else shutil.copy)(sources / name, tree / name)
    words = {"MIDWATCH_BUILD": str(build), "DEB_BUILD_OPTIONS": "noautodbgsym"}
    bare_debian.run("debian/rules", "binary", cwd=tree, env={**os.environ, **words})
    package = next(place.glob("midwatch_*.deb"))
    bare_debian.run("lintian", "--allow-root", "--fail-on", "error,warning", "--suppress-tags",
                    "initial-upload-closes-no-bugs", package)
    return package


def inside(folder, files, hidden, story, seconds):
    """Runs a text of bash in this machine's double: files are in /srv, the folder hidden is empty."""
    enter = ENTER + """
printf '%s' "$3" >"$1/root/usr/sbin/policy-rc.d" && chmod 755 "$1/root/usr/sbin/policy-rc.d"
root=$1/root story=$4 && shift 4 && cp "$@" "$root/srv/"
exec chroot "$root" env -i HOME=/root DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -c "$story"
"""
    bare_debian.run("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", enter, "sh", folder, hidden,
                    bare_debian.POLICY, story, *files, stdin=subprocess.DEVNULL, timeout=seconds)
