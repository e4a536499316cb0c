"""Clause rules over acts, read from `rules.toml`: one set for every language."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any

from detectors.text.concepts import bits
from schemas.alerts import Clause


class Kind(StrEnum):
    """What kind of text: who speaks, and where it was found."""

    SELLER_MESSAGE = "seller_message"
    BUYER_MESSAGE = "buyer_message"
    REVIEW_TEXT = "review_text"
    PACKAGE_INSERT = "package_insert"


_PARTS = {
    Kind.SELLER_MESSAGE: ("seller",),
    Kind.BUYER_MESSAGE: ("buyer", "message"),
    Kind.REVIEW_TEXT: ("buyer", "review"),
    Kind.PACKAGE_INSERT: ("seller", "insert"),
}


@dataclass(frozen=True)
class Rule:
    """If a window asserts one of each of `need` and nothing of `avoid`, it shows `clause`.

    `named` is a conjunction too, of what is named whether asserted or negated. The sets are of
    concepts, one bit each; `window` is the most sentences that it looks at
    together; where it is `ordered`, what is needed first stands in the first of them.
    """

    name: str
    clause: Clause
    need: tuple[int, ...]
    named: tuple[int, ...]
    avoid: int
    window: int
    ordered: bool


@functools.cache
def rules(kind: Kind) -> tuple[Rule, ...]:
    """The rules for texts of a kind."""
    text = resources.files("detectors.text").joinpath("rules.toml").read_text("utf-8")
    data = tomllib.loads(text)
    sets: dict[str, str] = data["sets"]
    return tuple(_rule(entry, sets) for part in _PARTS[kind] for entry in data[part])


def _rule(entry: dict[str, Any], sets: dict[str, str]) -> Rule:
    return Rule(
        name=entry["name"],
        clause=entry["clause"],
        need=tuple(spelled(part, sets) for part in entry["need"]),
        named=tuple(spelled(part, sets) for part in entry.get("named", ())),
        avoid=spelled(entry.get("avoid", ""), sets),
        window=entry.get("window", 1),
        ordered=entry.get("ordered", False),
    )


def spelled(names: str, sets: dict[str, str]) -> int:
    """The set of these concepts, where some of the names stand for several (`[sets]` of a file)."""
    return bits(" ".join(sets.get(name, name) for name in names.split()))
