"""The list of everything that can be planted: violations by clause and variant, and lookalikes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pipeline.simulator.cases.casting import Casting

Kind: TypeAlias = Literal["planted", "lookalike"]
Plan: TypeAlias = "Callable[[Casting], None]"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One variant of a violation or of a lookalike.

    Attributes:
        clause: what it breaks, or what it looks like.
        name: the clause for a violation, the lookalike's name otherwise.
        difficulty: 1 careless to 5 careful; 0 for lookalikes.
        also: other clauses that its events break as well.
        tolerated: clauses that somebody might name with reason, though it is not expected.
        plan: casts it into a world that has not begun.
    """

    kind: Kind
    clause: str
    name: str
    variant: str
    difficulty: int
    also: tuple[str, ...]
    tolerated: tuple[str, ...]
    plan: Plan


_NEIGHBOURS = {
    # Whether the owner writes or somebody of the house can seldom be told from outside.
    "self_review": ("insider_review",),
    "insider_review": ("self_review",),
    # A club is a standing offer, and its members act alike.
    "review_club": ("incentive_offer", "review_ring"),
}

SCENARIOS: list[Scenario] = []
"""Filled by the decorators when `pipeline.simulator.cases` is imported, and never after."""


def planted(
    clause: str,
    variant: str,
    difficulty: int,
    also: Sequence[str] = (),
    tolerated: Sequence[str] = (),
) -> Callable[[Plan], Plan]:
    """Registers a violation."""

    def register(plan: Plan) -> Plan:
        SCENARIOS.append(
            Scenario(
                "planted",
                clause,
                clause,
                variant,
                difficulty,
                tuple(also),
                (*_NEIGHBOURS.get(clause, ()), *tolerated),
                plan,
            )
        )
        return plan

    return register


def lookalike(clause: str, name: str, variant: str) -> Callable[[Plan], Plan]:
    """Registers something innocent that looks like a violation of `clause`."""

    def register(plan: Plan) -> Plan:
        SCENARIOS.append(Scenario("lookalike", clause, name, variant, 0, (), (), plan))
        return plan

    return register


class UnknownScenario(ValueError):  # noqa: N818 - reads as the sentence it is
    """No scenario of that name."""


def find(name: str) -> list[Scenario]:
    """The scenarios called `clause`, `clause:variant`, `lookalike` or `lookalike:variant`.

    Raises:
        UnknownScenario: there is none; the message lists what there is.
    """
    wanted, _, variant = name.partition(":")
    found = [s for s in SCENARIOS if s.name == wanted and variant in ("", s.variant)]
    if not found:
        same = sorted(s.variant for s in SCENARIOS if s.name == wanted)
        known = same or sorted({s.name for s in SCENARIOS})
        raise UnknownScenario(f"no scenario `{name}`; there are: {', '.join(known)}")
    return found


def deal(kind: Kind, count: int, rng: Random) -> Iterator[Scenario]:
    """`count` scenarios of a kind: one of each name in turn, in shuffled order, so that few cover
    many clauses and many cover every variant before any comes again."""
    by_name: defaultdict[str, list[Scenario]] = defaultdict(list)
    for scenario in SCENARIOS:
        if scenario.kind == kind:
            by_name[scenario.name].append(scenario)
    while count > 0:
        names = list(by_name)
        rng.shuffle(names)
        hands = {name: rng.sample(by_name[name], len(by_name[name])) for name in names}
        for turn in range(max(map(len, hands.values()))):
            for name in names:
                if turn < len(hands[name]) and count > 0:
                    count -= 1
                    yield hands[name][turn]


def size(kind: Kind) -> int:
    """How many scenarios of a kind there are."""
    return sum(s.kind == kind for s in SCENARIOS)
