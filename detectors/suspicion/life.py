"""What the whole input up to a moment shows of a review: its author's life and its page's."""

from __future__ import annotations

import math
from typing import NamedTuple

from detectors.suspicion.tables import USUAL_RATING

PAGE_WEIGHT = 5
"""As how many reviews the usual rating counts that a page's own are drawn towards."""


class Life(NamedTuple):
    """Signs without a window; all but `place` and `page_days` change with the moment of looking.

    After Rayana and Akoglu (KDD 2015: singletons, spans of activity, deviation, early reviews).
    """

    only: float
    """The only review of its author; `pair`: one of two."""
    pair: float
    reviews: float
    """log of the number of reviews of the author."""
    span: float
    """log(1 + days between the author's first and last review)."""
    place: float
    """log(1 + reviews of the page on days before)."""
    page_days: float
    """log(1 + days since the page's first review)."""
    page_reviews: float
    """log of the number of reviews of the page."""
    page_mean: float
    """Mean rating of the page (stars), drawn towards the usual one."""
    apart: float
    """How far the rating is from that (stars)."""


class Lived(NamedTuple):
    """Counts from which a `Life` is made."""

    rating: int
    reviews: int
    """Of the author, this one included."""
    days: int
    """Between the first and the last of them."""
    place: int
    """Reviews of the page on days before."""
    page_days: int
    """Days since the first of them."""
    page_reviews: int
    page_stars: int
    """Sum of their ratings."""


def life_of(lived: Lived) -> Life:
    """The signs of one review."""
    stars = lived.page_stars + USUAL_RATING * PAGE_WEIGHT
    mean = stars / (lived.page_reviews + PAGE_WEIGHT)
    return Life(
        only=float(lived.reviews == 1),
        pair=float(lived.reviews == 2),
        reviews=math.log(lived.reviews),
        span=math.log1p(lived.days),
        place=math.log1p(lived.place),
        page_days=math.log1p(lived.page_days),
        page_reviews=math.log(lived.page_reviews),
        page_mean=mean,
        apart=abs(lived.rating - mean),
    )
