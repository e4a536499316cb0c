"""Lanes give the cases of a replay, however they read, crash and take over."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.api import DAY, Judge, scoped
from pipeline.cases import CaseSettings
from pipeline.live.plan import Lane, Slot
from pipeline.live.reader import Chunk
from pipeline.topology import Topology
from schemas.events import iso
from tests.engine.cluster import content, replay
from tests.engine.test_convergence import START, disturbed, review, world
from tests.engine.toys import Crowds, Raiser
from tests.live.net import NOW, Net, Record, plan

TOPOLOGY = Topology([Crowds()])
SOURCES = {"reviews": 3, "accounts": 2}

MakeNet = Callable[[Topology, dict[str, int], int], Net]


def spread(net: Net, lines: Sequence[bytes]) -> None:
    """Each line to a partition of one of the topics, as a careless producer might."""
    for raw in lines:
        topic = "accounts" if b"account.registered" in raw else "reviews"
        net.produce(topic, crc32(raw) % net.plan.sources[topic], [raw])


def stored_reviews(net: Net) -> int:
    """Sub-keys of reviews that a takeover would restore: buckets of products, in all."""
    stored = net.latest(Slot(net.plan.internal.state, 0))
    return sum(b"\xa7reviews" in key for key in stored)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    size=st.integers(20, 400),
    days=st.sampled_from([20, 90, 400]),
    partitions=st.integers(1, 4),
    most=st.integers(1, 60),
)
def test_disturbed_crashing_lanes_equal_a_replay(
    seed: int, size: int, days: int, partitions: int, most: int
) -> None:
    events = world(seed, size, days)
    expected = content(replay(TOPOLOGY, [raw for _, raw in events]).cases.latest())

    net, r = Net(plan(TOPOLOGY, SOURCES, partitions)), random.Random(seed)
    spread(net, disturbed(events, seed))
    for _ in range(r.randrange(200)):
        lane = r.choice(net.lanes)
        net.read(lane, most)
        if r.random() < 0.6:
            net.save(lane, r.choice([None, None, 0, 1, 5]))
        elif r.random() < 0.3:
            net.crash(lane)
    net.settle(most)
    assert content(net.alerts()) == expected
    assert not net.letters()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    size=st.integers(20, 300),
    days=st.sampled_from([20, 90, 400]),
    hot_keys=st.sampled_from([1, 3, 1000]),
)
def test_disturbed_crashing_lanes_on_disk_equal_a_replay(
    seed: int, size: int, days: int, hot_keys: int
) -> None:
    events = world(seed, size, days)
    expected = content(replay(TOPOLOGY, [raw for _, raw in events]).cases.latest())

    with tempfile.TemporaryDirectory() as folder:
        net = Net(plan(TOPOLOGY, SOURCES, 2, state="disk", hot_keys=hot_keys), Path(folder))
        spread(net, disturbed(events, seed))
        r = random.Random(seed)
        for _ in range(r.randrange(60)):
            lane = r.choice(net.lanes)
            net.read(lane, 20)
            if r.random() < 0.6:
                net.save(lane, r.choice([None, None, 0, 1, 5]))
            elif r.random() < 0.2:
                net.crash(lane)
        net.settle(20)
        assert content(net.alerts()) == expected
        assert not net.letters()
        net.close()
        assert not list(Path(folder).iterdir()), "nothing is left on the disk"


@pytest.fixture(params=["memory", "disk"])
def make_net(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeNet]:
    """Makes nets that keep their state in memory, or on disk but for very few keys."""
    nets: list[Net] = []

    def make(topology: Topology, sources: dict[str, int], partitions: int) -> Net:
        folder = tmp_path if request.param == "disk" else None
        live = {"state": request.param, "hot_keys": 2}
        nets.append(Net(plan(topology, sources, partitions, **live), folder))
        return nets[-1]

    yield make
    for net in nets:
        net.close()


def test_keys_on_disk_take_no_room_in_memory(tmp_path: Path) -> None:
    lane, used = Lane(1, 0), {}
    for name, folder in (("memory", None), ("disk", tmp_path)):
        net = Net(plan(TOPOLOGY, {"reviews": 1}, 1, state=name, hot_keys=5), folder)
        net.produce("reviews", 0, [raw for _, raw in world(1, 400, 400)])
        net.settle()
        assert net.keys() > 15
        used[name] = net.works[lane].hot_keys
        net.close()
    assert used["memory"] > 10
    assert used["disk"] <= 5


def test_lanes_forget_behind_the_watermark(make_net: MakeNet) -> None:
    lines = [raw for _, raw in world(3, 4000, 4000)]
    nets = [make_net(TOPOLOGY, SOURCES, 2) for _ in range(2)]
    for net, part in zip(nets, (lines[:1000], lines), strict=True):
        for i in range(0, len(part), 50):
            spread(net, part[i : i + 50])
            net.settle()
    assert nets[1].keys() < 1.5 * nets[0].keys()


def test_nothing_is_forgotten_while_a_source_was_never_heard_of() -> None:
    net = Net(plan(TOPOLOGY, {**SOURCES, "votes": 1}, 1))
    lines = [raw for _, raw in world(3, 1000, 4000)]
    for i in range(0, len(lines), 50):
        spread(net, lines[i : i + 50])
        net.settle()
    assert stored_reviews(net) > 700


def test_an_idle_source_follows_the_others() -> None:
    net = Net(plan(TOPOLOGY, {**SOURCES, "votes": 1}, 1))
    lines = [raw for _, raw in world(3, 1000, 4000)]
    votes = Lane(1, 0)
    for i in range(0, len(lines), 50):
        spread(net, lines[i : i + 50])
        net.settle()
        work = net.works[votes]
        assert work.take_over(["votes"], min(net.works[Lane(3, 0)].newest.values())) == ["votes"]
        net.save(votes)
        net.crash(votes)
        net.settle()
    assert 0 < stored_reviews(net) < 300
    late = review(5000, START, 1, 1)[1]
    net.produce("votes", 0, [late])
    net.settle()
    assert [letter.reason for letter in net.letters()] == ["late"]


def test_a_bad_record_gives_one_letter_whatever_crashes() -> None:
    net = Net(plan(TOPOLOGY, SOURCES, 2))
    good = [raw for _, raw in world(5, 60, 20)]
    bad = [b"{", b"", b"\xff", review(1, NOW + 2 * DAY, 1, 1)[1]]
    net.produce("reviews", 0, [*good, *bad])
    lane = Lane(3, 0)
    for _ in range(3):
        net.read(lane, 100)
        net.crash(lane)
    net.settle()
    net.crash(lane)
    net.settle()
    reasons = sorted(letter.reason for letter in net.letters())
    assert reasons == ["from_the_future", "not_json", "not_json", "not_utf8"]
    assert {letter.source.offset for letter in net.letters()} == {60, 61, 62, 63}


def test_detector_errors_are_dead_lettered_and_stop_nothing() -> None:
    topology = Topology([Crowds(), Raiser()])
    net = Net(plan(topology, {"reviews": 1}, 1))
    names = [b"poison", b"raise", b"unstorable", b"no-number", b"no-template"]
    poisoned = [
        review(9001 + n, START, 1, 1)[1].replace(b'"p1"', b'"%s"' % name)
        for n, name in enumerate(names)
    ]
    lines = [raw for _, raw in world(1, 400, 400)]
    net.produce("reviews", 0, [*poisoned, *lines])
    lane = Lane(1, 0)
    net.read(lane, 3)
    net.save(lane)
    net.crash(lane)
    net.settle()
    (letter,) = net.letters()
    assert (letter.reason, letter.source.offset) == ("detector_error", 0)
    assert (letter.detector, letter.keyspace) == ("toy_raiser", "product")
    assert letter.key == scoped("amazon.se", "poison")
    assert net.works[lane].failures == {"toy_raiser.product": 1, "toy_raiser": 1}
    # The others do not notice: all is as without the detector that raises.
    assert content(net.alerts()) == content(replay(TOPOLOGY, [*poisoned, *lines]).cases.latest())


def test_a_changed_detector_judges_every_key_again(make_net: MakeNet) -> None:
    lines = [raw for _, raw in world(1, 400, 400)]
    net = make_net(TOPOLOGY, {"reviews": 2}, 2)
    for raw in lines:
        net.produce("reviews", crc32(raw) % 2, [raw])
    net.settle()
    before = {a.case_id: a.detectors for a in net.alerts() if a.status == "open"}

    changed = Crowds()
    type(changed).version, version = "2", type(changed).version
    try:
        newer = replace(net.plan, topology=Topology([changed]))
    finally:
        type(changed).version = version
    net.plan = newer
    for lane in net.lanes:
        net.crash(lane)
        net.save(lane)
    net.settle()
    after = {a.case_id: a.detectors for a in net.alerts() if a.status == "open"}
    assert after.keys() == before.keys()
    assert {ref.version for refs in after.values() for ref in refs} == {"2"}


def test_changed_settings_of_cases_reach_the_cases_there_are() -> None:
    net = Net(plan(TOPOLOGY, {"reviews": 2}, 2))
    for _, raw in world(1, 400, 400):
        net.produce("reviews", crc32(raw) % 2, [raw])
    net.settle()
    before = {a.case_id: a for a in net.alerts() if a.status == "open"}
    net.plan = replace(net.plan, cases=CaseSettings(min_score=0.8))
    for lane in net.lanes:
        net.crash(lane)
        net.save(lane)
    net.settle()
    left = {a.case_id for a in net.alerts() if a.status == "open"}
    assert left == {case for case, a in before.items() if a.score >= 0.8}
    assert left < before.keys()


def test_a_gap_in_a_slot_is_an_error() -> None:
    net = Net(plan(TOPOLOGY, {"reviews": 1}, 1))
    net.produce("reviews", 0, [raw for _, raw in world(1, 10, 20)])
    with pytest.raises(RuntimeError, match="gap"):
        net.works[Lane(1, 0)].take(Chunk(Slot("reviews", 0), 1, [], 0, 5, 10, 10), NOW)


def test_the_present_bounds_what_a_timestamp_says() -> None:
    """A record's own timestamp makes no future event acceptable, and no past one refused."""
    net = Net(plan(TOPOLOGY, {"reviews": 1}, 1))
    work = net.works[Lane(1, 0)]
    now = START + DAY
    records = [
        Record(0, None, review(1, START, 1, 1)[1], (START + 7 * DAY) // 1000),
        Record(1, None, review(2, START + 3 * DAY, 1, 1)[1], (START + 7 * DAY) // 1000),
        Record(2, None, review(3, START, 1, 2)[1], (START - 3 * DAY) // 1000),
        Record(3, None, review(4, START, 1, 3)[1], -1),
    ]
    work.take(Chunk(Slot("reviews", 0), 1, records, 0, 0, 4, 4), now)
    net.save(Lane(1, 0))
    assert [letter.source.offset for letter in net.letters()] == [1, 2]
    assert iso(START) in net.letters()[1].payload


def test_what_a_removed_detector_said_is_taken_back() -> None:
    lines = [raw for _, raw in world(1, 400, 400)]
    net = Net(plan(TOPOLOGY, {"reviews": 2}, 2))
    for raw in lines:
        net.produce("reviews", crc32(raw) % 2, [raw])
    net.settle()
    before = content(net.alerts())
    assert before

    net.plan = plan(Topology([]), {"reviews": 2}, 2)
    for lane in net.lanes:
        net.crash(lane)
        net.save(lane)
    net.settle()
    assert content(net.alerts()) == {}

    net.plan = plan(TOPOLOGY, {"reviews": 2}, 2)
    for lane in net.lanes:
        net.crash(lane)
        net.save(lane)
    net.settle()
    assert 0 < len(content(net.alerts())) <= len(before), "final findings have been kept"


def test_a_lost_state_is_built_again_under_the_published_cases() -> None:
    lines = [raw for _, raw in world(1, 400, 400)]
    old = Net(plan(TOPOLOGY, {"reviews": 2}, 2))
    for raw in lines:
        old.produce("reviews", crc32(raw) % 2, [raw])
    old.settle()
    stale = msgspec.structs.replace(old.alerts()[0], case_id="stale", revision=7, status="open")

    net = Net(plan(TOPOLOGY, {"reviews": 2}, 2))
    published = [*old.alerts(), stale]
    for lane in net.lanes:
        net.works[lane].adopt(a for a in published if net.is_home(lane, a.case_id))
        net.save(lane)
        net.crash(lane)
    assert any(net.works[lane].rebuilding for lane in net.lanes), "it is remembered"
    for raw in lines:
        net.produce("reviews", crc32(raw) % 2, [raw])
    net.settle()
    for lane in net.lanes:
        net.works[lane].end_rebuild()
        net.save(lane)
    net.settle()
    published_again = {a.case_id: a for a in net.alerts()}
    assert published_again["stale"].status == "withdrawn"
    assert published_again["stale"].revision == 8
    still = {a.case_id: a for a in old.alerts()} | published_again
    assert content(still.values()) == content(old.alerts())
    assert not any(work.rebuilding for work in net.works.values())


def test_keys_that_wait_to_be_judged_outlive_a_takeover() -> None:
    net = Net(plan(TOPOLOGY, {"reviews": 1}, 1))
    lane = Lane(1, 0)
    lines = [raw for _, raw in world(1, 400, 400)]
    net.produce("reviews", 0, lines)
    while net.read(lane, 50):
        net.save(lane, 0)
    assert net.works[lane].unjudged
    assert net.works[lane].unsaved
    assert not net.alerts()
    net.crash(lane)
    assert net.works[lane].unjudged
    net.settle()
    assert content(net.alerts()) == content(replay(TOPOLOGY, lines).cases.latest())


def test_what_leads_to_no_case_is_not_kept() -> None:
    class Half(Crowds):
        """Says of writers what nobody judges."""

        @property
        def judges(self) -> tuple[Judge, ...]:
            return tuple(judge for judge in super().judges if judge.keyspace.name != "writer")

    net = Net(plan(Topology([Half()]), {"reviews": 2}, 2))
    for raw in (raw for _, raw in world(1, 400, 400)):
        net.produce("reviews", crc32(raw) % 2, [raw])
    net.settle()
    names = {
        msgspec.msgpack.decode(key)[0] for n in range(2) for key in net.latest(Slot("g-state", n))
    }
    assert "product" in names
    assert "writer" not in names
