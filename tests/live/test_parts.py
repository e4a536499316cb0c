"""The pure parts of a lane, each by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.api import Delta, Entry
from pipeline.cases import PUBLISHED, Published
from pipeline.codec import Codec, Content
from pipeline.kafka.layout import TopicNames, layout
from pipeline.live.changelog import PIECE_BYTES, Changelog, StateError
from pipeline.live.cold import InMemory, OnDisk, Records
from pipeline.live.frames import FRAME_BYTES, FRAME_DELTAS, Outbox
from pipeline.live.plan import Lane, Slot
from pipeline.live.progress import Progress, lowest_active
from pipeline.live.reader import Reader
from pipeline.live.settings import LiveSettings
from pipeline.live.topics import InternalNames, internal_topics
from pipeline.live.watermarks import Announcements, Watermarks
from pipeline.shard import FAR_PAST, TIMELESS, Entries, SubKey
from pipeline.topology import Topology
from tests.engine.toys import Crowds, RoleRow
from tests.live.net import plan

TOPOLOGY = Topology([Crowds()])
CODEC = Codec(TOPOLOGY)


def role(n: int, role: str = "buyer") -> Delta[RoleRow]:
    return Delta("owner", f"a{n}", "roles", "", f"e{n}", Entry(n, f"e{n}", n, RoleRow(role)))


# -- frames ----------------------------------------------------------------------------------------


@given(counts=st.lists(st.integers(0, 2 * FRAME_DELTAS + 1), min_size=3, max_size=3))
def test_frames_hold_every_delta_in_order(counts: list[int]) -> None:
    outbox = Outbox(CODEC, 3)
    sent = [[role(n) for n in range(count)] for count in counts]
    for partition, deltas in enumerate(sent):
        for delta in deltas:
            outbox.add(partition, delta)
    got = [
        [delta for frame in frames for delta in CODEC.decode_deltas(frame)]
        for frames in outbox.take()
    ]
    assert got == sent
    assert outbox.take() == [[], [], []]


def test_frames_are_bounded_in_bytes_down_to_one_delta() -> None:
    outbox = Outbox(CODEC, 1)
    for n in range(30):
        outbox.add(0, role(n, "x" * (FRAME_BYTES // 10)))
    outbox.add(0, role(31, "x" * (2 * FRAME_BYTES)))
    frames = outbox.take()[0]
    lengths = [len(CODEC.decode_deltas(frame)) for frame in frames]
    assert sum(lengths) == 31
    assert all(len(f) <= FRAME_BYTES or n == 1 for f, n in zip(frames, lengths, strict=True))


# -- watermarks ------------------------------------------------------------------------------------


def test_a_watermark_is_the_lowest_of_all_senders() -> None:
    marks = Watermarks()
    assert marks.low([("reviews", 2)]) == FAR_PAST
    marks.hear({"reviews": {0: 50}})
    assert marks.low([("reviews", 2)]) == FAR_PAST, "one sender was never heard of"
    marks.hear({"reviews": {1: 40}, "~product": {0: 30}})
    assert marks.low([("reviews", 2)]) == 40
    assert marks.low([("reviews", 2), ("~product", 1)]) == 30


def test_marks_never_go_back() -> None:
    marks = Watermarks()
    assert marks.hear({"reviews": {0: 50}})
    assert not marks.hear({"reviews": {0: 49}})
    assert marks.low([("reviews", 1)]) == 50


def test_small_steps_are_not_announced() -> None:
    told = Announcements(step=10)
    assert told.due([("reviews", 0, FAR_PAST)]) == {}
    assert told.due([("reviews", 0, 5), ("reviews", 1, 7)]) == {"reviews": {0: 5, 1: 7}}
    assert told.due([("reviews", 0, 14), ("reviews", 1, 17)]) == {"reviews": {1: 17}}


def test_idle_partitions_follow_the_lowest_that_is_not_idle() -> None:
    lanes = [
        (Lane(2, 0), Progress(4, {}, {"votes": 5, "reviews": 90}, {"votes": 10})),
        (Lane(2, 1), Progress(4, {}, {"votes": 7, "reviews": 80}, {"votes": 20, "reviews": 100})),
    ]
    assert lowest_active(lanes, quiet_before=50) == 80
    assert lowest_active(lanes, quiet_before=15) == 7
    assert lowest_active([], quiet_before=15) is None
    assert lowest_active(lanes[:1], quiet_before=15) == 90


# -- state records ---------------------------------------------------------------------------------


def stored(records: list[tuple[bytes, bytes | None]], into: dict[bytes, bytes]) -> None:
    for key, value in records:
        if value is None:
            into.pop(key, None)
        else:
            into[key] = value


def restored(log: Changelog, topic: dict[bytes, bytes]) -> Iterator[tuple[str, SubKey, Content]]:
    for keyspace, sub, raw, value in log.restore(topic.items(), topic.get):
        yield keyspace, sub, log.content(keyspace, sub, log.whole(raw, value, topic.get))


@pytest.mark.parametrize("sizes", [[3, 2_500_000, 1_000_000, 5], [2_700_000, None], [5, None]])
def test_long_content_is_cut_and_comes_back_whole(sizes: list[int | None]) -> None:
    sub, topic = ("case", PUBLISHED, TIMELESS, ""), dict[bytes, bytes]()
    log = Changelog(CODEC, TOPOLOGY)
    for size in sizes:
        content = None if size is None else Published(1, bytes(size))
        records = list(log.records("cases", [(sub, content)]))
        assert all(len(value or b"") <= PIECE_BYTES for _, value in records)
        stored(records, topic)
        log = Changelog(CODEC, TOPOLOGY)
        got = list(restored(log, topic))
        assert got == ([] if content is None else [("cases", sub, content)])
    assert len(topic) == (0 if sizes[-1] is None else 1)


@pytest.mark.parametrize("place", ["memory", "disk"])
def test_cold_keys_are_there_once_whole_and_without_what_was_dropped(
    place: str, tmp_path: Path
) -> None:
    log = Changelog(CODEC, TOPOLOGY)
    long = {f"e{n}": role(n % 9).entry for n in range(40_000)}
    subs: dict[SubKey, Entries] = {
        ("a1", "roles", 1, ""): long,
        ("a1", "roles", 2, ""): {"e1": role(1).entry},
        ("a10", "roles", 1, ""): {"e2": role(2).entry},
    }
    topic = dict[bytes, bytes]()
    stored(list(log.records("owner", list(subs.items()))), topic)
    assert len(topic) > len(subs), "the long one was cut"

    records: Records = InMemory() if place == "memory" else OnDisk(tmp_path)
    records.put(topic.items())
    log = Changelog(CODEC, TOPOLOGY)
    cold = records.of("owner", log)
    for _, sub, raw, _ in log.restore(records.items(), records.get):
        cold.add(sub[0], raw)
    assert sorted(cold) == ["a1", "a10"]

    assert cold.thaw("a") is None
    state = cold.thaw("a1")
    assert state is not None
    assert state.tables == {"roles": {1: {"": long}, 2: {"": {"e1": role(1).entry}}}}
    assert (list(cold), cold.thaw("a1")) == (["a10"], None)
    assert cold.drop("a10", 2, ["roles"]) == []
    assert cold.drop("a10", 1, ["roles"]) == [("a10", "roles", 1, "")]
    assert (len(cold), cold.thaw("a10")) == (0, None)
    if cold.freeze("a1"):  # as it is stored
        again = cold.thaw("a1")
        assert again is not None
        assert again.tables == state.tables
    else:
        assert not list(records.items()), "what is decoded is not kept twice"
    records.close()
    assert not list(tmp_path.iterdir())


def test_state_of_removed_detectors_is_passed_over_and_removed() -> None:
    sub, topic = ("a1", "roles", TIMELESS, ""), dict[bytes, bytes]()
    log = Changelog(CODEC, TOPOLOGY)
    stored(list(log.records("owner", [(sub, {"e1": role(1).entry})])), topic)
    without = Topology([])
    other = Changelog(Codec(without), without)
    assert list(restored(other, topic)) == []
    stored(other.corrections, topic)
    assert topic == {}


def test_state_that_cannot_be_read_says_what_to_do() -> None:
    key = msgspec.msgpack.encode(["owner", "a1", "roles", TIMELESS, ""])
    with pytest.raises(StateError, match=r"owner\.roles.*new \[live\] group"):
        list(restored(Changelog(CODEC, TOPOLOGY), {key: b"\x01"}))


# -- plan, topics, settings ------------------------------------------------------------------------


def test_a_lane_is_what_moves_together() -> None:
    the_plan = plan(TOPOLOGY, {"reviews": 4, "votes": 2, "orders": 4}, 2)
    deltas = the_plan.internal.deltas
    assert the_plan.slots_of(Lane(4, 3)) == [("reviews", 3), ("orders", 3)]
    assert the_plan.slots_of(Lane(2, 1)) == [("votes", 1), (deltas, 1)]
    slots = [Slot("reviews", 3), Slot("orders", 3), Slot("votes", 1), Slot(deltas, 1)]
    assert {n: sorted(s) for n, s in the_plan.lanes_of(slots).items()} == {
        Lane(4, 3): [("orders", 3), ("reviews", 3)],
        Lane(2, 1): sorted([("votes", 1), (deltas, 1)]),
    }


def test_internal_topics_are_in_the_layout_under_their_names() -> None:
    names = TopicNames(prefix="shop.")
    topics = {t.name: t for t in layout(names, internal_topics("g"), partitions=3)}
    internal = InternalNames(names, "g")
    assert internal.group == "shop.g"
    for name in (internal.deltas, internal.state, internal.lanes):
        assert name.startswith("shop.g-")
        assert topics[name].partitions == 3
    assert topics[internal.deltas].settings["cleanup.policy"] == "delete"
    assert topics[internal.state].settings["cleanup.policy"] == "compact"


@pytest.mark.parametrize(
    "wrong", [{"group": ""}, {"checkpoint_seconds": 0}, {"checkpoint_max_seconds": 0.1}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"group|checkpoint"):
        LiveSettings(**wrong)  # type: ignore[arg-type]


# -- reader ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fetched:
    offset: int
    serialized_value_size: int = 1


def opened(slot: Slot, offset: int) -> tuple[Reader, int]:
    reader = Reader()
    reader.open({slot: offset})
    reader.sought({slot: offset})
    return reader, reader.readable()[slot]


SLOT = Slot("reviews", 0)


def test_chunks_of_an_earlier_opening_are_told_apart() -> None:
    reader = Reader()
    reader.open({SLOT: 5})
    assert reader.unsought() == {SLOT: 5}
    assert reader.readable() == {}, "it is not set to its offset yet"
    reader.sought({SLOT: 5})
    (ticket,) = reader.readable().values()
    (chunk,) = reader.chunks(SLOT, ticket, [Fetched(5)], 6, 9)
    assert (chunk.start, chunk.next, chunk.end) == (5, 6, 9)
    assert reader.is_current(chunk)
    reader.open({SLOT: 5})
    assert not reader.is_current(chunk)
    assert reader.chunks(SLOT, ticket, [Fetched(6)], 7, 9) == [], "it was fetched before"
    reader.close_all()
    assert reader.unsought() == {}


def test_a_seek_that_a_new_opening_has_overtaken_does_not_count() -> None:
    reader = Reader()
    reader.open({SLOT: 5})
    reader.open({SLOT: 3})
    reader.sought({SLOT: 5})
    assert reader.readable() == {}
    assert reader.unsought() == {SLOT: 3}


def test_markers_alone_move_a_position_once() -> None:
    reader, ticket = opened(SLOT, 5)
    assert reader.chunks(SLOT, ticket, [], 5, 5) != [], "the end is news"
    assert reader.chunks(SLOT, ticket, [], 5, 5) == []
    (moved,) = reader.chunks(SLOT, ticket, [], 6, 6)
    assert moved.next == 6
    assert reader.chunks(SLOT, ticket, [], 6, 6) == []


def test_paused_slots_still_deliver_what_was_fetched() -> None:
    reader, ticket = opened(SLOT, 0)
    reader.pause([SLOT])
    assert reader.readable() == {}
    assert len(reader.chunks(SLOT, ticket, [Fetched(0)], 1, 1)) == 1
    reader.resume([SLOT])
    assert reader.readable() == {SLOT: ticket}


@given(sizes=st.lists(st.sampled_from([1, 900_000, 3_000_000]), max_size=12))
def test_chunks_are_handy_and_join_without_a_gap(sizes: list[int]) -> None:
    reader, ticket = opened(SLOT, 10)
    records = [Fetched(10 + 2 * n, size) for n, size in enumerate(sizes)]
    chunks = reader.chunks(SLOT, ticket, records, 100, 120)
    assert [r for chunk in chunks for r in chunk.records] == records
    assert [c.start for c in chunks] == [10, *(c.next for c in chunks[:-1])]
    assert chunks[-1].next == 100
    assert all(c.next > c.records[-1].offset for c in chunks if c.records)
    assert all(c.size < 2_800_000 or len(c.records) == 1 for c in chunks)
    assert sum(c.size for c in chunks) == sum(sizes)
