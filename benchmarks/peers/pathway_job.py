"""Pathway: `python pathway_job.py SERVERS TOPIC NAME FOLDER`, in its own environment.

Its input and the offsets are persisted on the local disk each second, and read again after a crash;
to persist operators' state instead takes a licence key. Without one outputs are at least once.
Decoding, grouping and output run in its Rust engine. It ends at the end of the topic.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pathway as pw

SECOND_MS = 1_000


class Review(pw.Schema):
    """What the job needs of an event."""

    product_id: str
    rating: int


def main(servers: str, topic: str, name: str, folder: str) -> None:
    """Count and sum the ratings of each product; changes of totals go to `totals.jsonl`."""
    kafka = {"bootstrap.servers": servers, "group.id": name, "auto.offset.reset": "earliest"}
    reviews = pw.io.kafka.read(
        kafka,
        topic,
        schema=Review,
        format="json",
        mode="static",
        autocommit_duration_ms=SECOND_MS,
        name="reviews",
    )
    totals = reviews.groupby(pw.this.product_id).reduce(
        pw.this.product_id, number=pw.reducers.count(), stars=pw.reducers.sum(pw.this.rating)
    )
    pw.io.jsonlines.write(totals, Path(folder) / "totals.jsonl")
    pw.run(
        monitoring_level=pw.MonitoringLevel.NONE,
        persistence_config=pw.persistence.Config(
            pw.persistence.Backend.filesystem(Path(folder) / "state"),
            snapshot_interval_ms=SECOND_MS,
        ),
    )


if __name__ == "__main__":
    main(*sys.argv[1:5])
