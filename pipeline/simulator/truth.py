"""What really happened: one record for every planted case and every lookalike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipeline.simulator.clock import Clock, moment


@dataclass(slots=True, eq=False)
class Record:
    """One planted case or one lookalike, filled while the world runs. Only what happened inside
    the window is noted."""

    number: int
    kind: str
    clause: str
    name: str
    variant: str
    difficulty: int
    marketplace: str
    also: tuple[str, ...]
    tolerated: tuple[str, ...]
    clock: Clock
    sellers: set[str] = field(default_factory=set)
    products: set[str] = field(default_factory=set)
    reviews: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    evidence: set[str] = field(default_factory=set)
    affected: set[str] = field(default_factory=set)
    acts: int = 0
    first: int | None = None
    last: int | None = None

    def act(self, at: int) -> bool:
        """Something of the case happened; False when it lies outside of the window."""
        if not self.clock.inside(at):
            return False
        self.acts += 1
        self.first = at if self.first is None else min(self.first, at)
        self.last = at if self.last is None else max(self.last, at)
        return True

    def took(self, review: str, account: str, product: str, witness: bool) -> None:
        """A review was written for a deal, or tells of one."""
        self.products.add(product)
        if witness:
            self.evidence.add(review)
        else:
            self.reviews.add(review)
            self.accounts.add(account)

    def as_json(self) -> dict[str, Any]:
        """The line of `truth.jsonl` (docs/simulator.md)."""
        line: dict[str, Any] = {"kind": self.kind, "case": f"{self.kind}-{self.number:04d}"}
        if self.kind == "planted":
            line |= {
                "clause": self.clause,
                "clauses": [self.clause, *self.also],
                "tolerated": list(self.tolerated),
                "variant": self.variant,
                "difficulty": self.difficulty,
            }
        else:
            line |= {"name": self.name, "variant": self.variant, "looks_like": self.clause}
        return line | {
            "marketplace": self.marketplace,
            "sellers": sorted(self.sellers),
            "products": sorted(self.products),
            "reviews": sorted(self.reviews),
            "accounts": sorted(self.accounts),
            "messages": sorted(self.messages),
            "evidence": sorted(self.evidence),
            "affected": sorted(self.affected),
            "acts": self.acts,
            "first_act": _iso(self.first),
            "last_act": _iso(self.last),
        }


def _iso(ms: int | None) -> str | None:
    return None if ms is None else moment(ms).isoformat().replace("+00:00", "Z")
