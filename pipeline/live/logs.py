"""What a worker writes to stderr: its own lines, and what its libraries think is an error.

No line holds the text of an event.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from aiokafka.errors import KafkaError

_QUIET_SECONDS = 30.0
_CLIENT = "aiokafka"
_LIBRARIES = ("aiokafka", "faust", "mode", "kafka")


class OnceInAWhile(logging.Filter):
    """Lets a library's message through once in a while: an unreachable broker is told of by every
    connection, several times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this message was not let through lately."""
        if not record.name.startswith(_LIBRARIES):
            return True
        now, what = time.monotonic(), str(record.msg)
        if now - self._last.get(what, -_QUIET_SECONDS) < _QUIET_SECONDS:
            return False
        self._last[what] = now
        record.exc_info = None
        return True


def on_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Tell of errors that nobody waits for, but not of those inside a client that has failed: its
    lane has told of that."""
    error = context.get("exception")
    if not (isinstance(error, KafkaError) or _arose_in_client(error)):
        loop.default_exception_handler(context)


def _arose_in_client(error: BaseException | None) -> bool:
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    return bool(frames) and _CLIENT in Path(frames[0].filename).parts


def to_stderr() -> None:
    """Set the process' logging up."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.ERROR,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%H:%M:%S",
        force=True,
    )
    logging.getLogger().handlers[0].addFilter(OnceInAWhile())
    logging.getLogger("starwatch").setLevel(logging.INFO)
