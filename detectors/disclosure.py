"""Reviews that say they were given something for being written, in several languages.

A first reading by set phrases (`disclosures.toml`); platform-run sampling programmes are left
out by what the event says, not here.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

MAX_CHARS = 4_000
_SPACE = re.compile(r"\s+")


@cache
def phrases() -> tuple[str, ...]:
    """Every phrase of every language, folded."""
    raw = (resources.files("detectors") / "disclosures.toml").read_text(encoding="utf-8")
    languages: dict[str, list[str]] = tomllib.loads(raw)["disclosures"]
    return tuple(sorted({p.casefold() for found in languages.values() for p in found}))


@cache
def _any_phrase() -> re.Pattern[str]:
    # Literals joined by | are matched without backtracking into one another.
    return re.compile("|".join(re.escape(p) for p in sorted(phrases(), key=len, reverse=True)))


def discloses(text: str) -> bool:
    """Whether a review's text says that it was rewarded."""
    folded = _SPACE.sub(" ", text[:MAX_CHARS].casefold())
    return _any_phrase().search(folded) is not None
