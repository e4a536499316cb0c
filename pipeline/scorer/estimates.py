"""Figures with their uncertainty: seeded bootstrap intervals, and exact ones where resampling has
nothing to vary."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.stats import chi2

LEVEL = 0.95
"""Of every interval."""

Array = NDArray[np.float64]


class Estimate(Struct, frozen=True, omit_defaults=True):
    """A figure and its 95% interval. `n` units were observed; with none there is no value."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0

    def differs_from(self, other: Estimate) -> bool:
        """Beyond noise: each value lies outside of the other's interval."""
        if self.value is None or other.value is None:
            return False
        return not (self._holds(other.value) or other._holds(self.value))

    def _holds(self, value: float) -> bool:
        return self.low is not None and self.high is not None and self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Percentile intervals by resampling the units (Efron and Tibshirani, An Introduction to the
    Bootstrap, 1993, chapter 13). Every figure starts from the seed, so that its interval depends on
    its own data alone."""

    seed: int = 1
    resamples: int = 1_000

    def ratio(self, units: Iterable[tuple[float, float]]) -> Estimate:
        """The sum of the first numbers over the sum of the second ones, such as right names over
        names by alert, or found over 1 by case.

        Where every unit is wholly right (or wrong) all resamples agree however few the units are;
        there the interval reaches as far as the 95% bound of an event that was not seen in n
        trials, 1 - 0.05^(1/n) (Hanley and Lippman-Hand, JAMA 249, 1983: the rule of three).
        """
        kinds, counts = _kinds(unit for unit in units if unit[1])
        n = int(counts.sum())
        if n == 0:
            return Estimate()
        value = float(counts @ kinds[:, 0] / (counts @ kinds[:, 1]))
        if value in (0.0, 1.0):
            unseen = 1 - (1 - LEVEL) ** (1 / n)
            bounds = (0.0, unseen) if value == 0.0 else (1 - unseen, 1.0)
            return Estimate(_round(value), _round(bounds[0]), _round(bounds[1]), n)
        sums = self._resample(counts) @ kinds
        return _interval(value, sums[:, 0] / sums[:, 1], n)

    def median(self, values: Iterable[float]) -> Estimate:
        """The median of some values."""
        data = np.sort(np.fromiter(values, dtype=np.float64))
        n = len(data)
        if n == 0:
            return Estimate()
        drawn = np.random.default_rng(self.seed).integers(0, n, size=(self.resamples, n))
        return _interval(float(np.median(data)), np.median(data[drawn], axis=1), n)

    def statistic(
        self, units: Iterable[tuple[float, float]], statistic: Callable[[Array, Array], Array]
    ) -> Estimate:
        """Any figure of pairs of numbers: `statistic(kinds, counts)` gets the k distinct pairs,
        shape (k, 2), and how often each was drawn, shape (m, k), and returns m values."""
        kinds, counts = _kinds(units)
        n = int(counts.sum())
        if n == 0:
            return Estimate()
        value = float(statistic(kinds, counts[np.newaxis])[0])
        return _interval(value, statistic(kinds, self._resample(counts)), n)

    def _resample(self, counts: Array) -> Array:
        n = int(counts.sum())
        rng = np.random.default_rng(self.seed)
        return rng.multinomial(n, counts / n, size=self.resamples).astype(np.float64)


def rate(count: int, exposure: float) -> Estimate:
    """Events by exposure with the exact Poisson interval (Garwood, Biometrika 28, 1936); here `n`
    is the count."""
    if exposure <= 0:
        return Estimate()
    tail = (1 - LEVEL) / 2
    low = float(chi2.ppf(tail, 2 * count) / 2) if count else 0.0
    high = float(chi2.ppf(1 - tail, 2 * count + 2) / 2)
    value, low, high = (_round(x / exposure) for x in (count, low, high))
    return Estimate(value, low, high, count)


def _kinds(units: Iterable[tuple[float, float]]) -> tuple[Array, Array]:
    """The distinct units in order, and how many there are of each: resampling those counts is
    resampling the units."""
    data = np.array(list(units), dtype=np.float64).reshape(-1, 2)
    kinds, counts = np.unique(data, axis=0, return_counts=True)
    return kinds, counts.astype(np.float64)


def _interval(value: float, resampled: Array, n: int) -> Estimate:
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(resampled, [tail, 100 - tail])
    return Estimate(_round(value), _round(float(low)), _round(float(high)), n)


def _round(value: float) -> float:
    return round(value, 4)
