"""The figures of the last commit, flat: one estimate a name, so that a change of the file shows
what moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from pipeline.errors import StarwatchError
from pipeline.scorer import Bootstrap, Estimate, Figures
from pipeline.scorer.figures import AlertFigures, CaseFigures

FILE = Path(__file__).with_name("figures.json")
LOWER_IS_BETTER = ("fooled", "false per million", "Brier", "calibration error", "delay")


class Setting(Struct, frozen=True):
    """What the figures were measured on."""

    scale: float
    seeds: list[int]
    phrasing: str
    worlds: str
    """Hash of the truth of these worlds."""


class Side(Struct, frozen=True):
    """The figures of the building or of the judging worlds."""

    setting: Setting
    figures: dict[str, Estimate]


class Committed(Struct, frozen=True):
    """The file."""

    sides: dict[str, Side]


@dataclass(frozen=True, slots=True)
class Move:
    """A figure that is not what it was."""

    name: str
    before: Estimate
    now: Estimate

    @property
    def beyond_noise(self) -> bool:
        """Neither interval holds the other's value."""
        return self.before.differs_from(self.now)

    @property
    def direction(self) -> Literal["better", "worse"]:
        """Which way it went."""
        rose = (self.now.value or 0) > (self.before.value or 0)
        lower_is_better = self.name.endswith(LOWER_IS_BETTER)
        return "better" if rose is not lower_is_better else "worse"


def read(path: Path) -> Committed:
    """The committed figures; none where there is no file yet."""
    if not path.exists():
        return Committed({})
    try:
        return msgspec.json.decode(path.read_bytes(), type=Committed)
    except msgspec.DecodeError as error:
        raise StarwatchError(f"{path}: not the figures of this bench: {error}") from error


def write(committed: Committed, path: Path) -> None:
    """Write the figures, one a line."""
    sides = []
    for name, side in committed.sides.items():
        setting = msgspec.json.encode(side.setting).decode()
        lines = ",\n".join(
            f"   {msgspec.json.encode(key).decode()}:{msgspec.json.encode(value).decode()}"
            for key, value in sorted(side.figures.items())
        )
        sides.append(f'  "{name}":{{"setting":{setting},\n  "figures":{{\n{lines}}}}}')
    path.write_text('{"sides":{\n' + ",\n".join(sides) + "}}\n", encoding="utf-8")


def moves(before: Mapping[str, Estimate], now: Mapping[str, Estimate]) -> list[Move]:
    """The figures that both have and that are not the same."""
    return [
        Move(name, before[name], estimate)
        for name, estimate in sorted(now.items())
        if name in before
        and None not in (before[name].value, estimate.value)
        and before[name].value != estimate.value
    ]


def flat(figures: Figures) -> dict[str, Estimate]:
    """The figures worth comparing by name, such as `review_ring: recall`."""
    return {name: estimate for name, estimate in _named(figures) if estimate.value is not None}


def _named(figures: Figures) -> Iterator[tuple[str, Estimate]]:
    for scope, row in {"all": figures.overall, **figures.clauses}.items():
        yield from _of_cases(scope, row.cases)
        yield from _of_alerts(scope, row.alerts)
    for variant, cases in figures.variants.items():
        yield from _of_cases(variant, cases)
    for difficulty, cases in figures.difficulties.items():
        yield f"difficulty {difficulty}: recall", cases.recall
    yield "lookalikes: fooled", figures.lookalikes_fooled
    ratio = Bootstrap().ratio
    for each in figures.lookalikes:
        units = [(1, 1)] * each.fooled + [(0, 1)] * (each.cases - each.fooled)
        yield f"lookalike {each.name}:{each.variant}: fooled", ratio(units)


def _of_cases(scope: str, cases: CaseFigures) -> Iterator[tuple[str, Estimate]]:
    yield f"{scope}: recall", cases.recall
    yield f"{scope}: delay", cases.delay_days
    for kind in ("reviews", "accounts"):
        yield f"{scope}: precision of {kind}", cases.precision[kind]
        yield f"{scope}: coverage of {kind}", cases.coverage[kind]


def _of_alerts(scope: str, alerts: AlertFigures) -> Iterator[tuple[str, Estimate]]:
    yield f"{scope}: precision", alerts.precision
    yield f"{scope}: false per million", alerts.false_per_million
    yield f"{scope}: Brier", alerts.calibration.brier
    yield f"{scope}: calibration error", alerts.calibration.error
    for kind in ("reviews", "accounts"):
        yield f"{scope}: right of all {kind} named", alerts.named[kind]
