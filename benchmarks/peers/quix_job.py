"""Quix Streams: `python quix_job.py SERVERS TOPIC NAME FOLDER GUARANTEE`, in its own environment.

State in RocksDB with a changelog topic. `exactly-once` commits changelog and offsets in one
transaction a second, `at-least-once` one after the other.
"""

from __future__ import annotations

import sys
from typing import Any

import orjson
from quixstreams import Application, State


def count(event: dict[str, Any], state: State) -> None:
    """Count and sum the ratings of the product that is the record's key."""
    number, stars = state.get("total", (0, 0))
    state.set("total", (number + 1, stars + event["rating"]))


def main(servers: str, topic: str, name: str, folder: str, guarantee: str) -> None:
    """Run until SIGTERM."""
    app = Application(
        broker_address=servers,
        consumer_group=name,
        state_dir=folder,
        processing_guarantee=guarantee,
        auto_offset_reset="earliest",
        commit_interval=1.0,
        loglevel="WARNING",
    )
    reviews = app.topic(topic, value_deserializer="bytes")
    app.dataframe(reviews).apply(orjson.loads).update(count, stateful=True)
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:6])
