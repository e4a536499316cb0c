"""Small detectors over the shared tables that use every mechanism of the engine: windows with
lookback and lookahead, statements over two hops, timeless identities seen as of a horizon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import nan

from detectors.api import (
    DAY,
    Detector,
    Doc,
    EvidenceRow,
    Finding,
    Fold,
    Judge,
    Keyspace,
    Observed,
    Placed,
    Row,
    Statement,
    Table,
    View,
    scoped,
    unscoped,
)
from detectors.tables import PRODUCT, REVIEWS, REVIEWS_OF_PRODUCT
from schemas.events import AccountRegistered, ReviewPosted

WRITER = Keyspace("writer", "account id", 10 * DAY, lookback=1, lookahead=3)
OWNER = Keyspace("owner", "account id")


class CrowdRow(Row, frozen=True, tag="toy_crowd"):
    """A crowd of reviews on one product that the writer was in."""

    product: str
    size: int
    event_id: str


class RoleRow(Row, frozen=True, tag="toy_role"):
    role: str


CROWDS = Table(WRITER, "crowds", CrowdRow)
WRITER_ROLES = Table(WRITER, "roles", RoleRow, timeless=True)
OWNER_ROLES = Table(OWNER, "roles", RoleRow, timeless=True, first=True)


def _role(event: AccountRegistered, _: Observed) -> Iterable[Placed]:
    return ((event.account_id, "", event.event_id, RoleRow(event.role)),)


class _Toy(Detector):
    version = "1"
    clauses = ("review_ring",)
    doc = Doc("a toy", (), "", (), (), ())


@dataclass(frozen=True)
class Crowds(_Toy):
    """Writers that were in crowds on two products, and what they are."""

    name = "toy_crowds"

    @property
    def folds(self) -> tuple[Fold, ...]:
        return (REVIEWS_OF_PRODUCT, Fold(OWNER_ROLES, (AccountRegistered,), _role))

    @property
    def judges(self) -> tuple[Judge, ...]:
        return (
            Judge("toy_crowds.product", PRODUCT, (REVIEWS,), self._product, (CROWDS,)),
            Judge("toy_crowds.owner", OWNER, (OWNER_ROLES,), self._owner, (WRITER_ROLES,)),
            Judge("toy_crowds.writer", WRITER, (CROWDS, WRITER_ROLES), self._writer),
        )

    def _product(self, view: View) -> Iterator[Statement]:
        rows = view.rows(REVIEWS, back=1)
        own = view.rows(REVIEWS, back=0, ahead=0)
        # One more than the past week leads one to expect: a crowd can also dissolve.
        if len(rows) - len(own) < len(own) <= 6:
            for e in own:
                assert e.row is not None
                crowd = CrowdRow(view.key, len(rows), e.by)
                yield Statement(CROWDS, e.row.reviewer_id, e.by, e.ts, crowd)

    def _owner(self, view: View) -> Iterator[Statement]:
        for e in view.rows(OWNER_ROLES):
            yield Statement(WRITER_ROLES, view.key, e.by, e.ts, e.row)

    def _writer(self, view: View) -> Iterator[Finding]:
        crowds = view.rows(CROWDS)
        products = sorted({e.row.product for e in crowds if e.row})
        if len(products) < 2:
            return
        role = ",".join(e.row.role for e in view.rows(WRITER_ROLES) if e.row)
        yield Finding(
            detector=self.name,
            clause="review_ring",
            marketplace=unscoped(products[0])[0],
            subject_type="account",
            subject_id=view.key,
            score=0.9 if len(products) > 2 else 0.7,
            text="case.more",
            facts=(("count", len(crowds)), ("role", role)),
            first_ts=crowds[0].ts,
            last_ts=crowds[-1].ts,
            accounts=(view.key,),
            products=tuple((unscoped(p)[1], "") for p in products),
            evidence=tuple(
                EvidenceRow(
                    e.row.event_id, "review.posted", e.ts, "case.more", (("count", e.row.size),)
                )
                for e in crowds
                if e.row
            ),
        )


@dataclass(frozen=True)
class Raiser(_Toy):
    """Raises on one product, in its fold or in its judge."""

    name = "toy_raiser"

    @property
    def folds(self) -> tuple[Fold, ...]:
        table = Table(PRODUCT, "raised", RoleRow)
        return (REVIEWS_OF_PRODUCT, Fold(table, (ReviewPosted,), _raise))

    @property
    def judges(self) -> tuple[Judge, ...]:
        return (Judge("toy_raiser.product", PRODUCT, (REVIEWS,), _raise_in_judge),)


def _raise(event: ReviewPosted, _: Observed) -> Iterable[Placed]:
    if event.product_id == "poison":
        yield (scoped(event.marketplace, "poison"), "", "half", RoleRow("done when it raises"))
        raise RuntimeError("cannot read this")


def _raise_in_judge(view: View) -> Iterator[Finding]:
    marketplace, product = unscoped(view.key)
    if product == "raise":
        raise ZeroDivisionError
    if product in ("unstorable", "no-number", "no-template"):
        yield Finding(
            detector="toy_raiser",
            clause="review_ring",
            marketplace=marketplace,
            subject_type="product",
            subject_id=product,
            score=nan if product == "no-number" else 0.9,
            text="no such template" if product == "no-template" else "case.more",
            facts=(("count", object() if product == "unstorable" else 1),),  # type: ignore[arg-type]
            first_ts=view.start,
            last_ts=view.start,
        )
