"""From a parsed text to labels: every rule on every window, then overlaps of clauses settled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from detectors.text.acts import concepts_at
from detectors.text.concepts import BIT, bits
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
_GIFTS = bits("reward care")
_WIDEST = 4
_FARTHEST = 40
"""Tokens between sentences that are still read together."""

Fired = dict[str, list[tuple[Rule, Sequence[Sentence]]]]


def fired(parsed: Parsed, kind: Kind) -> Fired:
    """The rules that windows satisfy, by clause, with the windows; overlaps settled."""
    found: Fired = {}
    windows = list(_windows(parsed.sentences))
    for rule in rules(kind):
        for mask, named, window in windows:
            if (
                len(window) <= rule.window
                and not mask & rule.avoid
                and all(mask & need for need in rule.need)
                and all(named & need for need in rule.named)
            ):
                found.setdefault(rule.clause, []).append((rule, window))
    if kind is Kind.PACKAGE_INSERT:
        found.pop("off_platform_contact", None)  # an address on a card is no violation
    if kind is Kind.PACKAGE_INSERT and found:
        found.setdefault("insert_solicitation", next(iter(found.values())))
    if "refund_after_review" in found and "incentive_offer" in found:
        gifts = [fired for fired in found["incentive_offer"] if _gives_more(*fired)]
        found["incentive_offer"] = gifts
        if not gifts:
            del found["incentive_offer"]
    for clause, others in _SPOKEN_FOR.items():
        if clause in found:
            for other in others:
                found.pop(other, None)
    return found


def _gives_more(rule: Rule, window: Sequence[Sentence]) -> bool:
    """Whether a label of an incentive stands on more than the refund that is promised too."""
    said = 0
    for sentence in window:
        said |= sentence.asserted
    return any(need & said & _GIFTS for need in rule.need)


def _windows(sentences: Sequence[Sentence]) -> Iterator[tuple[int, int, Sequence[Sentence]]]:
    """Every sentence, and every two to four neighbours that are not far apart."""
    for i, sentence in enumerate(sentences):
        asserted, named, end = sentence.asserted, sentence.named, sentence.end
        yield asserted, named, (sentence,)
        for n in range(1, _WIDEST):
            if i + n >= len(sentences) or sentences[i + n].first - end > _FARTHEST:
                break
            other = sentences[i + n]
            asserted |= other.asserted
            named |= other.named
            end = other.end
            yield asserted, named, sentences[i : i + n + 1]


_MADE_OF = {
    "rev": "review rate star five low opinion",
    "request": "write rate review opinion star five",
    "alter": "change remove alterit more rise review star low five",
    "altered": "changed review",
    "click": "press helpful abuse",
    "divert": "contact channel chatapp address",
    "positive": "good five",
    "exchange": "exchange for",
    "report": "report tell",
    "kin": "family runs firm role",
    "kinreview": "family write review five rate",
    "post": "write public",
    "unalter": "change remove alterit review",
    "refund": "back price money give payment",
    "otherproduct": "about",
}
"""Acts, and the concepts whose words show them."""
_QUIET = bits("if after not question seller me inquire please everyone")
"""Concepts whose words alone explain nothing to a reader."""
_NEAR = 2
"""Characters between words that are shown as one span."""


@dataclass(frozen=True)
class Finding:
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
    shown = 0
    for need in (*rule.need, *rule.named):
        shown |= need
    for act, concepts in _MADE_OF.items():
        if shown & BIT[act]:
            shown |= bits(concepts)
    spans = sorted(
        parsed.raw_span(hit)
        for sentence in window
        for hit in concepts_at(sentence.hits, shown & ~_QUIET)
    )
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1] + _NEAR:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)
