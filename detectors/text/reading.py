"""From a raw text to its sentences and the concepts that each of them asserts."""

from __future__ import annotations

from dataclasses import dataclass, field

from detectors.text.addresses import addresses
from detectors.text.concepts import BIT, INDEX
from detectors.text.hiding import Clear, undo
from detectors.text.language import languages
from detectors.text.lexicon import LANGUAGES, automaton, fold, load
from detectors.text.tokens import Line, tokens

_MASK = INDEX["mask"]
_ADDRESS = INDEX["address"]
_CHANGED = INDEX["changed"]
_CHANGING = frozenset((INDEX["change"], INDEX["remove"]))
_REFUND = INDEX["refund"]
_REFUNDED = frozenset(INDEX[name] for name in ("reward", "money", "free"))
"""What a longer pattern of a refund speaks for: "compensation for the purchase"."""
_WEAK = frozenset(
    INDEX[name] for name in ("not", "happy", "good", "bad", "but", "everyone", "untied")
)
"""Concepts that a longer pattern around them speaks for: "not satisfied" is no "satisfied"."""

Hit = tuple[int, int, int]
"""First token, last token, number of the concept."""


@dataclass(slots=True)
class Sentence:
    """Tokens `first:end`, the concepts named in it, those left after negation, and the hits."""

    first: int
    end: int
    hits: list[Hit] = field(default_factory=list)
    named: int = 0
    asserted: int = 0
    negated: int = 0


@dataclass(slots=True)
class Parsed:
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


def parse(raw: str, hint: str | None = None) -> Parsed:
    """Undo hiding, tell the languages, and find every concept in every sentence."""
    clear = undo(raw)
    line = tokens(clear)
    hidden = clear.hidden
    spoken = languages(line.words, set(clear.text), hint)
    if len(spoken) == len(LANGUAGES):
        spoken = _fullest(line)
    hits = _unmasked(_hits(line, spoken))
    found = addresses(line)
    if found:
        hits = sorted([*hits, *((first, last, _ADDRESS) for first, last, _ in found)])
        hidden += sum(spelled for *_, spelled in found)
    return Parsed(clear, line, spoken, _sentences(line, hits), hidden)


def _hits(line: Line, spoken: tuple[str, ...]) -> list[Hit]:
    found: set[Hit] = set()
    folded_line = fold(line.text)
    bare = folded_line == line.text
    token = line.token
    for language in spoken:
        folding = load(language).fold
        machine = automaton(language, bare or folding)
        text = folded_line if folding else line.text
        concepts, links = machine.concepts, machine.links
        begun: dict[tuple[int, int], tuple[int, int]] = {}
        for pattern, start, end in machine.machine.find_matches_as_indexes(text, overlapping=True):
            first = token(start + 1)
            last = token(end - 2)
            for concept in concepts[pattern]:
                found.add((first, last, concept))
            for link in links.get(pattern, ()):
                opening = first
                if link.part:
                    before = begun.get((link.pattern, link.part - 1))
                    if before is None or not 0 < first - before[1] <= link.gap + 1:
                        continue
                    opening = before[0]
                if link.concept < 0:
                    begun[link.pattern, link.part] = (opening, last)
                else:
                    found.add((opening, last, link.concept))
    return sorted(found)


def _fullest(line: Line) -> tuple[str, ...]:
    """The languages whose lexicons know most of a text that is too short to tell by its words."""
    known = [
        (len({t for first, last, _ in _hits(line, (language,)) for t in range(first, last + 1)}))
        for language in LANGUAGES
    ]
    most = max(known)
    return tuple(LANGUAGES[i] for i, count in enumerate(known) if count == most)[:3]


def _unmasked(hits: list[Hit]) -> list[Hit]:
    """Without what a mask covers, and without weak hits inside longer ones."""
    longest: dict[int, Hit] = {}
    masked: set[int] = set()
    for hit in hits:
        first, last, concept = hit
        if concept == _MASK:
            masked.update(range(first, last + 1))
        elif last > first:
            for token in range(first, last + 1):
                known = longest.get(token)
                if known is None or last - first > known[1] - known[0]:
                    longest[token] = hit
    done = {hit[:2] for hit in hits if hit[2] == _CHANGED}
    kept = []
    for hit in hits:
        first, last, concept = hit
        if concept in _CHANGING and (first, last) in done:
            continue
        if concept == _MASK or (masked and all(t in masked for t in range(first, last + 1))):
            continue
        cover = longest.get(first)
        if (
            cover is not None
            and (concept in _WEAK or (cover[2] == _REFUND and concept in _REFUNDED))
            and (
                cover[2] != concept
                and cover[1] - cover[0] > last - first
                and cover[0] <= first
                and last <= cover[1]
            )
        ):
            continue
        kept.append(hit)
    return kept


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
