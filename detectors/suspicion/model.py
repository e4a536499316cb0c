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

from detectors.suspicion.review import Signs

FILE = "weights.toml"
DIGITS = 5


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file. Weights are in log-odds for each unit of a sign."""

    base_rate: float
    """The share of suspicious reviews in what it was fitted to."""
    intercept: float
    fitted: dict[str, float]
    """Weights learnt from labels, by sign."""
    judged: dict[str, float]
    """Weights of signs that no labelled data at hand has, by sign; set by judgement."""


class Model(NamedTuple):
    """A logistic model of `Signs`."""

    base_rate: float
    """The score of a review that nobody looked at, for there were too many of its kind."""
    intercept: float
    weights: tuple[float, ...]
    """In the order of `Signs`."""

    def rate(self, signs: Signs) -> float:
        """The score, 0 to 1."""
        terms = [w * x for w, x in zip(self.weights, signs, strict=True)]
        logit = math.fsum([self.intercept, *terms])
        return round(1 / (1 + math.exp(-min(max(logit, -30.0), 30.0))), DIGITS)


def read() -> bytes:
    """The file of weights as it is."""
    return (resources.files(__package__) / FILE).read_bytes()


@cache
def load() -> Model:
    """The model of the file of weights. Raises ValueError where it does not fit the signs."""
    file = msgspec.convert(tomllib.loads(read().decode()), Weights)
    weights = {**file.fitted, **file.judged}
    if weights.keys() != set(Signs._fields) or len(weights) < len(file.fitted) + len(file.judged):
        odd = sorted(weights.keys() ^ set(Signs._fields))
        raise ValueError(f"{FILE}: each sign needs one weight; look at {', '.join(odd) or 'both'}")
    return Model(file.base_rate, file.intercept, tuple(weights[name] for name in Signs._fields))
