# SPDX-License-Identifier: BSD-3-Clause
# A second reading of a capture's datagrams in pieces, with nothing of midwatch in it: which bytes of each passed.
# Neighbours: fragments.py and ike.py hold midwatch against it. Classic pcap of Ethernet; the innermost pieces count.
import collections
import dataclasses
import ipaddress
import struct

PCAP_MAGICS = {b"\xd4\xc3\xb2\xa1": ("<", 1e-6), b"\xa1\xb2\xc3\xd4": (">", 1e-6),
               b"\x4d\x3c\xb2\xa1": ("<", 1e-9), b"\xa1\xb2\x3c\x4d": (">", 1e-9)}
ETHERNET = 1
VLAN_TAGS, PPPOE = (b"\x81\x00", b"\x88\xa8"), b"\x88\x64"
IPV4_TYPES, IPV6_TYPES = (b"\x08\x00", b"\x00\x21"), (b"\x86\xdd", b"\x00\x57")  # Ethernet's, PPP's
IPV6_EXTENSIONS = (0, 43, 60)  # hop-by-hop, routing, destination options
FRAGMENT, IP_IN_IP = 44, (4, 41)
TCP, UDP = 6, 17
COMPARED_BYTES = 4096  # of a datagram: overlaps behind them need not be compared
IDLE_S, REST_S = 30.0, 1.0  # an identification is another datagram's, after no piece for so long, after completion
YOUNG_S = 2.0  # nobody can call a datagram incomplete so shortly before the capture's end


@dataclasses.dataclass
class Piece:
    """key: (src, dst, protocol, identification), protocol 0 in IPv6. payload may be cut, length_bytes is not."""
    key: tuple
    offset: int
    more: bool
    length_bytes: int
    payload: bytes
    protocol: int


@dataclasses.dataclass
class Datagram:
    """One datagram: its pieces, the end that the last one gives, else the UDP length; ports when the first was seen."""
    key: tuple
    first_s: float
    last_s: float
    pieces: list
    total: int = 0
    ports: tuple = ()
    differs: bool = False  # pieces overlap, and their first bytes are not the same

    def add(self, when, piece):
        self.differs |= any(differ(piece, other) for other in self.pieces)
        self.last_s = when
        self.pieces.append(piece)
        if not piece.more:
            self.total = piece.offset + piece.length_bytes
        if piece.offset == 0 and piece.protocol in (TCP, UDP) and len(piece.payload) >= 8:
            *ports, length = struct.unpack_from(">HHH", piece.payload)
            self.ports = tuple(ports)
            self.total = self.total or (length if piece.protocol == UDP else 0)

    def covered(self):
        """Ranges of bytes that passed, in order, joined where they touch."""
        ranges = []
        for start, end in sorted({(piece.offset, piece.offset + piece.length_bytes) for piece in self.pieces}):
            if ranges and start <= ranges[-1][1]:
                ranges[-1][1] = max(ranges[-1][1], end)
            else:
                ranges.append([start, end])
        return ranges

    def missing(self):
        """As fragments.csv words it: "1480-2959;4440-". Without a last piece: up to the UDP length, else open."""
        gaps, at = [], 0
        for start, end in self.covered():
            if start > at:
                gaps.append(f"{at}-{start - 1}")
            at = end
        if at < self.total:
            gaps.append(f"{at}-{self.total - 1}")
        elif not self.total:
            gaps.append(f"{at}-")
        return ";".join(gaps)

    def complete(self):
        return not self.missing()

    def head(self):
        """The first bytes behind the IP headers, b"" if the first piece never passed."""
        return next((piece.payload for piece in self.pieces if piece.offset == 0), b"")


class Readings:
    """All datagrams in pieces of a capture, in order. readable: the capture is of the format that is read here."""

    def __init__(self, capture):
        self.readable, self.end_s, self.all, latest = False, 0.0, [], {}
        for when, frame in self.frames_of(capture):
            self.end_s = max(self.end_s, when)
            piece = piece_of(frame)
            if piece is None:
                continue
            datagram = latest.get(piece.key)
            atomic = piece.offset == 0 and not piece.more
            if datagram is None or atomic or when - datagram.last_s > (REST_S if datagram.complete() else IDLE_S):
                datagram = latest[piece.key] = Datagram(piece.key, when, when, [])
                self.all.append(datagram)
            datagram.add(when, piece)
        self.by_key = collections.defaultdict(list)
        for datagram in self.all:
            self.by_key[datagram.key].append(datagram)

    def frames_of(self, capture):
        data = capture.read_bytes()
        if data[:4] not in PCAP_MAGICS or len(data) < 24:
            return
        order, unit = PCAP_MAGICS[data[:4]]
        self.readable = struct.unpack_from(order + "I", data, 20)[0] == ETHERNET
        offset = 24
        while self.readable and offset + 16 <= len(data):
            whole, part, length, _ = struct.unpack_from(order + "IIII", data, offset)
            yield whole + part * unit, data[offset + 16:offset + 16 + length]
            offset += 16 + length

    def at(self, key, when):
        """The datagram of a key that began next to a time, or None."""
        return min(self.by_key[key], key=lambda datagram: abs(datagram.first_s - when), default=None)

    def between(self, src, dst):
        return [datagram for datagram in self.all if datagram.key[:2] == (src, dst)]

    def settled(self, datagram):
        """Enough of the capture follows to call it incomplete."""
        return self.end_s - datagram.last_s >= YOUNG_S


def differ(one, other):
    """Whether two pieces have different bytes where they overlap, as far as overlaps are compared."""
    start = max(one.offset, other.offset)
    end = min(one.offset + len(one.payload), other.offset + len(other.payload), COMPARED_BYTES)
    return start < end and (one.payload[start - one.offset:end - one.offset] !=
                            other.payload[start - other.offset:end - other.offset])


def piece_in4(packet):
    if len(packet) < 20:
        return None
    header, total, fragment = (packet[0] & 15) * 4, *struct.unpack_from(">HxxH", packet, 2)
    offset, more, protocol = (fragment & 0x1fff) * 8, bool(fragment & 0x2000), packet[9]
    if not offset and not more:
        return piece_in(packet[header:total]) if protocol in IP_IN_IP else None
    ends = [str(ipaddress.ip_address(packet[at:at + 4])) for at in (12, 16)]
    key = *ends, protocol, struct.unpack_from(">H", packet, 4)[0]
    return Piece(key, offset, more, total - header, packet[header:total], protocol)


def piece_in6(packet):
    if len(packet) < 40:
        return None
    following, at, end = packet[6], 40, 40 + struct.unpack_from(">H", packet, 4)[0]
    while following in IPV6_EXTENSIONS and at + 8 <= len(packet):
        following, at = packet[at], at + 8 + 8 * packet[at + 1]
    if following in IP_IN_IP:
        return piece_in(packet[at:end])
    if following != FRAGMENT or at + 8 > len(packet):
        return None
    protocol, fragment, identification = packet[at], *struct.unpack_from(">HI", packet, at + 2)
    ends = [ipaddress.ip_address(packet[start:start + 16]).compressed for start in (8, 24)]
    return Piece((*ends, 0, identification), fragment & 0xfff8, bool(fragment & 1), end - at - 8, packet[at + 8:end],
                 protocol)


def piece_in(packet):
    readers = {4: piece_in4, 6: piece_in6}
    reader = readers.get(packet[0] >> 4) if packet else None
    return reader(packet) if reader else None


def piece_of(frame):
    """The fragment in a frame, None of anything else."""
    at = 14
    while frame[at - 2:at] in VLAN_TAGS:
        at += 4
    if frame[at - 2:at] == PPPOE:
        at += 8
    return piece_in(frame[at:]) if frame[at - 2:at] in IPV4_TYPES + IPV6_TYPES else None
