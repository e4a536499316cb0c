"""The event Structs themselves, and the clock they are told in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from schemas.events import (
    EVENT_TYPES,
    FIRST_TS,
    LAST_TS,
    TOPIC_OF_TYPE,
    TOPICS,
    AnyEvent,
    Event,
    iso,
    micros,
    moment,
)
from tests.schemas.records import FULL, dump

LIMITS = {"_id": 128, "title": 1_000, "text": 20_000}
"""Characters, as the contract has them."""


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("."))


def test_every_type_has_a_struct_a_topic_and_a_sample() -> None:
    assert set(EVENT_TYPES) == set(TOPIC_OF_TYPE) == set(FULL)
    assert {t.__name__ for t in EVENT_TYPES.values()} == {camel(name) for name in EVENT_TYPES}
    assert set(AnyEvent.__args__) == set(EVENT_TYPES.values())
    assert {(t, topic) for topic, types in TOPICS.items() for t in types} == {
        (EVENT_TYPES[name], topic) for name, topic in TOPIC_OF_TYPE.items()
    }


@pytest.mark.parametrize("event_type", EVENT_TYPES.values())
def test_every_field_is_described_and_every_string_bounded(event_type: type[Event]) -> None:
    shape = inspect.type_info(event_type)
    assert isinstance(shape, inspect.StructType)
    for field in shape.fields:
        assert isinstance(field.type, inspect.Metadata), field.name
        assert (field.type.extra_json_schema or {})["description"].endswith("."), field.name
        for bare in parts(field.type):
            if isinstance(bare, inspect.StrType):
                assert bare.max_length, field.name
                for ending, limit in LIMITS.items():
                    if field.name.endswith(ending):
                        assert bare.max_length == limit, field.name


def parts(shape: inspect.Type) -> list[inspect.Type]:
    if isinstance(shape, inspect.Metadata):
        return parts(shape.type)
    if isinstance(shape, inspect.UnionType):
        return [part for t in shape.types for part in parts(t)]
    return [shape]


@pytest.mark.parametrize("name", FULL)
def test_the_samples_have_every_field(name: str) -> None:
    assert set(FULL[name]) == {"type", *EVENT_TYPES[name].__struct_fields__}


def test_an_event_is_a_value() -> None:
    event = msgspec.json.decode(dump(FULL["vote.cast"]), type=AnyEvent)
    assert event.type == "vote.cast"
    assert {event} == {msgspec.json.decode(dump(FULL["vote.cast"]), type=AnyEvent)}
    with pytest.raises(AttributeError):
        event.vote = "helpful"


@given(st.integers(FIRST_TS, LAST_TS))
def test_micros_and_moment_are_inverse(ts: int) -> None:
    assert micros(moment(ts)) == ts
    assert micros(datetime.fromisoformat(iso(ts))) == ts


@given(st.datetimes(), st.integers(-1439, 1439))
def test_micros_are_exact_in_every_year_and_offset(naive: datetime, minutes: int) -> None:
    here = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert micros(here) == micros(naive.replace(tzinfo=UTC)) - minutes * 60_000_000


@pytest.mark.parametrize(
    ("ts", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (1_741_081_872_500_000, "2025-03-04T09:51:12.500000Z"),
        (FIRST_TS, "0001-01-01T00:00:00Z"),
        (FIRST_TS - 1, "0001-01-01T00:00:00Z"),
        (LAST_TS, "9999-12-31T23:59:59.999999Z"),
        (10**30, "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_iso_is_rfc_3339_in_utc(ts: int, text: str) -> None:
    assert iso(ts) == text
