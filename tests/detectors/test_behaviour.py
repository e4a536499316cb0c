"""What every detector must do, run on each of them: the common behaviour suite."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from functools import cache

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.api import DAY, Detector, Observed, digest
from detectors.registry import DETECTORS
from pipeline.cases import CaseSettings
from pipeline.codec import Codec
from pipeline.intake import Intake, IntakeSettings, SourceClock
from pipeline.runner import InProcess
from pipeline.topology import Topology
from schemas.decode import decode
from tests.detectors.anything import events
from tests.detectors.world import FAR, encode, run
from tests.engine.cluster import Cluster, content

# A low bar, so that there are cases to compare where detectors rightly say little.
LOW = CaseSettings(min_score=0.01)
detector = pytest.mark.parametrize("kind", DETECTORS, ids=[d.name for d in DETECTORS])


@cache
def topology(kind: type[Detector] | None) -> Topology:
    return Topology([d() for d in DETECTORS] if kind is None else [kind()])


def comparable(cases: dict[str, msgspec.Struct]) -> dict[str, str]:
    return content(cases.values())  # type: ignore[arg-type]


@detector
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6), data=st.data())
def test_order_and_repetition_do_not_matter(
    kind: type[Detector], seed: int, data: st.DataObject
) -> None:
    world = events(seed, 500, data.draw(st.sampled_from([60, 200])))
    expected = run(encode(world), [kind()], cases=LOW)
    r = random.Random(seed)
    moved = [(ts + r.randrange(19 * DAY // 10), body) for ts, body in world]
    moved += [(ts + r.randrange(19 * DAY // 10), b) for ts, b in world if r.random() < 0.1]
    moved.sort(key=lambda e: e[0])
    pace = data.draw(st.integers(20, 300))
    eager = data.draw(st.booleans())
    found = run(encode(moved), [kind()], eager=eager, tick_every=pace, cases=LOW)
    assert comparable(found) == comparable(expected)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6), partitions=st.integers(1, 3), pace=st.integers(40, 300))
def test_all_together_partitioned_and_crashing(seed: int, partitions: int, pace: int) -> None:
    world = events(seed, 600, 500)
    expected = run(encode(world), [d() for d in DETECTORS], tick_every=50)
    cluster, clock = Cluster(topology(None), partitions), SourceClock()
    for i, raw in enumerate(encode(world), 1):
        cluster.join(cluster.intake.take(raw, clock, FAR).deltas)
        if i % pace == 0 and clock.newest is not None:
            cluster.checkpoint(clock.newest - cluster.intake.lateness)
            for name in topology(None).keyspaces:
                cluster.crash(name, i % partitions)
    cluster.checkpoint(-FAR)
    assert content(cluster.alerts()) == comparable(expected)


@detector
def test_folds_are_pure_and_rows_survive_the_wire(kind: type[Detector]) -> None:
    topo = topology(kind)
    intake, codec = Intake(topo, IntakeSettings()), Codec(topo)
    rows = 0
    for raw in encode(events(3, 800, 100)):
        seen = Observed(decode(raw))
        before = msgspec.json.encode(seen.event)
        deltas, refusals = intake.fold(seen)
        again, _ = intake.fold(Observed(decode(raw)))
        assert not refusals
        assert deltas == again
        assert msgspec.json.encode(seen.event) == before
        assert codec.decode_deltas(codec.encode_deltas(deltas)) == deltas
        rows += len(deltas)
    assert rows > 0


@detector
def test_state_is_bounded(kind: type[Detector]) -> None:
    """Every sub-key keeps to its cap, and windowed state stops growing with time."""
    held = []
    for days in (1_000, 2_000):
        topo = topology(kind)
        runner = InProcess(topo, LOW)
        intake, clock = Intake(topo, IntakeSettings()), SourceClock()
        for i, raw in enumerate(encode(events(5, days * 2, days)), 1):
            runner.join(intake.take(raw, clock, FAR).deltas)
            if i % 40 == 0 and clock.newest is not None:
                runner.tick(clock.newest - intake.lateness)
        held.append(_windowed_rows(runner))
        for shard in runner.shards.values():
            for state in shard.keys.values():
                for name, buckets in state.tables.items():
                    cap = shard.layout.tables[name].cap
                    for parts in buckets.values():
                        assert all(len(e) <= cap + cap // 4 + 16 for e in parts.values())
    assert held[1] < 1.4 * held[0] + 50


def _windowed_rows(runner: InProcess) -> int:
    return sum(
        len(entries)
        for shard in runner.shards.values()
        for state in shard.keys.values()
        for name, buckets in state.tables.items()
        if not shard.layout.tables[name].timeless and shard.keyspace.bucket
        for parts in buckets.values()
        for entries in parts.values()
    )


PRINT_CASES = """
from detectors.registry import DETECTORS
from tests.detectors.anything import events
from tests.detectors.world import encode, run
from tests.detectors.test_behaviour import LOW, comparable
for d in DETECTORS:
    for case in sorted(comparable(run(encode(events(7, 700, 120)), [d()], cases=LOW)).items()):
        print(d.name, case)
"""


def test_two_hash_seeds_give_the_same_cases() -> None:
    outputs = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", PRINT_CASES],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        outputs.append(done.stdout)
    assert outputs[0]
    assert outputs[0] == outputs[1]


@detector
def test_the_random_world_makes_it_speak(kind: type[Detector]) -> None:
    """Else the comparisons above compare nothing."""
    assert any(run(encode(events(s, 900, 100)), [kind()], cases=LOW) for s in range(4))


@detector
def test_fingerprint_follows_the_settings(kind: type[Detector]) -> None:
    name = kind.name
    base = topology(kind).fingerprints[name]
    changed = [Topology([kind(settings=s)]).fingerprints[name] for s in _changed_settings(kind)]
    assert len({base, *changed}) == 1 + len(changed)
    assert base == Topology([kind()]).fingerprints[name]
    assert len(digest(base)) == 16


def _changed_settings(kind: type[Detector]) -> list[msgspec.Struct]:
    default = kind.settings_type()
    numbers = [
        f.name
        for f in msgspec.structs.fields(default)
        if isinstance(getattr(default, f.name), int | float) and f.name != "enabled"
    ]
    return [msgspec.structs.replace(default, **{n: getattr(default, n) + 1}) for n in numbers]
