"""Reading alerts from a real Kafka: transactions, compaction, revisions, and what people see."""

from __future__ import annotations

import asyncio
import json
import select
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from pipeline.cli.alert_view import render, visible
from pipeline.kafka import alerts, reading, topics
from pipeline.kafka.clients import consumer
from pipeline.kafka.layout import Topic, TopicNames, layout
from schemas.alerts import Affected, Alert, Product, Subject

from .conftest import STARWATCH, Starwatch


def case(name: str, revision: int = 1, **fields: object) -> Alert:
    given: dict[str, object] = {
        "schema_version": 1,
        "case_id": name,
        "revision": revision,
        "status": "open",
        "clause": "vote_manipulation",
        "severity": "high",
        "score": 0.97,
        "marketplace": "amazon.se",
        "subject": Subject(type="seller", id="s1"),
        "sellers": ["s1"],
        "products": [Product(product_id="p1", url="https://www.amazon.se/dp/p1")],
        "reviews": ["r1", "r2"],
        "accounts": [],
        "messages": [],
        "affected": Affected(sellers=[], reviews=[], accounts=[]),
        "explanation": "Många klick på en gång.",
        "evidence": [],
        "first_event_at": "2025-01-01T00:00:00Z",
        "last_event_at": "2025-02-01T00:00:00Z",
        "detectors": [],
    }
    return Alert(**(given | fields))  # type: ignore[arg-type]


def encoded(alert: Alert) -> bytes:
    return msgspec.json.encode(alert)


async def send(producer: AIOKafkaProducer, topic: str, found: Iterable[Alert]) -> None:
    for alert in found:
        partition = sum(alert.case_id.encode()) % 3
        await producer.send(topic, encoded(alert), alert.case_id.encode(), partition)
    await producer.flush()


def nobody(problem: str) -> None:
    raise AssertionError(problem)


def export(kafka: str, topic: str) -> list[tuple[str, int]]:
    found = [json.loads(text) for text in alerts.latest(kafka, topic, nobody)]
    return [(a["case_id"], a["revision"]) for a in found]


def test_only_the_last_committed_revision_of_each_case_counts(
    kafka: str, created: TopicNames
) -> None:
    async def run() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=created.prefix)
        await producer.start()
        try:
            for revision in (1, 2, 3):
                async with producer.transaction():
                    await send(producer, topic, (case(f"c{i:02d}", revision) for i in range(40)))
            await producer.begin_transaction()
            await send(producer, topic, [case("c00", 4), case("aborted")])
            await producer.abort_transaction()
            ended = await asyncio.to_thread(export, kafka, topic)
            await producer.begin_transaction()
            await send(producer, topic, [case("c01", 4), case("undecided")])
            pending = await asyncio.to_thread(export, kafka, topic)
            await producer.commit_transaction()
            committed = await asyncio.to_thread(export, kafka, topic)
        finally:
            await producer.stop()
        expected = [(f"c{i:02d}", 3) for i in range(40)]
        assert ended == pending == expected
        assert committed == [("c00", 3), ("c01", 4), *expected[2:], ("undecided", 1)]

    topic = created.alerts
    asyncio.run(asyncio.wait_for(run(), 60))


def publish(kafka: str, topic: str, records: Iterable[tuple[bytes, bytes | None]]) -> None:
    async def run() -> None:
        async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
            for key, value in records:
                await producer.send(topic, value, key, partition=sum(key) % 3)

    asyncio.run(run())


def record(alert: Alert) -> tuple[bytes, bytes]:
    return alert.case_id.encode(), encoded(alert)


def test_compaction_changes_nothing(kafka: str, names: TopicNames) -> None:
    (as_laid_out,) = (t for t in layout(names, partitions=3) if t.name == names.alerts)
    eager = {"segment.ms": "200", "min.cleanable.dirty.ratio": "0.01", "segment.bytes": "1048576"}
    topics.create(kafka, [Topic(names.alerts, 3, 1, {**as_laid_out.settings, **eager})])
    revisions = [record(case(f"c{i}", r)) for r in range(1, 60) for i in range(5)]
    publish(kafka, names.alerts, revisions)
    deadline = time.monotonic() + 90
    while True:
        with consumer(kafka) as client:
            left = list(reading.to_the_end(client, reading.assign(client, names.alerts)))
        if len(left) < len(revisions) // 2:
            break
        assert time.monotonic() < deadline, "the broker has not compacted"
        time.sleep(1)
        # The newest segment is never compacted: a record in each partition begins another.
        publish(kafka, names.alerts, [record(case(f"c{i}", 60)) for i in range(3)])
    assert export(kafka, names.alerts) == [(f"c{i}", 60 if i < 3 else 59) for i in range(5)]


def test_an_empty_topic_a_tombstone_and_a_revision_out_of_order(
    kafka: str, created: TopicNames
) -> None:
    topic = created.alerts
    assert export(kafka, topic) == []
    publish(kafka, topic, [record(case("gone")), record(case("kept", 7)), record(case("kept", 6))])
    publish(kafka, topic, [(b"gone", None), (b"never", None)])
    assert export(kafka, topic) == [("kept", 7)]


def test_export_writes_lines_sorted_by_case_withdrawn_ones_too(
    kafka: str, created: TopicNames, starwatch: Starwatch, tmp_path: Path
) -> None:
    unknown_field = encoded(case("b"))[:-1] + b', "novel": {"a": [1.50, "\\u00e5"]}\n}'
    publish(
        kafka,
        created.alerts,
        [
            record(case("c", 2, status="withdrawn")),
            (b"b", unknown_field),
            record(case("a")),
            (b"x", b"not an alert"),
        ],
    )
    to_file = starwatch("alerts", "export", "--output", tmp_path / "out.jsonl")
    assert (to_file.returncode, to_file.stdout) == (0, "")
    assert "is no alert that this version knows, and is left out" in to_file.stderr
    assert "3 cases." in to_file.stderr
    text = (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    assert text == starwatch("alerts", "export").stdout
    found = [json.loads(line) for line in text.splitlines()]
    assert [a["case_id"] for a in found] == ["a", "b", "c"]
    assert found[1]["novel"] == {"a": [1.5, "å"]}
    assert found[2]["status"] == "withdrawn"


def test_export_says_what_is_missing(starwatch: Starwatch, created: TopicNames) -> None:
    nowhere = starwatch("alerts", "export", "--output", "/nonexistent/out.jsonl")
    assert (nowhere.returncode, nowhere.stderr.count("\n")) == (1, 1)
    assert "/nonexistent/out.jsonl: cannot be written" in nowhere.stderr


def test_export_without_the_topic(starwatch: Starwatch, names: TopicNames) -> None:
    done = starwatch("alerts", "export")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"no topic {names.alerts}. Run `starwatch topics create`" in done.stderr


def tail(
    environment: dict[str, str], folder: Path, expected: int, *options: str
) -> tuple[list[str], str, int]:
    """Follow until so many lines have come, then Ctrl-C: lines, stderr and exit status."""
    process = subprocess.Popen(
        [*STARWATCH, "alerts", "tail", *options],
        cwd=folder,
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    found = [process.stdout.readline() for _ in range(expected)]
    time.sleep(1)  # what should not come has time to come
    process.send_signal(signal.SIGINT)
    rest, stderr = process.communicate(timeout=20)
    return found + rest.splitlines(keepends=True), stderr, process.returncode


def test_tail_chooses_by_clause_and_status(
    kafka: str, created: TopicNames, environment: dict[str, str], tmp_path: Path
) -> None:
    ring = {"clause": "review_ring"}
    cases = [case("a"), case("b", **ring), case("c", **ring, status="withdrawn"), case("d", **ring)]
    publish(kafka, created.alerts, map(record, cases))
    options = ("--from-beginning", "--json", "--clause", "review_ring", "--open-only")
    lines, stderr, status = tail(environment, tmp_path, 2, *options)
    assert sorted(json.loads(line)["case_id"] for line in lines) == ["b", "d"]
    assert (stderr, status) == ("", 0)


def test_tail_shows_what_comes_not_what_was(
    kafka: str, created: TopicNames, environment: dict[str, str], tmp_path: Path
) -> None:
    publish(kafka, created.alerts, [record(case("old"))])
    with subprocess.Popen(
        [*STARWATCH, "alerts", "tail", "--json"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        revision = 0
        while not select.select([process.stdout], [], [], 0.5)[0]:
            assert process.poll() is None
            revision += 1
            publish(kafka, created.alerts, [record(case("new", revision))])
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=20)
    assert {json.loads(line)["case_id"] for line in output.splitlines()} == {"new"}
    assert process.returncode == 0


def test_tail_for_people_has_no_colour_in_a_pipe_and_obeys_no_escapes(
    kafka: str, created: TopicNames, environment: dict[str, str], tmp_path: Path
) -> None:
    nasty = case(
        "a",
        subject=Subject(type="seller", id="[bold]s\x1b[2J1[/bold]"),
        explanation="Click \x9b31m here\r\nfor \u202e free " + "x" * 300,
    )
    publish(kafka, created.alerts, [record(nasty)])
    lines, stderr, status = tail(environment, tmp_path, 3, "--from-beginning")
    assert (len(lines), stderr, status) == (3, "", 0)
    assert lines[0] == (
        " high 0.97  vote_manipulation  seller [bold]s\\x1b[2J1[/bold]  amazon.se\n"
    )
    assert lines[1] == f"  Click \\x9b31m here\\r\\nfor \\u202e free {'x' * 300}\n"
    assert "case a, revision 1" in lines[2]


def test_an_unknown_clause_is_wrong_use(starwatch: Starwatch) -> None:
    done = starwatch("alerts", "tail", "--clause", "bribery")
    assert done.returncode == 2
    assert "'bribery' is no clause: known are self_review" in done.stderr


def test_a_withdrawn_case_shows_that_and_not_its_score() -> None:
    shown = render(case("a", status="withdrawn")).plain
    assert shown.startswith(" withdrawn  vote_manipulation")
    assert "0.97" not in shown
    counted = render(case("a", reviews_omitted=1_998)).plain
    assert "2,000 reviews; 1 products" in counted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("smörgås 日本 👍", "smörgås 日本 👍"),
        ("a\tb\nc", "a\\tb\\nc"),
        ("\x1b]0;t\x07", "\\x1b]0;t\\x07"),
        ("a\u00a0b\u2066c\u2028", "a\u00a0b\\u2066c\\u2028"),
    ],
)
def test_what_would_steer_a_terminal_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
