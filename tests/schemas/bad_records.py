"""Records that are refused, each for one reason: what the golden file tells of them."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.events import RECORD_BYTES
from tests.schemas.records import FULL, dump


def _changed(name: str, **changes: object) -> bytes:
    """A sample record with other values, which come first to be seen in the golden file."""
    return dump(
        {"type": name} | changes | {k: v for k, v in FULL[name].items() if k not in changes}
    )


def _review(**changes: object) -> bytes:
    return _changed("review.posted", **changes)


def _without(name: str, *fields: str) -> bytes:
    return dump({k: v for k, v in FULL[name].items() if k not in fields})


def _literally(field: str, value: bytes, name: str = "review.posted") -> bytes:
    """A record with a value that json.dumps would not write."""
    return _changed(name, **{field: "@"}).replace(b'"@"', value)


def _at(time: str) -> bytes:
    return _review(occurred_at=time)


def _attributes(attributes: object) -> bytes:
    return _changed("product.listed", attributes=attributes)


_RAW = _review()

BAD: Mapping[str, bytes] = {
    # The record as a whole.
    "empty": b"",
    "blank": b" \t\r\n",
    "plain text": b"hello, is this on?",
    "xml": b"<event/>",
    "single quotes": b"{'event_id': 1}",
    "csv": b"event_id,type,occurred_at",
    "lone comma": b"{,}",
    "truncated": _RAW[:60],
    "truncated literal": b"tru",
    "two values": _RAW + _RAW,
    "trailing comma": _RAW[:-1] + b",}",
    "comment": _RAW[:-1] + b" /* no */}",
    "byte order mark": b"\xef\xbb\xbf" + _RAW,
    "utf-16": _RAW.decode().encode("utf-16"),
    "NUL bytes before": b"\x00\x01\x02" + _RAW,
    "NUL byte after": _RAW + b"\x00",
    "NUL byte in a string": _literally("text", b'"a\x00b"'),
    "control character in a string": _literally("text", b'"a\nb"'),
    "bad escape": _literally("text", rb'"\x41"'),
    "NaN": _literally("rating", b"NaN"),
    "NaN in an unknown field": _literally("extra", b"NaN"),
    "Infinity": _literally("paid_price", b"Infinity", "order.placed"),
    "minus Infinity": _literally("paid_price", b"-Infinity", "order.placed"),
    "leading zero": _literally("rating", b"05"),
    "hexadecimal": _literally("rating", b"0x5"),
    "upper half of a pair": _literally("text", rb'"\ud83d"'),
    "upper half of a pair before text": _literally("text", rb'"\ud83d and more text"'),
    "lower half of a pair": _literally("text", rb'"\ude00"'),
    "halves of pairs swapped": _literally("text", rb'"\ude00\ud83d"'),
    "half of a pair in an unknown field": _literally("extra", rb'"\ud800"'),
    "half of a pair in a key": _RAW[:-1] + rb', "\udfff": 1}',
    "invalid UTF-8 in a known field": _literally("text", b'"\xff\xfe"'),
    "invalid UTF-8 in an unknown field": _literally("extra", b'"\xff\xfe\xc3("'),
    "invalid UTF-8 in a key": _RAW[:-1] + b', "\xe9": 1}',
    "surrogate in UTF-8": _literally("extra", b'"\xed\xa0\x80"'),
    "overlong UTF-8": _literally("extra", b'"\xc0\xaf"'),
    "truncated UTF-8": _literally("text", b'"\xf0\x9f\x98"'),
    "Latin-1": "{'ort': 'Malmö'}".encode("latin-1"),
    "array": b"[]",
    "event in an array": b"[" + _RAW + b"]",
    "null": b"null",
    "number": b"42",
    "string": b'"text"',
    "boolean": b"true",
    "array that is no JSON": b"[1, 2",
    "20,000 brackets": b'{"event_id": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "20,000 brackets that never close": b"[" * 20_000,
    "20,000 objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "65 levels in an unknown field": _literally("extra", b"[" * 64 + b"]" * 64),
    "a record of 1 MiB and a byte": _RAW + b" " * (RECORD_BYTES + 1 - len(_RAW)),
    "invalid UTF-8 in a record over 1 MiB": b"\xff" * (RECORD_BYTES + 1),
    # The type.
    "no type": _without("review.posted", "type"),
    "an empty object": b"{}",
    "type of an unknown kind of event": _review(type="review.liked"),
    "empty type": _review(type=""),
    "type in capitals": _review(type="REVIEW.POSTED"),
    "type with a blank": _changed("vote.cast", type="vote.cast "),
    "type of 5,000 characters": _review(type="x" * 5_000),
    "type with line breaks": _review(type="a\nb\x1b[31m\u202e"),
    "type null": _review(type=None),
    "type an integer": _review(type=7),
    "type an object": _review(type={"a": 1}),
    "type twice": _RAW[:-1] + b', "type": "no.such"}',
    # What every event has.
    "no event_id": _without("review.posted", "event_id"),
    "no occurred_at": _without("review.posted", "occurred_at"),
    "nothing but a type": b'{"type": "vote.cast"}',
    "event_id empty": _review(event_id=""),
    "event_id of 129 characters": _review(event_id="x" * 129),
    "event_id of 129 astral characters": _review(event_id="😀" * 129),
    "event_id of 200,000 characters": _review(event_id="z" * 200_000),
    "event_id an integer": _review(event_id=7),
    "event_id null": _review(event_id=None),
    "event_id an array": _review(event_id=[]),
    "event_id an object": _review(event_id={"a": 1}),
    "event_id a boolean": _review(event_id=True),
    "marketplace empty": _review(marketplace=""),
    "marketplace an integer": _review(marketplace=46),
    "occurred_at an integer": _review(occurred_at=1735689600),
    "occurred_at null": _review(occurred_at=None),
    "occurred_at an array": _review(occurred_at=[2025, 1, 1]),
    "occurred_at a boolean": _review(occurred_at=True),
    "occurred_at a word": _at("yesterday"),
    "occurred_at empty": _at(""),
    "occurred_at out of the calendar": _at("2025-13-40T99:00:00Z"),
    "occurred_at on 30 February": _at("2025-02-30T10:00:00Z"),
    "occurred_at seconds since the epoch": _at("1735689600"),
    "occurred_at without offset": _at("2025-03-04T10:11:12"),
    "occurred_at without time": _at("2025-03-04"),
    "occurred_at with a blank": _at("2025-03-04 10:11:12Z"),
    "occurred_at with an offset without colon": _at("2025-03-04T10:11:12+0100"),
    "occurred_at with an offset of hours": _at("2025-03-04T10:11:12+01"),
    "occurred_at with an offset of 24 hours": _at("2025-03-04T10:11:12+24:00"),
    "occurred_at with an offset of 60 minutes": _at("2025-03-04T10:11:12+01:60"),
    "occurred_at with a comma": _at("2025-03-04T10:11:12,5Z"),
    "occurred_at with a point and no digits": _at("2025-03-04T10:11:12.Z"),
    "occurred_at without seconds": _at("2025-03-04T10:11Z"),
    "occurred_at in the basic format": _at("20250304T101112Z"),
    "occurred_at in a week": _at("2025-W01-1T00:00:00Z"),
    "occurred_at at 24:00": _at("2025-03-04T24:00:00Z"),
    "occurred_at in a leap second": _at("2016-12-31T23:59:60Z"),
    "occurred_at in year 0": _at("0000-03-04T10:11:12Z"),
    "occurred_at in year 10000": _at("10000-03-04T10:11:12Z"),
    "occurred_at with a line break": _at("2025-03-04T10:11:12Z\n"),
    "occurred_at in other digits": _at("２０２５-03-04T10:11:12Z"),
    "occurred_at before year 1 in UTC": _at("0001-01-01T00:00:00+10:00"),
    "occurred_at after year 9999 in UTC": _at("9999-12-31T23:59:59-10:00"),
    "occurred_at rounds to after year 9999": _at("9999-12-31T23:59:59.9999999-00:01"),
    # Fields of their own.
    "no review_id": _without("review.posted", "review_id"),
    "no voter_id": _without("vote.cast", "voter_id"),
    "review_id empty": _review(review_id=""),
    "review_id of 129 characters": _review(review_id="x" * 129),
    "order_id empty": _review(order_id=""),
    "rating missing": _without("review.edited", "rating"),
    "rating null": _review(rating=None),
    "rating 0": _review(rating=0),
    "rating 6": _review(rating=6),
    "rating -1": _review(rating=-1),
    "rating 10**30": _review(rating=10**30),
    "rating of 5,000 digits": _literally("rating", b"9" * 5_000),
    "rating 4.5": _review(rating=4.5),
    "rating 5.0": _review(rating=5.0),
    "rating 5e0": _literally("rating", b"5e0"),
    "rating a string": _review(rating="5"),
    "rating true": _review(rating=True),
    "rating false": _review(rating=False),
    "rating twice": _literally("rating", b'3, "rating": 9'),
    "title of 1,001 characters": _review(title="x" * 1_001),
    "text of 20,001 characters": _review(text="x" * 20_001),
    "text an integer": _review(text=5),
    "text null in a message": _changed("message.sent", text=None),
    "lang an array": _review(lang=["sv"]),
    "verified_purchase an integer": _review(verified_purchase=1),
    "verified_purchase a string": _review(verified_purchase="true"),
    "removed_by unknown": _changed("review.removed", removed_by="no_such_value"),
    "vote unknown": _changed("vote.cast", vote="no_such_value"),
    "vote in capitals": _changed("vote.withdrawn", vote="Helpful"),
    "vote null": _changed("vote.cast", vote=None),
    "direction unknown": _changed("message.sent", direction="no_such_value"),
    "channel unknown": _changed("message.sent", channel="no_such_value"),
    "channel of 5,000 characters": _changed("message.sent", channel="e" * 5_000),
    "role unknown": _changed("account.registered", role="no_such_value"),
    "identifier_type unknown": _changed("account.identified", identifier_type="no_such_value"),
    "identifier empty": _changed("account.identified", identifier=""),
    "relation unknown": _changed("relation.declared", relation="no_such_value"),
    "until without offset": _changed("relation.declared", until="2025-01-01T00:00:00"),
    "until an integer": _changed("relation.declared", until=2025),
    "reason unknown": _changed("order.refunded", reason="no_such_value"),
    "via unknown": _changed("order.refunded", via="no_such_value"),
    "list_price negative": _changed("order.placed", list_price=-0.01),
    "paid_price a string": _changed("order.placed", paid_price="99.50"),
    "paid_price true": _changed("order.placed", paid_price=True),
    "paid_price missing": _without("order.placed", "paid_price"),
    "amount not finite": _literally("amount", b"1e400", "order.refunded"),
    "amount of 400 digits": _literally("amount", b"9" * 400, "order.refunded"),
    "item_returned a string": _changed("order.refunded", item_returned="yes"),
    "attributes an array": _attributes(["red"]),
    "attributes with an integer": _attributes({"color": "red", "weight": 200}),
    "attributes with null": _attributes({"color": None}),
    "attributes with a long value": _attributes({"color": "x" * 20_001}),
    "attributes with a long key": _attributes({"x" * 1_001: "red"}),
    "attributes with 10,001 keys": _attributes({str(i): "" for i in range(10_001)}),
    "attributes with a strange key": _attributes({'a"]\n😀': 1}),
    "url of 8,193 characters": _changed("product.listed", url="https://a.b/" + "x" * 8_181),
    "two faults": _review(rating=9, event_id=""),
}
