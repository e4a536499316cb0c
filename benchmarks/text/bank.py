"""Texts to learn from by another hand: the simulator's phrase bank for building.

Never the bank for judging: worlds that speak in it are what detectors are judged on.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import cast

from benchmarks.text.corpus import Labelled
from detectors.text import Kind
from pipeline.simulator.phrasebook import Phrases, read_bank
from schemas.alerts import Clause

RULES = Path(__file__).with_name("bank.toml")
_CLEAN = "clean"
_ROUNDS = 2
"""Renderings of each template."""
_SLOTS = MappingProxyType({
    "amount": "25 €", "product": "Solko 2.0", "shop": "Nordkok", "name": "Anna",
    "link": "https://nordkok.example/r", "email": "help@nordkok.example", "rival": "Brightex",
    "phone": "+46 70 123 45 67", "handle": "@nordkok_help", "code": "SAVE20",
    "order": "302-1234567-7654321", "noun": "lamp",
})  # fmt: skip


def read_phrases() -> list[Labelled]:
    """The phrases of every language, with labels."""
    kinds = tomllib.loads(RULES.read_text("utf-8"))
    bank = read_bank("build")
    return [
        row
        for kind, labels in kinds.items()
        for label, rules in labels.items()
        for rule in rules
        for row in _phrases(bank, rule, Kind(kind), () if label == _CLEAN else (label,))
    ]


def _phrases(
    bank: Mapping[str, Phrases], rule: str, kind: Kind, labels: Sequence[str]
) -> Iterator[Labelled]:
    for language, phrases in bank.items():
        said: dict[str, None] = {}
        for seed in range(_ROUNDS):
            count = phrases.size(rule)
            said |= dict.fromkeys(phrases.several(rule, count, Random(seed), _SLOTS))
        for number, text in enumerate(said):
            name = f"bank-{language}-{rule}-{number}"
            given = frozenset(cast(Sequence[Clause], labels))
            yield Labelled(name, kind, text, language, given, f"bank.{rule}")
