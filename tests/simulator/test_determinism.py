"""The same seed gives the same bytes, whatever the process, the memory or the compression."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulator.conftest import Made, Make

PROGRAM = """
import sys
from pathlib import Path
from pipeline.simulator import Settings, simulate
simulate(Settings(seed=5, scale=0.05), Path(sys.argv[1]))
"""


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


@pytest.mark.parametrize("salt", ["1", "2718"])
def test_bytes_do_not_depend_on_the_hash_seed(small: Made, tmp_path: Path, salt: str) -> None:
    environment = os.environ | {"PYTHONHASHSEED": salt}
    subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path)], env=environment, check=True)
    assert digests(tmp_path) == digests(small.folder)


def test_bytes_do_not_depend_on_the_memory(small: Made, make: Make) -> None:
    spilled = make(seed=5, scale=0.05, memory=60_000)
    assert digests(spilled.folder) == digests(small.folder)
    assert not list(spilled.folder.glob(".runs-*"))


def test_compression_changes_nothing_but_the_packing(small: Made, make: Make) -> None:
    packed = make(seed=5, scale=0.05, compress=True)
    for topic in ("reviews", "orders", "accounts"):
        content = gzip.decompress((packed.folder / f"{topic}.jsonl.gz").read_bytes())
        assert content == (small.folder / f"{topic}.jsonl").read_bytes()


def test_another_seed_is_another_world(small: Made, make: Make) -> None:
    other = make(seed=6, scale=0.05)
    ids = {event["event_id"] for event in small.events("orders")}
    assert not ids & {event["event_id"] for event in other.events("orders")}


def test_included_scenarios_leave_the_size_alone(small: Made, make: Make) -> None:
    more = make(seed=5, scale=0.05, include=("vote_manipulation:slow_drip", "vpn_exit"))
    assert more.summary.planted == small.summary.planted + 1
    assert more.summary.lookalikes == small.summary.lookalikes + 2
    planted = {(r["clause"], r["variant"]) for r in more.planted}
    assert ("vote_manipulation", "slow_drip") in planted
