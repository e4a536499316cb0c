"""Reading messages, package inserts and reviews for what the policy bars, in twelve languages.

`read` says which clauses a text shows and by which words. How it works, and how to edit a lexicon:
docs/text.md.
"""

from __future__ import annotations

import msgspec

from detectors.text import acts, judge, model
from detectors.text.concepts import names
from detectors.text.glance import Glance, glance
from detectors.text.hiding import as_it_is, undo
from detectors.text.reading import Words, look_up, words
from detectors.text.rules import Kind
from schemas.alerts import Clause

__all__ = ["Act", "Kind", "Label", "Reading", "read", "read_closely", "understand"]


class Label(msgspec.Struct, frozen=True):
    """A clause that the text shows. `score` in 0..1; `spans` are the words that caused it, in
    code points of the raw text, half open, in order and apart."""

    clause: Clause
    score: float
    spans: tuple[tuple[int, int], ...]


class Act(msgspec.Struct, frozen=True):
    """What a sentence asserts: a set of concepts and acts, and its span of the raw text."""

    said: int
    start: int
    end: int

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the concepts and acts."""
        return names(self.said)


class Reading(msgspec.Struct, frozen=True):
    """What a text shows. `lang` is the likeliest language; `hidden` counts hidden words.

    A text whose words could show nothing, however they stood, is read no further: it has no acts,
    and its language may be as it was told, or empty.
    """

    labels: tuple[Label, ...]
    acts: tuple[Act, ...]
    lang: str
    hidden: int


def read(text: str, kind: Kind, lang: str | None = None) -> Reading:
    """Read a text. `lang` (BCP 47) is trusted only where the text itself tells nothing.

    Deterministic, and linear in the length of the text whatever is in it.
    """
    hint = _language(lang)
    seen = glance(text, hint)
    if seen is not None and not _telling(seen, kind):
        return Reading((), (), hint or "", 0)
    clear = undo(text) if seen is None or seen.varied else as_it_is(text)
    return understand(look_up(clear, hint), kind)


def _telling(seen: Glance, kind: Kind) -> bool:
    """Whether a text could get a label, from rules or model, and would not come to an early end."""
    if not judge.could_show(seen.hinted, kind):
        return False
    return _could_label(seen.named, kind) or _could_label(seen.settled(), kind)


def _could_label(reach: int, kind: Kind) -> bool:
    return judge.could_show(reach, kind) or model.could_add(reach, kind)


def read_closely(text: str, kind: Kind, lang: str | None = None) -> Reading:
    """As `read`, also where a glance would tell that the text can show nothing."""
    return understand(words(text, _language(lang)), kind)


def understand(said: Words, kind: Kind) -> Reading:
    """`read` of a text whose words have been looked up already."""
    if not judge.could_show(said.reach, kind):
        return Reading((), (), said.languages[0], said.clear.hidden)
    parsed = acts.parsed(said)
    labels = tuple(
        Label(finding.clause, finding.score, finding.spans)
        for finding in model.revise(judge.findings(parsed, kind), parsed, kind)
    )
    found = tuple(
        Act(sentence.asserted, *parsed.sentence_span(sentence)) for sentence in parsed.sentences
    )
    return Reading(labels, found, parsed.languages[0], parsed.hidden)


def _language(lang: str | None) -> str | None:
    return lang.partition("-")[0].lower() if lang else None
