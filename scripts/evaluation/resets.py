# SPDX-License-Identifier: BSD-3-Clause
# Verdicts on resets against a truth that says who sent them: the lab's NAME.truth.json.
# Neighbours: common.py; ../evaluate has the table of evaluators.
import collections
import itertools
import typing

from .common import Episode, address, episode_at, flow_of, flow_text, percent, seconds


IN_PATH, OFF_PATH = "in-path", "off-path"
PLACES = {"carrier side of the router": IN_PATH, "host on the LAN switch": OFF_PATH}  # of injectors
INJECTED = ("injected+payload", "injected")


class Kind(typing.NamedTuple):
    """Who sent an episode's resets: the right verdict (None: not known), and the verdicts that are faults."""
    right: typing.Optional[str]
    faults: tuple


class ResetEvaluator:
    """resets.csv against who sent the resets. `label` gives each row, and each reset without a row, its kind."""
    subject = "resets"
    apart = True  # each scenario has a table of its own
    verdicts = ("forged", "endpoint", "unknown", "absent")  # absent: resets that are in no row
    kinds = {
        "injected+payload": Kind("forged", ("endpoint", "unknown", "absent")),
        "injected": Kind("forged", ("endpoint",)),
        "endpoint": Kind("endpoint", ("forged",)),
        "reject": Kind("endpoint", ("forged",)),
        # A gateway that lost its table speaks in the server's name. So "forged, in-path" names the sender rightly;
        # but it is the user's own box, and what else could be said is open: nothing here is a fault.
        "reject-by-gateway": Kind("forged", ()),
        "no truth": Kind(None, ()),
    }

    def __init__(self, label):
        self.label = label

    def evaluate(self, truth, replay):
        rows = replay.tables()["resets.csv"]
        place = place_of(truth)
        episodes = [self.episode(place, *labelled) for labelled in self.label(truth, rows)]
        frames = len(truth.get("rsts", ()))
        counted = sum(int(row["count"]) for row in rows)
        forged = [row for row in rows if row["verdict"] == "forged"]
        origins = collections.Counter(row["origin"] for row in forged)
        devices = {row["cluster"] for row in forged} - {""}
        figures = [f"{f'{frames} reset frames, ' if frames else ''}{counted} resets counted in {len(rows)} episodes"]
        if not frames and not rows:
            figures = ["no resets"]
        figures += origin_figures(truth, episodes)
        if forged:
            figures.append(f"forged: in-path {origins['in-path']}, off-path {origins['off-path']}, "
                           f"unknown {origins['unknown']}, devices {len(devices)}")
        return sorted(episodes, key=lambda episode: (episode.row.get("ts", ""), episode.where)), figures

    def episode(self, place, kind, flow, row, resets):
        verdict = row["verdict"] if row else "absent"
        right, faults = self.kinds[kind]
        frames = ",".join(str(reset["frame"]) for reset in resets)
        where = f"frame {frames} {flow_text(flow)}" if frames else f"{row['ts']} {flow_text(flow)}"
        good = verdict != "forged" if right is None else verdict == right
        fault = f"{kind} called {verdict}" if verdict in faults else ""
        if kind in INJECTED and (place, row.get("origin")) == (OFF_PATH, IN_PATH) and not fault:
            fault = f"{kind} {place} called {row['origin']}"
        return Episode(kind, verdict, good, where, row, fault)

    @staticmethod
    def miss_text(episode):
        what = "accusation without truth" if episode.kind == "no truth" else f"{episode.kind} called {episode.verdict}"
        return f"{what}: {episode.where}"

    @staticmethod
    def describe(row):
        """Lines that show a reader why."""
        if not row:
            yield "no row in resets.csv"
            return
        yield f"evidence {row['evidence'] or 'none'}"
        words = [row["ts"] or "no time", f"{row['count']} resets" if row["count"] != "1" else "1 reset",
                 f"stage {row['stage'] or '-'}", f"confidence {row['confidence'] or '-'}",
                 f"ttl {row['ttl'] or '-'} (expected {row['ttl_expected'] or '-'})",
                 f"seq_offset {row['seq_offset'] or '-'}", f"rtt_fraction {row['rtt_fraction'] or '-'}",
                 f"device {row['cluster'] or '-'}", f"habit {row.get('habit') or '-'}"]
        yield ", ".join(words)
        if row["payload"]:
            yield f'payload "{row["payload"]}"'

    def summary(self, cells):
        """Precision and recall of `forged`."""
        def total(kinds, verdicts=self.verdicts):
            return sum(cells[cell] for cell in itertools.product(kinds, verdicts))
        found, accused = total(INJECTED, ("forged",)), total(("endpoint", "reject"), ("forged",))
        if not total(INJECTED):
            return [f"honest episodes accused: {percent(accused, total(('endpoint', 'reject')))}"]
        apart = [f"{words} {percent(total((kind,), ('forged',)), total((kind,)))}"
                 for kind, words in zip(INJECTED, ("with payload", "without"))]
        return [f"precision {percent(found, found + accused)}   recall {percent(found, total(INJECTED))}: "
                + ", ".join(apart)]

    def faults(self, cells, least):
        """Faults of a folder as a whole."""
        whole = sum(cells["injected", verdict] for verdict in self.verdicts)
        found = cells["injected", "forged"]
        if whole and 100 * found < least * whole:
            return [f"injected without payload: {percent(found, whole)} found, below {least:g} %"]
        return []


def place_of(truth):
    """Where the injector stands, as resets.csv calls it; "" when the truth does not say."""
    injector = truth.get("injector") or {}
    if "tcpkill_log_lines" in injector:
        return OFF_PATH  # a host on the link, which listens
    return next((origin for words, origin in PLACES.items() if injector.get("place", "").startswith(words)), "")


def origin_figures(truth, episodes):
    """How many forged episodes are placed where the injector stands. One in the path that lets the data go on looks
    like a listener, so only the other mistake is a fault."""
    place = place_of(truth)
    told = collections.Counter(episode.row["origin"] for episode in episodes
                               if episode.kind in INJECTED and episode.verdict == "forged")
    if not place or not told:
        return []
    right, unknown = told[place], told["unknown"]
    return [f"origin {place}: right {right}, unknown {unknown}, wrong {sum(told.values()) - right - unknown}"]


def label_by_frames(truth, rows):
    """The truth lists each reset frame with the machine whose own interface emitted it. An episode with a reset of
    the injector is injected, whatever an endpoint added to it."""
    members = {id(row): [] for row in rows}
    lost = collections.defaultdict(list)
    by_flow = collections.defaultdict(list)
    for row in rows:
        by_flow[flow_of(row)].append(row)
    for reset in truth["rsts"]:
        row = episode_at(by_flow[flow_of(reset)], flow_of(reset), reset["t"])
        (members[id(row)] if row else lost[flow_of(reset)]).append(reset)
    for row in rows:
        yield kind_of(members[id(row)]), flow_of(row), row, members[id(row)]
    for flow, resets in lost.items():
        yield kind_of(resets), flow, {}, resets


def kind_of(resets):
    origins = {reset["origin"] for reset in resets}
    if "injector" in origins:
        text = any(reset["payload"] for reset in resets if reset["origin"] == "injector")
        return "injected+payload" if text else "injected"
    return "reject" if "router-reject" in origins else "endpoint" if origins else "no truth"


def label_by_outage(truth, rows):
    """The truth lists no frames, but says what the gateway did after each outage with the sessions that it had
    forgotten: "dropped silently" or "answered with RST by the gateway". In the second case a reset that names the
    server of a session from before the outage, and comes after it, is the gateway's. Of others nothing is known."""
    outages = truth["outages"]
    ends = [outage["down"] for outage in outages[1:]] + [float("inf")]
    answered = [(outage["down"], end) for outage, end in zip(outages, ends)
                if "by the gateway" in outage.get("old_nat_sessions", "")]
    sessions = {(address(flow["server"]), address(flow["client"]), str(session["sport"])): session["t"]
                for flow in truth.get("flows", []) if flow["proto"] == "tcp" for session in flow["sessions"]}
    for row in rows:
        server, _, client, port = flow_of(row)
        began, when = sessions.get((server, client, port), float("inf")), seconds(row["ts"])
        by_gateway = any(began < down < when < end for down, end in answered)
        yield ("reject-by-gateway" if by_gateway else "no truth"), flow_of(row), row, []


def label_nothing(_truth, rows):
    return (("no truth", flow_of(row), row, []) for row in rows)
