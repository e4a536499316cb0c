"""How often texts are alike by chance: what everybody writes about everything shows no order.

Where people choose from few phrases, or a marketplace offers them, reviews of any product have
likes. The share of such pairs is learned from the other products of the marketplace (docs/decisions
0006 and 0010).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from detectors.api import Statement, View, digest, scoped
from detectors.review_clusters.tables import CHANCES, CLUSTERED, WORDED, ChanceRow

SAMPLED = 4
"""Of so many products one tells the marketplace how alike its reviews are (count)."""
PRIOR_PAIRS = 1_000.0
"""Pairs without likeness that a marketplace is taken to have shown before any were seen."""
TRIMMED = 0.2
"""Share of the pairs that is left out, those of the products with the most likes: what is ordered
on a few products is not usual."""


def is_sampled(product: str) -> bool:
    """Whether a product, by its key, is one of those that tell."""
    return int(digest("alike", product), 16) % SAMPLED == 0


def judge(view: View) -> Iterator[Statement]:
    """Tell each product that has a cluster this month how alike the others' reviews are."""
    asking = {e.row.product_id for e in view.rows(CLUSTERED, back=0, ahead=0) if e.row}
    if not asking:
        return
    pairs: dict[str, tuple[int, int]] = {}
    for entry in view.rows(WORDED):
        row = entry.row
        compared, alike = pairs.get(row.product_id, (0, 0))
        pairs[row.product_id] = (compared + row.pairs, alike + row.alike)
    for product in sorted(asking):
        share = usual([counts for other, counts in sorted(pairs.items()) if other != product])
        yield Statement(CHANCES, scoped(view.key, product), "", view.start, ChanceRow(share))


def usual(products: list[tuple[int, int]]) -> float:
    """The share of pairs that are alike, trimmed: of (pairs, of them alike) of each product."""
    left = (1 - TRIMMED) * sum(pairs for pairs, _ in products)
    compared = alike = 0.0
    for pairs, same in sorted(products, key=lambda p: (p[1] / p[0], p)):
        part = min(1.0, max(0.0, left - compared) / pairs)
        compared += part * pairs
        alike += part * same
    return alike / (compared + PRIOR_PAIRS)


def surprise(alike: int, texts: int, share: float) -> float:
    """-ln of how likely so large a group of like texts is at most, where a pair is alike with the
    probability `share`.

    A phrase that the part p of all texts use makes p squared of the pairs alike, so that none has
    a part larger than the square root of the share; the tail of the binomial distribution is
    bounded as in Hoeffding, "Probability inequalities for sums of bounded random variables",
    1963, theorem 1.
    """
    part, most = alike / texts, math.sqrt(share)
    if part <= most:
        return 0.0
    if most == 0.0:
        return math.inf
    rest = 0.0 if part == 1.0 else (1 - part) * math.log((1 - part) / (1 - most))
    return texts * (part * math.log(part / most) + rest)
