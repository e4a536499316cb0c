"""Reviews that say they were given something for being written, in several languages.

A first reading by set phrases (`disclosures.toml`); platform-run sampling programmes are left
out by what the event says, not here.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from ahocorasick_rs import AhoCorasick, Implementation

MAX_CHARS = 4_000


@cache
def phrases() -> tuple[str, ...]:
    """Every phrase of every language, folded."""
    raw = (resources.files("detectors") / "disclosures.toml").read_text(encoding="utf-8")
    languages: dict[str, list[str]] = tomllib.loads(raw)["disclosures"]
    return tuple(sorted({p.casefold() for found in languages.values() for p in found}))


@cache
def _any_phrase() -> AhoCorasick:
    # One pass over the text, however many phrases there are (Aho and Corasick 1975).
    return AhoCorasick(phrases(), implementation=Implementation.DFA)


def discloses(text: str) -> bool:
    """Whether a review's text says that it was rewarded."""
    folded = " ".join(text[:MAX_CHARS].casefold().split())
    return bool(_any_phrase().find_matches_as_indexes(folded))
