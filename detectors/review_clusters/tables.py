"""Rows, tables and settings of the review-cluster detector."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from detectors.api import Fold, Observed, Placed, Row, Settings, Table, scoped
from detectors.disclosure import discloses
from detectors.tables import LISTING, MARKET, PRODUCT, REVIEWER
from detectors.wording import sketch_of
from schemas.events import ReviewPosted

PRAISE, BLAME = "praise", "blame"


class ClusterSettings(Settings, frozen=True):
    """`[detectors.review_clusters]`"""

    prior: float = 0.005
    """Share of candidate clusters that are incentivised (probability). Why: most groups of buyers
    with a coupon are just that."""
    deep_discount: float = 0.5
    """From which share off the list price an order counts as deeply discounted (0 to 1). Why: sales
    for everybody seldom go beyond half the price; deals for reviews nearly always do."""
    organic_review_rate: float = 0.15
    """How many buyers at a deep discount review when nothing is asked of them, at least
    (probability); more where more of the product's other buyers do. Why: two to three times the
    usual rate of reviews, since bargains please."""
    paid_review_rate: float = 0.75
    """How many do where the review is what they pay with (probability). Why: some of those who take
    the deal never write."""
    organic_praise: float = 0.75
    """Share of four and five stars among reviews that nobody paid for (0 to 1). Why: the usual
    J-shape of ratings."""
    paid_praise: float = 0.97
    """Share of four and five stars among reviews that were paid for (0 to 1). Why: few who are paid
    give three stars."""
    giveaway: float = 0.8
    """From which mean share off the list price the discount itself speaks for a deal (0 to 1). Why:
    nobody sells at a fifth of the price without another gain."""
    alike: float = 0.45
    """From which estimated Jaccard similarity of word triples two texts are alike (0 to 1). Why:
    chance likeness of reviews of one product stays well below it; reworded templates stay above."""
    club_members: int = 3
    """How many reviewers must recur together on another product to make a club (count). Why: two
    may meet by chance or be a couple."""


class WordingRow(Row, frozen=True, tag="wording"):
    """How a review is worded: a sketch of its text, and whether it discloses a reward."""

    review_id: str
    sketch: bytes
    discloses: bool


class MemberRow(Row, frozen=True, tag="cluster_member"):
    """One review of a candidate cluster, with what its product alone shows of the cluster.

    The `*_llr` are log-likelihood ratios (natural) of "incentivised" against "organic".
    """

    cluster: str
    marketplace: str
    product_id: str
    review_id: str
    event_id: str
    ts: int
    side: str
    size: int
    discount_llr: float
    wording_llr: float
    disclosure_llr: float
    burst_llr: float
    depth: float
    """How near the discount is to a giveaway: 0 at the shallowest that counts, 1 at a giveaway."""
    discounted: int
    deep_orders: int
    alike: int
    texts: int
    """Of so many that were compared, `alike` are worded alike."""
    disclosed: int
    seller_id: str = ""
    by_discount: bool = False
    by_wording: bool = False
    by_disclosure: bool = False


class PaidProduct(NamedTuple):
    """A product that was praised by who had bought it at a deep discount."""

    seller_id: str
    marketplace: str
    product_id: str


class JudgedMemberRow(Row, frozen=True, tag="judged_member"):
    """A member with what its author does elsewhere, as far as one may look from the cluster."""

    member: MemberRow
    reviewer_id: str
    reviews: int
    """Reviews the author posted in the time looked at."""
    other_clusters: int
    """Candidate clusters on other products that the author is in with a mark of its own."""
    paid: tuple[PaidProduct, ...] = ()
    """What the author bought at a deep discount and praised, this product too."""


class WordedRow(Row, frozen=True, tag="worded"):
    """How many pairs of a product's texts were compared in a week, and how many were alike."""

    product_id: str
    pairs: int
    alike: int


class ClusteredRow(Row, frozen=True, tag="clustered"):
    """A product with a cluster of like texts: it asks how usual that is."""

    product_id: str


class ChanceRow(Row, frozen=True, tag="chance"):
    """The answer: the share of pairs of texts that are alike on other products (0 to 1)."""

    share: float


WORDINGS = Table(PRODUCT, "wordings", WordingRow, cap=2048)
MEMBERSHIPS = Table(REVIEWER, "memberships", MemberRow, cap=2048)
MEMBERS = Table(LISTING, "members", JudgedMemberRow, cap=4096)
WORDED = Table(MARKET, "worded", WordedRow, cap=4096)
CLUSTERED = Table(MARKET, "clustered", ClusteredRow, cap=4096)
CHANCES = Table(LISTING, "chances", ChanceRow, cap=4)


def _wording(event: ReviewPosted, seen: Observed) -> Iterable[Placed]:
    if not event.text:
        return ()
    row = WordingRow(event.review_id, seen.once(sketch_of), discloses(event.text))
    if not row.sketch and not row.discloses:
        return ()
    return ((scoped(event.marketplace, event.product_id), "", event.event_id, row),)


WORDINGS_OF_PRODUCT = Fold(WORDINGS, (ReviewPosted,), _wording)
