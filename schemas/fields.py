"""Reading one field of a record by itself, to say exactly what is wrong with it.

Whether a value fits is msgspec's decision, taken with the field's own annotation; the classes here
put it into words, one a kind of value. Only times are read anew: msgspec rounds what the contract
and `datetime.fromisoformat` cut off, and takes forms that RFC 3339 does not have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, inspect

from schemas.events import RFC_3339
from schemas.refusal import Reason, Refusal

SHOWN = 40
"""Characters of a found value that a message repeats. Free text is never repeated."""

_KINDS = {"{": "object", "[": "array", '"': "string", "t": "boolean", "f": "boolean", "n": "null"}
_FRACTION = re.compile(rb"[.eE]")
_match_rfc_3339 = re.compile(RFC_3339).fullmatch
_TOO_FINE = re.compile(r"(?<=\.[0-9]{6})[0-9]+")
_decode_string = msgspec.json.Decoder(str).decode
_decode_members = msgspec.json.Decoder(dict[str, Raw]).decode


def kind_of(raw: bytes) -> str:
    """The JSON type of a valid value; a number without fraction and exponent is an integer."""
    return _KINDS.get(chr(raw[0])) or ("number" if _FRACTION.search(raw) else "integer")


def found(raw: bytes) -> str:
    """What a valid value is, without the text in it."""
    match kind_of(raw):
        case "string":
            return count(len(_decode_string(raw)), "a string of {} character")
        case "object":
            return "an object"
        case "array":
            return "an array"
    return _cut(raw.decode())


def quoted(raw: bytes) -> str:
    """A string that should come from a closed vocabulary: cut short, on one line, ASCII."""
    return json.dumps(_cut(_decode_string(raw)))


def count(n: int, phrase: str) -> str:
    """`phrase` with `n` for its {} and in the plural."""
    return phrase.format(f"{n:,}") + ("" if n == 1 else "s")


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."


@dataclass(frozen=True, slots=True)
class Field:
    """A value of the JSON type `kind`, described by `expected`. `decode` raises
    msgspec.ValidationError for a value of that type that does not fit."""

    kind: str
    expected: str
    decode: Callable[[bytes], Any]

    def read(self, path: str, raw: bytes) -> Any:
        """The value of valid JSON. Raises `Refusal`."""
        kind = kind_of(raw)
        if kind != self.kind and (kind, self.kind) != ("integer", "number"):
            raise self.refusal("wrong_type", path, found(raw))
        try:
            return self.decode(raw)
        except msgspec.ValidationError:
            raise self.fault(path, raw) from None

    def fault(self, path: str, raw: bytes) -> Refusal:
        """Why a value of the right JSON type does not fit."""
        return self.refusal("out_of_range", path, found(raw))

    def refusal(self, reason: Reason, path: str, what: str) -> Refusal:
        """A refusal that names what was expected and what was found."""
        return Refusal(reason, path, f"expected {self.expected}, found {what}")


@dataclass(frozen=True, slots=True)
class Text(Field):
    """A string of bounded length in characters."""

    longest: int

    def fault(self, path: str, raw: bytes) -> Refusal:
        """See `Field.fault`."""
        long = len(_decode_string(raw)) > self.longest
        return self.refusal("too_long" if long else "out_of_range", path, found(raw))


@dataclass(frozen=True, slots=True)
class Choice(Field):
    """One of a few strings."""

    def fault(self, path: str, raw: bytes) -> Refusal:
        """See `Field.fault`."""
        return self.refusal("out_of_range", path, quoted(raw))


@dataclass(frozen=True, slots=True)
class Time(Field):
    """A time of RFC 3339 with offset; what is finer than a microsecond is cut off."""

    def read(self, path: str, raw: bytes) -> datetime:
        """See `Field.read`."""
        if kind_of(raw) != "string":
            raise self.refusal("wrong_type", path, found(raw))
        text = _decode_string(raw)
        try:
            if not _match_rfc_3339(text):
                raise ValueError
            moment = datetime.fromisoformat(_TOO_FINE.sub("", text).upper())
            moment.astimezone(UTC)
        except ValueError:
            raise self.refusal("wrong_type", path, quoted(raw)) from None
        except OverflowError:
            # Such an instant could not be compared, moved or packed further down.
            what = f"{quoted(raw)}, in UTC outside of the years 1 to 9999"
            raise self.refusal("out_of_range", path, what) from None
        return moment


@dataclass(frozen=True, slots=True)
class Strings(Field):
    """An object of strings with a bounded number of entries."""

    longest: int
    key: Text
    value: Text

    def fault(self, path: str, raw: bytes) -> Refusal:
        """See `Field.fault`."""
        entries = _decode_members(raw)
        if len(entries) > self.longest:
            return self.refusal("too_long", path, count(len(entries), "an object of {} key"))
        for name, value in entries.items():
            inside = f"{path}[{json.dumps(_cut(name))}]"
            if len(name) > self.key.longest:
                return self.key.refusal(
                    "too_long", inside, count(len(name), "a key of {} character")
                )
            try:
                self.value.read(inside, bytes(value))
            except Refusal as refusal:
                return refusal
        return Field.fault(self, path, raw)


def field_of(annotation: Any) -> Field:  # noqa: PLR0911 - one for each type
    """How to read a Struct's field of this annotation, `None` left aside."""
    shape = _bare(inspect.type_info(annotation))
    decode = msgspec.json.Decoder(annotation).decode
    match shape:
        case inspect.StrType():
            return _text(shape)
        case inspect.LiteralType():
            names = ", ".join(map(str, shape.values))
            return Choice("string", f"one of {names}", decode)
        case inspect.IntType():
            return Field("integer", f"an integer from {shape.ge} to {shape.le}", decode)
        case inspect.FloatType():
            return Field("number", f"a finite number, {shape.ge} or more", decode)
        case inspect.BoolType():
            return Field("boolean", "true or false", decode)
        case inspect.DateTimeType():
            example = "2025-01-31T12:00:00+01:00"
            return Time("string", f"a time of RFC 3339 with offset, as {example}", decode)
        case inspect.DictType(
            key_type=inspect.StrType() as key,
            value_type=inspect.StrType() as value,
            max_length=int(longest),
        ):
            expected = count(longest, "an object of strings with at most {} key")
            return Strings("object", expected, decode, longest, _text(key), _text(value))
    raise TypeError(f"no field of an event has the type {shape}")


def _text(shape: inspect.StrType) -> Text:
    least, longest = shape.min_length or 0, shape.max_length
    if longest is None:
        raise TypeError("every string of an event has a greatest length")
    bounds = Meta(min_length=least, max_length=longest)
    decode = msgspec.json.Decoder(Annotated[str, bounds]).decode
    return Text("string", count(longest, f"a string of {least} to {{}} character"), decode, longest)


def _bare(shape: inspect.Type) -> inspect.Type:
    while True:
        match shape:
            case inspect.Metadata():
                shape = shape.type
            case inspect.UnionType():
                (shape,) = (t for t in shape.types if not isinstance(t, inspect.NoneType))
            case _:
                return shape
