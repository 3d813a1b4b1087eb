#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# The bench program counts right and writes the JSON it promises; the generator's bytes never change. No look at times.
# Neighbours: bench.c, gen_main.c; docs/performance.md names the keys.
"""Usage: smoke.py BENCH GEN MIDWATCH"""
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

WORKLOADS = ["W1", "W2", "W3", "W4", "W5", "W6", "W7_1M", "W7", "W7_16M"]
KEYS = {"ns", "ns_min", "floor_ns", "delivery_ns", "rte_hash_ns", "libpcap_ns", "mpps", "bytes_per_flow",
        "instructions", "pages"}
FILE_KEYS = {"midwatch_ns", "libpcap_ns", "start_ms", "auto_wall_ns", "auto_cpu_ns", "auto_start_ms"}
SHA256 = {  # of 20000 frames, 2000 flows
    "min64": "2451baab4ae13bbd033f70e673d14781aa3d9c0ef750449c2a4c69bc9509d40e",
    "imix": "231ee634983978b9227c799e5daf698eda3ed119fe76424c8289e6661315c167",
    "churn": "48b0f684451de76472b567289f2ee40f59c2cbcbb47d1865744ab8a4380b72e1",
}


def check_generator(gen):
    for kind, expected in SHA256.items():
        written = subprocess.run([gen, kind, "-n", "20000", "-f", "2000", "-o", "-"], check=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        assert hashlib.sha256(written).hexdigest() == expected, f"gen {kind}: other bytes than before"


def positive(value):
    return isinstance(value, (int, float)) and value > 0


def check_report(report):
    expected = {"machine", "workloads", "workers", "handover_ns", "reader_cost_pct", "reader_elsewhere_pct", "file",
                "control"}
    assert set(report) == expected, report.keys()
    assert sorted(report["workloads"]) == sorted(WORKLOADS), report["workloads"].keys()
    for name, workload in report["workloads"].items():
        assert set(workload) == KEYS, (name, workload)
        for key, value in workload.items():
            may_miss = key in {"rte_hash_ns", "instructions"} and value is None
            assert positive(value) or may_miss or key == "pages", (name, key, value)
        assert workload["pages"] in {"2 MiB", "transparent", "4 KiB"}, workload["pages"]
    assert set(report["workers"]) == {"two_over_one", "of_two_ns", "floors_two_over_one"}, report["workers"]
    machine = report["machine"]
    assert set(machine) == {"cpu", "clock_ghz", "counter_ghz", "cores", "hugepages_mib"}, machine
    assert positive(machine["counter_ghz"]) and positive(machine["cores"]) and machine["cpu"], machine
    assert set(report["file"]) == {"W1", "W2", "W3"}, report["file"]
    for name, file in report["file"].items():
        assert set(file) == FILE_KEYS and all(positive(value) for value in file.values()), (name, file)


def check_control(control):
    assert set(control) == {"connection_ns", "connection_ns_min", "connections_per_s", "four_workers_connection_ns"}
    assert all(positive(value) for value in control.values()), control


def check_alone(bench, folder):
    """--instructions runs the program once more in the same folder: it leaves the other's file there."""
    path = pathlib.Path(folder) / "W1.pcap"
    path.write_bytes(b"the other's")
    subprocess.run([bench, "--smoke", "--alone", "--only", "W1", "--tmp", folder], stdout=subprocess.DEVNULL,
                   check=True)
    assert path.exists(), "bench --alone removed a file that it had not written"


def main():
    bench, gen, midwatch = sys.argv[1:]
    check_generator(gen)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "bench.json"
        done = subprocess.run([bench, "--smoke", "--stages", "--midwatch", midwatch, "--tmp", folder, "--json", path],
                              env={**os.environ, "XDG_RUNTIME_DIR": folder}, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 0, f"status {done.returncode}:\n{done.stdout}"
        report = json.loads(path.read_text(encoding="utf-8"))
        check_report(report)
        check_control(report["control"])
        check_alone(bench, folder)


if __name__ == "__main__":
    main()
