"""Is whom a seller asks a matter of mood? (Bayes factors of tables of counts.)

Against an honest seller, whose rate of asking may change from month to month but is the same for
all buyers of a month, stands one that asks one group nearly always and another hardly ever: beta
priors, binomial counts (Kass and Raftery, "Bayes factors", 1995; the comparison within months is
Mantel and Haenszel's, 1959).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log

from detectors.review_requests.groups import Counts

OFTEN = (4.0, 1.0)
"""Beta prior of the rate at which a seller that chooses asks those it likes to hear."""
HARDLY = (0.5, 9.5)
"""And the others."""
ANY = (1.0, 1.0)
CEILING = 0.97


def favours(months: Sequence[tuple[Counts, Counts]]) -> float:
    """Log Bayes factor that the first group is asked often and the second hardly, against one rate
    for both in each month. `months` are the counts of the two groups."""
    honest = sum(_marginal((one[0] + other[0], one[1] + other[1]), ANY) for one, other in months)
    chosen = _marginal(_sum([one for one, _ in months]), OFTEN)
    left_out = _marginal(_sum([other for _, other in months]), HARDLY)
    return chosen + left_out - honest


def leaves_out(months: Sequence[tuple[Counts, Counts]]) -> float:
    """The same where the first group is asked at whatever rate, the second hardly."""
    honest = sum(_marginal((one[0] + other[0], one[1] + other[1]), ANY) for one, other in months)
    others = sum(_marginal(one, ANY) for one, _ in months)
    return others + _marginal(_sum([other for _, other in months]), HARDLY) - honest


def against_both(nulls: Sequence[tuple[float, float]]) -> float:
    """Log Bayes factor against a mixture of honest sellers: (share, log Bayes factor) of each."""
    low = min(logs for _, logs in nulls)
    return low - log(sum(share * exp(min(0.0, low - logs)) for share, logs in nulls))


def probability(guilty: float, logs: float) -> float:
    """Of a violation, from its prior probability and the log of the Bayes factor."""
    odds = log(guilty / (1.0 - guilty)) + logs
    return min(CEILING, 1.0 / (1.0 + exp(-odds))) if odds > -500 else 0.0


def _sum(counts: Sequence[Counts]) -> Counts:
    return sum(asked for asked, _ in counts), sum(of for _, of in counts)


def _marginal(counts: Counts, prior: tuple[float, float]) -> float:
    asked, of = counts
    a, b = prior
    return _beta(a + asked, b + of - asked) - _beta(a, b)


def _beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
