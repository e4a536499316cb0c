"""Producing event files into a real Kafka."""

from __future__ import annotations

import gzip
import json
import random
import signal
import subprocess
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kafka.consumer.fetcher import ConsumerRecord

from pipeline.kafka import reading
from pipeline.kafka.clients import consumer
from pipeline.kafka.layout import TopicNames
from pipeline.kafka.produce import KEY_FIELDS
from schemas.events import RECORD_BYTES

from .conftest import STARWATCH, Starwatch

START = datetime(2019, 5, 1, tzinfo=UTC)
BAD = {
    "reviews": [b"hello", b'{"type": "review.posted"', b"\xff\xfe", b"[]", b'{"rating": 9} '],
    "votes": [b"\x00\x01", b"{" * 5_000, b'"text"', b'{"type": "vote.cast", "event_id": ""}'],
}


def event(kind: str, i: int, at: datetime, **fields: Any) -> dict[str, Any]:
    return {"event_id": f"{kind}-{i}", "type": kind, "occurred_at": at.isoformat(), **fields}


def review(i: int, at: datetime, product: str = "p1", **more: Any) -> dict[str, Any]:
    ids = {"review_id": f"r{i}", "product_id": product, "reviewer_id": "a1", "rating": 5}
    return event("review.posted", i, at, **ids, **more)


def vote(i: int, at: datetime, product: str = "p1") -> dict[str, Any]:
    ids = {"review_id": f"r{i}", "product_id": product, "voter_id": "a2"}
    return event("vote.cast", i, at, **ids, vote="helpful")


def lines(*values: dict[str, Any] | bytes) -> bytes:
    return b"".join((v if isinstance(v, bytes) else json.dumps(v).encode()) + b"\n" for v in values)


def records(kafka: str, topic: str) -> list[ConsumerRecord]:
    """All records of a topic, partition by partition, each in its order."""
    with consumer(kafka) as client:
        found = list(reading.to_the_end(client, reading.assign(client, topic)))
    return sorted(found, key=lambda r: (r.partition, r.offset))


def values(kafka: str, names: TopicNames, topic: str) -> list[bytes]:
    return [r.value for r in records(kafka, names.actual(topic))]


def test_a_folder_goes_to_the_topics_by_type_and_bad_lines_by_file(
    kafka: str, created: TopicNames, starwatch: Starwatch, tmp_path: Path
) -> None:
    rnd = random.Random(3)
    at = [START + timedelta(minutes=i) for i in range(3_000)]
    reviews = [review(i, t, f"p{rnd.randrange(40)}", text="Så bra! " * 9) for i, t in enumerate(at)]
    votes = [vote(i, t, f"p{rnd.randrange(40)}") for i, t in enumerate(at)]
    strays = [vote(-i, at[i], "p1") for i in range(1, 50)]  # votes in the file of reviews
    world = tmp_path / "world"
    world.mkdir()
    in_reviews: list[dict[str, Any] | bytes] = [*reviews, *strays, *BAD["reviews"], b"", b" \t"]
    rnd.shuffle(in_reviews)
    (world / "reviews.jsonl").write_bytes(lines(*in_reviews).replace(b"\n", b"\r\n"))
    (world / "votes.jsonl.gz").write_bytes(gzip.compress(lines(*votes, *BAD["votes"])))
    (world / "truth.jsonl").write_bytes(lines(review(9_999, START)))

    done = starwatch("produce", world)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "Produced 6,058 lines" in done.stderr
    assert "9 of them cannot be read" in done.stderr
    expected = {
        "reviews": [*map(lines, reviews), *(b + b"\n" for b in BAD["reviews"])],
        "votes": [*map(lines, votes + strays), *(b + b"\n" for b in BAD["votes"])],
    }
    for topic, want in expected.items():
        found = records(kafka, created.actual(topic))
        assert sorted(r.value + b"\n" for r in found) == sorted(want)
        assert len({r.partition for r in found}) == 3
        partitions_of = defaultdict(set)
        for r in found:
            if r.value in BAD[topic]:
                assert r.key is None
                continue
            value = json.loads(r.value)
            assert r.key.decode() == value[KEY_FIELDS[topic]]
            partitions_of[r.key].add(r.partition)
            occurred = datetime.fromisoformat(value["occurred_at"])
            assert r.timestamp == occurred.timestamp() * 1000
        assert all(len(partitions) == 1 for partitions in partitions_of.values())
    assert values(kafka, created, "orders") == []


def test_events_of_one_key_keep_the_files_order(
    kafka: str, created: TopicNames, starwatch: Starwatch, tmp_path: Path
) -> None:
    rnd = random.Random(5)
    path = tmp_path / "reviews.jsonl"
    path.write_bytes(
        lines(*(review(i, START, f"p{rnd.randrange(9)}") for i in range(30_000)))  # several waves
    )
    assert starwatch("produce", path).returncode == 0
    order = defaultdict(list)
    for r in records(kafka, created.actual("reviews")):
        order[r.key].append(int(json.loads(r.value)["review_id"][1:]))
    assert sum(map(len, order.values())) == 30_000
    assert all(found == sorted(found) for found in order.values())


def test_files_are_interleaved_by_event_time(
    kafka: str, created: TopicNames, starwatch: Starwatch, tmp_path: Path
) -> None:
    """Two files into one topic show the order in which they were read."""
    for name, first in (("a.jsonl", 0), ("b.jsonl", 1)):
        days = range(first, 400, 2)
        tmp_path.joinpath(name).write_bytes(
            lines(*(review(d, START + timedelta(days=d)) for d in days))
        )
    assert starwatch("produce", tmp_path / "b.jsonl", tmp_path / "a.jsonl").returncode == 0
    found = [int(json.loads(v)["review_id"][1:]) for v in values(kafka, created, "reviews")]
    assert sorted(found) == list(range(400))
    assert max(abs(day - place) for place, day in enumerate(found)) <= 1


def test_timestamps_far_back_and_ahead(
    kafka: str, created: TopicNames, starwatch: Starwatch, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    times = {
        "1970-01-01T00:00:00.001Z": 1,
        "1931-07-04T00:00:00+02:00": 0,  # Kafka knows no time before 1970
        "0001-01-01T00:00:00+00:00": 0,
        "2019-02-28T23:59:59.999999+01:00": 1551394799999,
        (now + timedelta(minutes=30)).isoformat(): None,
        "2099-01-01T00:00:00Z": None,
        "9999-12-31T23:59:59Z": None,
    }
    path = tmp_path / "reviews.jsonl"
    path.write_bytes(
        lines(*(review(i, START) | {"occurred_at": t} for i, t in enumerate(times)), b"?")
    )
    assert starwatch("produce", path).returncode == 0
    found = {r.value: r.timestamp for r in records(kafka, created.actual("reviews"))}
    for value, timestamp in found.items():
        expected = None if value == b"?" else times[json.loads(value)["occurred_at"]]
        if expected is None:
            assert abs(timestamp / 1000 - now.timestamp()) < 60
        else:
            assert timestamp == expected
    assert len(found) == len(times) + 1


def test_a_line_too_long_is_named_and_left_out_the_longest_that_fits_is_not(
    kafka: str, created: TopicNames, starwatch: Starwatch, tmp_path: Path
) -> None:
    longest = review(1, START, x="")
    longest["x"] = "x" * (RECORD_BYTES - len(lines(longest)) + 1)
    huge = review(2, START, x="y" * (5 << 20))
    path = tmp_path / "reviews.jsonl"
    path.write_bytes(
        lines(review(0, START), b"", longest, huge, b"z" * (9 << 20), review(3, START))
    )
    done = starwatch("produce", path)
    assert done.returncode == 0
    assert sorted(map(len, values(kafka, created, "reviews")))[-1] == RECORD_BYTES
    assert len(values(kafka, created, "reviews")) == 3
    size = len(lines(huge)) - 1
    assert f"{path}, line 4: {size:,} bytes are too long for the broker; left out." in done.stderr
    assert f"{path}, line 5: {9 << 20:,} bytes are too long" in done.stderr
    assert "2 more were too long for the broker" in done.stderr


def test_unreadable_lines_of_a_file_with_another_name_are_told(
    kafka: str, created: TopicNames, starwatch: Starwatch, tmp_path: Path
) -> None:
    path = tmp_path / "export-2019.jsonl"
    path.write_bytes(lines(vote(1, START), b"?", b"!"))
    done = starwatch("produce", path)
    assert done.returncode == 0
    assert f"{path}: 2 lines cannot be read" in done.stderr
    assert f"they went to {created.actual('reviews')}" in done.stderr
    assert sorted(values(kafka, created, "reviews")) == [b"!", b"?"]
    assert len(values(kafka, created, "votes")) == 1


def test_what_was_read_before_the_damage_is_there(
    kafka: str, created: TopicNames, starwatch: Starwatch, tmp_path: Path
) -> None:
    rnd = random.Random(1)
    many = [review(i, START, text=rnd.randbytes(60).hex()) for i in range(9_000)]
    path = tmp_path / "reviews.jsonl.gz"
    path.write_bytes(gzip.compress(lines(*many))[:-400_000])
    done = starwatch("produce", path)
    assert done.returncode == 1
    (message,) = done.stderr.splitlines()
    read = int(message.partition("cannot be read beyond line ")[2].partition(":")[0])
    assert 100 < read < 9_000
    assert len(values(kafka, created, "reviews")) in (read, read - 1)  # the last one may be cut


def test_missing_topics_and_paths(starwatch: Starwatch, names: TopicNames, tmp_path: Path) -> None:
    path = tmp_path / "reviews.jsonl"
    path.write_bytes(lines(review(1, START)))
    done = starwatch("produce", path)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"has no topic {names.actual('reviews')}. Run `starwatch topics create`" in done.stderr
    done = starwatch("produce", tmp_path / "gone")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "gone: no such file or folder" in done.stderr


def test_no_broker_is_one_line_soon(starwatch: Starwatch, tmp_path: Path) -> None:
    (tmp_path / "reviews.jsonl").write_bytes(lines(review(1, START)))
    begun = time.monotonic()
    done = starwatch("produce", tmp_path, "--bootstrap-servers", "127.0.0.1:1")
    assert time.monotonic() - begun < 15
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "No Kafka answers at 127.0.0.1:1. Start one with `starwatch kafka start`" in done.stderr


def test_ctrl_c_ends_it_cleanly(
    kafka: str, created: TopicNames, environment: dict[str, str], tmp_path: Path
) -> None:
    one = lines(review(1, START))
    (tmp_path / "reviews.jsonl").write_bytes(one * 2_000_000)
    process = subprocess.Popen(
        [*STARWATCH, "produce", "reviews.jsonl"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not values(kafka, created, "reviews") and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert stderr.startswith("Stopped: Produced ")
    assert stderr.count("\n") == 1
    said = int(stderr.split()[2].replace(",", ""))
    assert 0 < said <= len(values(kafka, created, "reviews")) < 2_000_000


@pytest.mark.parametrize("address", ["nonsense", "host:port", "127.0.0.1:99999", ""])
def test_an_address_that_is_none(starwatch: Starwatch, tmp_path: Path, address: str) -> None:
    (tmp_path / "reviews.jsonl").write_bytes(b"?\n")
    done = starwatch("produce", tmp_path, "--bootstrap-servers", address)
    assert done.returncode == 1
    assert f"{address!r} is no address: write host:port" in done.stderr
