# SPDX-License-Identifier: BSD-3-Clause
"""Capture files for tests that rewrite them: read, written, and looked into as far as TCP resets need.

Neighbours: mirror_test.py, mirror_delivery_test.py, hostile_test.py. Classic pcap of Ethernet, as the lab writes it.
"""
import collections
import csv
import dataclasses
import datetime
import gzip
import ipaddress
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

RUN_SECONDS = 120
ROUNDED_NS = 1000  # truth clocks and capture clocks are rounded differently


@dataclasses.dataclass(frozen=True)
class Frame:
    time_ns: int
    data: bytes
    wire_bytes: int
    truth: object = None  # what the truth says of it; only resets have one


@dataclasses.dataclass(frozen=True)
class Tcp:
    """Offsets into a frame, and what tells resets apart."""
    ip_at: int
    family: int
    tcp_at: int
    src: str
    sport: int
    dst: str
    dport: int
    seq: int
    flags: int


def read(path):
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    unit_ns = 1 if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1000
    if struct.unpack_from(order + "I", data, 20)[0] != 1:
        sys.exit(f"{path}: not Ethernet")
    frames, at = [], 24
    while at + 16 <= len(data):
        second, part, kept, wire = struct.unpack_from(order + "IIII", data, at)
        frames.append(Frame(second * 10**9 + part * unit_ns, data[at + 16:at + 16 + kept], wire))
        at += 16 + kept
    return frames


def record(frame):
    second, part = divmod(frame.time_ns, 10**9)
    return struct.pack("<IIII", second, part, len(frame.data), frame.wire_bytes) + frame.data


def write(path, frames):
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 1))
        file.writelines(map(record, frames))


def address(raw):
    return ipaddress.ip_address(bytes(raw)).compressed


def parse(data):
    """@return the TCP header of a plain IPv4 or IPv6 frame, or None."""
    kind, at = data[12:14], 14
    if kind == b"\x81\x00":
        kind, at = data[16:18], 18
    if kind == b"\x08\x00" and len(data) >= at + 34 and data[at + 9] == 6 and data[at + 6] & 0x3f == 0:
        family, tcp_at, ends = 4, at + (data[at] & 15) * 4, (at + 12, at + 16, at + 20)
    elif kind == b"\x86\xdd" and len(data) >= at + 54 and data[at + 6] == 6:
        family, tcp_at, ends = 6, at + 40, (at + 8, at + 24, at + 40)
    else:
        return None
    if len(data) < tcp_at + 14:
        return None
    sport, dport, seq = struct.unpack_from(">HHI", data, tcp_at)
    return Tcp(at, family, tcp_at, address(data[ends[0]:ends[1]]), sport, address(data[ends[1]:ends[2]]), dport, seq,
               data[tcp_at + 13])


def ends_of(data):
    """@return (source, destination) of any IP frame, or None."""
    kind = data[12:14]
    if kind == b"\x08\x00" and len(data) >= 34:
        return address(data[26:30]), address(data[30:34])
    if kind == b"\x86\xdd" and len(data) >= 54:
        return address(data[22:38]), address(data[38:54])
    return None


def ip_checksum(header):
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


def truth_of(path):
    """The truth beside a capture, or None."""
    truth = path.with_name(path.name.removesuffix(".pcap") + ".truth.json")
    return json.loads(truth.read_text(encoding="utf-8")) if truth.exists() else None


def mark(frames, resets):
    """Gives each reset frame its truth. @return the frames, and how many resets of the truth have no frame."""
    waiting = collections.defaultdict(list)
    for reset in resets:
        ends = (ipaddress.ip_address(reset["src"]).compressed, reset["sport"],
                ipaddress.ip_address(reset["dst"]).compressed, reset["dport"])
        waiting[ends].append(reset)
    marked = []
    for frame in frames:
        tcp = parse(frame.data)
        if tcp is not None and tcp.flags & 4:
            fitting = waiting[tcp.src, tcp.sport, tcp.dst, tcp.dport]
            near = [reset for reset in fitting if abs(reset["t"] * 1e9 - frame.time_ns) < ROUNDED_NS]
            if near:
                nearest = min(near, key=lambda reset: abs(reset["t"] * 1e9 - frame.time_ns))
                fitting.remove(nearest)
                frame = dataclasses.replace(frame, truth=nearest)
        marked.append(frame)
    return marked, sum(map(len, waiting.values()))


def nanoseconds(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int(moment.timestamp()) * 10**9 + moment.microsecond * 1000


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def tables_of(midwatch, capture, *options, allowed=(0,)):
    """@return {"resets.csv": rows, ...} of one replay that ends with an allowed status."""
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run([midwatch, "-r", capture, "-o", out, "--quiet", *options], capture_output=True,
                              timeout=RUN_SECONDS, check=False)
        if done.returncode not in allowed:
            sys.exit(f"{capture.name}: exit status {done.returncode}\n{done.stderr.decode('utf-8', 'replace')[-4000:]}")
        return {path.name: rows_of(path) for path in pathlib.Path(out).glob("*.csv")}


def analyse(midwatch, capture, *options):
    """@return rows of resets.csv of one replay."""
    return tables_of(midwatch, capture, *options)["resets.csv"]


def ends_of_row(row):
    return row["src"], int(row["sport"]), row["dst"], int(row["dport"])
