"""Sample records of every event type, and any event that its Struct allows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from schemas.events import Event

Record = dict[str, Any]

_COMMON = {
    "event_id": "e-1",
    "occurred_at": "2025-03-04T10:11:12.5+01:00",
    "marketplace": "amazon.de",
}
_REVIEW = {"review_id": "r-1", "product_id": "p-1", "reviewer_id": "a-1"}
_ORDER = {"order_id": "o-1", "product_id": "p-1", "seller_id": "s-1", "buyer_id": "a-1"}
_VOTE = {"review_id": "r-1", "product_id": "p-1", "voter_id": "a-2", "vote": "helpful"}
_VARIATION = {"parent_id": "p-0", "product_id": "p-1", "seller_id": "s-1", "theme": "color"}

FULL: Mapping[str, Record] = {
    name: {"type": name, **_COMMON, **rest}
    for name, rest in {
        "review.posted": {
            **_REVIEW,
            "rating": 5,
            "title": "Mycket bra",
            "text": "Jag är nöjd. 😀",
            "lang": "sv",
            "verified_purchase": True,
            "order_id": "o-1",
            "seller_id": "s-1",
            "programme": "vine",
        },
        "review.edited": {**_REVIEW, "rating": 1, "title": "Nej", "text": "", "lang": "sv-SE"},
        "review.removed": {**_REVIEW, "removed_by": "platform"},
        "vote.cast": _VOTE,
        "vote.withdrawn": {**_VOTE, "vote": "report_abuse"},
        "message.sent": {
            "message_id": "m-1",
            "seller_id": "s-1",
            "direction": "to_buyer",
            "channel": "package_insert",
            "text": "Tack för köpet!",
            "lang": "sv",
            "buyer_id": "a-1",
            "sender_id": "a-9",
            "product_id": "p-1",
            "order_id": "o-1",
            "review_id": "r-1",
        },
        "product.listed": {
            "product_id": "p-1",
            "seller_id": "s-1",
            "title": "Hörlurar",
            "category": "Electronics/Headphones",
            "brand": "Ton",
            "url": "https://www.amazon.de/dp/p-1",
            "attributes": {"color": "röd", "weight": "200 g"},
        },
        "variation.added": _VARIATION,
        "variation.removed": _VARIATION,
        "account.registered": {"account_id": "a-9", "role": "staff", "seller_id": "s-1"},
        "account.identified": {
            "account_id": "a-9",
            "identifier_type": "bank_account",
            "identifier": "5f70bf18a086007016e948b04aed3b82",
        },
        "relation.declared": {
            "seller_id": "s-1",
            "account_id": "a-9",
            "relation": "family",
            "until": "2025-01-01T00:00:00Z",
        },
        "order.placed": {
            **_ORDER,
            "list_price": 199,
            "paid_price": 99.5,
            "currency": "SEK",
            "promo_code": "HALF",
        },
        "order.refunded": {
            **_ORDER,
            "amount": 99.5,
            "currency": "SEK",
            "reason": "defect",
            "via": "off_platform",
            "item_returned": False,
        },
    }.items()
}
"""By type, a record with every field."""


def dump(record: object) -> bytes:
    """JSON as most producers write it."""
    return json.dumps(record, ensure_ascii=False).encode()


def bare(record: Record, event_type: type[Event]) -> Record:
    """The record without its optional fields."""
    required = {f.name for f in msgspec.structs.fields(event_type) if f.required}
    return {k: v for k, v in record.items() if k in required or k == "type"}


_offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(
    # No offset leads from here out of the years that UTC can be told in.
    min_value=datetime(1, 1, 3),  # noqa: DTZ001 - bounds of the naive part
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.just(UTC) | _offsets,
)


def events_of(event_type: type[Event]) -> st.SearchStrategy[Event]:
    """Any valid event of a type."""
    shape = inspect.type_info(event_type)
    assert isinstance(shape, inspect.StructType)
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for field in shape.fields:
        (required if field.required else optional)[field.name] = _values(field.type)
    return st.fixed_dictionaries(required, optional=optional).map(lambda kw: event_type(**kw))


def _values(shape: inspect.Type) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one a type
    match shape:
        case inspect.Metadata():
            return _values(shape.type)
        case inspect.UnionType():
            return st.one_of(*map(_values, shape.types))
        case inspect.NoneType():
            return st.none()
        case inspect.StrType():
            most = min(shape.max_length or 0, 200)
            characters = st.characters(exclude_categories=["Cs"])
            return st.text(characters, min_size=shape.min_length or 0, max_size=most)
        case inspect.IntType():
            return st.integers(shape.ge, shape.le)
        case inspect.FloatType():
            return st.floats(min_value=shape.ge, max_value=shape.le)
        case inspect.BoolType():
            return st.booleans()
        case inspect.LiteralType():
            return st.sampled_from(shape.values)
        case inspect.DateTimeType():
            return times
        case inspect.DictType():
            return st.dictionaries(_values(shape.key_type), _values(shape.value_type), max_size=5)
    raise TypeError(shape)
