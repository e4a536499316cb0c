"""Rows, tables and settings of the ring detector."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from detectors.api import Keyspace, Row, Settings, Table
from detectors.tables import LISTING, MONTH

PEER = Keyspace("peer", "account id", MONTH, lookback=5)
"""Whom an account met in half a year."""
GROUP = Keyspace("group", "marketplace", MONTH, lookback=4, lookahead=4)
"""The accounts of a marketplace that met others more than once."""

HIGH, LOW = 4, 2
"""From `HIGH` stars on a review praises, up to `LOW` it blames."""


class RingSettings(Settings, frozen=True):
    """`[detectors.review_rings]`"""

    prior: Annotated[float, Meta(gt=0, lt=1)] = 0.05
    """Share of groups found in the graph that act as one (probability). Why: people of one taste
    are far more frequent than rings."""
    active_days: Annotated[float, Meta(gt=0)] = 90.0
    """How near another review of its author must be for a review to be looked at (days). Why: rings
    work through their orders in weeks."""
    meet_days: Annotated[float, Meta(gt=0, le=30)] = 30.0
    """How far apart two reviews of one product may be to count as a meeting (days). Why: the
    slowest orders are filled within a month; longer, and everybody meets everybody."""
    nearest: Annotated[int, Meta(ge=1)] = 8
    """With how many before and after it on one product a review meets at most (count). Why: bounds
    the pairs of a crowd; who comes next to each other is most likely sent together."""
    rush_days: Annotated[float, Meta(gt=0, le=30)] = 1.5
    """The same where so many others are in between (days). Why: in a rush only those sent together
    come so close."""
    company: Annotated[int, Meta(ge=1)] = 2
    """How many must have agreed with a review for it to count (count). Why: what one other agrees
    with is chance."""
    meetings: Annotated[int, Meta(ge=2)] = 2
    """On how many products two accounts must have met and agreed to be companions (count). Why: one
    common product is chance, two are a beginning; the group must show more."""
    members: Annotated[int, Meta(ge=3)] = 5
    """From how many accounts a group may be a ring (count). Why: a family or a circle of friends
    has four."""


class Act(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A review, as much of it as tells whether two were written alike."""

    review_id: str
    event_id: str
    ts: int
    rating: int
    verified: bool

    @property
    def side(self) -> int:
        """1 praises, -1 blames, 0 neither."""
        return (self.rating >= HIGH) - (self.rating <= LOW)


class ActRow(Row, frozen=True, tag="ring_act"):
    """A review by an account that wrote others around the time."""

    account_id: str
    act: Act


class Page(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A product, with all the reviews of the three months around a meeting."""

    product_id: str
    url: str
    seller_id: str
    category: str
    reviews: int
    praise: int
    blame: int
    verified: int
    span: int
    """From the first to the last review (microseconds)."""


class CompanyRow(Row, frozen=True, tag="ring_company"):
    """A review, and who else reviewed the product within some weeks of it."""

    marketplace: str
    page: Page
    act: Act
    agreed: tuple[str, ...]
    """Accounts that praised or blamed it as well."""
    differed: tuple[str, ...]


class Visit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A member's review of a product on which it met companions."""

    page: Page
    act: Act
    differed: tuple[str, ...]
    """Companions who were of another mind."""


class PeerRow(Row, frozen=True, tag="ring_peer"):
    """An account with its companions: those it met and agreed with more than once."""

    account_id: str
    companions: tuple[tuple[str, int], ...]
    """Each with the number of products on which they agreed."""
    visits: tuple[Visit, ...]


ACTS = Table(LISTING, "ring_acts", ActRow, cap=1024, lookback=1)
COMPANY = Table(PEER, "company", CompanyRow, cap=256)
PEERS = Table(GROUP, "peers", PeerRow, cap=4096)
"""Part: how often they agreed at most, so that the strong do not drown in the weak."""
