"""Bytes become an event, or a refusal that says why, where, what was expected and what was found.

A well-formed record costs two passes of msgspec: one gives the event, the other its times as they
were written, for msgspec takes more forms of a time than RFC 3339 has and rounds what it should
cut off. Whatever that does not settle (a fault, a `null` marketplace, nanoseconds) is read once
more field by field, and that reading decides.

What JSON leaves open is decided here: of a key given twice the last value holds; a byte order
mark, NaN, Infinity and an escaped half of a surrogate pair are `not_json`; too many levels of
nesting and unknown values of an enumeration are `out_of_range`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from itertools import accumulate
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import msgspec
from msgspec.structs import fields

from schemas.events import EVENT_TYPES, RECORD_BYTES, AnyEvent, Event
from schemas.fields import Choice, Field, count, field_of, found, kind_of, quoted
from schemas.refusal import Reason, Refusal

__all__ = ["MAX_DEPTH", "Reason", "Refusal", "decode"]

MAX_DEPTH = 64
"""Levels of nesting in a record. A limit of our own: the parser's depends on the caller's stack."""


class _Times(msgspec.Struct, frozen=True, gc=False):
    """The times of a record as they were written."""

    occurred_at: str
    until: str | None = None


class _Member(NamedTuple):
    """A field of an event by its name."""

    name: str
    required: bool
    field: Field


Members: TypeAlias = dict[str, bytes]
"""The values of a record's object, each still JSON."""

_decode_event = msgspec.json.Decoder(AnyEvent).decode
_decode_times = msgspec.json.Decoder(_Times).decode
_skim = msgspec.json.Decoder(msgspec.Raw).decode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

_ARRAY, _OBJECT = b"[{"  # as integers, for which `in` is many times faster
_BLANK = b" \t\r\n"

_is_plain = re.compile(
    # Of the times that msgspec takes: those of RFC 3339 with microseconds at most, in a year from
    # which no offset leads out of datetime's range.
    r"[12].{9}T.{8}(?:\.[0-9]{1,6})?(?:Z|.{3}:.{2})"
).fullmatch


def decode(raw: bytes) -> Event:
    """The event that a record holds. Raises `Refusal` for a record that holds none."""
    if len(raw) > RECORD_BYTES:
        most = count(RECORD_BYTES, "{} byte")
        raise Refusal("too_long", "$", f"expected at most {most}, found {len(raw):,}")
    try:
        if not raw.isascii():
            raw.decode()
        if _ARRAY in raw or _OBJECT in raw[1:]:
            _check_depth(raw)
        event: Event = _decode_event(raw)
        times = _decode_times(raw)
    except UnicodeDecodeError as error:
        what = f"{error.reason} at byte {error.start}"
        raise Refusal("not_utf8", "$", f"expected UTF-8, found {what}") from None
    except msgspec.DecodeError:
        return _decode_by_field(raw)
    if _is_plain(times.occurred_at) and (times.until is None or _is_plain(times.until)):
        return event
    return _decode_by_field(raw)


# A string, or what there is of one that never ends: else each quote in it would start a search.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_STEPS: Mapping[int, int] = MappingProxyType(
    {**dict.fromkeys(b"[{", 1), **dict.fromkeys(b"]}", -1)}
)
_NO_BRACKETS = bytes(b for b in range(256) if b not in _STEPS)


def _check_depth(raw: bytes) -> None:
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return
    brackets = _STRING.sub(b"", raw).translate(None, _NO_BRACKETS)
    depth = max(accumulate(_STEPS[b] for b in brackets), default=0)
    if depth > MAX_DEPTH:
        what = f"expected at most {MAX_DEPTH} levels of nesting, found {depth:,}"
        raise Refusal("out_of_range", "$", what)


def _decode_by_field(raw: bytes) -> Event:
    members = _members(raw)
    event_type = _event_type(members)
    values = {}
    for name, required, field in _FIELDS[event_type]:
        value = members.get(name)
        if value is None and required:
            raise field.refusal("missing_field", f"$.{name}", "no such field")
        if value is not None and (required or value != b"null"):
            values[name] = field.read(f"$.{name}", value)
    return event_type(**values)


def _members(raw: bytes) -> Members:
    try:
        value = bytes(_skim(raw)).strip(_BLANK)
    except msgspec.DecodeError as error:
        raise Refusal(
            "not_json", "$", f"expected a JSON object, found {_flaw(raw, error)}"
        ) from None
    if kind_of(value) != "object":
        raise Refusal("not_an_object", "$", f"expected a JSON object, found {found(value)}")
    return {name: bytes(member) for name, member in _decode_members(value).items()}


# After an even number of backslashes: an upper half that no lower half follows, or a lower half.
_HALF_PAIR = re.compile(
    rb"(?<!\\)(?:\\\\)*+(?:\\u[dD][89abAB]..\\u[dD][c-fC-F]..)*+\\u[dD][89a-fA-F]", re.DOTALL
)


def _flaw(raw: bytes, error: msgspec.DecodeError) -> str:
    if not raw.strip(_BLANK):
        return "nothing"
    if raw.startswith(codecs.BOM_UTF8):
        return "a byte order mark before it"
    if _HALF_PAIR.search(raw):
        return "an escaped half of a surrogate pair"
    return f"malformed JSON: {str(error).removeprefix('JSON is malformed: ').lower()}"


_TYPE = Choice("string", f"one of {', '.join(EVENT_TYPES)}", msgspec.json.Decoder(str).decode)


def _event_type(members: Members) -> type[Event]:
    raw = members.get("type")
    if raw is None:
        raise _TYPE.refusal("missing_field", "$.type", "no such field")
    event_type = EVENT_TYPES.get(_TYPE.read("$.type", raw))
    if event_type is None:
        raise _TYPE.refusal("unknown_type", "$.type", quoted(raw))
    return event_type


_FIELDS: Mapping[type[Event], tuple[_Member, ...]] = MappingProxyType(
    {
        event_type: tuple(
            _Member(f.name, f.required, field_of(f.type))
            # What every event has comes first, as in the contract.
            for f in sorted(fields(event_type), key=lambda f: f.name not in Event.__struct_fields__)
        )
        for event_type in EVENT_TYPES.values()
    }
)
