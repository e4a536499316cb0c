"""Acts: what a sentence does, from the concepts in it, their order, nearness and negation.

Which concepts make which act stands in `acts.toml`; here is how it is read.
"""

from __future__ import annotations

import functools
import itertools
import tomllib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Final, Literal, TypeAlias

import msgspec

from detectors.text.concepts import BIT, INDEX, NAMES, bits
from detectors.text.lexicon import load
from detectors.text.reading import Hit, Parsed, Sentence, Words, parse

Span: TypeAlias = tuple[int, int]
Places: TypeAlias = dict[int, list[Span]]
Relation: TypeAlias = Literal["any", "near", "before", "same"]

_NOT: Final = INDEX["not"]
_PROHIBIT: Final = INDEX["prohibit"]
_BUT: Final = INDEX["but"]
_PLEASE: Final = INDEX["please"]
_OPINION: Final = INDEX["opinion"]
_RATE: Final = INDEX["rate"]
_THANKS: Final = INDEX["thanksreview"]
_TELL: Final = INDEX["tell"]
_IF: Final = INDEX["if"]
_OBJECT: Final = INDEX["object"]
_TARGET: Final = INDEX["target"]
_CLAIM: Final = INDEX["claim"]
_REVIEWS: Final = tuple(INDEX[name] for name in ("review", "star", "five", "low"))
_REVIEW_BITS: Final = bits("review star five low")

_OFFERING: Final = bits("give reward refund amount money free exchange care gave")
_VERBS: Final = bits(
    "give refund reward money write rate change remove press contact please tell merge channel free"
)
_KEEPS: Final = bits(
    "not but until prohibit warn secrecy howto general denial inquire question untied balanced hope"
    " thirdparty defect vine samekind if after thanksreview bought inplatform seller me low star"
    " unhappy before everyone report family staff card inbox competitor opinion public private"
)
"""What negation leaves standing."""
_WANTED: Final = bits("please before question")
_AHEAD: Final = 8
_BEHIND: Final = 3
_AT_END: Final = 4
_OPENING: Final = 3
_THANKED: Final = 4
_ASKED: Final = 4
"""Tokens after a condition within which a verb is asked for rather than told of."""
_NEGATORS: Final = bits("not prohibit")
_MANY: Final = 8
_MOST_NEGATORS: Final = 8
"""In a sentence: more are no language, and would make reading slow."""
_QUESTION: Final = BIT["question"]
_ALTER: Final = BIT["alter"]
_UNALTER: Final = BIT["unalter"]
_HOWTO: Final = BIT["howto"]
_WARN: Final = BIT["warn"]
_UNTIL: Final = BIT["until"]
_REVIEWED: Final = bits("rev post")
_EXPLAINED: Final = bits("bought defect gave everyone untied")
"""What a gain may be for, when its sentence speaks of no review: then it is not for one."""
_GAINS: Final = bits("reward amount money free refund care give exchange gift cash")
_EDITS: Final = bits("alter altered alterit change remove click")
_OPEN: Final = bits("public five good")
_ASKED_WHETHER: Final = bits("happy question")
_MOODS: Final = bits("happy unhappy question")
_OWN_REASON: Final = bits("rev request post yousaid before contact")
"""With these a question for the buyer's mood is more than that."""
_HAPPY: Final = BIT["happy"]
_UNHAPPY: Final = BIT["unhappy"]
_LEISURE: Final = BIT["leisure"]
_BALANCED: Final = BIT["balanced"]


class Act(msgspec.Struct, frozen=True):
    """How an act shows: a relation between two sets of concepts, or the first of them alone.
    `also`: one of these is said too."""

    also: int
    others: int
    relation: Relation
    some_at: tuple[int, ...]
    others_at: tuple[int, ...]
    within: int


@functools.cache
def _acts() -> tuple[tuple[int, int, Act], ...]:
    """In order: what is added, what of which one is needed first, and how the act shows."""
    text = resources.files("detectors.text").joinpath("acts.toml").read_text("utf-8")
    acts = []
    for entry in tomllib.loads(text)["act"]:
        for relation in ("any", "near", "before", "same"):
            if relation in entry:
                pair = entry[relation]
                some, others = (pair, "") if isinstance(pair, str) else pair
                acts.append(
                    (
                        bits(entry["act"]),
                        bits(some),
                        Act(
                            bits(entry.get("also", "")),
                            bits(others),
                            relation,
                            tuple(INDEX[name] for name in some.split()),
                            tuple(INDEX[name] for name in others.split()),
                            entry.get("within", 0),
                        ),
                    )
                )
    return tuple(acts)


def parsed(said: Words) -> Parsed:
    """The sentences of a text with all that each asserts; worked out once for a text."""
    if said.parsed is None:
        said.parsed = parse(said)
        find(said.parsed)
    return said.parsed


def find(parsed: Parsed) -> None:
    """Add to every sentence what it asserts, what it negates, and its acts."""
    trailing = any(load(language).trailing for language in parsed.languages)
    for sentence in parsed.sentences:
        hits = sentence.hits
        negated: set[int] = set()
        if sentence.named & _NEGATORS:
            negated = _negated(sentence, parsed.line.breaks, trailing)
        if negated:
            standing = [hit for i, hit in enumerate(hits) if i not in negated]
            sentence.asserted = _said(standing, sentence.named & _QUESTION)
            sentence.negated = _mask(hits[i] for i in negated)
            sentence.named = _said(hits, sentence.named)
            if sentence.named & ~sentence.asserted & _ALTER:
                sentence.asserted |= _UNALTER
        else:
            sentence.asserted = sentence.named = _said(hits, sentence.named)
        if sentence.asserted & _EXPLAINED and not sentence.asserted & _REVIEWED:
            sentence.asserted &= ~_GAINS
    _settle(parsed.sentences)


def _mask(hits: Iterable[Hit]) -> int:
    mask = 0
    for _, _, concept in hits:
        mask |= 1 << concept
    return mask


def _settle(sentences: Sequence[Sentence]) -> None:
    """How a review is changed or marked, told to who asked, is no wish that it be; a warning or a
    refusal counts for the sentences beside it."""
    for i, sentence in enumerate(sentences):
        if sentence.named & _HOWTO:
            for other in sentences[max(i - 1, 0) : i + 2]:
                other.asserted &= ~_EDITS
        if sentence.named & _WARN:
            for other in sentences[max(i - 1, 0) : i + 2]:
                other.asserted |= _WARN
        if i and sentence.named & (_LEISURE | _UNHAPPY):
            _ask_everybody(sentences[i - 1], sentence)


def _ask_everybody(first: Sentence, second: Sentence) -> None:
    """Settle that "are you happy? Leave a review if you have time" asks whoever has time, and that
    "loved it? Hated it?" asks both."""
    if first.asserted & _OWN_REASON or first.asserted & _ASKED_WHETHER != _ASKED_WHETHER:
        return
    if second.asserted & _LEISURE:
        if not second.asserted & (_HAPPY | _UNHAPPY):
            first.asserted &= ~_HAPPY
    elif second.asserted & _MOODS == _UNHAPPY | _QUESTION and not second.asserted & _OWN_REASON:
        second.asserted |= _BALANCED


def _said(hits: Sequence[Hit], mask: int) -> int:
    """The concepts of these hits and the acts that they make, added to the set."""
    places: Places = {}
    for first, last, concept in hits:
        mask |= 1 << concept
        if concept in places:
            places[concept].append((first, last))
        else:
            places[concept] = [(first, last)]
    mask |= _compose(mask, places)
    for adds, some, act in _possible(mask):
        if mask & some and adds & ~mask and (not act.also or mask & act.also):
            if act.relation == "any":
                mask |= adds
            elif mask & act.others:
                related = _RELATIONS[act.relation]
                if related(_at(places, act.some_at), _at(places, act.others_at), act.within):
                    mask |= adds
    return mask


def _compose(mask: int, places: Places) -> int:
    """Put the composed concepts (object, target, claim) in their places."""
    add = 0
    opinions = places.get(_OPINION, [])
    rates = places.get(_RATE, [])
    if mask & _REVIEW_BITS or opinions:
        reviews = [place for concept in _REVIEWS for place in places.get(concept, ())]
        targets = reviews + opinions + rates
        if targets:
            places[_TARGET] = targets
            add |= BIT["target"]
        objects = list(reviews)
        for first, last in places.get(_THANKS, ()):
            objects = [(a, b) for a, b in objects if a < first or b > last + _THANKED]
        if opinions and mask & _OPEN:
            objects += opinions
        if objects:
            places[_OBJECT] = objects
            add |= BIT["object"]
    elif rates:
        places[_TARGET] = rates
        add |= BIT["target"]
    told = places.get(_TELL)
    if told:
        ifs = places.get(_IF, ())
        claims = [
            place
            for place in told
            if not any(first <= place[0] <= last + _ASKED for first, last in ifs)
        ]
        if claims:
            places[_CLAIM] = claims
            add |= BIT["claim"]
    return add


def _at(places: Places, concepts: tuple[int, ...]) -> list[Span]:
    if len(concepts) == 1:
        return places.get(concepts[0], [])
    return [place for concept in concepts for place in places.get(concept, ())]


def _near(some: Sequence[Span], others: Sequence[Span], most: int) -> bool:
    """Whether one of each stand at most so many tokens apart, or overlap; not the same words."""
    covered = _covered(others) if len(others) > _MANY else -1
    for first, last in some:
        if covered >> max(first - most, 0) & (2 << last - first + 2 * most) - 1:
            for begin, end in others:
                if first - end <= most and begin - last <= most and (first, last) != (begin, end):
                    return True
    return False


def _before(some: Sequence[Span], others: Sequence[Span], most: int) -> bool:
    """Whether one of the others begins within so many tokens after one of the first."""
    covered = _covered(others) if len(others) > _MANY else -1
    for _, last in some:
        if covered >> last + 1 & (1 << most) - 1:
            for begin, _ in others:
                if 0 < begin - last <= most:
                    return True
    return False


def _covered(spans: Sequence[Span]) -> int:
    """The tokens that these spans cover, one bit each: tells fast where none of many is near."""
    covered = 0
    for first, last in spans:
        covered |= (2 << last - first) - 1 << first
    return covered


def _same(some: Sequence[Span], others: Sequence[Span], most: int) -> bool:
    """Whether the same words say both."""
    return not set(some).isdisjoint(others)


_RELATIONS: Final = {"near": _near, "before": _before, "same": _same}


def _negated(sentence: Sentence, breaks: list[int], trailing: bool) -> set[int]:
    """Which hits of a sentence are under a negation or a prohibition.

    `trailing`: the language puts its negation after what it negates, at the end of a clause.
    """
    hits = sentence.hits
    buts = [first for first, _, concept in hits if concept == _BUT]
    asked = {last for _, last, concept in hits if concept == _PLEASE}
    polite = sentence.named & _QUESTION
    out: set[int] = set()
    negators = [hit for hit in hits if hit[2] in (_NOT, _PROHIBIT)]
    for first, last, concept in negators[:_MOST_NEGATORS]:
        if concept == _NOT and polite and (first - 1 in asked or first < sentence.first + _OPENING):
            continue  # "could you not take it down?"
        start, end = _segment(sentence, breaks, buts, first)
        closing = trailing and concept == _NOT and end - last <= _AT_END
        under = {
            i
            for i, (begin, finish, other) in enumerate(hits)
            if not 1 << other & _KEEPS
            and (
                (concept == _PROHIBIT and start <= begin < end)
                or (last < begin <= last + _AHEAD and begin < end)
                or (
                    start <= begin
                    and finish < first
                    and (closing or (first - begin <= _BEHIND and 1 << other & _VERBS))
                )
            )
        }
        if concept == _PROHIBIT and not under:  # "..., which is against the rules"
            start, end = _segment(sentence, [], buts, first)
            under = {
                i
                for i, hit in enumerate(hits)
                if start <= hit[0] < end and not 1 << hit[2] & _KEEPS
            }
        out |= under
    if sentence.named & _UNTIL:
        return {i for i in out if not 1 << hits[i][2] & _OFFERING}
    return out | _offers_around(sentence, buts, out)


def _offers_around(sentence: Sentence, buts: list[int], negated: set[int]) -> set[int]:
    """Where one offer is negated, so are the others up to a "but", and what it would be for: "no
    gifts, no discounts", "we pay nobody for writing, changing or deleting reviews"."""
    hits = sentence.hits
    spread = _OFFERING
    if not sentence.named & _WANTED:
        spread |= _EDITS
    offers = [hits[i][0] for i in negated if 1 << hits[i][2] & _OFFERING]
    out: set[int] = set()
    if offers:
        for start, end in itertools.pairwise([sentence.first, *buts, sentence.end]):
            if any(start <= place < end for place in offers):
                out.update(
                    i
                    for i, (first, _, concept) in enumerate(hits)
                    if start <= first < end and 1 << concept & spread
                )
    return out


def _segment(sentence: Sentence, breaks: list[int], buts: list[int], place: int) -> Span:
    """The stretch between pauses and "but"s around a token."""
    i = bisect_left(breaks, place)
    start = breaks[i - 1] if i and breaks[i - 1] >= sentence.first else sentence.first
    end = min(breaks[i], sentence.end) if i < len(breaks) else sentence.end
    for but in buts:
        if but <= place:
            start = max(start, but)
        else:
            end = min(end, but)
    return start, end


@functools.lru_cache(maxsize=1 << 14)
def _possible(mask: int) -> tuple[tuple[int, int, Act], ...]:
    """The acts that concepts could make, however they stood, in order."""
    reach = could(mask)
    return tuple(
        (adds, some, act)
        for adds, some, act in _acts()
        if reach & some
        and (not act.others or reach & act.others)
        and (not act.also or reach & act.also)
    )


def could(reach: int) -> int:
    """With every act that these concepts could make, however they stood."""
    if reach & (_REVIEW_BITS | BIT["opinion"]):
        reach |= BIT["object"]
    if reach & (_REVIEW_BITS | BIT["opinion"] | BIT["rate"]):
        reach |= BIT["target"]
    if reach & BIT["tell"]:
        reach |= BIT["claim"]
    for adds, needs in _makings():
        for need in needs:
            if not reach & need:
                break
        else:
            reach |= adds
    return reach | BIT["unalter"] if reach & _ALTER else reach


@functools.cache
def _makings() -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Each act, and the sets of which it needs one each."""
    return tuple(
        (adds, tuple(filter(None, (some, act.others, act.also)))) for adds, some, act in _acts()
    )


def makings() -> dict[int, int]:
    """Each act's number, with the set of concepts whose words show it."""
    made: dict[int, int] = {}
    for adds, some, act in _acts():
        for i in range(len(NAMES)):
            if adds >> i & 1:
                made[i] = made.get(i, 0) | some | act.others
    return made
