# SPDX-License-Identifier: BSD-3-Clause
"""A capture as bad mirrors would have shown it: packets twice, lost, cut, tagged on one direction, out of order.

A rewriting takes a scene (its frames, in order of time) and a random number generator, and returns frames.
Neighbours: mirror_test.py, mirror_delivery_test.py and mirror_load_test.py choose and judge; capture.py.
"""
import dataclasses

import capture

MICROSECOND = 1000
OVERHEAD_BYTES = 24  # of a frame on the wire: preamble, check sequence, gap
COPY_MACS = bytes.fromhex("02000000f00102000000f002")


def in_time(frames):
    return sorted(frames, key=lambda frame: frame.time_ns)


def unchanged(scene, rng):
    return scene.frames


def behind_router(frame):
    """The frame as the next link shows it: TTL one less, header checksum made right, other MACs."""
    data = bytearray(frame.data)
    data[0:12] = COPY_MACS
    kind = bytes(data[12:14])
    if kind == b"\x86\xdd" and len(data) > 21:
        data[21] -= data[21] > 1
    elif kind == b"\x08\x00" and len(data) >= 34:
        data[22] -= data[22] > 1
        header_bytes = (data[14] & 15) * 4
        data[24:26] = bytes(2)
        data[24:26] = capture.ip_checksum(bytes(data[14:14 + header_bytes])).to_bytes(2, "big")
    return dataclasses.replace(frame, data=bytes(data))


def twice(change=lambda frame: frame, least_us=20, most_us=300):
    """A copy of each frame so long after it."""
    def rewrite(scene, rng):
        copies = [dataclasses.replace(change(frame),
                                      time_ns=frame.time_ns + rng.randint(least_us, most_us) * MICROSECOND)
                  for frame in scene.frames]
        return in_time(scene.frames + copies)
    return rewrite


def lost(part):
    return lambda scene, rng: [frame for frame in scene.frames if rng.random() >= part]


def oversubscribed(mbit_s, buffer_bytes):
    """Through a port of so many Mbit/s with a buffer: what finds it full is lost, the rest comes when it is sent."""
    def rewrite(scene, rng):
        sent, free_ns = [], 0
        for frame in scene.frames:
            if (free_ns - frame.time_ns) * mbit_s > buffer_bytes * 8000:
                continue
            free_ns = max(free_ns, frame.time_ns) + (frame.wire_bytes + OVERHEAD_BYTES) * 8000 // mbit_s
            sent.append(dataclasses.replace(frame, time_ns=free_ns))
        return sent
    return rewrite


def muted(every_ms, for_ms):
    """Nothing for so long, again and again."""
    return lambda scene, rng: [frame for frame in scene.frames if frame.time_ns // 10**6 % every_ms >= for_ms]


def quicker(times):
    """The same in less time."""
    return lambda scene, rng: [dataclasses.replace(frame, time_ns=scene.frames[0].time_ns + (
        frame.time_ns - scene.frames[0].time_ns) // times) for frame in scene.frames]


def cut(kept):
    return lambda scene, rng: [dataclasses.replace(frame, data=frame.data[:kept]) for frame in scene.frames]


def sliced(kept):
    """As a mirror that cuts frames sends them: so long on the wire."""
    return lambda scene, rng: [dataclasses.replace(frame, data=frame.data[:kept],
                                                   wire_bytes=min(frame.wire_bytes, kept)) for frame in scene.frames]


def only(is_chosen):
    """Frames of which is_chosen(scene, frame) is true."""
    return lambda scene, rng: [frame for frame in scene.frames if is_chosen(scene, frame)]


def tagged(is_chosen):
    """The chosen frames in VLAN 100."""
    def tag(frame):
        data = frame.data[:12] + b"\x81\x00\x00\x64" + frame.data[12:]
        return dataclasses.replace(frame, data=data, wire_bytes=frame.wire_bytes + 4)
    return lambda scene, rng: [tag(frame) if is_chosen(scene, frame) else frame for frame in scene.frames]


def disorder(frames, rng, held_ns):
    """The frames, each up to three places later, behind others of so long after it at most."""
    keys = []
    for i, frame in enumerate(frames):
        far = i
        while far < min(i + 3, len(frames) - 1) and frames[far + 1].time_ns - frame.time_ns <= held_ns:
            far += 1
        keys.append((i + rng.random() * (far - i + 0.5), i))
    return [frames[i] for _, i in sorted(keys)]


def reordered(held_ns):
    """Frames are stamped on arrival, so times stay in order."""
    return lambda scene, rng: [dataclasses.replace(frame, time_ns=stamp.time_ns)
                               for frame, stamp in zip(disorder(scene.frames, rng, held_ns), scene.frames)]


def swapped(held_ns):
    """Out of order with the right times, as from a card with several queues."""
    return lambda scene, rng: disorder(scene.frames, rng, held_ns)


def coarse_stamps(scene, rng):
    """Times in whole microseconds."""
    return [dataclasses.replace(frame, time_ns=frame.time_ns - frame.time_ns % MICROSECOND) for frame in scene.frames]


def begun_late(scene, rng):
    return scene.frames[rng.randrange(len(scene.frames) // 10, len(scene.frames) * 9 // 10):]


def ended_early(scene, rng):
    return scene.frames[:rng.randrange(len(scene.frames) // 10, len(scene.frames) * 9 // 10)]


def chain(*steps):
    def rewrite(scene, rng):
        for step in steps:
            scene = dataclasses.replace(scene, frames=step(scene, rng))
        return scene.frames
    return rewrite
