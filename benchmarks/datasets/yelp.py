"""YelpNYC: 359,052 reviews of 923 restaurants, 10.27 % of them filtered by Yelp (Rayana and Akoglu,
"Collective Opinion Spam Detection", KDD 2015).

Nothing but who, what, when and how many stars: no text. The labels go to a file of their own,
`labels.jsonl`, that no replay reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import Struct

from benchmarks.datasets.source import Row, pseudonym, sometime_on
from benchmarks.datasets.world import World
from schemas.events import ReviewPosted

MARKETPLACE = "yelp.com"


class Label(Struct, frozen=True):
    """What Yelp's filter said of a review by the time of the crawl: not proven fraud, and nothing
    that was known when the review was posted."""

    review_id: str
    filtered: bool


def convert(rows: Iterable[Row]) -> World:
    """Reviews with a time of day that means nothing, and their labels by review id."""
    world = World()
    labels: list[Label] = []
    for row in rows:
        # A user reviews a restaurant once, so this tells a review.
        review = (row["user_id"], row["prod_id"], row["date"])
        review_id = pseudonym("yr", *review)
        day = datetime.strptime(row["date"], "%Y-%m-%d").replace(tzinfo=UTC)
        world.reviews.append(
            ReviewPosted(
                event_id=pseudonym("ye", *review),
                occurred_at=sometime_on(day, *review),
                marketplace=MARKETPLACE,
                review_id=review_id,
                product_id=pseudonym("yp", row["prod_id"]),
                reviewer_id=pseudonym("yu", row["user_id"]),
                rating=int(row["rating"]),
            )
        )
        labels.append(Label(review_id, row["is_fake"] == "1"))
    # By their ids, which are hashes: the order of the labels tells nothing either.
    labels.sort(key=lambda label: label.review_id)
    world.other["labels.jsonl"] = labels
    return world
