"""What becomes an event, and which; what is refused is in `test_refusals`."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.decode import MAX_DEPTH, Refusal, decode
from schemas.events import EVENT_TYPES, RECORD_BYTES, Event
from tests.schemas.bad_records import BAD
from tests.schemas.records import FULL, bare, dump, events_of

REVIEW = FULL["review.posted"]
ANY_EVENT = st.one_of(*map(events_of, EVENT_TYPES.values()))


def outcome(raw: bytes) -> Event | Refusal:
    try:
        return decode(raw)
    except Refusal as refusal:
        return refusal


def occurred_at(text: str) -> datetime:
    return decode(dump({**REVIEW, "occurred_at": text})).occurred_at


@pytest.mark.parametrize("name", FULL)
def test_a_full_record_decodes(name: str) -> None:
    event = decode(dump(FULL[name]))
    assert type(event) is EVENT_TYPES[name]
    assert event.type == name
    told = msgspec.to_builtins(event)
    for field, value in FULL[name].items():
        if field in ("occurred_at", "until"):
            assert getattr(event, field) == datetime.fromisoformat(value)
        else:
            assert told[field] == value


@pytest.mark.parametrize("name", FULL)
def test_null_equals_absence(name: str) -> None:
    record = bare(FULL[name], EVENT_TYPES[name])
    nulls = dict.fromkeys(FULL[name].keys() - record.keys())
    event = decode(dump(record))
    assert event.marketplace == "amazon.se"
    assert decode(dump({**record, **nulls})) == event
    assert all(getattr(event, field) is None for field in nulls.keys() - {"marketplace"})


@given(ANY_EVENT)
def test_any_event_encodes_and_decodes_to_itself(event: Event) -> None:
    assert decode(msgspec.json.encode(event)) == event


def read_by_field(raw: bytes) -> Event | Refusal:
    """A `null` that another value follows changes nothing, but is not read in one pass."""
    return outcome(raw.replace(b"{", b'{"marketplace": null, ', 1))


@given(ANY_EVENT)
def test_an_event_is_the_same_read_field_by_field(event: Event) -> None:
    assert read_by_field(msgspec.json.encode(event)) == event


@given(ANY_EVENT, st.randoms(use_true_random=False))
def test_neither_the_order_of_keys_nor_unknown_fields_matter(
    event: Event, r: random.Random
) -> None:
    fields = list(json.loads(msgspec.json.encode(event)).items())
    fields += [("x_trace", "1"), ("x_nested", {"type": "no", "list": [1.5, None, {}]})]
    r.shuffle(fields)
    assert decode(json.dumps(dict(fields), indent=r.choice((None, 1))).encode()) == event


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_give_an_event_or_one_refusal(raw: bytes) -> None:
    assert isinstance(outcome(raw), Event | Refusal)


_json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(list(FULL)), st.data())
def test_any_value_in_any_field_gives_an_event_or_one_refusal(name: str, data: Any) -> None:
    field = data.draw(st.sampled_from([*FULL[name], "extra"]))
    record = {**FULL[name], field: data.draw(_json_values)}
    # Escapes, so that lone surrogates come through.
    assert isinstance(outcome(json.dumps(record).encode()), Event | Refusal)


@given(st.sampled_from(list(BAD) + list(FULL)), st.data())
def test_any_damage_gives_an_event_or_one_refusal(name: str, data: Any) -> None:
    raw = bytearray((BAD.get(name) or dump(FULL.get(name)))[:5_000])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    result = outcome(bytes(raw))
    assert isinstance(result, Event | Refusal)
    if isinstance(result, Event):
        assert read_by_field(bytes(raw)) == result


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-04T10:11:12Z",
        "2025-03-04T10:11:12+00:00",
        "2025-03-04T10:11:12-00:00",
        "2025-03-04T10:11:12+23:59",
        "2025-03-04T10:11:12.5-23:59",
        "2025-03-04T10:11:12.123456+01:00",
        # msgspec would round these up, into the next second or out of the last year.
        "2025-03-04T10:11:12.1234567Z",
        "2025-03-04T10:11:12.123456789+05:30",
        "2025-03-04T23:59:59.9999999Z",
        "2025-03-04T10:11:12.12345650000000000000000000000000001Z",
        "9999-12-31T23:59:59.9999999Z",
        "9999-12-31T23:59:59+10:00",
        "0001-01-01T00:00:00-10:00",
        "0001-01-01T00:00:00Z",
    ],
)
def test_the_instant_is_that_of_fromisoformat(text: str) -> None:
    assert occurred_at(text) == datetime.fromisoformat(text)
    ended = decode(dump({**FULL["relation.declared"], "until": text}))
    assert ended.until == datetime.fromisoformat(text)  # type: ignore[attr-defined]


def test_letters_of_a_time_may_be_small() -> None:
    assert occurred_at("2025-03-04t10:11:12z") == occurred_at("2025-03-04T10:11:12Z")


def test_a_fraction_may_be_of_any_length() -> None:
    long = occurred_at("2025-03-04T10:11:12." + "9" * 100_000 + "Z")
    assert long == occurred_at("2025-03-04T10:11:12.999999Z")


def test_the_offset_is_kept() -> None:
    assert occurred_at("2025-03-04T10:11:12+05:30").utcoffset() == timedelta(hours=5.5)


def test_a_time_cannot_hide_behind_another() -> None:
    # Only the last of two is the record's; its nanoseconds are cut off all the same.
    plain, fine = b'"2025-03-04T10:11:12Z"', b'"2025-03-04T10:11:12.9999999Z"'
    rest = dump(bare(FULL["vote.cast"], EVENT_TYPES["vote.cast"]) | {"x": {"occurred_at": "@"}})
    raw = rest.replace(b'"@"', plain)[:-1] + b', "occurred\\u005fat": ' + fine + b"}"
    assert decode(raw).occurred_at == datetime.fromisoformat("2025-03-04T10:11:12.999999Z")


def test_the_last_of_two_values_holds() -> None:
    raw = dump(REVIEW)
    assert decode(raw[:-1] + b', "rating": 2}').rating == 2  # type: ignore[attr-defined]
    assert decode(raw.replace(b'"rating": 5', b'"rating": 9, "rating": 5')) == decode(raw)
    assert decode(raw[:-1] + b', "title": null}').title is None  # type: ignore[attr-defined]
    assert decode(b'{"type": "vote.cast", ' + raw[1:]) == decode(raw)


def test_keys_may_be_escaped() -> None:
    raw = dump(REVIEW)
    assert decode(raw.replace(b'"type"', b'"typ\\u0065"')) == decode(raw)


@pytest.mark.parametrize(
    "text",
    [
        "\x00",
        "😀",
        "\u2028\ufeff\u202e",
    ],
)
def test_any_text_that_unicode_has_comes_through(text: str) -> None:
    for raw in (dump({**REVIEW, "text": text}), json.dumps({**REVIEW, "text": text}).encode()):
        assert decode(raw).text == text  # type: ignore[attr-defined]


def test_lengths_count_characters_not_bytes() -> None:
    fits = {"event_id": "😀" * 128, "title": "ö" * 1_000, "text": "😀" * 20_000}
    event = decode(dump({**REVIEW, **fits}))
    assert (event.event_id, event.text) == (fits["event_id"], fits["text"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("price", [b"0", b"-0.0", b"1e-400", b"1.7976931348623157e308", b"9" * 300])
def test_any_finite_price_is_taken(price: bytes) -> None:
    raw = dump({**FULL["order.refunded"], "amount": "@"}).replace(b'"@"', price)
    assert decode(raw).amount == float(price)  # type: ignore[attr-defined]


def test_a_record_of_exactly_1_mib_is_taken() -> None:
    raw = dump(REVIEW)
    assert decode(raw + b" " * (RECORD_BYTES - len(raw))) == decode(raw)


def test_white_space_around_is_taken() -> None:
    raw = dump(REVIEW)
    assert decode(b" \r\n\t" + raw + b" \r\n\t") == decode(raw)


@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_is_bounded_wherever_the_caller_stands(opening: bytes, closing: bytes) -> None:
    def nested(levels: int) -> bytes:
        inner = opening * levels + b"1" + closing * levels
        return dump({**REVIEW, "extra": "@"}).replace(b'"@"', inner)

    def deep_down(frames: int, raw: bytes) -> Event | Refusal:
        return deep_down(frames - 1, raw) if frames else outcome(raw)

    event = decode(dump(REVIEW))
    for frames in (0, 500):
        assert deep_down(frames, nested(MAX_DEPTH - 1)) == event
        refusal = deep_down(frames, nested(MAX_DEPTH))
        assert isinstance(refusal, Refusal)
        assert (refusal.reason, refusal.path) == ("out_of_range", "$")


@example('\\"' * 100 + "[" * 200)
@given(st.text(alphabet='[]{}"\\a', max_size=300))
def test_brackets_in_strings_are_no_nesting(text: str) -> None:
    assert decode(dump({**REVIEW, "text": text})).text == text  # type: ignore[attr-defined]
    assert decode(dump({**REVIEW, "extra": {text: text}})) == decode(dump(REVIEW))


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":"' + b'\\"' * 500_000,
        b'"' * 1_000_000,
        b'{"a":"' + b"\\\\" * 500_000,
        b'{"a":"' + b"\\ud83d\\ude00" * 80_000,
        b"\\" * 1_000_000,
        b'{"a":[' + b"[]," * 300_000,
        b'{"a":"' + b"\\ud83d" * 150_000 + b'"}',
        b'[{"":"' * 150_000,
        b'{"type":"vote.cast","event_id":' + b"9" * 1_000_000 + b"}",
    ],
)
@pytest.mark.timeout(5)
def test_hostile_records_take_linear_time(raw: bytes) -> None:
    assert isinstance(outcome(raw), Refusal)
