"""The note that goes with committed offsets: when, and whether all was judged.

Kafka keeps it beside each offset, where `starwatch status` finds it without reading a topic.
"""

from __future__ import annotations

from datetime import datetime

_UNJUDGED = " unjudged"


def write(time: datetime, *, is_judged: bool) -> str:
    """The note of a checkpoint made at `time`."""
    return time.isoformat(timespec="milliseconds") + ("" if is_judged else _UNJUDGED)


def read(note: str) -> tuple[str, bool]:
    """The time (RFC 3339), and whether every changed key was judged."""
    return note.removesuffix(_UNJUDGED), not note.endswith(_UNJUDGED)
