"""Records that were not admitted, each with the reason and its bytes."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from schemas.alerts import Source
from schemas.refusal import Reason, Refusal

PAYLOAD_BYTES = 2_900_000
"""Bytes of a payload that are kept: as base64 they fit a record of 4 MiB."""
_ESCAPED_BYTES = 4_000_000


class FileSource(Struct, frozen=True, kw_only=True):
    """A line of a file."""

    file: Annotated[str, Meta(description="The file.")]
    line: Annotated[int, Meta(ge=1, description="The line, from 1.")]


class DeadLetter(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record that was not admitted."""

    source: Annotated[Source | FileSource, Meta(description="Where it was read.")]
    reason: Annotated[Reason, Meta(description="Why, in one word.")]
    path: Annotated[str, Meta(description="Where in the object; `$` is the whole.")]
    message: Annotated[str, Meta(description="What was expected and what was found.")]
    payload: Annotated[str, Meta(description="The record, cut where it is very long.")]
    payload_encoding: Annotated[
        Literal["utf-8", "base64"], Meta(description="How the payload is written.")
    ]
    payload_bytes: Annotated[
        int | None, Meta(description="Length of the whole record (bytes), where it was cut.")
    ] = None


def dead_letter(
    source: Source | FileSource, refusal: Refusal, raw: bytes, length: int | None = None
) -> DeadLetter:
    """The letter of one refused record. `length` is the record's whole length in bytes where `raw`
    is only its beginning."""
    whole = len(raw) if length is None else length
    kept = raw[:PAYLOAD_BYTES]
    payload, encoding = _written(kept, cut=whole > len(kept))
    return DeadLetter(
        source=source,
        reason=refusal.reason,
        path=refusal.path,
        message=refusal.message,
        payload=payload,
        payload_encoding=encoding,
        payload_bytes=whole if whole > len(kept) else None,
    )


def _written(raw: bytes, *, cut: bool) -> tuple[str, Literal["utf-8", "base64"]]:
    try:
        # A cut may fall inside a character.
        text = raw.decode("utf-8") if not cut else raw.decode("utf-8", "ignore")
    except UnicodeDecodeError:
        return b64encode(raw).decode("ascii"), "base64"
    # Control characters take six bytes each in JSON; base64 takes less.
    if len(msgspec.json.encode(text)) > _ESCAPED_BYTES or (cut and text.encode() not in raw):
        return b64encode(raw).decode("ascii"), "base64"
    return text, "utf-8"
