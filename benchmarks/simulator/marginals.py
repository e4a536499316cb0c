"""Compares the marginals of a simulated world with those of real review data.

    python benchmarks/simulator/marginals.py WORLD DATA

WORLD is a folder of `starwatch simulate`, DATA the folder with the real sets (their rows are never
part of the repository). For each real set its busiest window as long as the world is taken, and the
two-sample Kolmogorov-Smirnov distance of each marginal is printed (0 the same, 1 disjoint), with
quantiles to judge it by: with thousands of rows every distance is significant.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

Row = tuple[str, str, int, int]
"""Account, product, rating, day."""

BUSY = 10
"""Reviews from which a product has a weekly rhythm to speak of."""


@dataclass(frozen=True)
class Marginal:
    """A quantity with one value for each account, product, gap, review or product."""

    name: str
    unit: str
    values: Callable[[list[Row]], list[float]]


def per_account(rows: list[Row]) -> list[float]:
    return list(Counter(row[0] for row in rows).values())


def per_product(rows: list[Row]) -> list[float]:
    return list(Counter(row[1] for row in rows).values())


def ratings(rows: list[Row]) -> list[float]:
    return [row[2] for row in rows]


def _gaps(rows: list[Row], key: int) -> list[float]:
    days = defaultdict(list)
    for row in rows:
        days[row[key]].append(row[3])
    return [float(gap) for each in days.values() for gap in np.diff(sorted(each))]


def account_gaps(rows: list[Row]) -> list[float]:
    return _gaps(rows, 0)


def product_gaps(rows: list[Row]) -> list[float]:
    return _gaps(rows, 1)


def busiest_week(rows: list[Row]) -> list[float]:
    """Variance over mean of the weekly counts of each product with BUSY reviews: 1 is Poisson."""
    first = min(row[3] for row in rows)
    weeks = (max(row[3] for row in rows) - first) // 7 + 1
    days = defaultdict(list)
    for row in rows:
        days[row[1]].append((row[3] - first) // 7)
    counts = [np.bincount(each, minlength=weeks) for each in days.values() if len(each) >= BUSY]
    return [float(count.var() / count.mean()) for count in counts]


MARGINALS = (
    Marginal("reviews per account", "reviews", per_account),
    Marginal("reviews per product", "reviews", per_product),
    Marginal("rating", "stars", ratings),
    Marginal("gap between an account's reviews", "days", account_gaps),
    Marginal("gap between a product's reviews", "days", product_gaps),
    Marginal("burstiness of a product's weeks", "variance/mean", busiest_week),
)


def read_world(folder: Path) -> list[Row]:
    """All reviews posted in a simulated world."""
    rows = []
    with (folder / "reviews.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            if event["type"] == "review.posted":
                day = date.fromisoformat(event["occurred_at"][:10]).toordinal()
                rows.append((event["reviewer_id"], event["product_id"], event["rating"], day))
    return rows


def _rows(path: Path, account: str, product: str, rating: str, when: str) -> Iterable[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row[rating]:
                day = date.fromisoformat(row[when]).toordinal()
                yield row[account], row[product], int(float(row[rating])), day


def read_real(folder: Path) -> dict[str, list[Row]]:
    """The real sets by name."""
    amazon = folder / "amazon_5core_small"
    columns = ("reviewerID", "asin", "overall", "date")
    return {
        "Yelp NYC": list(
            _rows(folder / "yelp_nyc/reviews.csv.gz", "user_id", "prod_id", "rating", "date")
        ),
        "Musical Instruments": list(_rows(amazon / "musical_instruments_2014.csv.gz", *columns)),
        "Beauty and Fashion": list(_rows(amazon / "all_beauty_fashion_2018.csv.gz", *columns)),
    }


def window(rows: list[Row], days: int) -> list[Row]:
    """The busiest stretch of that many days."""
    moments = np.sort(np.array([row[3] for row in rows]))
    starts = np.arange(moments[0], moments[-1] + 1, 7)
    held = np.searchsorted(moments, starts + days) - np.searchsorted(moments, starts)
    first = int(starts[int(held.argmax())])
    return [row for row in rows if first <= row[3] < first + days]


def _quantiles(values: list[float]) -> str:
    found: NDArray[np.float64] = np.quantile(np.array(values), (0.5, 0.9, 0.99))
    return "/".join(f"{value:.3g}" for value in found)


def table(world: list[Row], real: dict[str, list[Row]]) -> list[str]:
    """The lines of a Markdown table: distances, and 50/90/99 % quantiles."""
    days = max(row[3] for row in world) - min(row[3] for row in world) + 1
    windows = {name: window(rows, days) for name, rows in real.items()}
    lines = [
        "| marginal | simulated | " + " | ".join(windows) + " |",
        "|---|---|" + "---|" * len(windows),
    ]
    for marginal in MARGINALS:
        ours = marginal.values(world)
        cells = []
        for rows in windows.values():
            theirs = marginal.values(rows)
            if len(theirs) < 20:
                cells.append("–")
                continue
            distance = ks_2samp(ours, theirs).statistic
            cells.append(f"**{distance:.2f}** ({_quantiles(theirs)})")
        lines.append(
            f"| {marginal.name}, {marginal.unit} | {_quantiles(ours)} | {' | '.join(cells)} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", type=Path, help="folder of a simulated world")
    parser.add_argument("data", type=Path, help="folder with the real sets")
    arguments = parser.parse_args()
    print("\n".join(table(read_world(arguments.world), read_real(arguments.data))))


if __name__ == "__main__":
    main()
