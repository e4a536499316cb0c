"""Known exceptions: what the operator of a marketplace knows to be no violation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from schemas.alerts import Clause
from schemas.events import Hash, Id, IdentifierType, Time, micros

Facts: TypeAlias = tuple[tuple[str, str | int | float], ...]
Kind: TypeAlias = Literal["identifier", "seller", "programme"]

FAR_PAST, FAR_FUTURE = -(1 << 62), 1 << 62


class Allowed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[[allow]]`: one known exception, for one identifier, one seller or one programme."""

    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    """Why it is none; shown in the cases that it matters for."""
    identifier_type: IdentifierType | None = None
    """With `identifier`: what the identifier is of."""
    identifier: Hash | None = None
    """An identifier, as hashed in the events, that ties nobody to a seller: an office's network,
    a shop's device. It counts for what was done in the interval."""
    seller: Id | None = None
    """A seller whose cases are held back. What was found inside the interval makes no case; what
    reaches out of it makes one that names the exception."""
    clauses: tuple[Clause, ...] = ()
    """With `seller`: only cases of these clauses (all, where there are none)."""
    programme: Annotated[str, Meta(min_length=1, max_length=1_000)] | None = None
    """A programme, as named by reviews, whose reviews are held against nobody, also not against a
    seller's own people; they must have been posted in the interval."""
    start: Time | None = msgspec.field(default=None, name="from")
    """First moment of the interval, in event time; open where it is left out."""
    until: Time | None = None
    """First moment after the interval, in event time; open where it is left out."""

    def __post_init__(self) -> None:
        named = [n for n in ("identifier", "seller", "programme") if getattr(self, n) is not None]
        if len(named) != 1:
            told = " and ".join(named) or "none of them"
            raise ValueError(
                f"expected one of identifier, seller and programme, found {told}; give each "
                "exception its own [[allow]]"
            )
        if (self.identifier is None) != (self.identifier_type is None):
            raise ValueError(
                "identifier and identifier_type belong together; give both, such as "
                'identifier_type = "device"'
            )
        if self.clauses and self.seller is None:
            raise ValueError("clauses narrow down an exception for a seller; leave them out here")
        if self.start and self.until and self.start >= self.until:
            raise ValueError("until must be later than from: the interval has no moment in it")

    @property
    def kind(self) -> Kind:
        """What it is an exception for."""
        if self.seller is not None:
            return "seller"
        return "programme" if self.programme is not None else "identifier"

    @property
    def interval(self) -> tuple[int, int]:
        """First moment and first moment after, as `ts`."""
        return (
            FAR_PAST if self.start is None else micros(self.start),
            FAR_FUTURE if self.until is None else micros(self.until),
        )

    def covers(self, first: int, last: int | None = None) -> bool:
        """Whether all of `first` to `last` is inside the interval (ts; one moment by default)."""
        start, end = self.interval
        return start <= first and (first if last is None else last) < end

    def meets(self, first: int, last: int) -> bool:
        """Whether some of `first` to `last` is inside the interval (ts)."""
        start, end = self.interval
        return start <= last and first < end

    @property
    def facts(self) -> Facts:
        """Facts for an explanation: what it is for, from when until when, and why."""
        what = self.seller or self.programme or self.identifier or ""
        return (
            ("what", what),
            ("kind", f"@shared.{self.identifier_type}" if self.identifier_type else ""),
            ("from", _day(self.start) or "@beginning"),
            ("until", _day(self.until) or "@further_notice"),
            ("reason", self.reason),
        )


def _day(at: datetime | None) -> str:
    return at.isoformat() if at else ""
