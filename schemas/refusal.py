"""Why a record is not admitted."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Reason: TypeAlias = Literal[
    "not_utf8",
    "not_json",
    "not_an_object",
    "unknown_type",
    "missing_field",
    "wrong_type",
    "out_of_range",
    "too_long",
    "from_the_future",
    "late",
    "conflicting_duplicate",
    "detector_error",
]


class Culprit(NamedTuple):
    """Whose fault a `detector_error` is: the detector, and the state it was about to change."""

    detector: str
    keyspace: str
    key: str | None
    """The key in that keyspace, where the event's other rows tell it."""


class Refusal(Exception):  # noqa: N818 - an answer about a record, not an error of the program
    """One record's fault: `reason` of the contract, `path` into the record (`$.rating`; `$` is the
    whole), and a `message` of bounded length that says what was expected and what was found."""

    def __init__(
        self, reason: Reason, path: str, message: str, culprit: Culprit | None = None
    ) -> None:
        super().__init__(reason, path, message)
        self.reason: Reason = reason
        self.path = path
        self.message = message
        self.culprit = culprit

    def __str__(self) -> str:
        return f"{self.reason} at {self.path}: {self.message}"
