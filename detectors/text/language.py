"""Which languages a text is written in, from its common words and letters."""

from __future__ import annotations

import functools

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
_SURE = 1.5
_SECOND = 0.34
_MOST = 3


@functools.cache
def _votes() -> dict[str, tuple[tuple[int, ...], float]]:
    """Each common word or telling letter: the languages that have it, and its weight."""
    holders: dict[str, set[str]] = {
        letter: set(of) & set(LANGUAGES) for letter, of in _LETTERS.items()
    }
    for language in LANGUAGES:
        for word in load(language).words:
            holders.setdefault(word, set()).add(language)
    return {
        word: (tuple(LANGUAGES.index(language) for language in sorted(of)), 1.0 / len(of))
        for word, of in holders.items()
        if of
    }


def languages(words: list[str], letters: set[str], hint: str | None) -> tuple[str, ...]:
    """The languages to read a text in, the likeliest first, at most three where any is likely.

    A short text with nothing to tell by is read in the language of the hint, or in all.
    """
    votes = _votes()
    scores = [0.0] * len(LANGUAGES)
    for key in {*words, *letters}:
        vote = votes.get(key)
        if vote is not None:
            for language in vote[0]:
                scores[language] += vote[1]
    best = max(scores)
    if best == 0.0:
        return (hint,) if hint in LANGUAGES else LANGUAGES
    bar = best * (_SECOND if best >= _SURE else 0.5)
    order = sorted(range(len(LANGUAGES)), key=lambda language: (-scores[language], language))
    return tuple(LANGUAGES[i] for i in order[:_MOST] if scores[i] >= bar)
