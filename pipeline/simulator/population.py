"""The buyers: who they are, where they live, what they like, and what they are seen with.

A buyer is an index into arrays. Dormant buyers take no part in ordinary life; scenarios recruit
buyers from the same arrays, so an account's id and row say nothing of its part.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import log
from random import Random
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from pipeline.simulator.chance import Vectors, mix, number, stream
from pipeline.simulator.clock import DAY, HOUR, MINUTE, Clock
from pipeline.simulator.identity import Identity
from pipeline.simulator.markets import MARKETPLACES, Leaf, Taxonomy

IdentifierType: TypeAlias = Literal[
    "device", "ip", "address", "payment_card", "bank_account", "phone", "email", "tax_id"
]

Age: TypeAlias = Literal["fresh", "mixed", "aged"]

IN_WINDOW = 0.35
"""Share of the accounts that are registered within half a year of simulated time."""

RECENT = 0.25
"""Share of new customers among those recruited at any age: as many as among all who act."""

SAMPLERS = -2
"""Key of the pool of the sampling programme's reviewers, in the place of a leaf."""

_ROUND, _SPELL = 110, 14
"""Days from one spell of shopping to the next, and its length."""

HISTORY = 1_000
"""Days before the window in which the older accounts were registered."""


class Tie(NamedTuple):
    """An identifier that an account was seen with."""

    kind: IdentifierType
    identifier: str
    at: int


class Pool:
    """Buyers in the order of registration, drawn by how active they are."""

    def __init__(self, members: list[int], joined: list[int], weights: list[float]) -> None:
        self.members = sorted(members, key=lambda i: joined[i])
        self._joined = [joined[i] for i in self.members]
        self._totals: list[float] = np.cumsum([weights[i] for i in self.members]).tolist()

    def draw(self, at: int, rng: Random) -> int | None:
        """A buyer registered by `at`, None when there is none."""
        known = bisect_right(self._joined, at)
        if not known or self._totals[known - 1] <= 0:
            return None
        mark = rng.random() * self._totals[known - 1]
        return self.members[min(bisect_right(self._totals, mark, 0, known), known - 1)]


class Population:
    """All buyers of a world.

    Args:
        size: how many.
        taxonomy: what they can like.
    """

    def __init__(
        self, seed: int, size: int, clock: Clock, identity: Identity, taxonomy: Taxonomy
    ) -> None:
        draws = Vectors(seed, "population")
        self._seed = seed
        self._salt = number(seed, "sittings")
        self._clock = clock
        self._identity = identity
        self.size = size
        shares = np.array([m.share for m in MARKETPLACES])
        self.market: list[int] = draws.pick(size, shares).tolist()
        self.language = [
            MARKETPLACES[m].language(u)
            for m, u in zip(self.market, draws.uniform(size).tolist(), strict=True)
        ]
        self.id = [identity.account("buyer", i) for i in range(size)]
        inside = draws.uniform(size) < IN_WINDOW * min(1.0, clock.days / 180)
        span = np.where(inside, clock.days, -HISTORY)
        day = np.floor(draws.uniform(size) * span)
        hour = np.minimum(clock.times_of_day(draws.uniform(size)), DAY - 1)
        self.joined: list[int] = (clock.start + day * DAY + hour).astype(np.int64).tolist()
        # Most buy now and then, a few all the time: the reviews per account of real sites.
        keen = np.where(draws.uniform(size) < 0.05, 6.0, 1.0)
        self.activity: list[float] = (keen * draws.lognormal(size, 0.35)).tolist()
        self.eagerness: list[float] = np.clip(draws.uniform(size) ** 0.6, 0.05, 1).tolist()
        self.severity: list[float] = draws.normal(size, 0.45).tolist()
        self.wordiness: list[float] = draws.lognormal(size, 0.35).tolist()
        self._pace: list[float] = (9 + 18 * draws.lognormal(size, 0.6)).tolist()
        self._samples: list[bool] = (draws.uniform(size) < 0.015).tolist()
        leaf_weights = np.array([leaf.weight for leaf in taxonomy.leaves])
        self.taste = list(
            zip(
                draws.pick(size, leaf_weights).tolist(),
                draws.pick(size, leaf_weights).tolist(),
                strict=True,
            )
        )
        self._places(draws)
        self._dormant: set[int] = set()
        self._cast: set[int] = set()
        self._pools: dict[tuple[int, int], Pool] = {}

    def _places(self, draws: Vectors) -> None:
        """Homes of one to five, and for some an office, a dormitory, a VPN or a carrier."""
        size = self.size
        order = np.lexsort((draws.uniform(size), np.array(self.market)))
        home = np.empty(size, dtype=np.int64)
        at = number_of_homes = 0
        sizes = draws.pick(size, np.array([0.42, 0.27, 0.15, 0.11, 0.05])) + 1
        while at < size:
            members = order[at : at + int(sizes[number_of_homes])]
            home[members] = number_of_homes
            at += len(members)
            number_of_homes += 1
        self.home: list[int] = home.tolist()
        self.homes = number_of_homes

        def shared(share: float, members: int) -> list[int]:
            """The number of a shared place for `share` of the buyers, -1 for the others. Sizes
            are skewed: the first places are large."""
            places = max(1, int(size * share / members))
            chosen = np.where(
                draws.uniform(size) < share,
                np.minimum((draws.uniform(size) ** 2 * places).astype(np.int64), places - 1),
                -1,
            )
            # A place belongs to one marketplace.
            combined: list[int] = np.where(
                chosen < 0, -1, chosen * len(MARKETPLACES) + np.array(self.market)
            ).tolist()
            return combined

        self.office = shared(0.09, 25)
        self.dormitory = shared(0.03, 40)
        self.vpn = shared(0.05, 400)
        self.carrier = shared(0.16, 300)

    # Casting, before life begins.

    def recruit(
        self,
        rng: Random,
        count: int,
        market: int,
        at: int | Sequence[int],
        age: Age = "mixed",
        dormant: bool = False,
    ) -> list[int]:
        """`count` buyers of a marketplace for a scenario, nobody twice, registered before `at`;
        of several times, each before its own.

        Raises:
            ValueError: the marketplace has not so many left.
        """
        chosen: list[int] = []
        moments = [at] * count if isinstance(at, int) else list(at)
        for _ in range(400 * count):
            candidate = int(rng.random() * self.size)
            if candidate in self._cast or self.market[candidate] != market:
                continue
            self._cast.add(candidate)
            self._age(candidate, rng, moments[len(chosen)], age)
            chosen.append(candidate)
            if dormant:
                self._dormant.add(candidate)
            if len(chosen) == count:
                return chosen
        raise ValueError(f"only {len(chosen)} of {count} buyers left in {MARKETPLACES[market]}")

    def _age(self, buyer: int, rng: Random, at: int, age: Age) -> None:
        clock = self._clock
        if age == "fresh":
            self.joined[buyer] = clock.on(clock.day_of(at) - 1 - int(rng.expovariate(1 / 9)), rng)
        elif age == "aged":
            self.joined[buyer] = clock.on(-60 - int(rng.random() * 900), rng)
        elif rng.random() < RECENT and clock.day_of(at) > 0:
            first = max(0, clock.day_of(at) - 50)
            self.joined[buyer] = clock.on(
                first - 1 + int(rng.random() * (clock.day_of(at) - first)), rng
            )
        elif self.joined[buyer] >= at:
            self.joined[buyer] = clock.on(-1 - int(rng.random() * HISTORY), rng)

    def open(self) -> None:
        """Form the pools; call it when casting is done."""
        groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for buyer in range(self.size):
            if buyer in self._dormant:
                continue
            market = self.market[buyer]
            groups[market, -1].append(buyer)
            for leaf in set(self.taste[buyer]):
                groups[market, leaf].append(buyer)
            if self._samples[buyer]:
                groups[market, SAMPLERS].append(buyer)
        self._pools = {
            key: Pool(members, self.joined, self.activity) for key, members in groups.items()
        }

    # Life.

    def draw(self, market: int, leaf: Leaf, at: int, rng: Random) -> int | None:
        """A buyer who might want something of that leaf at that time; hobbies are bought for
        mostly by those who have them."""
        loyal = 0.85 if leaf.hobby else 0.55
        pool = self._pools.get((market, leaf.index)) if rng.random() < loyal else None
        pool = pool or self._pools.get((market, -1))
        if pool is None:
            return None
        day = self._clock.day_of(at)
        found = pool.draw(at, rng)
        for _ in range(6):
            if found is None or self._shops(found, day):
                break
            found = pool.draw(at, rng)
        return found

    def _shops(self, buyer: int, day: int) -> bool:
        """Whether the buyer is in a spell of shopping: people buy several things within some
        days and nothing for months."""
        return (day + mix(self._salt ^ (buyer * 65_537)) * _ROUND) % _ROUND < _SPELL

    def sampler(self, market: int, at: int, rng: Random) -> int | None:
        """A reviewer of the platform's sampling programme."""
        pool = self._pools.get((market, SAMPLERS))
        return pool.draw(at, rng) if pool else None

    def sitting(self, buyer: int, after: int) -> int:
        """When the buyer next sits down to write reviews: people write several in one go, so the
        times are the buyer's own and not the order's. Returns a time after `after`."""
        pace = self._pace[buyer]
        phase = mix(self._salt + buyer * 2_654_435_761) * pace
        turn = int(((after - self._clock.start) / DAY - phase) // pace)
        for _ in range(4):
            key = self._salt ^ (buyer * 1_000_003 + turn * 7_919)
            day = int(phase + (turn + 0.8 * mix(key)) * pace)
            at = self._clock.start + day * DAY + self._clock.time_of_day(mix(key + 1))
            if at > after + HOUR:
                return at
            turn += 1
        return after + int(pace * DAY)

    # What the platform knows of them.

    def ties(self, buyer: int) -> Iterator[Tie]:
        """Everything the account was seen with, in no order."""
        rng = stream(self._seed, "ties", buyer)
        joined = self.joined[buyer]
        identity = self._identity

        def tie(kind: IdentifierType, *name: object) -> Tie:
            first = joined + int(rng.expovariate(1 / (2 * HOUR))) + MINUTE
            if rng.random() < 0.3:
                later = self._clock.on(int(rng.random() * self._clock.days), rng)
                first = max(first, later)
            return Tie(kind, identity.identifier(kind, *name), first)

        home = self.home[buyer]
        if rng.random() < 0.27:
            yield tie("device", "own", buyer)
        if rng.random() < 0.19:
            yield tie("ip", "home", home)
        if rng.random() < 0.2:
            yield tie("address", home)
        if rng.random() < 0.08:
            yield tie("payment_card", home if rng.random() < 0.3 else f"own {buyer}")
        if rng.random() < 0.045:
            yield tie("phone", buyer)
        if rng.random() < 0.045:
            yield tie("email", buyer)
        for place, share, kind in (
            (self.office[buyer], 0.6, "office"),
            (self.vpn[buyer], 0.8, "vpn"),
            (self.carrier[buyer], 0.45, "carrier"),
        ):
            if place >= 0 and rng.random() < share:
                yield tie("ip", kind, place)
        if self.dormitory[buyer] >= 0:
            yield tie("address", "dormitory", self.dormitory[buyer])
        if rng.random() < 0.02:
            # Somebody else lives there now.
            moved = joined - int(log(1 / max(rng.random(), 1e-9)) * 200 * DAY)
            former = identity.identifier("address", int(rng.random() * self.homes))
            yield Tie("address", former, max(moved, joined + MINUTE))
