"""Dead letters: their bytes come back, and every one fits its topic."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.alerts import Source
from schemas.dead_letters import PAYLOAD_BYTES, DeadLetter, FileSource, dead_letter
from schemas.decode import Refusal, decode
from tests.schemas.bad_records import BAD

LINE = FileSource(file="reviews.jsonl", line=7)
RECORD = Source(topic="reviews", partition=3, offset=0)
LATE = Refusal("late", "$.occurred_at", "expected a later time")
TOPIC_BYTES = 4 << 20

_decode = msgspec.json.Decoder(DeadLetter).decode


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (LINE, {"file": "reviews.jsonl", "line": 7}),
        (RECORD, {"topic": "reviews", "partition": 3, "offset": 0}),
    ],
)
def test_a_letter_is_as_the_contract_has_it(source: Source | FileSource, told: object) -> None:
    assert json.loads(msgspec.json.encode(dead_letter(source, LATE, b'{"a": "\xc3\xb6"}'))) == {
        "source": told,
        "reason": "late",
        "path": "$.occurred_at",
        "message": "expected a later time",
        "payload": '{"a": "ö"}',
        "payload_encoding": "utf-8",
    }


@given(st.binary() | st.text().map(str.encode))
def test_the_bytes_come_back(raw: bytes) -> None:
    letter = _decode(msgspec.json.encode(dead_letter(LINE, LATE, raw)))
    assert letter.record() == raw
    assert letter.payload_bytes is None


@pytest.mark.parametrize("name", BAD)
def test_the_bytes_of_every_bad_record_come_back(name: str) -> None:
    with pytest.raises(Refusal) as refusal:
        decode(BAD[name])
    letter = dead_letter(RECORD, refusal.value, BAD[name])
    assert letter.reason == refusal.value.reason
    assert letter.record() == BAD[name]


@pytest.mark.parametrize("raw", [b"\xff", b"\xed\xa0\x80", b'{"a": "\xc3'])
def test_what_is_not_utf8_is_base64(raw: bytes) -> None:
    letter = dead_letter(LINE, LATE, raw)
    assert (letter.payload_encoding, letter.record()) == ("base64", raw)


@pytest.mark.parametrize(
    ("unit", "encoding"),
    [
        (b"a", "utf-8"),
        (b"\x00", "base64"),
        (b'"', "base64"),
        (b"\xff", "base64"),
        ("ö".encode(), "utf-8"),
        ("aö".encode(), "utf-8"),  # the cut falls inside of an ö
        (b"\xff" + b"a" * 5_000_000, "base64"),
    ],
)
def test_a_long_payload_is_cut_and_fits_the_topic(unit: bytes, encoding: str) -> None:
    raw = unit * (5_000_001 // len(unit) + 1)
    letter = dead_letter(RECORD, LATE, raw)
    assert len(msgspec.json.encode(letter)) < TOPIC_BYTES - 4_096
    assert letter.payload_bytes == len(raw)
    assert letter.payload_encoding == encoding
    kept = letter.record()
    assert raw.startswith(kept)
    assert PAYLOAD_BYTES - 4 < len(kept) <= PAYLOAD_BYTES


def test_the_length_of_what_was_cut_before_is_told() -> None:
    letter = dead_letter(LINE, LATE, b'{"text": "\xc3', length=10**9)
    assert (letter.payload, letter.payload_bytes) == ('{"text": "', 10**9)


@pytest.mark.parametrize("length", [PAYLOAD_BYTES, PAYLOAD_BYTES + 1])
def test_payload_bytes_tell_of_a_cut(length: int) -> None:
    letter = dead_letter(LINE, LATE, b"a" * length)
    assert letter.payload_bytes == (None if length == PAYLOAD_BYTES else length)
