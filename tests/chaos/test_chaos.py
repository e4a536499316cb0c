"""A short run of the chaos suite; `make chaos` is the long one, with every fault."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from pipeline.errors import StarwatchError
from pipeline.live.crashes import POINTS, VARIABLE, CrashPoints
from tests.chaos import faults
from tests.chaos.faults import FAULTS, Size, run
from tests.chaos.scene import _compare
from tests.live.fleet import world

FAULT = {fault.name: fault for fault in FAULTS}
SIZE = Size(events=2_000, seconds=3)


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("name", "seed"),
    [
        ("killed in a checkpoint", "1"),
        ("zombie in a checkpoint", "2"),
        ("double, reordered, late, broken", "3"),
    ],
)
def test_nothing_is_lost_and_nothing_done_twice(name: str, seed: str, kafka: str) -> None:
    count = run(FAULT[name], seed, SIZE, kafka)
    assert count.is_clean, f"{name}, seed {seed}: {count}"
    assert count.events >= SIZE.events


def test_what_is_missing_or_too_many_is_counted() -> None:
    expected = Counter({"a": 1, "b": 2, "c": 1})
    assert _compare(expected, Counter({"a": 1, "b": 2, "c": 1})) == (0, 0)
    assert _compare(expected, Counter({"a": 3, "b": 1, "x": 1})) == (2, 3)


def test_a_hot_key_has_a_third_of_the_reviews() -> None:
    records = faults.hot(world(1, 2_000, 100), random.Random(1))
    reviews = [raw for _, raw in records if b"review.posted" in raw]
    assert sum(b'"p0"' in raw for raw in reviews) > len(reviews) * 0.3


def test_a_process_dies_at_its_crash_point_and_not_before() -> None:
    code = (
        "import os; from pipeline.live.crashes import CrashPoints as C; c = C.of(os.environ)\n"
        "for n in range(5): c.passing('recovery.read'); c.passing('checkpoint.sent'); print(n)"
    )
    done = subprocess.run(
        [sys.executable, "-uc", code],
        env={VARIABLE: "kill@checkpoint.sent:3", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == ["0", "1"]


def test_without_a_crash_point_nothing_happens() -> None:
    for point in POINTS:
        CrashPoints().passing(point)


@pytest.mark.parametrize(
    "text", ["kill", "kill@nowhere:1", "hug@checkpoint.sent:1", "kill@checkpoint.sent:0"]
)
def test_a_crash_point_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(StarwatchError, match="is no crash point"):
        CrashPoints(text)


def test_every_crash_point_is_come_to_by_some_fault() -> None:
    assert {*faults.CHECKPOINT, *faults.RECOVERY, *faults.REBALANCE} == set(POINTS)


def test_the_same_seed_gives_the_same_records() -> None:
    def made(seed: int) -> Any:
        return faults.disturbed(world(seed, 300, 50), random.Random(seed))

    assert made(1) == made(1)
    assert made(1) != made(2)
