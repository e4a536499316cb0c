"""How people hide a text from filters while a reader still understands it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

_LOOKALIKE = str.maketrans("aceopxyiABCEHKMOPTX", "асеорхуіАВСЕНКМОРТХ")
_LEET = str.maketrans("aeiost", "431057")
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_INVISIBLE = ("\u200b", "\u2060", "\u00ad", "\u200c")
_WORD = re.compile(r"[^\W_]+")
_SEPARATORS = (".", "-", " ", "_", "*", "·")


def _invisible(word: str, rng: Random) -> str:
    at = 1 + int(rng.random() * (len(word) - 1))
    return word[:at] + rng.choice(_INVISIBLE) + word[at:]


def _homoglyphs(word: str, _: Random) -> str:
    return word.translate(_LOOKALIKE)


def _spaced(word: str, rng: Random) -> str:
    return rng.choice(_SEPARATORS).join(word)


def _leet(word: str, _: Random) -> str:
    return word.translate(_LEET)


def _full_width(word: str, _: Random) -> str:
    return word.translate(_FULL_WIDTH)


def _broken(word: str, rng: Random) -> str:
    at = 1 + int(rng.random() * (len(word) - 1))
    return word[:at] + rng.choice(_SEPARATORS) + word[at:]


WAYS = (_invisible, _homoglyphs, _spaced, _leet, _full_width, _broken)


def disguise(text: str, stems: Sequence[str], rng: Random) -> str:
    """The text with its telling words (those that begin with one of `stems`, and longer numbers)
    disguised, each text by one or two ways. A text without such a word is returned as it is."""
    ways = rng.sample(WAYS, 2 if rng.random() < 0.3 else 1)

    def hide(match: re.Match[str]) -> str:
        word = match.group()
        if len(word) > 2 and word.lower().startswith(tuple(stems)):
            return rng.choice(ways)(word, rng)
        return word

    return _WORD.sub(hide, text)
