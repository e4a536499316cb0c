"""The prepared topics: reviews of products, keyed by product, and the true totals.

A topic has the first events of one seeded sequence: ids are unique, event times rise, products are
drawn evenly, texts are random words. The partition is the key's CRC-32, as librdkafka's default and
`starwatch produce` have it, so that no engine has to move events to where their keys live.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zlib import crc32

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from pipeline.kafka import topics
from pipeline.kafka.layout import Topic

PARTITIONS = 4
PRODUCTS = 20_000
_SEED = 1
_START = datetime(2025, 1, 1, tzinfo=UTC)
_PACE = timedelta(seconds=30)
_WORDS = 12
_BATCH_BYTES = 512 << 10

Totals = dict[str, tuple[int, int]]
"""How many ratings each product has, and their sum."""


def events() -> Iterator[tuple[datetime, str, int, bytes]]:
    """Event time, product, rating and record of each event, without end."""
    r = random.Random(_SEED)
    vocabulary = ["".join(r.choices("abdefgiklmnoprstuv", k=r.randint(2, 9))) for _ in range(2_000)]
    at, number = _START, 0
    while True:
        product, rating = f"p{r.randrange(PRODUCTS):05d}", r.randint(1, 5)
        event = {
            "type": "review.posted",
            "event_id": f"e{number:09d}",
            "occurred_at": at.isoformat(),
            "review_id": f"r{number:09d}",
            "product_id": product,
            "reviewer_id": f"a{r.randrange(5 * PRODUCTS):06d}",
            "rating": rating,
            "text": " ".join(r.choices(vocabulary, k=_WORDS)),
            "verified_purchase": True,
        }
        yield at, product, rating, json.dumps(event).encode()
        at, number = at + _PACE, number + 1


def prepare(bootstrap_servers: str, topic: str, count: int) -> Totals:
    """Make a topic with the first `count` events; the true totals."""
    settings = {"retention.ms": "-1", "segment.ms": str(1 << 40)}
    topics.create(bootstrap_servers, [Topic(topic, PARTITIONS, 1, settings)])
    return asyncio.run(_fill(bootstrap_servers, topic, count))


async def _fill(bootstrap_servers: str, topic: str, count: int) -> Totals:
    totals: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    async with AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all") as producer:
        batches = [_batch() for _ in range(PARTITIONS)]

        async def send(partition: int) -> None:
            full, batches[partition] = batches[partition], _batch()
            full.close()
            await (await producer.send_batch(full, topic, partition=partition))

        for at, product, rating, raw in islice(events(), count):
            number, stars = totals[product]
            totals[product] = number + 1, stars + rating
            key, ms = product.encode(), int(at.timestamp() * 1_000)
            partition = crc32(key) % PARTITIONS
            if batches[partition].append(key=key, value=raw, timestamp=ms) is None:
                await send(partition)
                batches[partition].append(key=key, value=raw, timestamp=ms)
        for partition, batch in enumerate(batches):
            if batch.record_count():
                await send(partition)
    return dict(totals)


def _batch() -> BatchBuilder:
    return BatchBuilder(
        _BATCH_BYTES, 0, is_transactional=False, key_serializer=None, value_serializer=None
    )


def differences(found: Totals, truth: Totals) -> int:
    """How many products have another total than the true one."""
    return sum(found.get(key) != truth.get(key) for key in found.keys() | truth.keys())
