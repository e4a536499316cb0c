"""How far scores of cases are to be trusted: what the detectors say, held against known truth.

Each clause has one slope by which the log-odds of a case are stretched or shrunk (temperature
scaling: Guo and others, "On Calibration of Modern Neural Networks", ICML 2017). The order of cases
never changes, and 0.5 stays 0.5: what opens with the default threshold does not depend on it. The
slopes are data, fitted on simulated worlds for building: `python -m benchmarks.quality.calibrate`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

import msgspec

from schemas.alerts import CLAUSES

FILE = "calibration.toml"


class Fitted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One clause: its slope, and on how many open cases it was fitted, of which so many were right.
    The slope is 1 where they were too few to tell."""

    slope: float
    cases: int
    right: int


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    worlds: str
    """Hash of the truth of the worlds it was fitted on."""
    clause: dict[str, Fitted]

    @property
    def slopes(self) -> dict[str, float]:
        """The slope of each clause, in the order of the contract."""
        return {clause: self.clause[clause].slope for clause in CLAUSES}


@cache
def load() -> Calibration:
    """The calibration that comes with the package."""
    raw = (resources.files("pipeline") / FILE).read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(raw), Calibration)


def mark(clauses: Iterable[str]) -> str:
    """Tells calibrations of these clauses apart, for fingerprints."""
    slopes = load().slopes
    return ",".join(f"{clause}={slopes[clause]}" for clause in clauses)


def calibrated(score: float, clause: str, slopes: Mapping[str, float]) -> float:
    """The score (probability) of a case of a clause, calibrated: strictly increasing."""
    slope = slopes.get(clause, 1.0)
    right: float = score**slope
    wrong: float = (1.0 - score) ** slope
    return right / (right + wrong)
