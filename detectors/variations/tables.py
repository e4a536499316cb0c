"""Rows, tables and settings of the variation detector."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from detectors.api import Fold, Keyspace, Observed, Placed, Row, Settings, Table, scoped
from detectors.tables import LISTING
from schemas.events import ProductListed, VariationAdded, VariationRemoved

FAMILY = Keyspace("family", "marketplace and parent id")
"""The products under one parent, over all time."""

LISTED, ADDED, REMOVED = "listed", "added", "removed"
EVER = 1 << 62


class VariationSettings(Settings, frozen=True):
    """`[detectors.variations]`"""

    alike: Annotated[float, Meta(gt=0, le=1)] = 0.5
    """From which share of their telling words in common two titles name one thing (0 to 1). Why:
    inflections and brand aside, variants share at least half of their words; different things share
    fewer."""
    settled_days: Annotated[float, Meta(ge=0)] = 1.0
    """How long unrelated products must stand under one parent; less is a slip that was mended (days
    of event time). Why: catalogue slips are mended within hours."""
    reused_after_days: Annotated[float, Meta(ge=0)] = 14.0
    """How long after it was first listed a listing may still be corrected (days of event time).
    Why: in their first two weeks sellers still mend titles and categories."""
    reused_reviews: Annotated[int, Meta(ge=1)] = 3
    """How many reviews a listing must have had for its reuse to gain anything (count). Why: one or
    two reviews carry no stars worth keeping."""


class ChangeRow(Row, frozen=True, tag="catalogue_change"):
    """A change of a product in the catalogue: it was listed, joined a parent or left it."""

    what: str
    seller_id: str
    parent_id: str = ""


class Profile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a listing says the product is."""

    words: tuple[str, ...]
    """Telling words of the title, sorted: no brand, colour, size, pack or model line."""
    category: tuple[str, ...]
    """Steps of the category path."""
    brand: str


class Version(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A listing from the moment it was written so."""

    since: int
    event_id: str
    profile: Profile


class Stars(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Reviews of a product, counted and their stars summed."""

    count: int = 0
    total: int = 0

    @property
    def mean(self) -> float:
        """Stars on average; 0 where there are none."""
        return self.total / self.count if self.count else 0.0

    def __add__(self, other: Stars) -> Stars:
        return Stars(self.count + other.count, self.total + other.total)


class MemberRow(Row, frozen=True, tag="family_member"):
    """A product's stay under a parent."""

    product_id: str
    seller_id: str
    event_id: str
    joined: int
    left: int
    """`EVER` where it is not known to have left."""
    url: str
    category: str
    versions: tuple[Version, ...]
    """The listing as it was at the join, then as it was rewritten during the stay."""
    before: Stars
    """Its reviews in the year before the join."""
    around: Stars
    """Its reviews in the years before and after the join."""


CHANGES = Table(LISTING, "catalogue_changes", ChangeRow, cap=256)
MEMBERS = Table(FAMILY, "members", MemberRow, cap=4096, timeless=True)


def _changes(
    event: ProductListed | VariationAdded | VariationRemoved, _: Observed
) -> Iterable[Placed]:
    key = scoped(event.marketplace, event.product_id)
    if isinstance(event, ProductListed):
        row = ChangeRow(LISTED, event.seller_id)
    else:
        what = ADDED if isinstance(event, VariationAdded) else REMOVED
        row = ChangeRow(what, event.seller_id, event.parent_id)
    return ((key, "", event.event_id, row),)


CHANGES_OF_PRODUCT = Fold(CHANGES, (ProductListed, VariationAdded, VariationRemoved), _changes)
