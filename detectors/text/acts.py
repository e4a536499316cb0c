"""Acts: what a sentence does, from the concepts in it, their order, nearness and negation."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from detectors.text.concepts import BIT, INDEX, bits
from detectors.text.reading import Hit, Parsed, Sentence

OFFERING = bits("give reward refund money free exchange care gave")
REVIEWISH = bits("review rate star five low opinion")
_NOT = INDEX["not"]
_BUT = INDEX["but"]
_PROHIBIT = INDEX["prohibit"]
_AHEAD = 8
_BEHIND = 3
_VERBS = bits(
    "give refund reward money write rate change remove press contact please tell merge channel free"
)
_KEEPS = bits(
    "not but until prohibit warn secrecy howto general inquire question untied balanced hope"
    " thirdparty defect vine samekind if after thanksreview bought inplatform seller me"
    " low star unhappy before everyone me report family staff card inbox competitor opinion public"
)
"""What negation leaves standing."""

Spans = Sequence[tuple[int, int]]


def find(parsed: Parsed) -> None:
    """Add to every sentence what it asserts, what it negates, and its acts."""
    for sentence in parsed.sentences:
        negated = _negated(sentence, parsed.line.breaks) if sentence.named & bits("not prohibit") else ()
        places: dict[int, list[tuple[int, int]]] = {}
        for i, (first, last, concept) in enumerate(sentence.hits):
            if i in negated:
                sentence.negated |= 1 << concept
            else:
                sentence.asserted |= 1 << concept
                places.setdefault(concept, []).append((first, last))
        sentence.asserted |= sentence.named & BIT["question"]
        _acts(sentence, places)


def _negated(sentence: Sentence, breaks: list[int]) -> set[int]:
    """Which hits of a sentence are under a negation or a prohibition."""
    hits = sentence.hits
    buts = [first for first, _, concept in hits if concept == _BUT]
    out: set[int] = set()
    for first, last, concept in hits:
        if concept not in (_NOT, _PROHIBIT):
            continue
        start, end = _segment(sentence, breaks, buts, first)
        under = {
            i
            for i, (begin, finish, other) in enumerate(hits)
            if not 1 << other & _KEEPS
            and (
                (concept == _PROHIBIT and start <= begin < end)
                or last < begin <= last + _AHEAD and begin < end
                or (first - _BEHIND <= begin and finish < first and begin >= start and 1 << other & _VERBS)
            )
        }
        if concept == _PROHIBIT and not under:  # "..., which is against the rules"
            start, end = _segment(sentence, [], buts, first)
            under = {i for i, hit in enumerate(hits) if start <= hit[0] < end and not 1 << hit[2] & _KEEPS}
        out |= under
    if sentence.named & BIT["until"]:
        out = {i for i in out if not 1 << hits[i][2] & OFFERING}
    offers = [hits[i][0] for i in out if 1 << hits[i][2] & OFFERING]
    if offers:
        for start, end in _between(sentence.first, sentence.end, buts):
            if any(start <= place < end for place in offers):
                out.update(
                    i
                    for i, (first, _, concept) in enumerate(hits)
                    if start <= first < end and 1 << concept & OFFERING
                )
    return out


def _segment(sentence: Sentence, breaks: list[int], buts: list[int], place: int) -> tuple[int, int]:
    i = bisect_left(breaks, place)
    start = breaks[i - 1] if i and breaks[i - 1] >= sentence.first else sentence.first
    end = breaks[i] if i < len(breaks) else sentence.end
    for but in buts:
        if but <= place:
            start = max(start, but)
        else:
            end = min(end, but)
    return start, end


def _between(first: int, end: int, cuts: Iterable[int]) -> list[tuple[int, int]]:
    edges = [first, *cuts, end]
    return list(itertools.pairwise(edges))


def _acts(sentence: Sentence, places: dict[int, list[tuple[int, int]]]) -> None:
    """Add the acts of a sentence to what it asserts."""
    mask = sentence.asserted
    thanked = places.get(INDEX["thanksreview"], ())

    def near(some: str, others: Spans, most: int) -> bool:
        return bool(others) and mask & bits(some) != 0 and _near(_places(places, some), others, most)

    def follows(some: str, others: Spans, most: int) -> bool:
        return bool(others) and mask & bits(some) != 0 and _follows(_places(places, some), others, most)

    rates = _places(places, "rate")
    objects = _places(places, "review star five low", thanked)
    words = _places(places, "opinion")
    if words and mask & bits("public five good"):
        objects = objects + words
    add = 0
    if objects or rates:
        add |= BIT["rev"]
    if (
        rates
        or near("write", objects, 6)
        or near("please", objects, 9)
    ):
        add |= BIT["request"]
    if mask & BIT["write"] and mask & bits("opinion good happy") and near("write", _places(places, "public"), 6):
        add |= bits("rev request")
    if mask & BIT["five"] or near("good", objects, 3):
        add |= BIT["positive"]
    targets = objects + rates
    if near("change remove alterit", targets, 7) or follows("low", _places(places, "five"), 5):
        add |= BIT["alter"]
    if near("changed", targets, 7):
        add |= BIT["altered"]
    if near("press", _places(places, "helpful abuse"), 8):
        add |= BIT["click"]
    channels = _places(places, "channel chatapp address")
    if near("contact", channels, 8) or near("chatapp channel", _places(places, "address"), 4):
        add |= BIT["divert"]
    traded = objects + words + rates + _places(places, "helpful change remove alterit")
    if _follows(_places(places, "for", thanked), traded, 4):
        add |= BIT["exchange"]
    told = _places(places, "tell")
    if told and (follows("seller", told, 8) or near("me", told, 5)):
        add |= BIT["report"]
    if follows("family", _places(places, "runs"), 7) or follows("family", _places(places, "firm"), 3):
        add |= BIT["kin"]
    sentence.asserted |= add


def _places(
    places: dict[int, list[tuple[int, int]]], names: str, but: Spans = ()
) -> list[tuple[int, int]]:
    """Where any of these concepts stands, but for what is inside the spans left out."""
    return [
        place
        for name in names.split()
        for place in places.get(INDEX[name], ())
        if not any(first <= place[0] and place[1] <= last for first, last in but)
    ]


def _near(some: Spans, others: Spans, most: int) -> bool:
    """Whether one of each stand at most so many tokens apart, or overlap."""
    return any(a[0] - b[1] <= most and b[0] - a[1] <= most and a != b for a in some for b in others)


def _follows(some: Spans, others: Spans, most: int) -> bool:
    """Whether one of the others begins within so many tokens after one of the first."""
    return any(0 < b[0] - a[1] <= most for a in some for b in others)


def concepts_at(hits: Iterable[Hit], mask: int) -> list[Hit]:
    """The hits whose concept is in the set."""
    return [hit for hit in hits if mask >> hit[2] & 1]
