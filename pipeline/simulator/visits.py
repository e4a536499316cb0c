"""What people do in the market: orders, reviews, contacts, and visits planned by a scenario."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Literal, TypeAlias

from pipeline.simulator.catalogue import Product

if TYPE_CHECKING:
    from pipeline.simulator.truth import Record
    from pipeline.simulator.world import World

ContactKind: TypeAlias = Literal["question", "late", "defect", "unhappy", "happy"]


@dataclass(slots=True, eq=False)
class Order:
    """An order. `opinion` is the rating that the buyer would give of its own accord."""

    id: str
    product: Product
    buyer: int
    account: str
    language: str
    at: int
    list_price: float
    paid: float
    promo: str | None
    opinion: int
    defect: bool
    delivered: int
    deal: Deal | None = None
    refunded: bool = False


@dataclass(slots=True, eq=False)
class Contact:
    """A buyer who wrote to the seller, at the end of the conversation."""

    kind: ContactKind
    at: int


@dataclass(slots=True, eq=False)
class Review:
    """A review on a product's page. `buyer` is None for accounts that are not buyers; `touched` is
    the last time at which it was voted on or edited."""

    id: str
    product: Product
    author: str
    buyer: int | None
    language: str
    rating: int
    at: int
    text: str | None
    order: Order | None
    programme: str | None = None
    removed: int | None = None
    touched: int = 0


@dataclass(slots=True, eq=False)
class Deal:
    """A buyer was offered something; `chance` is how likely it is taken. A `witness` writes what it
    likes and tells of the offer: its review is evidence, and nobody accuses it."""

    record: Record
    rating: int
    chance: float
    then: Callable[[World, Review, Random], None] | None = None
    tell: str | None = None
    witness: bool = False


@dataclass(slots=True, eq=False)
class Visit:
    """A purchase and a review that a scenario has planned.

    Args:
        at: when it is ordered, or where nothing is ordered the review is written.
        buyer: the buyer; or `author`, another account.
        rating: None for an honest opinion.
        pays: share of the list price.
        review_at: None for the buyer's own time.
        text: "own" as the buyer writes, "none", or the very words.
        tell: a rule whose sentence the review contains; `shop` is the shop that it speaks of.
        then: called with the review, or None, once it is known.
    """

    at: int
    buyer: int | None = None
    author: str | None = None
    language: str | None = None
    orders: bool = True
    reviews: bool = True
    rating: int | None = None
    pays: float = 1.0
    code: str | None = None
    review_at: int | None = None
    text: str = "own"
    tell: str | None = None
    shop: str | None = None
    programme: str | None = None
    record: Record | None = None
    then: Callable[[World, Order | None, Review | None, Random], None] | None = None
