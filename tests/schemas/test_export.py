"""The exported documents say what the decoder does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.kafka.layout import TopicNames
from schemas.alerts import (
    CLAUSES,
    Affected,
    Alert,
    DetectorRef,
    Evidence,
    Product,
    Source,
    Subject,
)
from schemas.dead_letters import FileSource, dead_letter
from schemas.decode import Refusal, decode
from schemas.events import EVENT_TYPES, TOPICS, Event
from schemas.export import export, json_schema
from tests.schemas.bad_records import BAD
from tests.schemas.records import FULL, Record, bare, events_of

SEEN_BY_THE_DECODER_ALONE = {
    # A JSON Schema's integers include 5.0 and 5e0.
    "rating 5.0",
    "rating 5e0",
    # No keyword can add up a time and its offset.
    "occurred_at before year 1 in UTC",
    "occurred_at after year 9999 in UTC",
    "occurred_at rounds to after year 9999",
    # `$` of Python's regular expressions, not of ECMA-262's, lets a line break follow.
    "occurred_at with a line break",
    # Python's json module takes halves of pairs, NaN and Infinity; the decoder calls them no JSON.
    "upper half of a pair",
    "upper half of a pair before text",
    "lower half of a pair",
    "halves of pairs swapped",
    "half of a pair in an unknown field",
    "half of a pair in a key",
    "NaN in an unknown field",
    # Limits of a record, not of a value.
    "65 levels in an unknown field",
    "a record of 1 MiB and a byte",
}


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


VALIDATORS = {name: validator(json_schema(t, name)) for name, t in EVENT_TYPES.items()}


def admits(raw: bytes) -> bool:
    try:
        return isinstance(decode(raw), Event)
    except Refusal:
        return False


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    files = export(tmp_path_factory.mktemp("export") / "deeper" / "still")
    return {f.name: json.loads(f.read_text(encoding="utf-8")) for f in files}


@pytest.fixture
def alert() -> Alert:
    return Alert(
        schema_version=1,
        case_id="c-1",
        revision=1,
        status="open",
        clause="paid_change",
        severity="high",
        score=0.97,
        marketplace="amazon.se",
        subject=Subject(type="seller", id="s-1"),
        sellers=["s-1"],
        products=[Product(product_id="p-1", url="https://www.amazon.se/dp/p-1")],
        reviews=["r-1", "r-2"],
        accounts=[],
        messages=["m-1"],
        affected=Affected(sellers=[], reviews=[], accounts=["a-1"], accounts_omitted=3),
        explanation="Seller s-1 offered 200 kr for the removal of a review.",
        evidence=[
            Evidence(
                event_id="e-1",
                type="message.sent",
                occurred_at="2025-03-04T09:11:12.500000Z",
                detail="offers money for a change",
                source=Source(topic="seller-messages", partition=0, offset=12),
            )
        ],
        first_event_at="2025-03-04T09:11:12.500000Z",
        last_event_at="2025-03-05T00:00:00Z",
        detectors=[DetectorRef(name="texts", version="1", fingerprint="ab12")],
        reviews_omitted=7,
    )


def test_there_is_a_valid_schema_for_everything(exported: dict[str, Any]) -> None:
    names = [*EVENT_TYPES, "alert", "dead-letter"]
    assert set(exported) == {f"{name}.schema.json" for name in names} | {"asyncapi.json"}
    for name in names:
        schema = exported[f"{name}.schema.json"]
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
        assert_refs_resolve(schema)
        for field in schema["properties"].values():
            assert field["description"]


@pytest.mark.parametrize("name", FULL)
def test_samples_are_valid(name: str, exported: dict[str, Any]) -> None:
    check = validator(exported[f"{name}.schema.json"])
    record = bare(FULL[name], EVENT_TYPES[name])
    check.validate(FULL[name])
    check.validate(record)
    check.validate(record | dict.fromkeys(FULL[name].keys() - record.keys()))
    check.validate({**FULL[name], "extra": {"anything": [1, None]}})


@given(st.one_of(*map(events_of, EVENT_TYPES.values())))
def test_every_event_is_valid_as_it_is_encoded(event: Event) -> None:
    VALIDATORS[event.type].validate(json.loads(msgspec.json.encode(event)))


@pytest.mark.parametrize("name", BAD)
def test_what_is_refused_is_invalid(name: str) -> None:
    try:
        record = json.loads(BAD[name].decode())
        check = VALIDATORS[record["type"]]
    except (ValueError, RecursionError, LookupError, TypeError):
        # No JSON, no object or no type of ours: there is no schema to ask.
        assert name not in SEEN_BY_THE_DECODER_ALONE
        return
    assert check.is_valid(record) == (name in SEEN_BY_THE_DECODER_ALONE)


def mutations(record: Record) -> Iterator[Record]:
    """The record with every field left out, and with each of many values in its place."""
    values: list[Any] = [
        *(None, True, False, 0, 1, 5, 6, -1, 0.5, -0.5, 10**30, float("inf"), [], {}, [1]),
        *("", "x", "vine", "helpful", "buyer", "owner", "x" * 128, "x" * 129, "😀" * 128),
        *("x" * n for n in (1_000, 1_001, 8_192, 8_193, 20_000, 20_001)),
        *({"a": "b"}, {"a": None}, {"a": 1}, {"": ""}, {"x" * 1_001: ""}, {"a": "x" * 20_001}),
        {str(i): "" for i in range(10_000)},
        {str(i): "" for i in range(10_001)},
        *("2025-03-04T10:11:12Z", "2025-03-04t10:11:12z", "2025-03-04 10:11:12Z", "2025-03-04"),
        *("2025-03-04T10:11:12", "2025-03-04T10:11:12+0100", "2025-03-04T10:11:12.123456789Z"),
        *("0000-03-04T10:11:12Z", "2024-02-29T00:00:00Z", "2025-02-29T00:00:00Z"),
        *("2016-12-31T23:59:60Z", "2025-03-04T24:00:00Z", "2025-03-04T10:11:12-24:00"),
    ]
    for field in record:
        if field != "type":
            yield {k: v for k, v in record.items() if k != field}
            for value in values:
                yield {**record, field: value}


@pytest.mark.parametrize("name", FULL)
def test_schema_and_decoder_agree(name: str) -> None:
    for record in mutations(FULL[name]):
        # Python writes what is infinite as Infinity; as a number it is one that is too large.
        raw = json.dumps(record).replace(": Infinity", ": 1e999").encode()
        assert admits(raw) == VALIDATORS[name].is_valid(json.loads(raw)), raw[:300]


def test_alerts_are_valid(alert: Alert, exported: dict[str, Any]) -> None:
    check = validator(exported["alert.schema.json"])
    told = json.loads(msgspec.json.encode(alert))
    check.validate(told)
    assert msgspec.json.decode(msgspec.json.encode(alert), type=Alert) == alert
    assert "sellers_omitted" not in told and told["accounts"] == []
    assert set(exported["alert.schema.json"]["properties"]["clause"]["enum"]) == set(CLAUSES)


@pytest.mark.parametrize(
    "fault",
    [
        {"schema_version": 2},
        {"status": "closed"},
        {"clause": "none"},
        {"severity": "fatal"},
        {"score": 1.01},
        {"revision": -1},
        {"reviews": ["r-1", "r-1"]},
        {"products": [{"product_id": "p-1", "url": "javascript:alert(1)"}]},
        {"subject": {"type": "buyer", "id": "a-1"}},
        {"first_event_at": "yesterday"},
        {"affected": {"sellers": [], "reviews": []}},
        {"evidence_omitted": 0},
    ],
)
def test_faulty_alerts_are_not(
    fault: dict[str, Any], alert: Alert, exported: dict[str, Any]
) -> None:
    told = json.loads(msgspec.json.encode(alert))
    assert not validator(exported["alert.schema.json"]).is_valid(told | fault)


def test_dead_letters_are_valid(exported: dict[str, Any]) -> None:
    check = validator(exported["dead-letter.schema.json"])
    for source in (
        FileSource(file="votes.jsonl", line=1),
        Source(topic="votes", partition=0, offset=3),
    ):
        for name in ("plain text", "invalid UTF-8 in a key", "rating 6"):
            with pytest.raises(Refusal) as refusal:
                decode(BAD[name])
            letter = dead_letter(source, refusal.value, BAD[name])
            check.validate(json.loads(msgspec.json.encode(letter)))
    told = json.loads(msgspec.json.encode(letter))
    for wrong in ({}, {"file": "votes.jsonl"}, {"topic": "votes", "partition": 0}):
        assert not check.is_valid(told | {"source": wrong})


def test_the_asyncapi_document_hangs_together(exported: dict[str, Any]) -> None:
    document = exported["asyncapi.json"]
    assert document["asyncapi"] == "3.0.0"
    assert_refs_resolve(document)
    names = TopicNames()
    told = {c["address"]: set(c["messages"]) for c in document["channels"].values()}
    assert told == {
        **{topic: {t.__name__ for t in types} for topic, types in TOPICS.items()},
        names.alerts: {"Alert"},
        names.dead_letters: {"DeadLetter"},
    }
    assert names.sources == list(TOPICS)
    actions = {o["channel"]["$ref"]: o["action"] for o in document["operations"].values()}
    assert actions == {
        **{f"#/channels/{topic}": "receive" for topic in TOPICS},
        "#/channels/alerts": "send",
        "#/channels/dead-letters": "send",
    }


@pytest.mark.parametrize("name", FULL)
def test_the_asyncapi_document_has_the_same_schemas(name: str, exported: dict[str, Any]) -> None:
    document = exported["asyncapi.json"]
    (message,) = (m for m in document["components"]["messages"].values() if m["name"] == name)
    described = resolve(document, message["payload"]["$ref"])
    alone = exported[f"{name}.schema.json"]
    assert described == {k: v for k, v in alone.items() if not k.startswith("$")}


def test_export_is_the_same_each_time(tmp_path: Path) -> None:
    first = {f.name: f.read_bytes() for f in export(tmp_path / "a")}
    assert first == {f.name: f.read_bytes() for f in export(tmp_path / "b")}
    assert first == {f.name: f.read_bytes() for f in export(tmp_path / "a")}


def test_the_command_prints_what_it_wrote(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["schema", "export", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert sorted(result.stdout.split()) == sorted(map(str, (tmp_path / "out").iterdir()))


def resolve(document: Any, ref: str) -> Any:
    assert ref.startswith("#/")
    for step in ref[2:].split("/"):
        document = document[step]
    return document


def assert_refs_resolve(document: Any) -> None:
    def walk(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if "$ref" in part:
                yield part["$ref"]
            part = list(part.values())
        if isinstance(part, list):
            for inner in part:
                yield from walk(inner)

    for ref in walk(document):
        resolve(document, ref)
