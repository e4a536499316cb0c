"""How alike two reviews are worded: short MinHash sketches that travel in place of the text.

A sketch keeps the lowest byte of each of `PERMUTATIONS` minima (b-bit minwise hashing, Li and König
2010) over word triples, so that two texts are compared without either being kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from schemas.events import ReviewPosted

PERMUTATIONS = 64
SHINGLE = 3
MIN_WORDS = 8
"""Shorter texts are too often alike by chance ("great product, fast delivery")."""
MAX_CHARS = 4_000
_SEED = 20_240
_WORD = re.compile(r"\w+")
_CHANCE = 1 / 256  # two unrelated bytes agree this often


def sketch(text: str) -> bytes:
    """The sketch of a text; empty where it has fewer than `MIN_WORDS` words."""
    words = _WORD.findall(text[:MAX_CHARS].casefold())
    if len(words) < MIN_WORDS:
        return b""
    minhash = RMinHash(num_perm=PERMUTATIONS, seed=_SEED)
    following = (words[i:] for i in range(SHINGLE))
    minhash.update([" ".join(shingle) for shingle in zip(*following, strict=False)])
    return bytes(h & 0xFF for h in minhash.digest())


def sketch_of(event: ReviewPosted) -> bytes:
    """The sketch of a review's text, for `Observed.once`: several folds want it."""
    return sketch(event.text or "")


def stacked(sketches: Sequence[bytes]) -> NDArray[np.uint8]:
    """Sketches that are not empty as an (n, PERMUTATIONS) array."""
    return np.frombuffer(b"".join(sketches), dtype=np.uint8).reshape(-1, PERMUTATIONS)


def likeness(some: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Estimated Jaccard similarity of each of m stacked sketches to each of n: an (m, n) array with
    values from 0 to 1 (standard error at most 0.07)."""
    from scipy.spatial.distance import cdist  # noqa: PLC0415 - slow to import

    agree = 1.0 - cdist(some, others, "hamming")
    estimate: NDArray[np.float64] = np.clip((agree - _CHANCE) / (1 - _CHANCE), 0.0, 1.0)
    return estimate
