"""How people hide a text from filters while a reader still understands it, and how they err."""

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
    disguised, each text by one or two ways; where there is none, its longest word."""
    ways = rng.sample(WAYS, 2 if rng.random() < 0.3 else 1)

    def hide(match: re.Match[str]) -> str:
        word = match.group()
        if len(word) > 2 and word.lower().startswith(tuple(stems)):
            return rng.choice(ways)(word, rng)
        return word

    hidden = _WORD.sub(hide, text)
    if hidden == text:
        longest = max(_WORD.findall(text), key=len, default="")
        if len(longest) > 2:
            hidden = text.replace(longest, _invisible(longest, rng), 1)
    return hidden


def slip(text: str, rng: Random) -> str:
    """The text as typed in a hurry: a letter or two dropped, doubled or swapped."""
    letters = list(text)
    for _ in range(1 + len(letters) // 90):
        at = 1 + int(rng.random() * (len(letters) - 2)) if len(letters) > 3 else 0
        if not (letters[at].isalpha() and letters[at - 1].isalpha()):
            continue
        way = rng.random()
        if way < 0.4:
            letters[at - 1], letters[at] = letters[at], letters[at - 1]
        elif way < 0.7:
            letters[at] = ""
        else:
            letters[at] *= 2
    return "".join(letters)
