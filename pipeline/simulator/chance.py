"""Seeded chance: every part of the world draws from a stream of its own, named by a path.

So a part added later leaves the draws of all others as they were, and nothing depends on the
order in which parts run or on PYTHONHASHSEED.
"""

from __future__ import annotations

from hashlib import blake2b
from random import Random

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MASK = (1 << 64) - 1


def number(*path: object) -> int:
    """64 bits that depend on the path alone."""
    digest = blake2b("\x1f".join(map(str, path)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def stream(*path: object) -> Random:
    """The scalar random stream of that name."""
    return Random(number(*path))


def mix(value: int) -> float:
    """A uniform number in [0, 1) from an integer (SplitMix64's finaliser, Steele et al. 2014)."""
    z = (value + 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((z ^ (z >> 31)) >> 11) / (1 << 53)


class Vectors:
    """Vectors of draws from one named stream: raw bits of PCG64 and inverse distributions, which
    NumPy keeps stable from version to version, unlike its own distributions (NEP 19)."""

    def __init__(self, *path: object) -> None:
        self._bits = np.random.Generator(np.random.PCG64(number(*path)))

    def uniform(self, n: int) -> Floats:
        """Shape (n,), uniform in [0, 1)."""
        return self._bits.random(n)

    def normal(self, n: int, scale: float = 1.0) -> Floats:
        """Shape (n,), normal with mean 0."""
        draws: Floats = ndtri(np.clip(self.uniform(n), 1e-12, 1 - 1e-12))
        return draws * scale

    def lognormal(self, n: int, sigma: float) -> Floats:
        """Shape (n,), log-normal with median 1."""
        return np.exp(self.normal(n, sigma))

    def pick(self, n: int, weights: Floats) -> Ints:
        """Shape (n,), indices of `weights` in proportion to them."""
        total = np.cumsum(weights)
        found: Ints = np.searchsorted(total, self.uniform(n) * total[-1], side="right")
        return np.minimum(found, len(weights) - 1)


def poisson(rng: Random, mean: float) -> int:
    """A Poisson count: Knuth's product for small means, the rounded normal above 30."""
    if mean > 30:
        return max(0, round(rng.gauss(mean, mean**0.5)))
    count, product, limit = 0, rng.random(), 2.718281828459045**-mean
    while product > limit:
        count += 1
        product *= rng.random()
    return count
