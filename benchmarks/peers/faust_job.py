"""Stock Faust: `python faust_job.py SERVERS TOPIC NAME FOLDER`, in Faust's own environment.

A Table in memory whose every write goes to a changelog topic. At least once: offsets are committed
each second, apart from the changelog, so that events since then are counted twice after a crash.
Faust's `exactly_once` does not work in this version.
"""

from __future__ import annotations

import sys

import faust
import orjson

PARTITIONS = 4


def app(servers: str, topic: str, name: str, folder: str) -> faust.App:
    """Count and sum the ratings of each product."""
    found = faust.App(
        name,
        broker=[f"kafka://{server}" for server in servers.split(",")],
        store="memory://",
        datadir=folder,
        topic_partitions=PARTITIONS,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=1.0,
        broker_max_poll_records=4_000,
        stream_wait_empty=False,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    totals = found.Table("totals", key_type=bytes, value_type=bytes, partitions=PARTITIONS)
    reviews = found.topic(topic, key_type=bytes, value_type=bytes, value_serializer="raw")

    @found.agent(reviews)
    async def count(stream: faust.StreamT[bytes]) -> None:
        async for raw in stream:
            event = orjson.loads(raw)
            key = event["product_id"].encode()
            before = totals.get(key)
            number, stars = orjson.loads(before) if before else (0, 0)
            totals[key] = orjson.dumps((number + 1, stars + event["rating"]))

    return found


if __name__ == "__main__":
    job = app(*sys.argv[1:5])
    sys.argv[1:] = ["worker", "-l", "warn", "--without-web"]
    job.main()
