# SPDX-License-Identifier: BSD-3-Clause
# Questions and answers: what each family and service lost in each phase, against what the askers themselves counted.
# Neighbours: common.py; ../evaluate has the table of evaluators.
from .common import CountedEvaluator, Episode, seconds

LOSS_POINTS = 2.0  # percent: how far the loss may be from the truth
SERVICES = {  # by the truth's name
    "dns4": ("ipv4", "dns"),
    "dns6": ("ipv6", "dns"),
    "ping4": ("ipv4", "icmp-echo"),
    "ping6": ("ipv6", "icmp-echo"),
}


def lost_pct(sent, answered):
    return 100 * (1 - answered / sent) if sent > 0 else 0.0


def counts_of(rows, wanted, start, end):
    """@return (asked, answered) of intervals of a second that begin nearer to this phase than to another."""
    mine = [row for row in rows if (row["family"], row["service"]) == wanted
            and start <= seconds(row["ts"]) + 0.5 < end]
    return sum(int(row["asked"]) for row in mine), sum(int(row["answered"]) for row in mine)


class HealthEvaluator(CountedEvaluator):
    subject = "health"
    verdicts = ("right", "wrong", "absent")
    kinds = ("lost",)
    apart = True

    def evaluate(self, truth, replay):
        rows = replay.tables("output.interval=1s", "output.evidence=no")["health.csv"]
        phases = truth["phases"]
        ends = [phase["start"] for phase in phases[1:]] + [float("inf")]
        return [episode for phase, end in zip(phases, ends) for episode in self.phase(phase, end, rows)], []

    @staticmethod
    def phase(phase, end, rows):
        for name, result in sorted(phase["results"].items()):
            if name not in SERVICES or result["sent"] == 0:
                continue
            asked, answered = counts_of(rows, SERVICES[name], phase["start"], end)
            true, here = lost_pct(result["sent"], result["answered"]), lost_pct(asked, answered)
            right = asked > 0 and abs(true - here) <= LOSS_POINTS
            yield Episode("lost", "right" if right else "absent" if asked == 0 else "wrong", right,
                          f"{name}: {here:.1f} % of {asked}, in truth {true:.1f} % of {result['sent']}", {})

    @staticmethod
    def describe(row):
        if row:
            yield row.get("lost_pct", "")
