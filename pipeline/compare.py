"""Two runs' cases held against each other: which are new, gone, changed, and in what."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from schemas.alerts import Alert

FIELDS = tuple(
    field for field in Alert.__struct_fields__ if field not in ("case_id", "revision", "status")
)
"""What a case is compared in. How often it was revised depends on when it was looked at."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A case that is not the same in both runs.

    Attributes:
        alert: the case as the second run has it, or the first where it is gone.
        before: the open case of the first run, if there is one.
        after: that of the second.
        fields: of one that is in both, which fields differ, in the order of the contract.
    """

    alert: Alert
    before: Alert | None
    after: Alert | None
    fields: tuple[str, ...] = ()

    @property
    def kind(self) -> Literal["new", "gone", "changed"]:
        """What became of the case."""
        if self.before is None:
            return "new"
        return "gone" if self.after is None else "changed"


def compare(
    before: Iterable[Alert], after: Iterable[Alert], ignore: Collection[str] = ()
) -> list[Difference]:
    """The differences between two runs' open cases, sorted by case id.

    A withdrawn case counts as none: whether one that was open only half-way is published at all
    depends on when a run looked. Evidence is compared without `source`, which a replay from files
    does not know.

    Args:
        before: at most one alert a case, as are those of `after`.
        after: the other run.
        ignore: fields of the alert that may differ, such as `detectors`.
    """
    first = {alert.case_id: alert for alert in before if alert.status == "open"}
    second = {alert.case_id: alert for alert in after if alert.status == "open"}
    compared = [field for field in FIELDS if field not in ignore]
    found = []
    for case in sorted(first.keys() | second.keys()):
        if case not in first:
            found.append(Difference(second[case], None, second[case]))
        elif case not in second:
            found.append(Difference(first[case], first[case], None))
        else:
            one, other = first[case], second[case]
            fields = tuple(name for name in compared if _value(one, name) != _value(other, name))
            if fields:
                found.append(Difference(other, one, other, fields))
    return found


def _value(alert: Alert, field: str) -> Any:
    value = getattr(alert, field)
    if field == "evidence":
        return [msgspec.structs.replace(each, source=None) for each in value]
    return value
