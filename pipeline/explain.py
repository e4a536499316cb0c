"""Explanations: templates of one language filled with facts.

A language is one file, `detectors/explanations/<language>.toml`: `[text]` maps a template's name
to its sentence with `{facts}`, `[word]` the terms of the contract to words. A fact that starts
with "@" names a word; every other fact may come from an event and is shown as bounded plain text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from string import Formatter

import msgspec

Facts = tuple[tuple[str, str | int | float], ...]

VALUE_LIMIT = 120
_FOLDER = resources.files("detectors") / "explanations"


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language's file."""

    text: dict[str, str]
    word: dict[str, str] = {}
    decimal: str = "."
    """The decimal mark."""


class UnknownLanguageError(ValueError):
    """No file of that language; the message names those there are."""


def languages() -> list[str]:
    """The languages that explanations can be given in."""
    return sorted(
        f.name.removesuffix(".toml") for f in _FOLDER.iterdir() if f.name.endswith(".toml")
    )


@cache
def load(language: str) -> Language:
    """The templates of a language; `UnknownLanguageError` where there are none."""
    if language not in languages():
        raise UnknownLanguageError(
            f"no explanations in {language!r}; there are {', '.join(languages())} "
            f"(a new language is a file beside them)"
        )
    raw = (_FOLDER / f"{language}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(raw), Language)


def fields(template: str) -> set[str]:
    """The facts that a template asks for."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def render(language: Language, text: str, facts: Facts) -> str:
    """The sentence of a template with its facts filled in."""
    shown = {name: _show(language, value) for name, value in facts}
    return language.text[text].format_map(shown)


def _show(language: Language, value: str | int | float) -> str:
    if isinstance(value, str):
        if value.startswith("@") and value[1:] in language.word:
            return language.word[value[1:]]
        return plain(value)
    if isinstance(value, int):
        return (
            f"{value:,}".replace(",", "\N{NO-BREAK SPACE}") if abs(value) >= 10_000 else str(value)
        )
    shown = f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return shown.replace(".", language.decimal)


def plain(value: str) -> str:
    """Text from outside as one bounded line without control characters."""
    cut = value if len(value) <= VALUE_LIMIT else value[: VALUE_LIMIT - 1] + "…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)


def sentences(parts: Iterable[str]) -> str:
    """Sentences as one paragraph, each once."""
    return " ".join(dict.fromkeys(p.strip() for p in parts if p.strip()))
