"""From a raw text to its sentences and the concepts that each of them asserts."""

from __future__ import annotations

from bisect import bisect_right
from typing import TypeAlias

import msgspec

from detectors.text.addresses import FEWEST_DIGITS, addresses, dots, phones
from detectors.text.concepts import BIT, INDEX
from detectors.text.hiding import Clear, undo
from detectors.text.language import languages
from detectors.text.lexicon import LANGUAGES, Automaton, automaton, fold, load
from detectors.text.tokens import NUMBERS, Line, tokens

_MASK = INDEX["mask"]
_NOT = INDEX["not"]
_DENIAL = INDEX["denial"]
_ADDRESS = INDEX["address"]
_PHONE = INDEX["phone"]
_CHANGED = INDEX["changed"]
_CHANGING = frozenset((INDEX["change"], INDEX["remove"]))
_ABSORBED = {
    INDEX["refund"]: frozenset(INDEX[name] for name in ("reward", "amount", "money", "free")),
    INDEX["exchange"]: frozenset((INDEX["change"],)),
    INDEX["report"]: frozenset((INDEX["change"],)),
    INDEX["reward"]: frozenset(INDEX[name] for name in ("card", "free", "money")),
    INDEX["leisure"]: frozenset((INDEX["if"],)),
}
"""What a longer pattern speaks for: "compensation for the purchase" is no reward, the card of "gift
card" no card in the package, "if you have time" no condition."""
_NONE: frozenset[int] = frozenset()
_WEAK = frozenset(
    INDEX[name] for name in ("not", "happy", "good", "bad", "but", "everyone", "untied")
)
"""Concepts that a longer pattern around them speaks for: "not satisfied" is no "satisfied"."""

_FULLEST = 3
_BEGINNING = 100
"""Tokens."""

Hit: TypeAlias = tuple[int, int, int]
"""First token, last token, number of the concept."""
_Found: TypeAlias = tuple[Automaton, list[tuple[int, int, int]]]
"""An automaton, and what it found: the string, its start and its end."""


class Sentence(msgspec.Struct):
    """Tokens `first:end`, the concepts named in it, those left after negation, and the hits."""

    first: int
    end: int
    hits: list[Hit] = []
    named: int = 0
    asserted: int = 0
    negated: int = 0


class Parsed(msgspec.Struct):
    """A text ready for the rules."""

    clear: Clear
    line: Line
    languages: tuple[str, ...]
    sentences: list[Sentence]
    hidden: int

    def raw_span(self, hit: Hit) -> tuple[int, int]:
        """The span of the raw text under a hit."""
        return self.clear.raw_span(self.line.begins[hit[0]], self.line.finishes[hit[1]])

    def sentence_span(self, sentence: Sentence) -> tuple[int, int]:
        """The span of the raw text that a sentence takes up."""
        last = min(sentence.end, len(self.line.words)) - 1
        return self.clear.raw_span(self.line.begins[sentence.first], self.line.finishes[last])


class Words(msgspec.Struct):
    """A text as tokens, and what its words could say: `reach` is the set of the concepts that they
    name, wherever they stand."""

    clear: Clear
    line: Line
    languages: tuple[str, ...]
    found: list[_Found]
    reach: int
    parsed: Parsed | None = None
    """Its sentences, once somebody has asked for them (`acts.parsed`)."""


def words(raw: str, hint: str | None = None) -> Words:
    """Undo hiding, tell the languages, and look every word up."""
    return look_up(undo(raw), hint)


def look_up(clear: Clear, hint: str | None = None) -> Words:
    """`words` of a text in which nothing is hidden any more."""
    line = tokens(clear)
    spoken = languages(line.words, set() if clear.text.isascii() else set(clear.text), hint)
    folded = fold(line.text)
    if len(spoken) == len(LANGUAGES):
        spoken = _fullest(line, folded)
    found = [_look_up(line.text, folded, language) for language in spoken]
    reach = _formed(line)
    for machine, matches in found:
        sets = machine.reach
        for pattern, _, _ in matches:
            reach |= sets[pattern]
    return Words(clear, line, spoken, found, reach)


def _formed(line: Line) -> int:
    """The concepts told by form, not by words, that the line could name."""
    present = set(line.words)
    reach = BIT["question"] if "?" in present else 0
    if "@" in present or not dots().isdisjoint(present):
        reach |= BIT["address"]
    if not present.isdisjoint(NUMBERS):
        digits = sum(
            line.finishes[i] - line.begins[i]
            for i, word in enumerate(line.words)
            if word in NUMBERS
        )
        if digits >= FEWEST_DIGITS:
            reach |= BIT["phone"]
    return reach


def parse(said: Words) -> Parsed:
    """Find every concept in every sentence."""
    line = said.line
    hidden = said.clear.hidden
    hits = _unmasked(*_hits(line, said.found))
    mails = addresses(line)
    formed = [(first, last, _ADDRESS) for first, last, _ in mails]
    if said.reach & BIT["phone"]:
        formed += [(first, last, _PHONE) for first, last in phones(line)]
    if formed:
        hits = sorted([*hits, *formed])
        hidden += sum(spelled for *_, spelled in mails)
    return Parsed(said.clear, line, said.languages, _sentences(line, hits), hidden)


def _look_up(text: str, folded: str, language: str) -> _Found:
    folding = load(language).fold
    machine = automaton(language, folding or folded == text)
    looked_at = folded if folding else text
    return machine, machine.machine.find_matches_as_indexes(looked_at, overlapping=True)


def _hits(line: Line, found: list[_Found]) -> tuple[list[Hit], set[Hit]]:
    """Every hit in order, and those of them that skip words."""
    hits: set[Hit] = set()
    skipping: set[Hit] = set()
    at = line.at
    for machine, matches in found:
        concepts, links, further = machine.concepts, machine.links, machine.further
        begun: dict[int, tuple[int, int]] = {}
        for pattern, start, _ in matches:
            first = bisect_right(at, start) - 1
            last = first + further[pattern]
            for concept in concepts[pattern]:
                hits.add((first, last, concept))
            for before, node, gap, ends, goes_on in links[pattern]:
                opening = first
                if before >= 0:
                    part = begun.get(before)
                    if part is None or not 0 < first - part[1] <= gap + 1:
                        continue
                    opening = part[0]
                for concept in ends:
                    (skipping if gap else hits).add((opening, last, concept))
                if goes_on:
                    begun[node] = (opening, last)
    return sorted(hits | skipping), skipping


def _fullest(line: Line, folded: str) -> tuple[str, ...]:
    """The languages whose lexicons know most of a text that its common words do not tell, judged
    by its beginning."""
    end = line.at[_BEGINNING] if len(line.at) > _BEGINNING else len(line.text)
    known = [
        len({
            token
            for pattern, start, _ in matches
            if machine.concepts[pattern]
            for first in (bisect_right(line.at, start) - 1,)
            for token in range(first, first + machine.further[pattern] + 1)
        })
        for machine, matches in (
            _look_up(line.text[:end], folded[:end], language) for language in LANGUAGES
        )
    ]  # fmt: skip
    most = max(known)
    best = [LANGUAGES[i] for i, count in enumerate(known) if count == most]
    return tuple(best[:_FULLEST])


def _unmasked(hits: list[Hit], skipping: set[Hit]) -> list[Hit]:
    """Without what a mask covers, and without weak hits inside longer ones."""
    longest: dict[int, Hit] = {}
    masked: set[int] = set()
    done: set[tuple[int, int]] = set()
    for hit in hits:
        first, last, concept = hit
        if concept == _MASK:
            masked.update(range(first, last + 1))
        elif last > first and hit not in skipping:
            for token in range(first, last + 1):
                known = longest.get(token)
                if known is None or last - first > known[1] - known[0]:
                    longest[token] = hit
        if concept == _CHANGED:
            done.add((first, last))
    kept = []
    for hit in hits:
        first, last, concept = hit
        if done and concept in _CHANGING and (first, last) in done:
            continue
        if masked and (concept == _MASK or masked.issuperset(range(first, last + 1))):
            continue
        cover = longest.get(first)
        if cover is None or not _speaks_for(cover, hit):
            kept.append(hit)
    return kept


def _speaks_for(cover: Hit, hit: Hit) -> bool:
    """Whether a longer hit takes the place of a shorter one inside it."""
    first, last, concept = hit
    begin, end, over = cover
    if concept == _NOT and over == _DENIAL:
        return False  # "no discounts for ...": whoever denies it negates what follows, too
    return (
        end - begin > last - first
        and begin <= first
        and last <= end
        and over != concept
        and (concept in _WEAK or concept in _ABSORBED.get(over, _NONE))
    )


def _sentences(line: Line, hits: list[Hit]) -> list[Sentence]:
    sentences: list[Sentence] = []
    first = 0
    for end in [*line.ends, len(line.words)]:
        if end > first:
            sentences.append(Sentence(first, end))
            first = end
    i = 0
    for sentence in sentences:
        while i < len(hits) and hits[i][0] < sentence.end:
            sentence.hits.append(hits[i])
            sentence.named |= 1 << hits[i][2]
            i += 1
        if line.words[sentence.end - 1] == "?":
            sentence.named |= BIT["question"]
    return [sentence for sentence in sentences if sentence.named]
