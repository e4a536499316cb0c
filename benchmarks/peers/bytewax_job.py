"""Bytewax: `python bytewax_job.py SERVERS TOPIC NAME FOLDER [--totals]`, in its own environment.

State and offsets of each second are snapshots of one epoch in a SQLite file on the local disk:
state is exactly once, as long as that disk is there; outputs are at least once. It ends at the end
of the topic. `--totals` prints the state of the last snapshot instead.
"""

from __future__ import annotations

import json
import pickle
import sqlite3
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import orjson
from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

BATCH = 5_000
Total = tuple[int, int]


class _NowherePartition(StatelessSinkPartition[object]):
    def write_batch(self, items: list[object]) -> None:
        pass


class Nowhere(DynamicSink[object]):
    """What is counted stays in the state; a dataflow must have a sink."""

    def build(self, *_: object) -> _NowherePartition:
        """One for the worker."""
        return _NowherePartition()


def read(batch: list[KafkaSourceMessage]) -> Iterable[tuple[str, int]]:
    """Product and rating of each record."""
    for message in batch:
        event = orjson.loads(message.value)
        yield event["product_id"], event["rating"]


def count(total: Total | None, rating: int) -> tuple[Total, Iterable[None]]:
    """Add a rating; nothing follows."""
    number, stars = total or (0, 0)
    return (number + 1, stars + rating), ()


def flow(servers: str, topic: str) -> Dataflow:
    """Count and sum the ratings of each product."""
    found = Dataflow("totals")
    source = KafkaSource(servers.split(","), [topic], tail=False, batch_size=BATCH)
    ratings = op.flat_map_batch("read", op.input("reviews", found, source), read)
    op.output("nowhere", op.stateful_flat_map("count", ratings, count), Nowhere())
    return found


def totals(folder: Path) -> dict[str, Total]:
    """The latest state of each key."""
    found: dict[str, Total] = {}
    for file in folder.glob("part-*.sqlite3"):
        with sqlite3.connect(file) as store:
            rows = store.execute(
                "SELECT state_key, ser_change FROM snaps WHERE step_id LIKE '%count%' "
                "ORDER BY snap_epoch"
            )
            # Our own file, written a moment ago by the process above.
            found |= {key: pickle.loads(raw) for key, raw in rows if raw}  # noqa: S301
    return found


def main(servers: str, topic: str, _: str, folder: str, *options: str) -> None:
    """Run to the end of the topic."""
    if options:
        print(json.dumps(totals(Path(folder))))
        return
    init_db_dir(Path(folder), 1)
    second = timedelta(seconds=1)
    cli_main(flow(servers, topic), epoch_interval=second, recovery_config=RecoveryConfig(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
