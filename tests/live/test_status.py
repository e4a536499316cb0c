"""The lag counts records; it is 0 when, and only when, nothing is left to do."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from pipeline.live import notes
from tests.live.conftest import MakeFleet
from tests.live.fleet import Fleet

NOW = datetime(2025, 5, 5, tzinfo=UTC)

pytestmark = pytest.mark.kafka


async def transact(fleet: Fleet, *, until: str, offset: int | None = None) -> None:
    """Write one record to each of `deltas` and `alerts`, and commit an offset of `reviews`."""
    names, group = fleet.config.topics, fleet.config.topics.actual(fleet.config.live.group)
    producer = AIOKafkaProducer(
        bootstrap_servers=fleet.kafka, transactional_id=f"{group}-test", acks="all"
    )
    await producer.start()
    try:
        await producer.begin_transaction()
        for topic in (f"{fleet.config.live.group}-deltas", "alerts"):
            await producer.send_and_wait(names.actual(topic), b"v", key=b"k", partition=0)
        if offset is not None:
            position = {
                TopicPartition(names.actual("reviews"), 0): OffsetAndMetadata(offset, "2025")
            }
            await producer.send_offsets_to_transaction(position, group)
        if until == "commit":
            await producer.commit_transaction()
        else:
            found = fleet.status()
            assert found.topics[names.actual("alerts")] == 1, "written, but nobody sees it"
            await producer.abort_transaction()
    finally:
        await producer.stop()


async def commit(fleet: Fleet, topic: str, offset: int, note: str = "") -> None:
    group = fleet.config.topics.actual(fleet.config.live.group)
    # With automatic commits, stopping would commit the same offset again, without the note.
    consumer = AIOKafkaConsumer(
        bootstrap_servers=fleet.kafka, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    partition = TopicPartition(fleet.config.topics.actual(topic), 0)
    consumer.assign([partition])
    await consumer.commit({partition: OffsetAndMetadata(offset, note)})
    await consumer.stop()


def test_lag_before_any_worker_is_every_record(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    fleet.create_topics(3)
    assert fleet.status().lag == 0
    fleet.produce([("reviews", b"%d" % n) for n in range(70)] + [("votes", b"1")])
    found = fleet.status()
    assert found.lag == 71
    assert found.topics[fleet.config.topics.actual("reviews")] == 70
    assert found.state in ("Dead", "Empty")
    assert found.last_checkpoint is None


def test_markers_and_aborted_records_are_no_lag(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    fleet.create_topics(1)
    deltas = fleet.config.topics.actual("starwatch-deltas")
    asyncio.run(transact(fleet, until="commit"))
    assert fleet.status().topics[deltas] == 1, "the record, not its marker"
    asyncio.run(commit(fleet, "starwatch-deltas", 1))
    asyncio.run(transact(fleet, until="abort"))
    found = fleet.status()
    assert found.lag == 0
    assert found.topics[deltas] == 0


def test_what_is_not_yet_committed_is_lag(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    fleet.create_topics(1)
    asyncio.run(transact(fleet, until="abort"))
    assert fleet.status().topics[fleet.config.topics.actual("alerts")] == 0


def test_the_last_checkpoint_is_told(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    fleet.create_topics(1)
    fleet.produce([("reviews", b"1"), ("reviews", b"2")])
    asyncio.run(transact(fleet, until="commit", offset=1))
    found = fleet.status()
    assert found.last_checkpoint == "2025"
    assert found.topics[fleet.config.topics.actual("reviews")] == 1


def test_keys_that_wait_to_be_judged_are_lag(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    fleet.create_topics(1)
    asyncio.run(commit(fleet, "starwatch-deltas", 0, notes.write(NOW, is_judged=False)))
    found = fleet.status()
    assert found.lag == 1
    assert found.last_checkpoint == "2025-05-05T00:00:00.000+00:00"
    asyncio.run(commit(fleet, "starwatch-deltas", 0, notes.write(NOW, is_judged=True)))
    assert fleet.status().lag == 0
