"""From signs to a score: a logistic model whose weights are plain numbers in `weights.toml`.

`python -m benchmarks.suspicion fit` writes the file; nothing is learnt while events flow.
"""

from __future__ import annotations

import math
import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple

import msgspec

from detectors.suspicion.life import Life
from detectors.suspicion.review import Signs

FILE = "weights.toml"
DIGITS = 5


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file. Weights are in log-odds for each unit of a sign."""

    usual: float
    """What the signs of a review sum up to on the average."""
    intercept: float
    signs: dict[str, float]
    """Weights of `Signs` learnt from labels, by name."""
    life: dict[str, float]
    """Weights of `Life` likewise."""
    judged: dict[str, float]
    """Weights of signs that no labelled data at hand has, by name; set by judgement."""


class Model(NamedTuple):
    """A logistic model of `Signs` and `Life`."""

    usual: float
    """Stands for `weigh` where a review was not looked at: there were too many of its kind."""
    intercept: float
    signs: tuple[float, ...]
    """In the order of `Signs`."""
    life: tuple[float, ...]
    """In the order of `Life`."""

    def weigh(self, signs: Signs) -> float:
        """What the signs say, in log-odds."""
        return math.fsum(w * x for w, x in zip(self.signs, signs, strict=True))

    def score(self, weighed: float, life: Life) -> float:
        """The score, 0 to 1."""
        lived = (w * x for w, x in zip(self.life, life, strict=True))
        logit = math.fsum((self.intercept, weighed, *lived))
        return round(1 / (1 + math.exp(-min(max(logit, -30.0), 30.0))), DIGITS)


def read() -> bytes:
    """The file of weights as it is."""
    return (resources.files(__package__) / FILE).read_bytes()


def parse(content: bytes) -> Weights:
    """The content of a file of weights. Raises ValueError where it does not fit the signs."""
    file = msgspec.convert(tomllib.loads(content.decode()), Weights)
    signs = file.signs.keys() | file.judged.keys()
    odd = (signs ^ set(Signs._fields)) | (file.life.keys() ^ set(Life._fields))
    odd |= file.signs.keys() & file.judged.keys()
    if odd:
        raise ValueError(f"{FILE}: each sign needs one weight; look at {', '.join(sorted(odd))}")
    return file


@cache
def load() -> Model:
    """The model of the file of weights. Raises ValueError where it does not fit the signs."""
    file = parse(read())
    signs = {**file.signs, **file.judged}
    return Model(
        file.usual,
        file.intercept,
        tuple(signs[name] for name in Signs._fields),
        tuple(file.life[name] for name in Life._fields),
    )
