"""What a transaction a checkpoint costs: `python -m benchmarks.transactions`.

Lanes make checkpoints of a given size twice a second, on a Kafka of its own, in turns: as
transactions (as workers do), and at least once (an idempotent producer; the position is written
when everything before it is acknowledged). Prints how long a checkpoint takes, and its CPU time of
client and broker.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import statistics
import time
from collections import Counter
from typing import Annotated

import psutil
import typer
from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from pipeline import broker
from pipeline.config import Config
from pipeline.kafka import topics
from pipeline.kafka.clients import servers
from pipeline.kafka.layout import layout
from pipeline.live import preflight
from pipeline.live.ledger import Batches, Ledger
from pipeline.live.plan import Lane, Plan, Slot
from pipeline.live.sources import Letters
from pipeline.live.topics import internal_topics
from pipeline.live.work import Checkpoint, Outputs

_RECORD_BYTES = 500
_PAUSE = 0.5  # as `[live] checkpoint_seconds`: a transaction at once after another has to wait


class AtLeastOnce(Ledger):
    """The same checkpoint without a transaction, and so without a fence: first what follows, then
    the position."""

    def __init__(self, bootstrap_servers: list[str], plan: Plan, lane: Lane) -> None:
        super().__init__(bootstrap_servers, plan, lane, lambda _: None)
        self._lanes = plan.internal.lanes
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap_servers, enable_idempotence=True, acks="all"
        )

    def _batch(self, slot: Slot) -> BatchBuilder:
        codec = 2 if slot.topic in self._compressed else 0
        return BatchBuilder(
            900_000, codec, is_transactional=False, key_serializer=None, value_serializer=None
        )

    async def commit(self, batches: Batches, _: Checkpoint) -> None:
        """Two rounds."""
        for is_last in (False, True):
            sent = [
                await self._producer.send_batch(batch, slot.topic, partition=slot.partition)
                for slot, batch in batches
                if (slot.topic == self._lanes) is is_last
            ]
            await asyncio.gather(*sent)


async def _measure(
    ledgers: list[Ledger], checkpoints: list[Checkpoint], seconds: float
) -> tuple[int, list[float]]:
    times: list[float] = []
    until = time.monotonic() + seconds

    async def run(ledger: Ledger, checkpoint: Checkpoint) -> None:
        while time.monotonic() < until:
            begun = time.monotonic()
            await ledger.commit(ledger.batches(checkpoint), checkpoint)
            times.append(time.monotonic() - begun)
            await asyncio.sleep(max(0.0, _PAUSE - times[-1]))

    await asyncio.gather(*map(run, ledgers, checkpoints))
    return len(times), times


def _checkpoint(plan: Plan, lane: Lane, size: int, r: random.Random) -> Checkpoint:
    """State of a lane, frames for every lane, a position."""
    internal = plan.internal
    records = [(r.randbytes(16), r.randbytes(_RECORD_BYTES)) for _ in range(size // _RECORD_BYTES)]
    frames: Outputs = {
        Slot(internal.deltas, n): [(None, r.randbytes(max(1, size // 4 // plan.partitions)))]
        for n in range(plan.partitions)
    }
    outputs: Outputs = {
        Slot(internal.state, lane.number): [*records],
        **frames,
        Slot(internal.lanes, lane.number): [(b"lane", r.randbytes(200))],
    }
    positions = {Slot(topic, lane.number): 1 for topic in plan.inputs}
    return Checkpoint(
        {s: rs for s, rs in outputs.items() if rs}, positions, True, Letters(), Counter()
    )


async def _run(address: str, broker_pid: int, lanes: int, seconds: float, rounds: int) -> None:
    config = Config()
    plan = preflight.plan(address, config, config.topology())
    client, kafka = psutil.Process(os.getpid()), psutil.Process(broker_pid)
    own = [Lane(lanes, n) for n in range(lanes)]
    ways: dict[str, list[Ledger]] = {
        "transactions": [Ledger(servers(address), plan, n, lambda _: None) for n in own],
        "at least once": [AtLeastOnce(servers(address), plan, n) for n in own],
    }
    for ledgers in ways.values():
        for ledger in ledgers:
            await ledger.open()
    print("| bytes | | median ms | p90 ms | CPU of client, ms | CPU of broker, ms |")
    print("|---|---|---|---|---|---|")
    for size in (0, 50_000, 500_000):
        checkpoints = [_checkpoint(plan, n, size, random.Random(n.number)) for n in own]
        seen: dict[str, list[tuple[float, ...]]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, ledgers in ways.items():
                before = _cpu(client), _cpu(kafka)
                count, times = await _measure(ledgers, checkpoints, seconds)
                cpus = [
                    (now - then) * 1e3 / count
                    for now, then in ((_cpu(client), before[0]), (_cpu(kafka), before[1]))
                ]
                q = statistics.quantiles(times, n=10)
                seen[way].append((q[4] * 1e3, q[8] * 1e3, *cpus))
        for way, rows in seen.items():
            middle = [statistics.median(column) for column in zip(*rows, strict=True)]
            print(f"| {size:,} | {way} | " + " | ".join(f"{value:.1f}" for value in middle) + " |")
    for ledgers in ways.values():
        for ledger in ledgers:
            await ledger.close()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def main(
    lanes: Annotated[int, typer.Option(min=1, help="How many at once.")] = 4,
    seconds: Annotated[float, typer.Option(help="Of each measurement.")] = 5,
    rounds: Annotated[int, typer.Option(min=1, help="Of which the median is given.")] = 3,
) -> None:
    """Measure."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of every wait
    config = Config()
    with broker.start(port=0, ephemeral=True) as kafka:
        internal = internal_topics(config.live.group)
        topics.create(kafka.bootstrap_servers, layout(config.topics, internal, partitions=lanes))
        asyncio.run(_run(kafka.bootstrap_servers, kafka.pid, lanes, seconds, rounds))


if __name__ == "__main__":
    typer.run(main)
