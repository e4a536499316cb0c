"""How strongly counts speak: tails of overdispersed counts and Bayes factors of shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

ROUNDS = 12
"""Rounds of expectation maximisation; a few voters need no more."""


def tail(count: float, mean: float, shape: float) -> float:
    """P(X >= count) for a negative binomial X of this mean and shape (a Poisson count whose rate is
    gamma distributed: organic votes come in flurries, and the rate itself is a guess)."""
    if count <= mean:
        return 1.0
    # Scipy is slow to import, and few keys ever get here.
    from scipy.special import betainc  # noqa: PLC0415

    return float(betainc(count, shape, mean / (shape + mean)))


def log_odds_of_tail(p: float) -> float:
    """The most that a tail probability can say for "not chance", as a log-likelihood ratio:
    the bound 1 / (-e p ln p) of Sellke, Bayarri and Berger, "Calibration of p values for testing
    precise null hypotheses", The American Statistician 55, 2001."""
    if p >= math.exp(-1):
        return 0.0
    p = max(p, 1e-300)
    return -1.0 - math.log(p) - math.log(-math.log(p))


@dataclass(frozen=True)
class Share:
    """What is believed of the share of voters with a mark before anything is counted: a beta
    distribution each for crews, for ordinary voters and, where they differ, for people who come
    from outside in a wave, following a link; `hidden` is the probability that a crew looks like
    ordinary voters."""

    crew: tuple[float, float]
    ordinary: tuple[float, float]
    hidden: float
    outside: tuple[float, float] | None = None

    def log_odds(self, k: int, n: int, controls_k: int, controls_n: int) -> float:
        """ln of how much better "crew" explains that k of n voters have the mark than "ordinary
        voters or a wave" does. Ordinary voters are known by the prior and by a control group on
        the same product. All are beta-binomial, so that few voters or few controls say little."""
        a, b = self.ordinary
        null = _log_beta_binomial(k, n, a + controls_k, b + controls_n - controls_k)
        if self.outside is not None:
            null = _log_mean_exp(null, _log_beta_binomial(k, n, *self.outside))
        ratio = _log_beta_binomial(k, n, *self.crew) - null
        return math.log(self.hidden + (1 - self.hidden) * math.exp(min(ratio, 50.0)))

    @property
    def diluted(self) -> Share:
        """The same where a crew may be any part of the voters."""
        return replace(self, crew=(1.0, 1.0))

    def ordinary_rate(self, controls_k: int, controls_n: int) -> float:
        """Expected share among ordinary voters, given the control group."""
        a, b = self.ordinary
        return (a + controls_k) / (a + b + controls_n)


def _log_beta_binomial(k: int, n: int, a: float, b: float) -> float:
    """ln P(k of n) without the binomial coefficient, which cancels in a ratio."""
    return _log_beta(k + a, n - k + b) - _log_beta(a, b)


def _log_mean_exp(x: float, y: float) -> float:
    high = max(x, y)
    return high + math.log((math.exp(x - high) + math.exp(y - high)) / 2)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def crew_probabilities(
    marks: Sequence[Sequence[int]],
    shares: Sequence[Share],
    ordinary: Sequence[float],
    prior: float,
) -> list[float]:
    """For each voter the probability of belonging to the crew.

    `marks` has a row for each voter: 1 has the mark, 0 has not, -1 unknown. A latent class model of
    two classes (Lazarsfeld and Henry, 1968) fitted by expectation maximisation: the class of
    ordinary voters is known (`ordinary` rates), the crew's rates are fitted from their priors,
    `prior` is the crew's share.
    """
    rates = [a / (a + b) for a, b in (s.crew for s in shares)]
    found = [prior] * len(marks)
    for _ in range(ROUNDS):
        ratios = [
            (math.log((1 - c) / (1 - o)), math.log(c / o))
            for c, o in zip(rates, ordinary, strict=True)
        ]
        found = [_probability(row, ratios, prior) for row in marks]
        rates = [_rate(j, marks, found, share) for j, share in enumerate(shares)]
    return found


def _probability(row: Sequence[int], ratios: Sequence[tuple[float, float]], prior: float) -> float:
    odds = math.log(prior / (1 - prior))
    odds += math.fsum(ratio[mark] for mark, ratio in zip(row, ratios, strict=True) if mark >= 0)
    return 1 / (1 + math.exp(-odds))


def _rate(
    column: int, marks: Sequence[Sequence[int]], weights: Sequence[float], share: Share
) -> float:
    """A mark's rate in the crew: the prior's counts and each voter by its probability."""
    a, b = share.crew
    known = [(row[column], w) for row, w in zip(marks, weights, strict=True) if row[column] >= 0]
    with_mark = math.fsum(w for mark, w in known if mark)
    return (a + with_mark) / (a + b + math.fsum(w for _, w in known))
