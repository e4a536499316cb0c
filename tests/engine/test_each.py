"""What a judge makes of a bucket is worked out once, and again when the bucket changes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from detectors.api import Delta, Entry, Keyspace, Table
from pipeline.shard import KeyView, Layout, Shard
from tests.engine.toys import RoleRow

SPACE = Keyspace("days", "day", bucket=10, lookback=2, lookahead=1)
ROLES = Table(SPACE, "roles", RoleRow)
NAMES = Table(SPACE, "names", RoleRow, timeless=True)


class Reader:
    """Joins the roles of a bucket, and counts how often it was asked to."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, rows: Sequence[Entry[RoleRow]], end: str) -> str:
        self.calls += 1
        return "".join(e.row.role for e in rows) + end


def shard() -> Shard:
    return Shard(Layout(SPACE, {"roles": ROLES, "names": NAMES}, ()), eager=True)


def join(to: Shard, ts: int, role: str, table: str = "roles") -> None:
    to.join(Delta("days", "k", table, "", role, Entry(ts, role, ts, RoleRow(role))))


def test_each_bucket_in_view_is_read_once_in_the_order_of_time() -> None:
    days, reader = shard(), Reader()
    for ts, role in ((31, "d"), (12, "b"), (11, "a"), (25, "c"), (49, "e")):
        join(days, ts, role)
    assert [
        KeyView(SPACE, "k", focus, days.keys["k"]).each(ROLES, reader, ".") for focus in (1, 2, 3)
    ] == [["ab.", "c."], ["ab.", "c.", "d."], ["ab.", "c.", "d.", "e."]]
    assert reader.calls == 4
    view = KeyView(SPACE, "k", 2, days.keys["k"])
    assert view.each(ROLES, reader, ".", back=0, ahead=0) == ["c."]
    assert view.each(ROLES, reader, ".", back=-1) == ["d."]
    assert reader.calls == 4


def test_a_change_has_its_bucket_read_again() -> None:
    days, reader = shard(), Reader()
    for ts, role in ((11, "a"), (25, "c")):
        join(days, ts, role)
    view = KeyView(SPACE, "k", 2, days.keys["k"])
    view.each(ROLES, reader, ".")
    join(days, 13, "b")
    assert view.each(ROLES, reader, ".") == ["ab.", "c."]
    assert reader.calls == 3


def test_what_is_given_tells_answers_apart() -> None:
    days, reader = shard(), Reader()
    join(days, 11, "a")
    view = KeyView(SPACE, "k", 1, days.keys["k"])
    assert [view.each(ROLES, reader, end) for end in (".", "!", ".")] == [["a."], ["a!"], ["a."]]


def test_a_timeless_table_has_no_buckets() -> None:
    days = shard()
    join(days, 11, "a", "names")
    with pytest.raises(ValueError, match="names"):
        KeyView(SPACE, "k", 1, days.keys["k"]).each(NAMES, Reader(), ".")
