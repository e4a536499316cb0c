"""Puts reviews and messages together from the sentences of a phrase bank."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple

from pipeline.simulator.chance import mix
from pipeline.simulator.disguise import disguise, slip
from pipeline.simulator.markets import Leaf
from pipeline.simulator.phrasebook import Bank, Phrases, read_bank, read_shared

_EMOJI = ("👍", "😊", "⭐", "😍", "🙂", "💯")
_SAD = ("👎", "😡", "🙁", "😕")
_MOODS = {1: "bad", 2: "bad", 3: "mid", 4: "good", 5: "good"}


_ASIDES = ("use", "use", "use", "delivery", "price", "service")


class Written(NamedTuple):
    """A review's words; either can be missing."""

    title: str | None
    text: str | None


class Texts:
    """Everything that is said in a world, in one phrase bank."""

    def __init__(self, bank: Bank) -> None:
        self._books: dict[str, Phrases] = read_bank(bank)
        shared: dict[str, Any] = read_shared("languages.toml")
        self._names: dict[str, list[str]] = {code: d["names"] for code, d in shared.items()}
        self._stems: dict[str, list[str]] = {code: d["sensitive"] for code, d in shared.items()}

    def name(self, language: str, rng: Random) -> str:
        """A first name."""
        return rng.choice(self._names[language])

    def line(self, language: str, rule: str, rng: Random, slots: Mapping[str, str]) -> str:
        """One sentence or two by a rule, nothing around it."""
        return self._books[language].say(rule, rng, slots)

    def message(
        self, language: str, rule: str, rng: Random, slots: Mapping[str, str], buyer: bool
    ) -> str:
        """A message: a greeting, what the rule says, a farewell."""
        book = self._books[language]
        hello, bye = ("b_hello", "b_bye") if buyer else ("hello", "bye")
        parts = [book.say(hello, rng, slots), book.say(rule, rng, slots), book.say(bye, rng, slots)]
        text = rng.choice((" ", "\n", "\n\n", " ")).join(part for part in parts if part)
        return slip(text, rng) if rng.random() < (0.14 if buyer else 0.05) else text

    def hidden(self, language: str, text: str, rng: Random) -> str:
        """The text with its telling words disguised."""
        return disguise(text, self._stems[language], rng)

    def review(
        self,
        language: str,
        rating: int,
        leaf: Leaf,
        rng: Random,
        slots: dict[str, str],
        wordiness: float = 1.0,
        manner: int = 0,
        tell: str | None = None,
    ) -> Written:
        """A review as that author would write it.

        Args:
            slots: what `[noun]`, `[shop]` and so on stand for.
            wordiness: around 1; longer and shorter authors.
            manner: a number of the author's, which settles habits such as capitals.
            tell: a rule whose sentence the review contains besides.
        """
        book = self._books[language]
        mood = _MOODS[rating]
        slots.setdefault("noun", book.say("thing", rng, slots))
        title = book.say(f"{mood}_title", rng, slots) if rng.random() < 0.85 else None
        if tell is None:
            chance = rng.random()
            if chance < 0.07:
                return Written(title, None)
            if chance < 0.16:
                return Written(title, _dress([book.say(f"{mood}_short", rng, slots)], manner, mood))
        count = min(36, max(2, round(wordiness * 4.6 * 2.718281828 ** rng.gauss(0, 0.85))))
        pieces = self._pieces(book, mood, rating, leaf, count, rng, slots)
        if tell is not None:
            pieces.insert(int(rng.random() * (len(pieces) + 1)), book.say(tell, rng, slots))
        text = _dress(_join(pieces, book, rng), manner, mood)
        return Written(title, slip(text, rng) if mix(manner + 2) < 0.18 else text)

    def _pieces(
        self,
        book: Phrases,
        mood: str,
        rating: int,
        leaf: Leaf,
        count: int,
        rng: Random,
        slots: Mapping[str, str],
    ) -> list[str]:
        """`count` pieces or fewer, none by a template twice."""
        opening = book.several(f"{mood}_open", 1, rng, slots) if rng.random() < 0.55 else []
        closing = (
            book.several(f"{mood}_close", 1, rng, slots) if count > 2 and rng.random() < 0.5 else []
        )
        praise = {1: 0.08, 2: 0.2, 3: 0.5, 4: 0.8, 5: 0.95}[rating]
        middle: list[str] = []
        used: set[tuple[str, int]] = set()
        features = list(leaf.features)
        for _ in range(9):
            rng.shuffle(features)
            for feature in features:
                if len(middle) >= count:
                    break
                side = "good" if rng.random() < praise else "bad"
                rule = f"{feature}.{side}"
                if rng.random() > 0.6:
                    rule = rng.choice(_ASIDES)
                    rule += "" if rule == "use" else "_bad" if rating <= 2 else "_good"
                piece = book.fresh(rule, rng, slots, used)
                if piece is not None:
                    middle.append(piece)
        room = max(1, count - len(opening) - len(closing))
        return opening + middle[:room] + closing


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _join(pieces: list[str], book: Phrases, rng: Random) -> list[str]:
    """Sentences out of pieces: some are joined by a word or a comma."""
    sentences: list[str] = []
    alone = False
    for piece in pieces:
        if alone and not sentences[-1].endswith((".", "!", "?")) and rng.random() < 0.4:
            glue = f" {book.say('and', rng, {})} " if rng.random() < 0.6 else ", "
            sentences[-1] += glue + piece
            alone = False
        else:
            sentences.append(piece)
            alone = True
    return sentences


def _dress(sentences: list[str], manner: int, mood: str) -> str:
    """Capitals, full stops and ornaments as the author is used to."""
    habit = mix(manner)
    ornament = mix(manner + 1)
    end = "!" if mood == "good" and 0.1 < habit < 0.22 else "."
    done = []
    for sentence in sentences:
        closed = sentence if sentence.endswith((".", "!", "?")) else sentence + end
        done.append(closed if habit < 0.1 else _capital(closed))
    text = " ".join(done)
    if habit < 0.1:
        text = text.lower()
    if ornament < 0.08:
        emoji = _SAD if mood == "bad" else _EMOJI
        text += " " + emoji[int(ornament / 0.08 * len(emoji))]
    elif ornament < 0.14:
        text = text.replace(". ", "\n")
    return text
