# SPDX-License-Identifier: BSD-3-Clause
# The file system of the emulated machine: the programs under test, what they link, a few kernel modules and busybox.
# Neighbours: vm.py boots it; guest_init.sh is its first process. Python's standard library alone.
import lzma
import pathlib
import platform
import re
import shutil
import stat
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
KERNEL = SOURCE / "build" / "guest-kernel"  # where `scripts/setup-debian machine` unpacks Debian's
BUSYBOX = pathlib.Path("/bin/busybox")
PLUGINS = ("bus_pci", "bus_vdev", "mempool_ring", "net_virtio", "net_e1000", "net_vmxnet3")
MODULES = ("virtio_pci", "virtio_console", "vfio_iommu_type1", "vfio-pci", "uio_pci_generic", "vmxnet3")
FOLDERS = ("bin", "dev", "proc", "sys", "tmp", "run", "etc", "root", "var", "modules", "usr/lib64")
FILES = {"etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "etc/group": "root:x:0:\n",
         "etc/nsswitch.conf": "hosts: files\n"}


def why_not():
    """@return why no guest can be made here, or None."""
    if platform.machine() != "x86_64":
        return "the emulated machine is an x86 one"
    if next(KERNEL.glob("boot/vmlinuz-*"), None) is None:
        return f"no kernel in {KERNEL.relative_to(SOURCE)}: scripts/setup-debian machine"
    for tool in ("busybox", "ldd", "strip", "qemu-system-x86_64"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed: scripts/setup-debian machine"
    return None


def kernel_image():
    return sorted(KERNEL.glob("boot/vmlinuz-*"))[-1]


class Archive:
    """A cpio archive of the new portable format, as the kernel's initramfs wants it (buffer-format.rst)."""

    def __init__(self):
        self.parts = []
        self.known = {"."}
        self._write(".", stat.S_IFDIR | 0o755, b"")  # DPDK loads nothing where everybody may write

    def add(self, name, mode, data=b""):
        name = name.strip("/")
        if name in self.known:
            return
        parent = str(pathlib.PurePosixPath(name).parent)
        if parent not in self.known:
            self.add(parent, stat.S_IFDIR | 0o755)
        self.known.add(name)
        self._write(name, mode, data)

    def _write(self, name, mode, data):
        numbers = (len(self.parts) + 1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + "".join(f"{number:08x}" for number in numbers).encode() + name.encode() + b"\0"
        self.parts.append(head.ljust(-(-len(head) // 4) * 4, b"\0") + data.ljust(-(-len(data) // 4) * 4, b"\0"))

    def file(self, name, path):
        self.add(name, stat.S_IFREG | 0o755, pathlib.Path(path).read_bytes())

    def link(self, name, target):
        self.add(name, stat.S_IFLNK | 0o777, str(target).encode())

    def write(self, path):
        self._write("TRAILER!!!", 0, b"")
        path.write_bytes(b"".join(self.parts))


def in_usr(path):
    """/lib and /lib64 are links into /usr on a Debian of today."""
    text = str(path)
    return f"/usr{text}" if re.match(r"/lib(64)?/", text) else text


def add_library(archive, path):
    """The file under its own name, its other names as links to it: DPDK panics when a plug-in is there twice."""
    real = in_usr(pathlib.Path(path).resolve())
    archive.file(real, real)
    if in_usr(path) != real:
        archive.link(in_usr(path), real)


def libraries_of(path):
    said = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
    return re.findall(r"(?:=> )?(/\S+\.so\S*) \(", said)


def add_programs(archive, programs, folder):
    plugins = [path for name in PLUGINS
               for path in sorted(pathlib.Path("/usr/lib").glob(f"*/dpdk/pmds-*/librte_{name}.so.*"))]
    for path in plugins:
        add_library(archive, path)
    for program in programs:
        stripped = folder / pathlib.Path(program).name
        subprocess.run(["strip", "-o", stripped, program], check=True)
        archive.file(f"bin/{stripped.name}", stripped)
        stripped.unlink()
    for library in {library for path in (*programs, *plugins) for library in libraries_of(path)}:
        add_library(archive, library)


def module_files():
    """{name with underscores: path} of all modules of the kernel."""
    return {path.name.split(".")[0].replace("-", "_"): path for path in KERNEL.glob("**/modules/**/*.ko*")}


def add_modules(archive):
    """Each after those that it needs, in the order of loading: modules/order is read by guest_init.sh."""
    files = module_files()
    order = []

    def take(name):
        path = files.get(name.replace("-", "_"))
        if path is None or path.name in [known for known, _ in order]:
            return  # built in, or there
        data = path.read_bytes()
        data = lzma.decompress(data) if path.suffix == ".xz" else data
        for needed in re.search(rb"\0depends=([^\0]*)\0", data)[1].decode().split(","):
            take(needed)
        order.append((path.name, data))

    for name in MODULES:
        take(name)
    for name, data in order:
        archive.add(f"modules/{name.removesuffix('.xz')}", stat.S_IFREG | 0o644, data)
    archive.add("modules/order", stat.S_IFREG | 0o644,
                "".join(f"{name.removesuffix('.xz')}\n" for name, _ in order).encode())


def make(path, programs):
    """Writes the initramfs with these programs, and the tree's signatures, to path."""
    archive = Archive()
    for folder in FOLDERS:
        archive.add(folder, stat.S_IFDIR | 0o755)
    archive.link("lib", "usr/lib")
    archive.link("lib64", "usr/lib64")
    archive.link("var/run", "../run")
    archive.file("init", HERE / "guest_init.sh")
    archive.file("bin/busybox", BUSYBOX)
    for name in subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split():
        if name != "busybox":
            archive.link(f"bin/{name}", "busybox")
    for name, text in FILES.items():
        archive.add(name, stat.S_IFREG | 0o644, text.encode())
    for signature in sorted((SOURCE / "config" / "signatures").iterdir()):
        archive.file(f"signatures/{signature.name}", signature)
    add_programs(archive, programs, path.parent)
    add_modules(archive)
    archive.write(path)
