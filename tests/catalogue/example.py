"""Examples of each clause: what must fire and what must not, and what makes the difference.

An example names one condition. A firing one must stop firing when its condition is taken out of the
world, a quiet one must start firing when what exculpates is taken out: none passes vacuously.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from detectors.api import DAY
from tests.detectors.world import START, Event, World, iso

Make = Callable[[], World]
Change = Callable[[World], World]
Body = dict[str, Any]


@dataclass(frozen=True)
class Example:
    """A small world that breaks a clause (`fires`) or only looks like it, and the change that takes
    its `condition` out."""

    clause: str
    kind: str
    """What sort of conduct it is, in a few words; told apart within its clause."""
    fires: bool
    condition: str
    """What makes it fire; of a quiet one, what exculpates."""
    world: Make
    without: Change

    @property
    def name(self) -> str:
        """How tests call it."""
        return f"{self.clause}: {self.kind}"


def fires(clause: str, kind: str, because: str, world: Make, without: Change) -> Example:
    """A violation."""
    return Example(clause, kind, True, because, world, without)


def quiet(clause: str, kind: str, because: str, world: Make, without: Change) -> Example:
    """A lookalike."""
    return Example(clause, kind, False, because, world, without)


# -- changes ---------------------------------------------------------------------------------------


def each(change: Callable[[Body], Body | None], type_: str = "", **match: Any) -> Change:
    """Change every event of a type (any) with these fields, or leave it out (None)."""

    def apply(world: World) -> World:
        return _with(world, [_changed(event, change, type_, match) for event in world.events])

    return apply


def _changed(
    event: Event, change: Callable[[Body], Body | None], type_: str, match: Body
) -> Event | None:
    ts, body = event
    if not _is(body, type_, match):
        return event
    new = change(dict(body))
    return None if new is None else (ts, new)


def _is(body: Body, type_: str, match: Body) -> bool:
    return type_ in ("", body["type"]) and all(body.get(k) == v for k, v in match.items())


def _with(world: World, events: list[Event | None]) -> World:
    other = World(world.marketplace)
    other._ids = world._ids
    other.events = [event for event in events if event is not None]
    return other


def less(type_: str = "", **match: Any) -> Change:
    """Leave out events of a type (any) with these fields."""
    return each(lambda _: None, type_, **match)


def only(keep: Callable[[Body], bool], type_: str = "", **match: Any) -> Change:
    """Of the events of a type with these fields keep some."""
    return each(lambda body: body if keep(body) else None, type_, **match)


def put(type_: str = "", where: Body | None = None, **fields: Any) -> Change:
    """Give events of a type with the fields of `where` other fields."""
    return each(lambda body: {**body, **fields}, type_, **(where or {}))


def drop(type_: str, *names: str) -> Change:
    """Take fields out of events of a type."""
    return each(lambda body: {k: v for k, v in body.items() if k not in names}, type_)


def when(day: Callable[[Body, float], float], type_: str, **match: Any) -> Change:
    """Move events in time: `day` gives the new day of an event from its body and its day."""

    def move(event: Event) -> Event:
        ts, body = event
        if not _is(body, type_, match):
            return event
        moved = START + round(day(body, (ts - START) / DAY) * DAY)
        return moved, {**body, "occurred_at": iso(moved)}

    return lambda world: _with(world, [move(event) for event in world.events])


def more(add: Callable[[World], object]) -> Change:
    """Add to the world."""

    def apply(world: World) -> World:
        other = _with(world, list(world.events))
        add(other)
        return other

    return apply


def also(*changes: Change) -> Change:
    """One change after the other."""

    def apply(world: World) -> World:
        for change in changes:
            world = change(world)
        return world

    return apply


# -- worlds ----------------------------------------------------------------------------------------


def world(add: Callable[[World], object], base: Make = World) -> Make:
    """A base with something added."""

    def make() -> World:
        made = base()
        add(made)
        return made

    return make


def shop() -> World:
    """A seller with one product."""
    made = World()
    made.listed("p1", "s1")
    return made


def says(text: str, **fields: Any) -> Make:
    """A seller writes this to a buyer through buyer-seller messaging, unless told otherwise."""
    body = {
        "seller_id": "s1",
        "message_id": "m1",
        "buyer_id": "b1",
        "direction": "to_buyer",
        "channel": "buyer_seller_messaging",
        "text": text,
        **fields,
    }
    return world(lambda w: w.add("message.sent", 1, **body), shop)


def told(text: str) -> Make:
    """A buyer writes this to the seller."""
    return says(text, direction="from_buyer")


def reviewed(*texts: str) -> Make:
    """Reviews of the product by different authors, two stars each."""

    def add(w: World) -> None:
        for n, text in enumerate(texts):
            w.review("p1", f"author{n}", 3 + 2 * n, 2, text=text)

    return world(add, shop)


def instead(text: str) -> Change:
    """The message or review says this instead."""
    return each(lambda body: {**body, "text": text} if "text" in body else body)
