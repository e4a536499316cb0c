"""Acts: what a sentence does, from the concepts in it, their order, nearness and negation."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from detectors.text.concepts import BIT, INDEX, bits
from detectors.text.lexicon import load
from detectors.text.reading import Hit, Parsed, Sentence

OFFERING = bits("give reward refund money free exchange care gave")
_EXPLAINED = bits("bought defect gave everyone untied")
"""What a gain may be for, when its sentence speaks of no review: then it is not for one."""
_GAINS = bits("reward money free refund care give exchange")
_NOT = INDEX["not"]
_BUT = INDEX["but"]
_PROHIBIT = INDEX["prohibit"]
_AHEAD = 8
_BEHIND = 3
_AT_END = 4
_THANKED = 4
_NEGATORS = bits("not prohibit")
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
    trailing = any(load(language).trailing for language in parsed.languages)
    for sentence in parsed.sentences:
        negated: set[int] = set()
        if sentence.named & _NEGATORS:
            negated = _negated(sentence, parsed.line.breaks, trailing)
        places: dict[int, list[tuple[int, int]]] = {}
        for i, (first, last, concept) in enumerate(sentence.hits):
            if i in negated:
                sentence.negated |= 1 << concept
            else:
                sentence.asserted |= 1 << concept
                places.setdefault(concept, []).append((first, last))
        sentence.asserted |= sentence.named & BIT["question"]
        sentence.asserted |= _acts(sentence.asserted, places)
        if negated:
            every: dict[int, list[tuple[int, int]]] = {}
            for first, last, concept in sentence.hits:
                every.setdefault(concept, []).append((first, last))
            sentence.named |= _acts(sentence.named, every)
            if sentence.named & ~sentence.asserted & BIT["alter"]:
                sentence.asserted |= BIT["unalter"]
        else:
            sentence.named |= sentence.asserted
        if sentence.asserted & _EXPLAINED and not sentence.asserted & bits("rev post"):
            sentence.asserted &= ~_GAINS


def _negated(sentence: Sentence, breaks: list[int], trailing: bool) -> set[int]:
    """Which hits of a sentence are under a negation or a prohibition.

    `trailing`: the language puts its negation after what it negates, at the end of a clause.
    """
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
                or (last < begin <= last + _AHEAD and begin < end)
                or (
                    start <= begin
                    and finish < first
                    and (
                        (first - begin <= _BEHIND and 1 << other & _VERBS)
                        or (trailing and concept == _NOT and end - last <= _AT_END)
                    )
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


def _acts(  # noqa: PLR0912, PLR0915 - one act after the other, in the order they build on
    mask: int, places: dict[int, list[tuple[int, int]]]
) -> int:
    """The acts of a sentence that says these concepts at these places."""
    thanked = [(first, last + _THANKED) for first, last in places.get(INDEX["thanksreview"], ())]

    def near(some: str, others: Spans, most: int) -> bool:
        return (
            bool(others) and mask & bits(some) != 0 and _near(_places(places, some), others, most)
        )

    def follows(some: str, others: Spans, most: int) -> bool:
        return (
            bool(others)
            and mask & bits(some) != 0
            and _follows(_places(places, some), others, most)
        )

    rates = _places(places, "rate")
    objects = _places(places, "review star five low", thanked)
    words = _places(places, "opinion")
    if words and mask & bits("public five good"):
        objects = objects + words
    add = 0
    if objects or rates:
        add |= BIT["rev"]
    if rates or near("write", objects, 6) or near("please", objects, 9):
        add |= BIT["request"]
    if (
        mask & BIT["write"]
        and mask & bits("opinion good happy")
        and near("write", _places(places, "public"), 6)
    ):
        add |= bits("rev request")
    if near("write", _places(places, "public"), 8):
        add |= BIT["post"]
    if mask & BIT["five"] or near("good", objects, 3):
        add |= BIT["positive"]
    targets = objects + rates
    if near("change remove alterit", targets, 7) or follows("low", _places(places, "five"), 5):
        add |= BIT["alter"]
    if mask & BIT["more"] and mask & bits("star review five"):
        add |= BIT["alter"]
    if near("rise", _places(places, "star review five low"), 5):
        add |= BIT["alter"]
    prices = _places(places, "price money")
    if near("back", prices, 5) or near("give payment money", _places(places, "price"), 5):
        add |= BIT["refund"]
    if near("changed", targets, 7):
        add |= BIT["altered"]
    votes = _places(places, "helpful abuse")
    presses = _places(places, "press")
    if _near(presses, votes, 15) or not set(presses).isdisjoint(votes):
        add |= BIT["click"]
    channels = _places(places, "channel chatapp address")
    if near("contact", channels, 8) or near("chatapp channel", _places(places, "address"), 4):
        add |= BIT["divert"]
    traded = objects + words + rates + _places(places, "helpful change remove alterit")
    if near("account", _places(places, "family"), 3):
        add |= BIT["ourselves"]
    if _follows(objects + words, _places(places, "about"), 5):
        add |= BIT["otherproduct"]
    if near("family", _places(places, "write review five") + rates, 7):
        add |= BIT["kinreview"]
    if _follows(_places(places, "for", thanked), traded, 4):
        add |= BIT["exchange"]
    told = _places(places, "tell")
    ifs = [(first, last + 1) for first, last in _places(places, "if")]
    sellers = [
        place
        for place in _places(places, "seller")
        if not any(first <= place[0] <= last for first, last in ifs)
    ]
    if told and (_follows(sellers, told, 8) or near("me", told, 5)):
        add |= BIT["report"]
    if (
        follows("family", _places(places, "runs"), 7)
        or follows("family", _places(places, "firm"), 3)
        or near("role runs", _places(places, "family"), 4)
    ):
        add |= BIT["kin"]
    return add


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
