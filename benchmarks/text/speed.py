"""How fast texts are read: ordinary ones, suspicious ones, and ones made to be slow."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.text.corpus import Labelled
from detectors.text import Kind, read
from detectors.text.jsonl import TEXT_LIMIT
from detectors.text.lexicon import LANGUAGES, forms, load
from pipeline.simulator import Settings, simulate

ORDINARY, SUSPICIOUS = 40_000, 5_000
"""Texts a second of one core that are wanted."""
SLOWEST = 0.05
"""Seconds that no text may take."""
_SCALE = 0.1
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Text:
    """What `read` is called with."""

    text: str
    kind: Kind
    lang: str | None


class _Said(msgspec.Struct):
    text: str | None = None
    lang: str | None = None
    direction: str | None = None
    channel: str | None = None

    def kind(self) -> Kind:
        if self.direction is None:
            return Kind.REVIEW_TEXT
        if self.channel == "package_insert":
            return Kind.PACKAGE_INSERT
        return Kind.SELLER_MESSAGE if self.direction == "to_buyer" else Kind.BUYER_MESSAGE


def ordinary() -> list[Text]:
    """The reviews and messages of a small simulated marketplace, nearly all of them innocent."""
    decode = msgspec.json.Decoder(_Said).decode
    with TemporaryDirectory(prefix="starwatch-bench-") as folder:
        world = Path(folder) / "world"
        simulate(Settings(seed=1, scale=_SCALE), world)
        said = [
            decode(line)
            for name in ("reviews.jsonl", "seller-messages.jsonl")
            for line in (world / name).read_bytes().splitlines()
        ]
    return [Text(each.text, each.kind(), each.lang) for each in said if each.text]


def suspicious(rows: Sequence[Labelled]) -> list[Text]:
    """Texts that all show something or nearly do: the corpus itself."""
    return [Text(row.text, row.kind, row.lang) for row in rows]


def rate(texts: Sequence[Text]) -> float:
    """Texts a second of one core: CPU time, the best of three rounds, the first of them warm."""
    _pass(texts[:500])
    return len(texts) / min(_pass(texts) for _ in range(_ROUNDS))


def _pass(texts: Sequence[Text]) -> float:
    start = time.process_time()
    for each in texts:
        read(each.text, each.kind, each.lang)
    return time.process_time() - start


def hostile(rows: Sequence[Labelled]) -> Iterator[tuple[str, str]]:
    """Texts of the most code points that an event may have, each made to be slow in its own way,
    with what is bad about it."""
    violating = [row.text for row in rows if row.labels]
    longest = max(violating, key=len)
    yield "a violation over and over", _filled(longest)
    yield "the corpus in one text, one line", _filled(" ".join(violating))
    yield (
        "the corpus in one text, without any stop",
        _filled(" ".join("".join(c if c.isalnum() else " " for c in text) for text in violating)),
    )
    yield (
        "all languages at once, by words",
        _filled(" ".join(text.split()[0] for text in violating if text.split())),
    )
    for language in ("sv", "fi", "pl"):
        mine = [row.text for row in rows if row.labels and row.language == language]
        yield (
            f"one language ({language}), hidden",
            _filled("\u200b".join(" ".join(mine).replace("e", "\u0435").replace("o", "0"))),
        )
    yield "one word", _filled("review ")
    yield "one word, no end of a sentence", _filled("if you review refund ")
    yield "letters spaced out", _filled("r e v i e w s  ")
    yield "letters spaced out by dots", _filled("r.e.v.i.e.w.")
    yield "single letters", _filled("a ")
    yield "negations", _filled("not no never don't ")
    yield "numbers", _filled("5 1 5/5 070 123 45 67 ")
    yield "one long number", _filled("1")
    yield "addresses", _filled("a@b.co c (at) d dot com ")
    yield "at signs", _filled("@")
    yield "dots", _filled(".")
    yield "question marks and words", _filled("review? ")
    yield "stars", _filled("⭐")
    yield "combining marks", _filled("e" + "\u0301" * 200)
    yield "zero-width characters", _filled("\u200b")
    yield "compatibility ligatures", _filled("\ufdfa")
    yield "full-width letters", _filled("ｒｅｖｉｅｗ ")
    yield "mathematical letters", _filled("𝓻𝓮𝓿𝓲𝓮𝔀 ")
    yield "mixed scripts", _filled("rеviеw ")
    yield "leetspeak", _filled("r3v13w $t@r5 ")
    yield "one word of no end", _filled("review")
    yield "blank lines", _filled("\n")
    yield "spaces", _filled(" ")
    yield "quotes and brackets", _filled('"(«„[{')
    yield "emoji with joiners", _filled("👩\u200d👩\u200d👧\u200d👦")
    yield "all emoji that mean something", _filled("😀🎁📸⭐👎💰✍📞→")
    yield "one giant word of many letters", _filled("abcdefghijklmnopqrstuvwxyzåäöéß")
    yield "scripts that alternate, letter by letter", _filled("aбcδeжgηiйkλ")
    yield (
        "scripts that alternate, word by word",
        _filled("review отзыв κριτική रिव्यू レビュー 리뷰 "),
    )
    yield "addresses spelled out", _filled("name at gmail dot com ")
    yield "deep punctuation", _filled(".,;:!?…-–—'\"(){}[]<>/\\|*_~#+=%&@^`")
    yield "links", _filled("https://a.example/b?c=d&e=f%20g#h www.i.example/j ")
    yield "line ends of every kind", _filled("\r\n\n\r\t\v\f\u2028\x85 ")
    yield (
        "few of the one, then many of the other",
        _filled("write " * 35 + "x " * 10 + "review " * 35),
    )
    for language in ("en", "sv", "de"):
        words = triggers(language)
        yield f"every pattern ({language})", _filled(" ".join(words) + " ")
        yield f"every pattern a sentence ({language})", _filled("? ".join(words) + "? ")
        yield f"every pattern, no spaces ({language})", _filled("".join(words))
    every = [word for words in zip(*map(triggers, LANGUAGES), strict=False) for word in words]
    yield "every pattern, languages in turn", _filled(". ".join(every) + ". ")


def triggers(language: str) -> list[str]:
    """What the patterns of a language match, one text for each, in an order without any sense."""
    concepts = load(language).concepts
    found = {
        " ".join(part.strip() for part, _ in forms(pattern)[0])
        for patterns in concepts.values()
        for pattern in patterns
    }
    return sorted(found, key=lambda text: hashlib.sha256(text.encode()).digest())


def _filled(part: str) -> str:
    return (part * (TEXT_LIMIT // len(part) + 1))[:TEXT_LIMIT]


def slowest(rows: Sequence[Labelled]) -> list[tuple[str, Kind, float]]:
    """The hostile texts, the slowest first: what is bad, the kind, and the seconds of the better of
    two readings, without end where a reading failed."""
    taken = [
        (name, kind, _seconds(Text(text, kind, None)))
        for name, text in hostile(rows)
        for kind in Kind
    ]
    return sorted(taken, key=lambda each: -each[2])


def _seconds(text: Text) -> float:
    try:
        return min(_pass((text,)), _pass((text,)))
    except Exception:  # whatever fails on a text is what the bench is to find
        return math.inf
