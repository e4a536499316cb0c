"""How far a seller's gifts of money and turned reviews speak for payment (Bayes factors).

The count is weighed by a beta-binomial test: an honest seller's share of gifts that happen to
follow praise is near what the marketplace shows, give or take; one that pays has a share that may
be anything and tends to be high (Kass and Raftery, "Bayes factors", 1995). What each gift is like
multiplies the odds: the ratios are judgements of how much likelier each mark is of a payment than
of kindness. They are not independent within a seller, so from the fourth gift on they count half.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, lgamma, log

from detectors.compensation.chains import WHOLE_FROM
from detectors.compensation.tables import GiftRow, TurnRow

PAYS = (2.0, 1.0)
"""Beta prior of the share of a seller that pays: the more the likelier."""
FULL_WEIGHT = 3
"""Marks of so many gifts count in full, those of the others half."""
CEILING = 0.97

OFF_PLATFORM = 12.0
"""No honest refund goes round the platform."""
WHOLE = 0.8
"""Share of payments that are of all that was paid; divided by the share of gifts that are."""
MOST_OF_WHOLE = 2.0
PART, PART_BELOW = 0.3, 0.5
OF_STARS = {5: 1.2, 4: 0.6}
QUICK, QUICK_DAYS = 1.3, 7.0
LATE, LATE_DAYS = 0.6, 14.0
CRITIC_TOO = 0.2
"""For each gift that follows criticism left to stand: money that does not ask for praise."""

ASKED, WROTE_OF_REVIEW, WROTE, SILENT = 20.0, 2.0, 1.5, 0.8
"""The seller had written between review and change: of changing it, about the review, otherwise,
not at all."""
REMOVED = 1.5
TOKEN, TOKEN_BELOW = 0.6, 0.15
REMOVAL_ASKED, REMOVAL_ABOUT_REVIEW, REMOVAL_AFTER_MAIL = 6.0, 2.0, 1.2
"""A message between a bad review and its removal asks for one, is about it, or is neither."""


def share_factor(hits: int, of: int, usual: float, alike: float) -> float:
    """Log Bayes factor of `hits` of `of` for a seller that pays, against an honest one whose share
    is Beta distributed with mean `usual` and the weight of `alike` observations."""
    honest = _beta_binomial(hits, of, usual * alike, (1.0 - usual) * alike)
    return _beta_binomial(hits, of, *PAYS) - honest


def _beta_binomial(hits: int, of: int, a: float, b: float) -> float:
    """Log probability but for the binomial coefficient, which cancels out."""
    return _beta(a + hits, b + of - hits) - _beta(a, b)


def _beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def marks(ratios: Iterable[float]) -> float:
    """The log of the ratios together: the strongest in full, the others half."""
    logs = sorted((log(r) for r in ratios), reverse=True)
    return sum(logs[:FULL_WEIGHT]) + sum(logs[FULL_WEIGHT:]) / 2


def probability(guilty: float, logs: float) -> float:
    """Of a violation, from its prior probability and the log of the Bayes factor."""
    odds = log(guilty / (1.0 - guilty)) + logs
    return min(CEILING, 1.0 / (1.0 + exp(-odds))) if odds > -500 else 0.0


def of_praise(gift: GiftRow, whole: float) -> float:
    """Ratio of a gift that follows praise; `whole` is the share of gifts that are of all that was
    paid on the marketplace."""
    ratio = OFF_PLATFORM if gift.off_platform else 1.0
    if gift.share >= WHOLE_FROM:
        ratio *= min(MOST_OF_WHOLE, WHOLE / whole)
    elif 0 < gift.share < PART_BELOW:
        ratio *= PART
    return ratio * OF_STARS.get(gift.stars, 1.0) * _speed(gift.days)


def of_change(gift: GiftRow) -> float:
    """Ratio of a gift that goes with the change of a bad review."""
    ratio = OFF_PLATFORM if gift.off_platform else 1.0
    ratio *= REMOVED if gift.changed_to == 0 else 1.0
    ratio *= TOKEN if 0 < gift.share < TOKEN_BELOW else 1.0
    if any(c.asks for c in gift.contacts):
        ratio *= ASKED
    elif not gift.contacts:
        ratio *= SILENT
    else:
        ratio *= WROTE_OF_REVIEW if any(c.about_review for c in gift.contacts) else WROTE
    return ratio * _speed(gift.days)


def of_removal(turn: TurnRow) -> float:
    """Ratio of a bad review that went away, unexplained, once the seller had written."""
    if any(c.asks for c in turn.contacts):
        return REMOVAL_ASKED
    about = any(c.about_review for c in turn.contacts)
    return REMOVAL_ABOUT_REVIEW if about else REMOVAL_AFTER_MAIL


def _speed(days: float) -> float:
    if abs(days) <= QUICK_DAYS:
        return QUICK
    return LATE if abs(days) > LATE_DAYS else 1.0
