"""Which languages a text is written in, from its common words and letters."""

from __future__ import annotations

import functools
import struct

from detectors.text.lexicon import LANGUAGES, load

_LETTERS = {
    "å": ("sv", "da", "no"),
    "ä": ("sv", "fi", "de"),
    "ö": ("sv", "fi", "de"),
    "ø": ("da", "no"),
    "æ": ("da", "no"),
    "ü": ("de",),
    "ß": ("de",),
    "ł": ("pl",), "ą": ("pl",), "ę": ("pl",), "ż": ("pl",), "ś": ("pl",), "ć": ("pl",),
    "ñ": ("es",), "¿": ("es",), "¡": ("es",),
    "ã": ("pt",), "õ": ("pt",),
    "ç": ("pt", "fr"),
    "è": ("it", "fr"), "ù": ("it", "fr"), "ò": ("it",), "ì": ("it",),
    "ê": ("fr", "pt"), "œ": ("fr",), "û": ("fr",), "â": ("fr", "pt"),
    "í": ("es", "pt"), "ú": ("es", "pt"), "á": ("es", "pt"), "ó": ("es", "pl", "pt"),
}  # fmt: skip
_TWINS = {"da": "no", "no": "da"}
"""Languages so alike that a text is read in both."""
_SURE = 27720
"""The weight of a word that one language has, and divisible by any number of languages, so that
sums do not depend on the order of words."""
_SECOND = 0.3
_MOST = 3
_HINT = _SURE * 3 // 10


_LANE = 32
"""Bits of a score: every language's stand side by side in one integer, so that one addition a word
counts it for all that have it."""
_SCORES = struct.Struct(f"<{len(LANGUAGES)}I")


@functools.cache
def _votes() -> dict[str, int]:
    """Each common word or telling letter: its weight in the lane of every language that has it."""
    holders: dict[str, set[str]] = {
        letter: set(of) & set(LANGUAGES) for letter, of in _LETTERS.items()
    }
    for language in LANGUAGES:
        for word in load(language).words:
            holders.setdefault(word, set()).add(language)
    return {
        word: sum(_SURE // len(of) << _LANE * LANGUAGES.index(language) for language in of)
        for word, of in holders.items()
        if of
    }


def _scores(votes: int) -> tuple[int, ...]:
    return _SCORES.unpack(votes.to_bytes(_SCORES.size, "little"))


def languages(words: list[str], letters: set[str], hint: str | None) -> tuple[str, ...]:
    """The languages to read a text in, the likeliest first; all of them where nothing tells.

    A further language counts only by what the likeliest does not explain, so that a word that two
    languages write alike is not read in both.
    """
    votes = _votes()
    known = [votes[word] for word in votes.keys() & words]
    if letters:
        known += [votes[letter] for letter in _LETTERS.keys() & letters]
    told = _HINT << _LANE * LANGUAGES.index(hint) if hint in LANGUAGES else 0
    scores = _scores(sum(known, told))
    highest = max(scores)
    if highest < _SURE:
        return LANGUAGES
    best = scores.index(highest)
    fewest = max(_SURE, _SECOND * highest)
    further: list[int] = []
    if sorted(scores)[-2] >= fewest:
        lane = (1 << _LANE) - 1 << _LANE * best
        rest = _scores(sum([vote for vote in known if not vote & lane]))
        further = [i for i, score in enumerate(scores) if min(score, rest[i]) >= fewest]
        further.sort(key=lambda language: -rest[language])
    found = [LANGUAGES[i] for i in (best, *further)]
    twin = _TWINS.get(found[0])
    if twin is not None and twin not in found:
        found.insert(1, twin)
    return tuple(found[:_MOST])
