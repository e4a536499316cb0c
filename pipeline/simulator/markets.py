"""The marketplaces and the neutral vocabulary of what is sold there."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from pipeline.simulator.phrasebook import LANGUAGES, read_shared


@dataclass(frozen=True, slots=True)
class Marketplace:
    """A site: its share of all sellers and buyers, its money, and who buys there."""

    name: str
    share: float
    currency: str
    unit: str  # how amounts are written: "{} kr"
    amounts: tuple[int, ...]  # what people give and ask for
    exchange: float  # prices in kronor times this
    title_language: str
    languages: tuple[tuple[str, float], ...]

    def amount(self, rng: Random) -> str:
        """An amount as people write it."""
        return self.unit.format(rng.choice(self.amounts))

    def language(self, u: float) -> str:
        """The language of a buyer at the quantile `u`."""
        spoken = [(code, share) for code, share in self.languages if code in LANGUAGES]
        at = u * sum(share for _, share in spoken)
        for code, share in spoken:
            at -= share
            if at < 0:
                return code
        return spoken[-1][0]


_KRONOR = (50, 75, 100, 150, 200, 250, 300, 400, 500)
_EUROS = (5, 8, 10, 15, 20, 25, 30, 40, 50)

MARKETPLACES = (
    Marketplace(
        "amazon.se",
        0.72,
        "SEK",
        "{} kr",
        _KRONOR,
        1.0,
        "sv",
        (("sv", 0.66), ("en", 0.17), ("fi", 0.05), ("da", 0.045), ("no", 0.045), ("de", 0.03)),
    ),
    Marketplace(
        "amazon.de",
        0.1,
        "EUR",
        "{} €",
        _EUROS,
        0.09,
        "de",
        (("de", 0.8), ("en", 0.08), ("pl", 0.07), ("da", 0.05)),
    ),
    Marketplace(
        "amazon.nl",
        0.04,
        "EUR",
        "{} euro",
        _EUROS,
        0.09,
        "nl",
        (("nl", 0.78), ("en", 0.17), ("de", 0.05)),
    ),
    Marketplace("amazon.fr", 0.04, "EUR", "{} €", _EUROS, 0.09, "fr", (("fr", 0.92), ("en", 0.08))),
    Marketplace(
        "amazon.it", 0.035, "EUR", "{} €", _EUROS, 0.09, "it", (("it", 0.94), ("en", 0.06))
    ),
    Marketplace(
        "amazon.es",
        0.035,
        "EUR",
        "{} €",
        _EUROS,
        0.09,
        "es",
        (("es", 0.7), ("pt", 0.26), ("en", 0.04)),
    ),
    Marketplace(
        "amazon.pl",
        0.03,
        "PLN",
        "{} zł",
        (20, 30, 40, 50, 60, 80, 100, 150),
        0.39,
        "pl",
        (("pl", 0.95), ("en", 0.05)),
    ),
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of the category tree."""

    index: int
    path: str
    features: tuple[str, ...]
    low: float
    high: float
    weight: float
    season: str
    hobby: bool
    nouns: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Taxonomy:
    """Everything that can be sold, and how it is named."""

    leaves: tuple[Leaf, ...]
    brands: tuple[tuple[str, ...], tuple[str, ...]]
    marks: tuple[str, ...]
    colours: dict[str, list[str]]

    def brand(self, rng: Random) -> str:
        """An invented brand."""
        return rng.choice(self.brands[0]) + rng.choice(self.brands[1])


def read_taxonomy() -> Taxonomy:
    """The taxonomy of the package."""
    data: dict[str, Any] = read_shared("taxonomy.toml")
    languages = data["languages"]
    leaves = tuple(
        Leaf(
            index=index,
            path=leaf["path"],
            features=tuple(leaf["features"]),
            low=leaf["price"][0],
            high=leaf["price"][1],
            weight=leaf["weight"],
            season=leaf.get("season", ""),
            hobby=leaf.get("hobby", False),
            nouns=tuple(dict(zip(languages, nouns, strict=True)) for nouns in leaf["nouns"]),
        )
        for index, leaf in enumerate(data["leaf"])
    )
    return Taxonomy(
        leaves,
        (tuple(data["brands_first"]), tuple(data["brands_last"])),
        tuple(data["marks"]),
        data["colours"],
    )
