"""The detector behind the review scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from detectors.api import Detector, Doc, Fold, Judge
from detectors.suspicion import author, model, review
from detectors.suspicion.tables import (
    AS_OF_THE_END,
    AUTHOR,
    AUTHORED,
    OWN,
    OWN_OF_AUTHOR,
    PAGE,
    SINCE,
    SINCE_OF_AUTHOR,
    WEIGHED,
    WORDED,
    WORDED_ON_PAGE,
)


@dataclass(frozen=True)
class Suspicion(Detector):
    """How suspicious each review is by itself; says what scores are made of, never findings."""

    name = "suspicion"
    version = "2"
    clauses = ()
    doc = Doc(
        summary=(
            "Weighs each review by its rating, its author's other reviews, its page and its "
            "wording: what it has in common with reviews that a review site filtered. It accuses "
            "nobody and opens no case."
        ),
        inputs=("review.posted", "review.edited"),
        blind_without="Without texts and verified purchases it sees ratings and times only.",
        false_positives=(
            "An honest person's only review looks like a throwaway account's only review.",
        ),
        runbook=("Use it to choose what to look at first, not to decide.",),
        actions=("Decide on a case of another detector, never on this score.",),
    )

    weigh: Callable[[review.Signs], float] | None = None
    """What the signs of a review sum up to; the stored model unless given."""
    after: int = AS_OF_THE_END
    """As of how long after each review was posted it is looked at (microseconds)."""

    @property
    def folds(self) -> tuple[Fold, ...]:
        """See `Detector`."""
        return (OWN_OF_AUTHOR, SINCE_OF_AUTHOR, WORDED_ON_PAGE)

    @property
    def judges(self) -> tuple[Judge, ...]:
        """See `Detector`."""
        weigh = self.weigh or model.load().weigh
        return (
            Judge(
                "suspicion.author",
                AUTHOR,
                (OWN, SINCE),
                partial(author.judge, after=self.after),
                (AUTHORED,),
                (OWN,),
            ),
            Judge(
                "suspicion.review",
                PAGE,
                (AUTHORED, WORDED),
                partial(review.judge, weigh=weigh, after=self.after),
                (WEIGHED,),
                (AUTHORED,),
            ),
        )

    @property
    def data(self) -> bytes:
        """See `Detector`."""
        return model.read()
