"""Whether scores are honest: of the alerts that say 0.8, four in five should be right."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from msgspec import Struct

from pipeline.scorer.estimates import Array, Bootstrap, Estimate

BINS = 10


class Bin(Struct, frozen=True):
    """Alerts with scores in [low, high); the last bin holds 1 as well."""

    low: float
    high: float
    count: int
    mean_score: float
    share_right: float


class Calibration(Struct, frozen=True):
    """Of open alerts only: nothing is known of cases that scored too low to be opened.

    Attributes:
        brier: mean squared distance of score and outcome (Brier, Monthly Weather Review 78, 1950).
        error: expected calibration error: the mean distance of a bin's mean score and its share of
            right ones, weighted by the number of alerts in it (Naeini and others, AAAI 2015).
        curve: the reliability curve; bins without alerts are left out.
    """

    brier: Estimate
    error: Estimate
    curve: list[Bin]


def calibrate(scored: Iterable[tuple[float, bool]], bootstrap: Bootstrap) -> Calibration:
    """The calibration of scores in 0..1, each with whether it was right."""
    units = [(score, float(right)) for score, right in scored]
    return Calibration(
        bootstrap.statistic(units, _brier),
        bootstrap.statistic(units, _expected_error),
        _curve(np.array(units, dtype=np.float64).reshape(-1, 2)),
    )


def _brier(kinds: Array, counts: Array) -> Array:
    squared: Array = (kinds[:, 0] - kinds[:, 1]) ** 2
    result: Array = counts @ squared / counts.sum(axis=1)
    return result


def _expected_error(kinds: Array, counts: Array) -> Array:
    # In a bin, count * |mean score - share right| is |sum of (score - outcome)|.
    bins = np.eye(BINS)[_bins(kinds[:, 0])]
    excess: Array = np.abs((counts * (kinds[:, 0] - kinds[:, 1])) @ bins)
    result: Array = excess.sum(axis=1) / counts.sum(axis=1)
    return result


def _curve(units: Array) -> list[Bin]:
    where = _bins(units[:, 0])
    curve = []
    for number in range(BINS):
        inside = units[where == number]
        if len(inside):
            score, right = (round(float(mean), 4) for mean in inside.mean(axis=0))
            curve.append(Bin(number / BINS, (number + 1) / BINS, len(inside), score, right))
    return curve


def _bins(scores: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    # Scores are rounded to 0.01: a hair is added so that 0.3 falls into the bin that begins there.
    return np.clip(np.floor(scores * BINS + 1e-9).astype(np.intp), 0, BINS - 1)
