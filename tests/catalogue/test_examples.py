"""Every clause fires where it must and nowhere else, and each example turns on its condition."""

from __future__ import annotations

from collections import Counter

import pytest

from detectors.registry import DETECTORS
from schemas.alerts import CLAUSES
from tests.catalogue.example import Example
from tests.catalogue.registry import EXAMPLES
from tests.detectors.world import World, cases_of, clauses, encode, run

AT_LEAST = 4
each = pytest.mark.parametrize("example", EXAMPLES, ids=[e.name for e in EXAMPLES])


@each
def test_an_example_turns_on_its_condition(example: Example) -> None:
    world = example.world()
    assert (example.clause in clauses(cases_of(world, _detectors()))) == example.fires
    other = example.without(world)
    assert other.events != world.events, "nothing was taken out"
    assert _opens(other, example.clause) != example.fires, (
        f"still the same without {example.condition!r}"
    )


def _detectors() -> list[object]:
    return [kind() for kind in DETECTORS]  # all together: none may fire on another's lookalikes


def _opens(world: World, clause: str) -> bool:
    events = sorted(world.events, key=lambda e: (e[0], e[1]["event_id"]))
    return clause in clauses([*run(encode(events), _detectors()).values()])


@pytest.mark.parametrize("fires", [True, False], ids=["firing", "quiet"])
@pytest.mark.parametrize("clause", CLAUSES)
def test_every_clause_has_examples_of_different_kinds(clause: str, fires: bool) -> None:
    own = [e for e in EXAMPLES if e.clause == clause and e.fires == fires]
    for names in ([e.kind for e in own], [e.condition for e in own]):
        twice = [name for name, count in Counter(names).items() if count > 1]
        assert not twice
    assert len(own) >= AT_LEAST
