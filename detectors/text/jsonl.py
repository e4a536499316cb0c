"""Texts in JSON lines to labels in JSON lines, as the contract has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import msgspec

from detectors.text import Reading, read
from detectors.text.rules import Kind

TEXT_LIMIT = 20_000
"""Code points of a text: the contract's bound."""


class Row(msgspec.Struct):
    """A text to read."""

    id: str
    kind: Kind
    text: Annotated[str, msgspec.Meta(max_length=TEXT_LIMIT)]
    lang: str | None = None


def classified(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """One result a line, in order; a line that cannot be read gives no labels and an error."""
    decode = msgspec.json.Decoder(Row).decode
    for line in lines:
        try:
            row = decode(line.decode("utf-8"))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            yield {"id": _id(line), "labels": [], "error": str(error)}
        else:
            yield {"id": row.id, "labels": labels(read(row.text, row.kind, row.lang))}


def labels(reading: Reading) -> list[dict[str, Any]]:
    """The labels of a text as the contract writes them."""
    return [
        {"clause": label.clause, "score": label.score, "spans": label.spans}
        for label in reading.labels
    ]


def _id(line: bytes) -> str | None:
    """The id of a line that cannot be read otherwise, if it has one."""
    try:
        row = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    found = row.get("id") if isinstance(row, dict) else None
    return found if isinstance(found, str) else None
