"""What messages between sellers and buyers are like, where no clause is at stake: whether a seller
asks for a review or says that nothing is wanted in return, and how a buyer feels.

Who is asked for a review is judged by behaviour (`detectors.review_requests`); this gives the
behaviour its names. Words of moods stand in `moods.toml`, by language.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources

from ahocorasick_rs import AhoCorasick

from detectors.text import Reading, acts, understand
from detectors.text.concepts import BIT, bits
from detectors.text.hiding import undo
from detectors.text.lexicon import LANGUAGES, fold, load
from detectors.text.parts import Contribution, contribution
from detectors.text.reading import Words, words
from detectors.text.rules import Kind
from detectors.text.tokens import tokens
from schemas.events import MessageSent

REQUEST, UNTIED, EXCUSE, HAPPY, UNHAPPY, ALTERS, MENTIONS = 1, 2, 4, 8, 16, 32, 64
"""Bits of a tone: a seller asks for a review, says that nothing is wanted in return, or apologises
for something; a buyer is happy, or has something to complain of; the text is of a review's being
changed or removed, as the clause rules see it; a seller mentions reviews at all."""

_REVIEWS = bits("review rate")

_ALTERING = frozenset(("change_request", "paid_change"))

_MOODS = ("happy", "unhappy", "not", "thanks", "excuse")


def kind_of(event: MessageSent) -> Kind:
    """What kind of text a message is."""
    if event.channel == "package_insert":
        return Kind.PACKAGE_INSERT
    return Kind.SELLER_MESSAGE if event.direction == "to_buyer" else Kind.BUYER_MESSAGE


@dataclass(frozen=True, slots=True)
class Message:
    """A message once read: what it shows, its tone, and what it contributes to its thread."""

    reading: Reading
    tone: int
    part: Contribution


def message_of(event: MessageSent) -> Message:
    """Read a message; for `Observed.once`, as several folds need it."""
    hint = event.lang.partition("-")[0].lower() if event.lang else None
    said, kind = words(event.text, hint), kind_of(event)
    reading = understand(said, kind)
    alters = ALTERS if any(label.clause in _ALTERING for label in reading.labels) else 0
    return Message(reading, tone_of(said, kind, reading, hint) | alters, contribution(said))


def tone_of(said: Words, kind: Kind, reading: Reading, hint: str | None = None) -> int:
    """The tone of a message, a set of bits: what it asks or makes up for where the seller writes,
    how its writer feels where a buyer does. 0 where it shows nothing. `reading` is what the rules
    made of it; `hint` a language that it is read in besides those it seems to be written in."""
    spoken = {*said.languages, hint} if hint in LANGUAGES else {*said.languages}
    moods = {mood for language in spoken for mood in _moods(said, language)}
    if kind is Kind.BUYER_MESSAGE:
        return _mood(moods, asks="?" in said.line.text)
    asks = REQUEST if _asks(said, reading) else 0
    untied = UNTIED if said.reach & BIT["untied"] else 0
    mentions = MENTIONS if said.reach & _REVIEWS else 0
    return asks | untied | mentions | (EXCUSE if "excuse" in moods else 0)


def _mood(moods: set[str], *, asks: bool) -> int:
    """Any complaint outweighs praise; praise in doubt is none, and doubt without praise, where it
    is no question, is a complaint."""
    if "unhappy" in moods:
        return UNHAPPY
    if "not" in moods:
        return 0 if asks or "happy" in moods else UNHAPPY
    return HAPPY if "happy" in moods and "thanks" not in moods else 0


def _moods(said: Words, language: str) -> set[str]:
    feelings = _feelings(language)
    text = fold(said.line.text) if feelings.folded else said.line.text
    found = feelings.machine.find_matches_as_indexes(text, overlapping=True)
    return {feelings.moods[pattern] for pattern, _, _ in found}


def _asks(said: Words, reading: Reading) -> bool:
    if not acts.could(said.reach) & BIT["request"]:
        return False
    if reading.acts:
        return any(act.said & BIT["request"] for act in reading.acts)
    parsed = acts.parsed(said)
    return any(sentence.asserted & BIT["request"] for sentence in parsed.sentences)


@dataclass(frozen=True)
class _Feelings:
    """One language's patterns, and the mood of each."""

    machine: AhoCorasick
    moods: tuple[str, ...]
    folded: bool


@functools.cache
def _feelings(language: str) -> _Feelings:
    folded = load(language).fold
    patterns: list[str] = []
    moods: list[str] = []
    for mood in _MOODS:
        for pattern in _lexicon()[language][mood]:
            text = tokens(undo(pattern.removesuffix("*"))).text
            text = text.rstrip() if pattern.endswith("*") else text
            patterns.append(fold(text) if folded else text)
            moods.append(mood)
    return _Feelings(AhoCorasick(patterns), tuple(moods), folded)


@functools.cache
def _lexicon() -> dict[str, dict[str, list[str]]]:
    raw = (resources.files("detectors.text") / "moods.toml").read_text(encoding="utf-8")
    lexicon: dict[str, dict[str, list[str]]] = tomllib.loads(raw)
    return lexicon
