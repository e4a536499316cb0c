"""Sellers and what they sell: a few large ones, a long tail of small ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from pipeline.simulator.chance import Floats, Vectors, stream
from pipeline.simulator.clock import HOUR, Clock
from pipeline.simulator.identity import Identity
from pipeline.simulator.markets import MARKETPLACES, Leaf, Marketplace, Taxonomy

if TYPE_CHECKING:
    from pipeline.simulator.conduct import Conduct
    from pipeline.simulator.visits import Visit

Relation: TypeAlias = Literal["owner", "employee", "family", "partner", "agency", "manufacturer"]

_PARTNERS: tuple[Relation, ...] = ("agency", "agency", "manufacturer", "partner")

BURN_IN = 30
"""Days of orders before the window, so that reviews and threads flow from its first day on. Their
own events are not written: a stream that is tapped does not know what came before."""


@dataclass(slots=True, eq=False)
class Seller:
    """A seller and its people. `staff`, `partners` and `owner` are account ids."""

    index: int
    id: str
    market: int
    shop: str
    joined: int
    owner: str
    staff: list[str] = field(default_factory=list)
    partners: list[tuple[str, Relation]] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    conduct: Conduct | None = None

    @property
    def marketplace(self) -> Marketplace:
        """Where it sells."""
        return MARKETPLACES[self.market]


@dataclass(slots=True, eq=False)
class Product:
    """A listing. `rate` is the expected number of orders in the window, `quality` shifts the
    ratings, `defects` is the share of broken items, `bad_batch` the days on which it is high."""

    index: int
    id: str
    seller: Seller
    market: int
    leaf: Leaf
    noun: int
    brand: str
    mark: str
    colour: int
    price: float
    listed: int
    rate: float
    quality: float
    defects: float
    has_url: bool
    title: str | None = None
    attributes: dict[str, str] | None = None
    floor: int = 0
    parent: str | None = None
    theme: str = "color"
    bad_batch: tuple[int, int] | None = None
    promotions: list[Promotion] = field(default_factory=list)
    viral_day: int | None = None
    visits: list[Visit] = field(default_factory=list)
    afterwards: list[Callable[..., None]] = field(default_factory=list)
    rewrites: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    @property
    def marketplace(self) -> Marketplace:
        """Where it is sold."""
        return MARKETPLACES[self.market]

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.brand} {self.mark}".strip()

    def noun_in(self, language: str) -> str | None:
        """What it is, where the taxonomy knows the language."""
        return self.leaf.nouns[self.noun].get(language)


@dataclass(frozen=True, slots=True)
class Promotion:
    """A price cut for everybody on days first <= day < last. `code` None: the price itself."""

    first: int
    last: int
    discount: float
    code: str | None
    pull: float


class Catalogue:
    """All sellers and products of a world.

    Args:
        sellers: how many sellers.
        orders: expected number of orders in the window, over all products.
    """

    def __init__(
        self,
        seed: int,
        sellers: int,
        orders: float,
        clock: Clock,
        identity: Identity,
        taxonomy: Taxonomy,
    ) -> None:
        self._clock = clock
        self._identity = identity
        self._taxonomy = taxonomy
        self._leaf_totals = np.cumsum([leaf.weight for leaf in taxonomy.leaves])
        self.sellers: list[Seller] = []
        self.products: list[Product] = []
        self.agencies = [identity.account("agency", i) for i in range(max(2, sellers // 150))]
        draws = Vectors(seed, "sellers")
        markets = draws.pick(sellers, np.array([m.share for m in MARKETPLACES])).tolist()
        sizes = draws.lognormal(sellers, 0.9).tolist()
        for index, (market, size) in enumerate(zip(markets, sizes, strict=True)):
            self._found(stream(seed, "seller", index), index, market, size)
        total = sum(product.rate for product in self.products)
        cap = max(0.02 * orders, 40.0)
        for product in self.products:
            product.rate = min(product.rate * orders / total, cap)
        self._busy = clock.busyness(-BURN_IN)

    def _found(self, rng: Random, index: int, market: int, size: float) -> None:
        identity, clock = self._identity, self._clock
        joined = clock.on(-60 - int(rng.random() * 940), rng)
        seller = Seller(
            index=index,
            id=identity.seller(index),
            market=market,
            shop=self._taxonomy.brand(rng) + rng.choice((" AB", "", "", " Shop", " Store", " EU")),
            joined=joined,
            owner=identity.account("owner", index),
        )
        if rng.random() < 0.09:
            seller.staff = [
                identity.account("staff", index, n) for n in range(1 + int(rng.random() * 3))
            ]
        if rng.random() < 0.05:
            kind: Relation = rng.choice(_PARTNERS)
            seller.partners.append((rng.choice(self.agencies), kind))
        self.sellers.append(seller)
        count = 1 + min(int(rng.paretovariate(2.2) - 1 + size * 0.08), 12)
        leaf = self._leaf(rng)
        for _ in range(count):
            if rng.random() < 0.3:
                leaf = self._leaf(rng)
            self.launch(seller, leaf, rng, size)
        if rng.random() < 0.05:
            # Some sell abroad, too: a seller is the same everywhere, its products are not.
            abroad = self.add(seller, leaf, rng, size * 0.5)
            abroad.market = int(rng.random() * len(MARKETPLACES))
            abroad.price = _price(leaf, abroad.marketplace, rng)

    def _leaf(self, rng: Random) -> Leaf:
        at = rng.random() * self._leaf_totals[-1]
        return self._taxonomy.leaves[int(np.searchsorted(self._leaf_totals, at, side="right"))]

    def launch(self, seller: Seller, leaf: Leaf, rng: Random, size: float = 1.0) -> Product:
        """A new product of that seller, at times with siblings in other colours."""
        product = self.add(seller, leaf, rng, size)
        if rng.random() < 0.05:
            product.parent = self._identity.product("family", product.index)
            for _ in range(1 + int(rng.random() * 2)):
                sibling = self.add(seller, leaf, rng, size * 0.6)
                sibling.parent, sibling.theme = product.parent, product.theme
                sibling.brand, sibling.mark = product.brand, product.mark
                sibling.noun, sibling.quality = product.noun, product.quality
                sibling.listed = product.listed + int(rng.random() * 5 * HOUR)
                sibling.colour = (product.colour + 1 + int(rng.random() * 6)) % 8
        return product

    def add(self, seller: Seller, leaf: Leaf, rng: Random, size: float = 1.0) -> Product:
        """One product with a life of its own."""
        clock, index = self._clock, len(self.products)
        new = rng.random() < 0.12
        listed = (
            clock.on(int(rng.random() * clock.days), rng)
            if new
            else max(seller.joined + HOUR, clock.on(-BURN_IN - 5 - int(rng.random() * 800), rng))
        )
        product = Product(
            index=index,
            id=self._identity.product(index),
            seller=seller,
            market=seller.market,
            leaf=leaf,
            noun=int(rng.random() * len(leaf.nouns)),
            brand=self._taxonomy.brand(rng),
            mark=rng.choice(self._taxonomy.marks),
            colour=int(rng.random() * 8),
            price=_price(leaf, seller.marketplace, rng),
            listed=listed,
            rate=size * 2.718281828 ** rng.gauss(0, 1.25) * leaf.weight,
            quality=rng.gauss(0, 0.42),
            defects=min(rng.betavariate(1.6, 24), 0.4),
            has_url=rng.random() < 0.92,
        )
        if rng.random() < 0.04:
            first = int(rng.random() * clock.days)
            product.bad_batch = (first, first + 10 + int(rng.random() * 25))
        if rng.random() < 0.22:
            for _ in range(1 + int(rng.random() * 2)):
                product.promotions.append(self._promotion(rng))
        if rng.random() < 0.01:
            product.viral_day = int(rng.random() * clock.days)
        self.products.append(product)
        seller.products.append(product)
        return product

    def _promotion(self, rng: Random) -> Promotion:
        first = int(rng.random() * self._clock.days)
        code = None
        if rng.random() < 0.5:
            code = f"{self._taxonomy.brand(rng).upper()}{rng.choice((10, 15, 20, 25, 30))}"
        discount = rng.choice((0.1, 0.15, 0.2, 0.25, 0.3, 0.4))
        return Promotion(first, first + 2 + int(rng.random() * 9), discount, code, 1 + 4 * discount)

    def title(self, product: Product) -> str:
        """The title of a listing, in the language of its marketplace."""
        language = product.marketplace.title_language
        colour = self._taxonomy.colours[language][product.colour]
        noun = product.noun_in(language) or ""
        return f"{product.name} {noun}, {colour}"

    def demand(self, product: Product) -> Floats:
        """Relative demand by day from BURN_IN days before the window, shape (BURN_IN + days,)."""
        clock = self._clock
        days = np.arange(-BURN_IN, clock.days)
        demand = self._busy * _season(product.leaf.season, clock)
        since = days - clock.day_of(product.listed)
        if since[0] < 0:
            ramp = 1 - np.exp(-np.maximum(since, 0) / 8) + 1.6 * np.exp(-np.maximum(since, 0) / 14)
            demand = demand * np.where(since > 0, ramp, 0)
        for promotion in product.promotions:
            on = (days >= promotion.first) & (days < promotion.last)
            demand = demand * np.where(on, promotion.pull, 1)
        if product.viral_day is not None:
            after = days - product.viral_day
            demand = demand * np.where(after >= 0, 1 + 25 * np.exp(-np.maximum(after, 0) / 3), 1)
        return demand


def _price(leaf: Leaf, marketplace: Marketplace, rng: Random) -> float:
    kronor: float = leaf.low * (leaf.high / leaf.low) ** rng.random()
    price = kronor * marketplace.exchange
    return float(round(price) - 1 if price > 120 else round(price) - 0.01)


_SEASONS = {
    "gift": (0.9, 0.85, 0.85, 0.85, 0.9, 0.9, 0.85, 0.9, 0.95, 1.05, 1.5, 1.8),
    "summer": (0.4, 0.5, 0.8, 1.3, 1.7, 1.8, 1.6, 1.2, 0.8, 0.5, 0.4, 0.5),
    "dark": (1.2, 1.0, 0.8, 0.7, 0.6, 0.5, 0.6, 0.9, 1.2, 1.4, 1.6, 1.5),
    "newyear": (2.0, 1.5, 1.1, 0.9, 0.8, 0.7, 0.7, 0.9, 1.0, 0.9, 0.8, 0.8),
    "school": (1.0, 0.8, 0.8, 0.8, 0.8, 0.8, 1.0, 2.0, 1.4, 0.8, 0.8, 0.9),
}


def _season(name: str, clock: Clock) -> Floats:
    months = _SEASONS.get(name)
    if months is None:
        return np.ones(BURN_IN + clock.days)
    return np.array([months[clock.date(day).month - 1] for day in range(-BURN_IN, clock.days)])
