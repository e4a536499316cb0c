"""Every data set there is, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks.datasets import amazon, referrals, yelp
from benchmarks.datasets.source import Row, rows
from benchmarks.datasets.world import World, write


@dataclass(frozen=True)
class Dataset:
    """One set: the file below the data folder it comes from, and how it is converted."""

    source: str
    convert: Callable[[Iterable[Row]], World]


DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {
        "yelp_nyc": Dataset("yelp_nyc/reviews.csv.gz", yelp.convert),
        "amazon_2014": Dataset(
            "amazon_5core_small/musical_instruments_2014.csv.gz", amazon.musical_instruments
        ),
        "amazon_2018": Dataset(
            "amazon_5core_small/all_beauty_fashion_2018.csv.gz", amazon.beauty_and_fashion
        ),
        "app_referrals": Dataset("app_referral_reviews/reviews.csv.gz", referrals.convert),
    }
)


def convert(
    name: str, out: Path, read: Callable[[Iterable[Row]], Iterable[Row]] = iter
) -> tuple[dict[str, int], list[str]]:
    """Write a data set's files to the folder `out/name`; lines by file name, and notes.

    `read` is handed the rows and passes them on (to show progress). Raises `MissingDataError`.
    """
    dataset = DATASETS[name]
    world = dataset.convert(read(rows(dataset.source)))
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    # The rows must not be published.
    (out / ".gitignore").write_text("*\n", encoding="utf-8")
    counts = {}
    for file, lines in world.files():
        write(folder / file, lines)
        counts[file] = len(lines)
    return counts, world.notes
