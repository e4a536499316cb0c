"""From a parsed text to labels: every rule on every window, then overlaps of clauses settled."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

import msgspec

from detectors.text.acts import could, makings
from detectors.text.concepts import BIT, INDEX, bits
from detectors.text.reading import Parsed, Sentence
from detectors.text.rules import Kind, Rule, rules
from schemas.alerts import CLAUSES, Clause

_SPOKEN_FOR: dict[str, tuple[str, ...]] = {
    "insert_solicitation": (
        "incentive_offer", "refund_after_review", "review_club", "paid_change", "change_request",
        "review_gating", "vote_manipulation", "off_platform_contact", "self_review",
        "insider_review",
    ),
    "paid_change": ("change_request", "incentive_offer", "refund_after_review", "review_gating"),
    "change_request": ("review_gating",),
    "review_club": ("incentive_offer",),
}  # fmt: skip
"""Where clauses overlap: the first stands alone, in place of the others."""
_GIFTS = bits("reward care gift")
_TOLD = BIT["told"]
_DOUBTS = bits("general inquire")
"""What does not count where the writer tells what happened to him."""
_FARTHEST = 40
"""Tokens between sentences that are still read together."""

Fired = dict[str, list[tuple[Rule, Sequence[Sentence]]]]


def fired(parsed: Parsed, kind: Kind) -> Fired:
    """The rules that windows satisfy, by clause, with the windows; overlaps settled."""
    found: Fired = {}
    asserted = _union([sentence.asserted for sentence in parsed.sentences])
    named = _union([sentence.named for sentence in parsed.sentences])
    possible = []
    for rule in rules(kind):
        for need in rule.need:
            if not asserted & need:
                break
        else:
            if _needed(rule, asserted, named):
                possible.append(rule)
    if possible:
        windows = _windows(parsed.sentences, max(rule.window for rule in possible))
        for rule in possible:
            for width, alike in enumerate(windows[: rule.window], start=1):
                for first in _satisfying(alike, rule):
                    of = parsed.sentences[first : first + width]
                    found.setdefault(rule.clause, []).append((rule, of))
    if kind is Kind.PACKAGE_INSERT:
        found.pop("off_platform_contact", None)  # an address on a card is no violation
        if found:
            found.setdefault("insert_solicitation", next(iter(found.values())))
    _settle(found)
    return found


def _settle(found: Fired) -> None:
    """Where clauses overlap, leave those that the contract has stand."""
    if "refund_after_review" in found and "incentive_offer" in found:
        gifts = [fired for fired in found["incentive_offer"] if _gives_more(*fired)]
        found["incentive_offer"] = gifts
        if not gifts:
            del found["incentive_offer"]
    for clause, others in _SPOKEN_FOR.items():
        if clause in found:
            for other in others:
                found.pop(other, None)


def outranked(clauses: Iterable[str]) -> set[str]:
    """The clauses that others of these speak for."""
    return {other for clause in clauses for other in _SPOKEN_FOR.get(clause, ())}


def _gives_more(rule: Rule, window: Sequence[Sentence]) -> bool:
    """Whether a label of an incentive stands on more than the refund that is promised too."""
    said = 0
    for sentence in window:
        said |= sentence.asserted
    return any(need & said & _GIFTS for need in rule.need)


@functools.lru_cache(maxsize=1 << 16)
def could_show(reach: int, kind: Kind) -> bool:
    """Whether these concepts, however they stood, could satisfy any rule."""
    reach = could(reach)
    for needs in _needs(kind):
        for need in needs:
            if not reach & need:
                break
        else:
            return True
    return False


@functools.cache
def _needs(kind: Kind) -> tuple[tuple[int, ...], ...]:
    """What each rule needs: one of each of these sets."""
    return tuple(dict.fromkeys((*rule.need, *rule.named) for rule in rules(kind)))


class _Window(NamedTuple):
    """Some neighbouring sentences: what they assert together, but for doubts, and name; the number
    of the first of them and what it asserts."""

    asserted: int
    named: int
    opening: int
    first: int


def _needed(rule: Rule, asserted: int, named: int) -> bool:
    """Whether a rule has all that it needs."""
    for need in rule.need:
        if not asserted & need:
            return False
    return not rule.named or all(named & need for need in rule.named)


def _satisfying(windows: Sequence[_Window], rule: Rule) -> list[int]:
    """The first sentences of the windows that satisfy a rule."""
    need, avoid = rule.need[0], rule.avoid
    return [
        first
        for asserted, named, opening, first in windows
        if asserted & need
        and not asserted & avoid
        and _needed(rule, asserted, named)
        and not (rule.ordered and not opening & need)
    ]


def _windows(sentences: Sequence[Sentence], widest: int) -> list[list[_Window]]:
    """Every sentence, every two neighbours that are not far apart, and so on to the widest; of
    windows that say the same, the first."""
    found: list[dict[tuple[int, int, int], int]] = [{} for _ in range(widest)]
    for i, sentence in enumerate(sentences):
        asserted = named = 0
        end = sentence.end
        for n, other in enumerate(sentences[i : i + widest]):
            if other.first - end > _FARTHEST:
                break
            asserted |= other.asserted
            named |= other.named
            end = other.end
            found[n].setdefault((asserted, named, sentence.asserted), i)
    return [
        [
            _Window(asserted & ~_DOUBTS if asserted & _TOLD else asserted, named, opening, first)
            for (asserted, named, opening), first in alike.items()
        ]
        for alike in found
    ]


_QUIET = bits("if after not question seller me inquire please everyone")
"""Concepts whose words alone explain nothing to a reader."""
_COMPOSED = {
    "object": "review star five low opinion",
    "target": "review star five low opinion rate",
    "claim": "tell",
}
_NEAR = 2
"""Characters between words that are shown as one span."""


class Finding(msgspec.Struct, frozen=True):
    """A clause shown, how surely, and by which words (raw code points, half open)."""

    clause: Clause
    score: float
    spans: tuple[tuple[int, int], ...]


def findings(parsed: Parsed, kind: Kind) -> list[Finding]:
    """What a text of this kind shows, in the policy's order."""
    found = fired(parsed, kind)
    return [
        Finding(cast(Clause, clause), _score(found[clause]), _spans(parsed, found[clause]))
        for clause in CLAUSES
        if clause in found
    ]


def _score(reasons: list[tuple[Rule, Sequence[Sentence]]]) -> float:
    return 0.9 if len({rule.name for rule, _ in reasons}) > 1 else 0.8


def _spans(
    parsed: Parsed, reasons: list[tuple[Rule, Sequence[Sentence]]]
) -> tuple[tuple[int, int], ...]:
    """The words of the narrowest window that caused a label."""
    rule, window = min(reasons, key=lambda reason: (len(reason[1]), reason[1][0].first))
    shows = _union((*rule.need, *rule.named))
    return shown(parsed, window, shows)


def shown(
    parsed: Parsed, sentences: Iterable[Sentence], concepts: int
) -> tuple[tuple[int, int], ...]:
    """The words of sentences that show these concepts and acts, as spans of the raw text."""
    concepts = _shown_by(concepts)
    spans = sorted(
        parsed.raw_span(hit)
        for sentence in sentences
        for hit in sentence.hits
        if concepts >> hit[2] & 1
    )
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1] + _NEAR:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


@functools.lru_cache(maxsize=1 << 12)
def _shown_by(concepts: int) -> int:
    """The concepts whose words show these concepts and acts to a reader."""
    made = _made_of()
    for _ in range(2):
        concepts |= _union(of for act, of in made.items() if concepts >> act & 1)
    return concepts & ~_QUIET


@functools.cache
def _made_of() -> dict[int, int]:
    """Each act or composed concept, and the concepts whose words show it."""
    made = makings()
    made.update({INDEX[name]: bits(of) for name, of in _COMPOSED.items()})
    return made


def _union(sets: Iterable[int]) -> int:
    return functools.reduce(operator.or_, sets, 0)
