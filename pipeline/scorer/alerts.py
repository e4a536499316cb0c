"""The alerts to score: of each case the latest revision, where it is open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from pipeline.errors import StarwatchError
from pipeline.scorer.lines import read_lines
from schemas.alerts import Alert


class AlertsError(StarwatchError):
    """The alerts cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenCase:
    """A case that stands.

    Attributes:
        alert: its latest revision.
        known_by: event time by which it was open: the last event of the first open revision that
            the file holds. With the latest revision alone that is an upper bound.
    """

    alert: Alert
    known_by: datetime


def read_alerts(path: Path) -> list[OpenCase]:
    """The open cases of a file of alerts, sorted by case id. The file may hold one revision of a
    case, as `replay` and `alerts export` write it, or several; the highest counts.

    Raises:
        AlertsError: it is not there, or a line of it is no alert of the contract.
    """
    decoder = msgspec.json.Decoder(Alert)
    revisions: dict[str, list[Alert]] = {}
    for number, line in read_lines(path, AlertsError):
        try:
            alert = decoder.decode(line)
            datetime.fromisoformat(alert.first_event_at)
            datetime.fromisoformat(alert.last_event_at)
        except (msgspec.DecodeError, ValueError) as error:
            raise AlertsError(f"{path}, line {number}: not an alert: {error}") from None
        revisions.setdefault(alert.case_id, []).append(alert)
    return standing(revisions.values())


def standing(cases: Iterable[list[Alert]]) -> list[OpenCase]:
    """Of cases given by their revisions those whose latest is open, sorted by case id."""
    found = []
    for revisions in cases:
        ordered = sorted(revisions, key=lambda alert: alert.revision)
        if ordered[-1].status == "open":
            first = next(alert for alert in ordered if alert.status == "open")
            found.append(OpenCase(ordered[-1], datetime.fromisoformat(first.last_event_at)))
    return sorted(found, key=lambda case: case.alert.case_id)
