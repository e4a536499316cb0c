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
SOMETIMES = (1.0, 4.0)
"""And those whose mood is not known: some wrote in happy, in words that were not understood."""
_CHOSEN = (OFTEN, HARDLY, SOMETIMES)
ANY = (1.0, 1.0)
CEILING = 0.97


def favours(months: Sequence[tuple[Counts, ...]]) -> float:
    """Log Bayes factor that of two or three groups the first is asked often, the second hardly and
    the third, whose mood is not known, sometimes, against one rate for all in each month. `months`
    are the counts of the groups."""
    honest = sum(_marginal(_sum(groups), ANY) for groups in months)
    groups = zip(*months, strict=True)
    return (
        sum(_marginal(_sum(of), prior) for of, prior in zip(groups, _CHOSEN, strict=False)) - honest
    )


def leaves_out(months: Sequence[tuple[Counts, ...]]) -> float:
    """The same where the first of two groups is asked at whatever rate, the second hardly."""
    honest = sum(_marginal(_sum(groups), ANY) for groups in months)
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
