"""Intervals and calibration against what is known of coins."""

from __future__ import annotations

import random

import pytest

from pipeline.scorer.calibration import calibrate
from pipeline.scorer.estimates import Bootstrap, Estimate, rate

BOOTSTRAP = Bootstrap(seed=1)


def coins(count: int, score: float, truly: float) -> list[tuple[float, bool]]:
    """Alerts that say `score` and are right as often as `truly`."""
    rng = random.Random(7)
    return [(score, rng.random() < truly) for _ in range(count)]


def test_an_honest_coin_is_calibrated() -> None:
    found = calibrate(coins(4_000, 0.7, 0.7), BOOTSTRAP)
    assert found.error.value == pytest.approx(0, abs=0.02)
    assert found.brier.value == pytest.approx(0.7 * 0.3, abs=0.01)
    (only,) = found.curve
    assert (only.low, only.high, only.count) == (0.7, 0.8, 4_000)
    assert only.share_right == pytest.approx(0.7, abs=0.02)


def test_a_boasting_coin_is_not() -> None:
    found = calibrate(coins(4_000, 0.95, 0.5), BOOTSTRAP)
    assert found.error.value == pytest.approx(0.45, abs=0.02)
    assert found.brier.value == pytest.approx((0.05**2 + 0.95**2) / 2, abs=0.02)


def test_errors_of_bins_do_not_cancel() -> None:
    found = calibrate([(0.9, False), (0.1, True)], BOOTSTRAP)
    assert found.error.value == pytest.approx(0.9)
    assert found.brier.value == pytest.approx(0.81)


def test_bins_hold_their_lower_edge_and_the_last_holds_one() -> None:
    found = calibrate([(0.3, True), (0.29, True), (1.0, True), (0.9, True)], BOOTSTRAP)
    assert [(b.low, b.count) for b in found.curve] == [(0.2, 1), (0.3, 1), (0.9, 2)]


def test_no_alerts_have_no_calibration() -> None:
    found = calibrate([], BOOTSTRAP)
    assert (found.brier.value, found.error.value, found.curve) == (None, None, [])


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = random.Random(11)
    covered = 0
    for _ in range(300):
        units = [(float(rng.random() < 0.6), 1.0) for _ in range(60)]
        estimate = BOOTSTRAP.ratio(units)
        assert estimate.low is not None
        assert estimate.high is not None
        covered += estimate.low <= 0.6 <= estimate.high
    assert 0.90 <= covered / 300 <= 0.99


def test_a_ratio_weighs_units_by_their_size() -> None:
    estimate = BOOTSTRAP.ratio([(1, 1), (0, 9)])
    assert estimate.value == pytest.approx(0.1)
    assert estimate.n == 2


def test_units_without_a_denominator_are_left_out() -> None:
    assert BOOTSTRAP.ratio([(0, 0)]) == Estimate()
    assert BOOTSTRAP.ratio([(0, 0), (1, 1)]).n == 1


@pytest.mark.parametrize("count", [1, 3, 60])
def test_few_successes_prove_little(count: int) -> None:
    always = BOOTSTRAP.ratio([(1, 1)] * count)
    never = BOOTSTRAP.ratio([(0, 1)] * count)
    assert always.low == pytest.approx(0.05 ** (1 / count), abs=0.001)
    assert (always.value, always.high) == (1, 1)
    assert never.high == pytest.approx(1 - 0.05 ** (1 / count), abs=0.001)
    assert (never.value, never.low) == (0, 0)


def test_medians_and_their_intervals() -> None:
    estimate = BOOTSTRAP.median([5, 1, 3, 2, 100])
    assert estimate.value == 3
    assert estimate.low is not None
    assert estimate.high is not None
    assert 1 <= estimate.low < 3 < estimate.high <= 100
    assert BOOTSTRAP.median([]) == Estimate()


def test_resampling_is_seeded() -> None:
    units = [(float(n % 3 == 0), 1.0) for n in range(40)]
    assert Bootstrap(5).ratio(units) == Bootstrap(5).ratio(units[::-1])
    values = [n**0.5 for n in range(200)]
    assert Bootstrap(5).median(values) == Bootstrap(5).median(values[::-1])
    assert Bootstrap(5).median(values) != Bootstrap(6).median(values)


def test_rates_have_exact_poisson_intervals() -> None:
    # Garwood's limits for 0 and 10 events.
    assert rate(0, 1) == Estimate(0, 0, pytest.approx(3.689, abs=0.001), 0)
    ten = rate(10, 2)
    assert (ten.value, ten.n) == (5, 10)
    assert ten.low == pytest.approx(4.795 / 2, abs=0.001)
    assert ten.high == pytest.approx(18.391 / 2, abs=0.001)
    assert rate(3, 0) == Estimate()


def test_figures_differ_when_neither_interval_holds_the_other() -> None:
    low, high = Estimate(0.2, 0.1, 0.3, 50), Estimate(0.5, 0.4, 0.6, 50)
    assert low.differs_from(high)
    assert high.differs_from(low)
    assert not low.differs_from(Estimate(0.5, 0.1, 0.9, 3))
    assert not low.differs_from(Estimate())
    assert not low.differs_from(low)
