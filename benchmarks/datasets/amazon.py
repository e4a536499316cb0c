"""Small Amazon review sets with text: 5-core Musical Instruments (McAuley, 2014), All Beauty and
Amazon Fashion (Ni, Li and McAuley, EMNLP 2019). No labels.

The dumps count helpful votes and do not tell who gave them or when. They become `vote.cast` events
of synthetic voters from one pool, each voter once a review, at times that follow the review and
thin out towards the end of the dump. So votes come in real amounts and in no pattern: they can show
that ordinary votes raise no alarm, and nothing about finding manipulated ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Literal

from benchmarks.datasets.source import Row, number, pseudonym, sometime_on
from benchmarks.datasets.world import World
from schemas.events import ReviewPosted, VoteCast

MARKETPLACE = "amazon.com"
VOTES_A_VOTER = 4
"""Mean number of votes of a synthetic voter."""
TEXT_LIMIT, TITLE_LIMIT = 20_000, 1_000


@dataclass(frozen=True)
class Written:
    """What an author wrote once. Amazon shows one review on every variant of a product, and the
    dumps hold a row for each: rows with equal `Written` are one text of one author."""

    reviewer: str
    day: str
    title: str
    text: str

    @property
    def parts(self) -> tuple[str, ...]:
        """What identifies it."""
        return (self.reviewer, self.day, self.title, self.text)


@dataclass(frozen=True)
class Rated:
    """One row: a review as it stands on one product's page, with its votes."""

    written: Written
    product: str
    rating: int
    verified: bool | None
    helpful: int
    not_helpful: int

    @property
    def parts(self) -> tuple[str, ...]:
        """What identifies it: the same review crawled again differs at most in its votes."""
        return (*self.written.parts, self.product, str(self.rating), str(self.verified))


def musical_instruments(rows: Iterable[Row]) -> World:
    """The 2014 set: helpful votes with their total."""
    world = World()
    return _convert(
        world,
        (
            Rated(_written(r), r["asin"], int(float(r["overall"])), None, yes, int(total) - yes)
            for r in _rated(rows, world)
            for yes, total in [(int(r["helpful_yes"]), r["helpful_total"])]
        ),
    )


def beauty_and_fashion(rows: Iterable[Row]) -> World:
    """The 2018 sets: verified purchases, and helpful votes without their total."""
    world = World()
    return _convert(
        world,
        (
            Rated(
                _written(r),
                r["asin"],
                int(float(r["overall"])),
                r["verified"] == "True",
                int(r["vote"]),
                0,
            )
            for r in _rated(rows, world)
        ),
    )


def _rated(rows: Iterable[Row], world: World) -> Iterator[Row]:
    unrated = 0
    for row in rows:
        if row["overall"]:
            yield row
        else:
            unrated += 1
    if unrated:
        world.notes.append(f"left out for want of a rating: {unrated:,}")


def _written(row: Row) -> Written:
    return Written(row["reviewerID"], row["date"], row["summary"], row["reviewText"])


def _convert(world: World, rated: Iterable[Rated]) -> World:
    seen: dict[tuple[str, ...], Rated] = {}
    repeated = 0
    for row in rated:
        known = seen.setdefault(row.parts, row)
        if known is not row:
            repeated += 1
            if row.helpful > known.helpful:
                seen[row.parts] = row
    if repeated:
        world.notes.append(
            f"repeat another row (author, product, day and text): {repeated:,}, written once"
        )
    reviews = [seen[parts] for parts in sorted(seen)]
    world.reviews = [_review(r) for r in reviews]
    end = max(r.occurred_at for r in world.reviews)
    # A click belongs to one review: of the copies on variants the first gets it.
    first = {
        r.written: (r, e) for r, e in zip(reversed(reviews), reversed(world.reviews), strict=True)
    }
    pool = max(1, sum(r.helpful + r.not_helpful for r, _ in first.values()) // VOTES_A_VOTER)
    for row, review in sorted(first.values(), key=lambda pair: pair[1].event_id):
        world.votes += _votes(row, review, end, pool)
    return world


def _review(row: Rated) -> ReviewPosted:
    written = row.written
    day = datetime.strptime(written.day, "%Y-%m-%d").replace(tzinfo=UTC)
    return ReviewPosted(
        event_id=pseudonym("ae", *row.parts),
        # Copies of one text were written in one moment.
        occurred_at=sometime_on(day, *written.parts),
        marketplace=MARKETPLACE,
        review_id=pseudonym("ar", *row.parts),
        product_id=row.product,
        reviewer_id=pseudonym("au", written.reviewer),
        rating=row.rating,
        title=written.title[:TITLE_LIMIT] or None,
        text=written.text[:TEXT_LIMIT] or None,
        verified_purchase=row.verified,
    )


def _votes(row: Rated, review: ReviewPosted, end: datetime, pool: int) -> Iterator[VoteCast]:
    says: list[Literal["helpful", "not_helpful"]] = ["helpful"] * row.helpful
    says += ["not_helpful"] * row.not_helpful
    chance = Random(number("votes", *row.parts))
    chance.shuffle(says)
    voters = chance.sample(range(max(pool, len(says))), len(says))
    for voter, vote in zip(voters, says, strict=True):
        yield VoteCast(
            event_id=pseudonym("av", str(voter), *row.parts),
            # The cube crowds the clicks behind the review, as readers come to what is new.
            occurred_at=review.occurred_at + (end - review.occurred_at) * chance.random() ** 3,
            marketplace=MARKETPLACE,
            review_id=review.review_id,
            product_id=review.product_id,
            voter_id=pseudonym("aw", str(voter)),
            vote=vote,
        )
