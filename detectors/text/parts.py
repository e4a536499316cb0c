"""Parts of a matter that a thread spreads over several texts: a promise in one, the condition in
the next.

Each text is read by itself and only these parts of it are kept, a set of bits; what neighbouring
ones come to together is judged by thread. Their definitions stand in `parts.toml`.
"""

from __future__ import annotations

import functools
import operator
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources

from detectors.text import acts
from detectors.text.judge import shown
from detectors.text.reading import Sentence, Words
from detectors.text.rules import spelled

MAX_SPANS = 8

NAMES = (
    "promise",
    "sum",
    "repay",
    "paid",
    "money",
    "condition",
    "wish",
    "request",
    "plain",
    "warm",
    "pending",
    "alter",
    "alter_tied",
    "alter_it",
    "own_change",
)
(
    PROMISE,
    SUM,
    REPAY,
    PAID,
    MONEY,
    CONDITION,
    WISH,
    REQUEST,
    PLAIN,
    WARM,
    PENDING,
    ALTER,
    ALTER_TIED,
    ALTER_IT,
    OWN_CHANGE,
) = (1 << i for i in range(len(NAMES)))


@dataclass(frozen=True)
class Part:
    """What neighbouring sentences must assert (`need`, each one of its set), name (`named`,
    likewise) and not assert (`avoid`) to contribute the part `bit`; how many there are at most is
    the `window`, 0 for the whole text."""

    bit: int
    need: tuple[int, ...]
    named: tuple[int, ...]
    avoid: int
    window: int


@functools.cache
def parts() -> tuple[Part, ...]:
    """Every part, as `parts.toml` defines it."""
    raw = resources.files("detectors.text").joinpath("parts.toml").read_text("utf-8")
    data = tomllib.loads(raw)
    sets: dict[str, str] = data["sets"]
    return tuple(
        Part(
            bit=1 << NAMES.index(entry["name"]),
            need=tuple(spelled(names, sets) for names in entry.get("need", ())),
            named=tuple(spelled(names, sets) for names in entry.get("named", ())),
            avoid=spelled(entry.get("avoid", ""), sets),
            window=entry.get("window", 1),
        )
        for entry in data["part"]
    )


@functools.lru_cache(maxsize=1 << 16)
def could_show(reach: int) -> bool:
    """Whether a text whose words name these concepts could contribute any part."""
    reach = acts.could(reach)
    return any(all(reach & one for one in (*part.need, *part.named)) for part in parts())


@dataclass(frozen=True, slots=True)
class Contribution:
    """The parts that a text contributes, a set of bits, and the words that show them, as spans of
    the raw text."""

    parts: int = 0
    spans: tuple[tuple[int, int], ...] = ()


NOTHING = Contribution()


def contribution(said: Words) -> Contribution:
    """What a text contributes to the matters of its thread."""
    if not could_show(said.reach):
        return NOTHING
    parsed = acts.parsed(said)
    found = shows = 0
    for sentences in _windows(parsed.sentences):
        whole = len(sentences) == len(parsed.sentences)
        asserted = named = 0
        for sentence in sentences:
            asserted |= sentence.asserted
            named |= sentence.named
        for part in parts():
            if (
                (len(sentences) <= part.window if part.window else whole)
                and not asserted & part.avoid
                and all(asserted & need for need in part.need)
                and all(named & need for need in part.named)
            ):
                found |= part.bit
                shows |= functools.reduce(operator.or_, (*part.need, *part.named))
    if not found:
        return NOTHING
    return Contribution(found, shown(parsed, parsed.sentences, shows)[:MAX_SPANS])


def _windows(sentences: Sequence[Sentence]) -> Iterator[Sequence[Sentence]]:
    """Every sentence, every two neighbours, and all."""
    for i in range(len(sentences)):
        yield sentences[i : i + 1]
        if i:
            yield sentences[i - 1 : i + 1]
    if len(sentences) > 2:
        yield sentences
