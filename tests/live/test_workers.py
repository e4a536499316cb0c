"""Workers against a real Kafka: what comes out is what a replay gives, whatever happens to them."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import time
from pathlib import Path

import msgspec
import pytest

from detectors.api import DAY
from pipeline import broker
from pipeline.live.ledger import delete_read
from pipeline.live.plan import Slot
from pipeline.topology import Topology
from tests.engine.cluster import content, replay
from tests.engine.toys import Crowds
from tests.live.conftest import MakeFleet
from tests.live.fleet import START, Fleet, disturbed, world

pytestmark = pytest.mark.kafka

TOPOLOGY = Topology([Crowds()])
SIZE = 40_000


def expected(events: list[tuple[int, str, bytes]]) -> dict[str, str]:
    cases = content(replay(TOPOLOGY, [raw for _, _, raw in events]).cases.latest())
    assert len(cases) > 20, "the comparison compares something"
    return cases


def assert_as_replayed(fleet: Fleet, cases: dict[str, str]) -> None:
    found = content(fleet.alerts())
    assert found.keys() == cases.keys()
    assert found == cases


def test_killed_joined_and_stalled_workers_lose_and_double_nothing(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(session_seconds=6.0)
    fleet.create_topics(4, accounts=2)
    events = world(1, SIZE, 300)
    records = disturbed(events, 1)
    bad = [("reviews", b'{"n": %d' % n + b" " * (n == 7) * 1_000_000) for n in range(50)]
    step = len(records) // len(bad)
    for n, one in enumerate(bad):
        records.insert(n * step, one)
    fleet.produce(records)
    assert fleet.status().lag == len(records), "before the first worker everything is lag"

    first, second = fleet.start(), fleet.start()
    fleet.wait_for_lag(len(records) * 3 // 4)
    first.kill()
    third = fleet.start()
    fleet.wait_for_lag(len(records) // 2)
    second.send_signal(signal.SIGSTOP)  # the others take over ...
    time.sleep(12)
    second.send_signal(signal.SIGCONT)  # ... and it wakes up as a zombie
    fleet.start()
    fleet.wait_for_lag(0)
    assert_as_replayed(fleet, expected(events))

    time.sleep(2)
    fleet.wait_for_lag(0, timeout=30)  # watermarks may still be told from stage to stage
    assert_as_replayed(fleet, expected(events))
    letters = [json.loads(letter) for letter in fleet.records("dead-letters")]
    assert {letter["reason"] for letter in letters} == {"not_json"}
    sources = {(letter["source"]["partition"], letter["source"]["offset"]) for letter in letters}
    assert len(letters) == len(sources) == len(bad)
    assert sorted(letter["payload"].encode() for letter in letters) == sorted(raw for _, raw in bad)
    assert fleet.leave(third) == 0
    assert "Traceback" not in fleet.logs()


def test_a_worker_leaves_cleanly_and_goes_on_later(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    fleet.create_topics(2)
    events = world(2, SIZE // 2, 200)
    records = disturbed(events, 2)
    fleet.produce(records)
    worker = fleet.start()
    fleet.wait_for_lag(len(records) // 2)
    begun = time.monotonic()
    assert fleet.leave(worker) == 0
    assert time.monotonic() - begun < 10
    left = fleet.status()
    assert 0 < left.lag < len(records)
    assert left.workers == []

    fleet.start()
    assert fleet.wait_for_lag(0).last_checkpoint is not None
    assert_as_replayed(fleet, expected(events))


def test_a_stream_is_followed_and_revisions_grow(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    fleet.create_topics(2)
    events = world(3, 6_000, 120)
    fleet.start()
    for i in range(0, len(events), 1_500):
        fleet.produce((topic, raw) for _, topic, raw in events[i : i + 1_500])
        fleet.wait_for_lag(0)
    assert_as_replayed(fleet, expected(events))
    revisions: dict[str, int] = {}
    for raw in fleet.records("alerts"):
        alert = json.loads(raw)
        assert alert["revision"] == revisions.get(alert["case_id"], 0) + 1
        revisions[alert["case_id"]] = alert["revision"]
    assert max(revisions.values()) > 1


def test_a_broker_that_goes_away_is_waited_for(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kafka = broker.start(port=port, data_dir=tmp_path / "kafka")
    fleet = Fleet(kafka.bootstrap_servers, tmp_path, "", session_seconds=6.0)
    try:
        fleet.create_topics(2)
        events = world(5, SIZE // 2, 200)
        records = disturbed(events, 5)
        fleet.produce(records)
        fleet.start()
        fleet.start()
        fleet.wait_for_lag(len(records) * 3 // 4)
        broker.stop(kafka)
        time.sleep(8)
        kafka = broker.start(port=port, data_dir=tmp_path / "kafka")
        fleet.wait_for_lag(0)
        assert_as_replayed(fleet, expected(events))
        assert len(fleet.status().workers) == 2
        assert "Traceback" not in fleet.logs()
    finally:
        fleet.stop()
        broker.stop(kafka)


def test_another_group_builds_everything_again_under_the_published_cases(
    make_fleet: MakeFleet,
) -> None:
    fleet = make_fleet()
    fleet.create_topics(2)
    events = world(6, SIZE // 4, 150)
    fleet.produce((topic, raw) for _, topic, raw in events)
    worker = fleet.start()
    fleet.wait_for_lag(0)
    fleet.leave(worker)
    before = {alert.case_id: alert for alert in fleet.alerts()}
    assert content(before.values()) == expected(events)
    stale = msgspec.structs.replace(next(iter(before.values())), case_id="stale", revision=41)
    fleet.produce([("alerts", msgspec.json.encode(stale), b"stale")])

    again = fleet.in_group("again")
    worker = again.start()
    deadline = time.monotonic() + 60
    while (found := {a.case_id: a for a in again.alerts()})["stale"].status == "open":
        assert time.monotonic() < deadline, again.logs()
        time.sleep(0.5)
    assert found.pop("stale").revision == 42
    assert content(found.values()) == content(before.values())
    # A case that is only ever open half-way may be there as withdrawn in one run alone.
    assert all(found[case].revision >= alert.revision for case, alert in before.items())
    again.leave(worker)
    again.stop()


def test_topics_may_get_more_partitions(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    fleet.create_topics(2)
    events = world(7, SIZE // 4, 150)
    first, rest = events[: len(events) // 2], events[len(events) // 2 :]
    fleet.produce([("reviews", b"{"), *((topic, raw) for _, topic, raw in first)])
    worker = fleet.start()
    fleet.wait_for_lag(0)
    fleet.leave(worker)

    fleet.add_partitions("reviews", 3)
    worker = fleet.start()
    fleet.produce((topic, raw) for _, topic, raw in rest)
    fleet.wait_for_lag(0)
    assert_as_replayed(fleet, expected(events))
    assert len(list(fleet.records("dead-letters"))) == 1, "nothing was read twice"


def test_what_lanes_have_read_of_each_other_is_deleted(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    fleet.create_topics(1)
    fleet.produce([("reviews", b"1"), ("reviews", b"2"), ("reviews", b"3")])
    reviews = Slot(fleet.config.topics.actual("reviews"), 0)
    asyncio.run(delete_read([fleet.kafka], {reviews: 2}))
    assert list(fleet.records("reviews")) == [b"3"]


def test_a_worker_says_what_is_missing(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    worker = fleet.start()
    assert worker.wait(30) == 1
    (line,) = fleet.logs().splitlines()
    assert "starwatch topics create" in line
    assert fleet.config.topics.actual("reviews") in line


def test_a_late_event_is_dead_lettered_as_in_its_partition(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    fleet.create_topics(1)
    events = world(4, 500, 60)
    fleet.produce((topic, raw) for _, topic, raw in events)
    fleet.start()
    fleet.wait_for_lag(0)
    late = {"event_id": "late", "type": "account.registered", "account_id": "a", "role": "buyer"}
    occurred = "2023-11-15T00:00:00Z"
    fleet.produce(
        [
            ("accounts", json.dumps(late | {"occurred_at": occurred}).encode()),
            ("votes", json.dumps(late | {"event_id": "f", "occurred_at": occurred}).encode()),
        ]
    )
    fleet.wait_for_lag(0)
    letters = [json.loads(letter) for letter in fleet.records("dead-letters")]
    assert [letter["reason"] for letter in letters] == ["late"]
    assert START < START + 60 * DAY


def test_who_joins_takes_lanes_and_the_others_keep_theirs(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(checkpoint_seconds=0.2)
    fleet.create_topics(4)
    events = world(8, 4_000, 100)
    half = len(events) // 2
    fleet.produce((topic, raw) for _, topic, raw in events[:half])
    fleet.start()
    fleet.wait_for_lag(0)
    fleet.start()
    deadline = time.monotonic() + 60
    while sorted(worker.partitions for worker in fleet.status().workers) != [14, 14]:
        assert time.monotonic() < deadline, f"{fleet.status()}\n{fleet.logs()}"
        time.sleep(0.2)
    fleet.produce((topic, raw) for _, topic, raw in events[half:])
    fleet.wait_for_lag(0)
    assert_as_replayed(fleet, expected(events))
    first, second = (fleet.log_of(n) for n in (0, 1))
    assert first.count(": restored ") == 4, "what came back to it was not restored again"
    assert second.count(": restored ") == 2


def test_state_on_disk_goes_with_its_worker_and_changes_no_case(
    make_fleet: MakeFleet, tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    fleet = make_fleet(session_seconds=6.0, state="disk", hot_keys=20, folder=str(folder))
    fleet.create_topics(2)
    events = world(5, 6_000, 200)
    fleet.produce(disturbed(events, 5)[:3_000])
    first = fleet.start()
    fleet.wait_for_lag(0)
    assert list(folder.glob("*/state-*/*.log")), "state is there"
    first.kill()
    first.wait()
    (left,) = folder.iterdir()
    fleet.produce(disturbed(events, 5)[3_000:])
    second = fleet.start()
    fleet.wait_for_lag(0)
    assert not left.exists(), "what a killed worker leaves goes with the next one's start"
    assert_as_replayed(fleet, expected(events))
    assert fleet.leave(second) == 0
    assert not list(folder.iterdir())
