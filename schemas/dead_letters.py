"""Records that were not admitted, each with the reason and its bytes."""

from __future__ import annotations

from base64 import b64decode, b64encode
from codecs import getincrementaldecoder
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from schemas.alerts import Count, Source
from schemas.refusal import Reason, Refusal

PAYLOAD_BYTES = 2_900_000
"""Bytes of a payload that are kept: in base64 they fit a record of 4 MiB with room to spare."""

_ENCODED_BYTES = 4_000_000

Encoding: TypeAlias = Literal["utf-8", "base64"]
Line: TypeAlias = Annotated[int, Meta(ge=1)]

_decode_utf8 = getincrementaldecoder("utf-8")


class FileSource(Struct, frozen=True, kw_only=True):
    """A line of a file, counted from 1."""

    file: str
    line: int


class Origin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a record was read: either `topic`, `partition` and `offset`, or `file` and `line`."""

    topic: Annotated[str | None, Meta(description="The topic.")] = None
    partition: Annotated[Count | None, Meta(description="The partition.")] = None
    offset: Annotated[Count | None, Meta(description="The offset.")] = None
    file: Annotated[str | None, Meta(description="The file.")] = None
    line: Annotated[Line | None, Meta(description="The line, from 1.")] = None


_ORIGIN_FORMS = {
    "oneOf": [
        {"required": list(Source.__struct_fields__)},
        {"required": list(FileSource.__struct_fields__)},
    ]
}


class DeadLetter(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record that was not admitted."""

    source: Annotated[
        Origin, Meta(description="Where it was read.", extra_json_schema=_ORIGIN_FORMS)
    ]
    reason: Annotated[Reason, Meta(description="Why, in one word.")]
    path: Annotated[str, Meta(description="Where in the object; `$` is the whole.")]
    message: Annotated[str, Meta(description="What was expected and what was found.")]
    payload: Annotated[str, Meta(description="The record, or the beginning of a long one.")]
    payload_encoding: Annotated[Encoding, Meta(description="How the payload is written.")]
    payload_bytes: Annotated[
        Count | None, Meta(description="Length of the whole record (bytes), where it was cut.")
    ] = None
    detector: Annotated[
        str | None, Meta(description="The detector that raised, of a `detector_error`.")
    ] = None
    keyspace: Annotated[
        str | None, Meta(description="The keyspace whose rows the detector was making.")
    ] = None
    key: Annotated[
        str | None,
        Meta(description="The key in that keyspace, where the event's other rows tell it."),
    ] = None

    def record(self) -> bytes:
        """The bytes that were refused; only their beginning where `payload_bytes` is given."""
        if self.payload_encoding == "base64":
            return b64decode(self.payload, validate=True)
        return self.payload.encode()


def dead_letter(
    source: Source | FileSource, refusal: Refusal, raw: bytes, length: int | None = None
) -> DeadLetter:
    """The letter of one refused record. `length` is the record's whole length in bytes where `raw`
    is only its beginning."""
    whole = len(raw) if length is None else length
    kept = raw[:PAYLOAD_BYTES]
    cut = whole > len(kept)
    payload, encoding = _written(kept, cut=cut)
    culprit = refusal.culprit
    return DeadLetter(
        source=Origin(**msgspec.structs.asdict(source)),
        reason=refusal.reason,
        path=refusal.path,
        message=refusal.message,
        payload=payload,
        payload_encoding=encoding,
        payload_bytes=whole if cut else None,
        **(culprit._asdict() if culprit else {}),
    )


def _written(raw: bytes, *, cut: bool) -> tuple[str, Encoding]:
    try:
        # A cut may fall inside a character, which is then left out.
        text = _decode_utf8().decode(raw, final=not cut)
    except UnicodeDecodeError:
        return b64encode(raw).decode("ascii"), "base64"
    # Control characters take six bytes each in JSON; base64 takes less.
    if len(msgspec.json.encode(text)) > _ENCODED_BYTES:
        return b64encode(raw).decode("ascii"), "base64"
    return text, "utf-8"
