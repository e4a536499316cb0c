"""The one guarantee: the same admitted events, the same cases."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.api import DAY
from pipeline.intake import SourceClock
from pipeline.topology import Topology
from schemas.events import iso
from tests.engine.cluster import FAR, Cluster, content, replay
from tests.engine.toys import Crowds

START = 1_700_000_000_000_000
TOPOLOGY = Topology([Crowds()])


def review(n: int, ts: int, product: int, writer: int) -> tuple[int, bytes]:
    return ts, json.dumps(
        {
            "event_id": f"e{n}",
            "type": "review.posted",
            "occurred_at": iso(ts),
            "review_id": f"r{n}",
            "product_id": f"p{product}",
            "reviewer_id": f"a{writer}",
            "rating": 5,
        }
    ).encode()


def role(n: int, ts: int, writer: int) -> tuple[int, bytes]:
    return ts, json.dumps(
        {
            "event_id": f"e{n}",
            "type": "account.registered",
            "occurred_at": iso(ts),
            "account_id": f"a{writer}",
            "role": "buyer",
        }
    ).encode()


def world(seed: int, size: int, days: int) -> list[tuple[int, bytes]]:
    r = random.Random(seed)
    events = []
    for n in range(size):
        ts = START + r.randrange(days * DAY)
        if r.random() < 0.1:
            events.append(role(n, ts, r.randrange(6)))
        else:
            events.append(review(n, ts, r.randrange(4), r.randrange(6)))
    return sorted(events)


def disturbed(events: Sequence[tuple[int, bytes]], seed: int) -> list[bytes]:
    """Moved by up to 1.9 days, a tenth twice."""
    r = random.Random(seed)
    moved = [(ts + r.randrange(19 * DAY // 10), raw) for ts, raw in events]
    moved += [(ts + r.randrange(19 * DAY // 10), raw) for ts, raw in events if r.random() < 0.1]
    return [raw for _, raw in sorted(moved)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    size=st.integers(20, 400),
    days=st.sampled_from([20, 90, 400]),
    partitions=st.integers(1, 3),
    pace=st.integers(1, 60),
)
def test_disturbed_partitioned_crashing_eager_equals_lazy(
    seed: int, size: int, days: int, partitions: int, pace: int
) -> None:
    events = world(seed, size, days)
    expected = content(replay(TOPOLOGY, [raw for _, raw in events]).cases.latest())

    r = random.Random(seed)
    cluster, clock = Cluster(TOPOLOGY, partitions), SourceClock()
    for i, raw in enumerate(disturbed(events, seed), 1):
        taken = cluster.intake.take(raw, clock, FAR)
        assert not taken.refusals
        cluster.join(taken.deltas)
        if i % pace == 0:
            assert clock.newest is not None
            # Nothing moves between shards here once a checkpoint is done, so any shard may crash.
            cluster.checkpoint(clock.newest - cluster.intake.lateness)
            if r.random() < 0.3:
                cluster.crash(r.choice(TOPOLOGY.keyspaces), r.randrange(partitions))
    cluster.checkpoint(0)
    assert content(cluster.alerts()) == expected


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), pace=st.integers(1, 50))
def test_replay_does_not_depend_on_its_ticks(seed: int, pace: int) -> None:
    lines = [raw for _, raw in world(seed, 300, 400)]
    once = content(replay(TOPOLOGY, lines).cases.latest())
    assert content(replay(TOPOLOGY, lines, tick_every=pace).cases.latest()) == once


def test_worlds_hold_cases_that_appear_and_dissolve() -> None:
    """The comparison above compares something."""
    sizes = [
        len(content(replay(TOPOLOGY, [raw for _, raw in world(s, 300, 400)]).cases.latest()))
        for s in range(5)
    ]
    assert min(sizes) > 0
    cluster, clock, statuses = Cluster(TOPOLOGY, 1), SourceClock(), set()
    for _, raw in world(1, 400, 90):
        cluster.join(cluster.intake.take(raw, clock, FAR).deltas)
        cluster.checkpoint(0)
        statuses |= {a.status for a in cluster.alerts()}
    assert statuses == {"open", "withdrawn"}


def test_state_is_forgotten_behind_the_horizon() -> None:
    lines = [raw for _, raw in world(3, 3000, 4000)]
    short = replay(TOPOLOGY, lines[:750], tick_every=10)
    whole = replay(TOPOLOGY, lines, tick_every=10)

    def held(runner: object) -> int:
        return sum(
            len(entries)
            for name, shard in runner.shards.items()  # type: ignore[attr-defined]
            if name in ("product", "writer")
            for state in shard.keys.values()
            for table, buckets in state.tables.items()
            if table != "roles"
            for parts in buckets.values()
            for entries in parts.values()
        )

    assert held(whole) < 1.3 * held(short)
