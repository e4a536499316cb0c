"""Tables of firsts keep the earliest elements, so that counts as of a horizon stay exact."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from detectors.api import Delta, Entry, Keyspace, Table
from pipeline.shard import KeyView, Layout, Shard
from tests.engine.toys import RoleRow

SPACE = Keyspace("crowd", "identifier")
FIRSTS = Table(SPACE, "firsts", RoleRow, cap=5, timeless=True, first=True)

Sightings = list[tuple[int, int]]


def seen(sightings: Sightings) -> list[tuple[int, str]]:
    """(since, element) of what a shard keeps of (ts, element) sightings in their order."""
    shard = Shard(Layout(SPACE, {"firsts": FIRSTS}, ()), eager=True)
    for ts, element in sightings:
        entry = Entry(-ts, f"e{ts}-{element}", ts, RoleRow(str(element)))
        shard.join(Delta("crowd", "k", "firsts", "", str(element), entry))
    view = KeyView(SPACE, "k", 0, shard.keys["k"])
    return [(e.ts, e.row.role) for e in view.rows(FIRSTS)]


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 80)), min_size=1, max_size=200),
    st.integers(0, 1000),
)
def test_the_earliest_are_kept_in_any_order(sightings: Sightings, seed: int) -> None:
    since: dict[str, int] = {}
    for ts, element in sightings:
        since[str(element)] = min(ts, since.get(str(element), ts))
    expected = sorted((ts, element) for element, ts in since.items())[:5]
    shuffled = sightings * 2
    random.Random(seed).shuffle(shuffled)
    assert sorted(seen(sightings)) == expected
    assert sorted(seen(shuffled)) == expected


def test_a_crowd_that_comes_later_does_not_hide_who_was_there_first() -> None:
    early = [(1, 900), (2, 901)]
    late = [(100 + n, n) for n in range(500)]
    kept = seen(late + early)
    assert [e for e in kept if e[0] < 100] == [(1, "900"), (2, "901")]
    assert all(a <= b for a, b in pairwise(ts for ts, _ in kept))
