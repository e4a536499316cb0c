"""The phrase banks: grammars of sentences by language, read from TOML, so that phrasings can be
held out. A bank is a folder with one file a language; every file has the same rules.

A rule is a list of templates. `{a|b}` chooses, `[name]` inserts a slot given by the caller or,
failing that, another rule of the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from random import Random
from typing import Literal, TypeAlias

Bank: TypeAlias = Literal["build", "judge"]

LANGUAGES = ("sv", "en", "de", "da", "fi", "no", "nl", "fr", "it", "es", "pl", "pt")
REFERENCE: tuple[Bank, str] = ("build", "sv")
"""The file whose rules all files of all banks must have."""

Node: TypeAlias = "str | Slot | Choice | Sequence"


class PhraseError(Exception):
    """A bank is missing or not complete; says which file and rule."""


class Slot:
    """A place filled by a slot or a rule."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Choice:
    """One of several."""

    __slots__ = ("options",)

    def __init__(self, options: list[Node]) -> None:
        self.options = options


class Sequence:
    """One after the other."""

    __slots__ = ("parts",)

    def __init__(self, parts: list[Node]) -> None:
        self.parts = parts


def parse(template: str) -> Node:
    """The tree of a template.

    Raises:
        ValueError: a bracket has no partner.
    """
    node, at = _sequence(template, 0, "")
    if at != len(template):
        raise ValueError(f"unexpected {template[at]!r} at {at} in {template!r}")
    return node


def _sequence(text: str, at: int, stops: str) -> tuple[Node, int]:
    parts: list[Node] = []
    start = at
    while at < len(text) and text[at] not in stops:
        if text[at] in "{[":
            if at > start:
                parts.append(text[start:at])
            node, at = _choice(text, at + 1) if text[at] == "{" else _slot(text, at + 1)
            parts.append(node)
            start = at
        elif text[at] in "}]":
            break
        else:
            at += 1
    if at > start:
        parts.append(text[start:at])
    return (parts[0] if len(parts) == 1 else Sequence(parts)), at


def _choice(text: str, at: int) -> tuple[Node, int]:
    options: list[Node] = []
    while True:
        option, at = _sequence(text, at, "|}")
        options.append(option)
        if at >= len(text):
            raise ValueError(f"a {{ is not closed in {text!r}")
        at += 1
        if text[at - 1] == "}":
            return Choice(options), at


def _slot(text: str, at: int) -> tuple[Node, int]:
    end = text.find("]", at)
    if end < 0:
        raise ValueError(f"a [ is not closed in {text!r}")
    return Slot(text[at:end]), end + 1


class Phrases:
    """The sentences of one language."""

    def __init__(self, language: str, rules: Mapping[str, list[str]]) -> None:
        self.language = language
        self._rules = {name: [parse(t) for t in templates] for name, templates in rules.items()}

    def rules(self) -> set[str]:
        """The names of all rules."""
        return set(self._rules)

    def size(self, rule: str) -> int:
        """How many templates a rule has."""
        return len(self._rules[rule])

    def say(self, rule: str, rng: Random, slots: Mapping[str, str]) -> str:
        """One sentence by a rule."""
        templates = self._rules[rule]
        return self._render(templates[int(rng.random() * len(templates))], rng, slots)

    def several(self, rule: str, count: int, rng: Random, slots: Mapping[str, str]) -> list[str]:
        """Up to `count` sentences by different templates of a rule."""
        templates = self._rules[rule]
        chosen = rng.sample(templates, min(count, len(templates)))
        return [self._render(template, rng, slots) for template in chosen]

    def fresh(
        self, rule: str, rng: Random, slots: Mapping[str, str], used: set[tuple[str, int]]
    ) -> str | None:
        """One sentence by a template that is not in `used` yet, None where all are."""
        templates = self._rules[rule]
        left = [n for n in range(len(templates)) if (rule, n) not in used]
        if not left:
            return None
        chosen = left[int(rng.random() * len(left))]
        used.add((rule, chosen))
        return self._render(templates[chosen], rng, slots)

    def _render(self, node: Node, rng: Random, slots: Mapping[str, str]) -> str:
        if isinstance(node, str):
            return node
        if isinstance(node, Slot):
            given = slots.get(node.name)
            return self.say(node.name, rng, slots) if given is None else given
        if isinstance(node, Choice):
            options = node.options
            return self._render(options[int(rng.random() * len(options))], rng, slots)
        return "".join([self._render(part, rng, slots) for part in node.parts])


def _flatten(document: Mapping[str, Mapping[str, object]]) -> dict[str, list[str]]:
    rules: dict[str, list[str]] = {}
    for section, entries in document.items():
        for name, value in entries.items():
            if section == "feature" and isinstance(value, dict):
                for mood, sentences in value.items():
                    rules[f"{name}.{mood}"] = sentences
            elif isinstance(value, list):
                rules[name] = value
    return rules


def _read(file: Traversable) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PhraseError(f"{file.name}: {error}") from error


def folder() -> Traversable:
    """The folder of the phrase data in the package."""
    return files("pipeline.simulator") / "phrases"


def read_shared(name: str) -> dict[str, object]:
    """A file of neutral vocabulary beside the banks, such as `taxonomy.toml`."""
    return _read(folder() / name)


def read_bank(bank: Bank) -> dict[str, Phrases]:
    """All languages of a bank.

    Raises:
        PhraseError: the bank is not there, or one of its files lacks a rule.
    """
    found: dict[str, Phrases] = {}
    for language in LANGUAGES:
        file = folder() / bank / f"{language}.toml"
        if not file.is_file():
            raise PhraseError(
                f"phrase bank `{bank}` has no file for `{language}`: expected "
                f"pipeline/simulator/phrases/{bank}/{language}.toml "
                "(docs/simulator.md says how a bank is written)"
            )
        found[language] = Phrases(language, _flatten(_read(file)))  # type: ignore[arg-type]
    home, model = REFERENCE
    reference = set(_flatten(_read(folder() / home / f"{model}.toml")))  # type: ignore[arg-type]
    for language, phrases in found.items():
        missing = sorted(reference - phrases.rules())
        if missing:
            raise PhraseError(
                f"{bank}/{language}.toml lacks the rule(s) {', '.join(missing)}: "
                f"every file has those of {home}/{model}.toml"
            )
    return found
