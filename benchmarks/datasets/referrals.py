"""Reviews on Google Play that push referral codes (Abu-Elrub et al., "Impact of Referral Incentives
on Mobile App Reviews"): texts for `starwatch classify`, no events. Candidates for spam only."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from benchmarks.datasets.source import Row, pseudonym
from benchmarks.datasets.world import World


class Text(Struct, frozen=True):
    """A line for `starwatch classify`; `mentions_code_word` is the data set's own pattern."""

    id: str
    kind: str
    text: str
    mentions_code_word: bool


def convert(rows: Iterable[Row]) -> World:
    """Every text that is not empty, once."""
    world = World()
    texts: dict[str, Text] = {}
    repeated = 0
    for row in rows:
        text = f"{row['title']}\n{row['text']}".strip()
        if not text or text in texts:
            repeated += 1
            continue
        mentions = row["mentions_code_word"] == "1"
        texts[text] = Text(pseudonym("gt", text), "review_text", text, mentions)
    world.other["texts.jsonl"] = list(texts.values())
    world.notes.append(f"empty, or repeat another text: {repeated:,}, left out")
    return world
