"""Review scores against YelpNYC's labels: fit the weights, and see how good they are.

The labels say what Yelp's filter hid, which is not proven fraud. Nearly all of them go by the
author, and pages have a share of filtered reviews of their own, so the split is by author and by
product at once: weights are fitted to one half of the authors on one half of the products, and
judged by the other authors on the other products. Halves go by hashes of ids, which follow nothing
in the data. How well weights carry into a later time `fit --before` tells.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.datasets.source import number
from detectors.api import DAY
from detectors.suspicion import Suspicion
from detectors.suspicion.life import Life
from detectors.suspicion.model import FILE, Weights, parse, read
from detectors.suspicion.review import Signs
from detectors.suspicion.tables import AS_OF_THE_END
from pipeline.cases import CaseSettings
from pipeline.courses import Straight
from pipeline.files import Merge, find
from pipeline.intake import Intake, IntakeSettings, SourceClock
from pipeline.runner import InProcess
from pipeline.scores import ScoreBook
from pipeline.topology import Topology
from schemas.decode import decode
from schemas.events import ReviewPosted, micros

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MOMENTS = (30 * DAY, AS_OF_THE_END)
"""As of which times after a review was posted its signs are taken, for one model of all."""
RIDGE = 1e-3
"""Inverse strength of the penalty (C): signs overlap, and weights that cancel each other out would
not carry to other sites."""
RESAMPLES = 400
SHOWN = 0.95
FAR = 1 << 60


class Labelled(msgspec.Struct, frozen=True):
    """A line of `labels.jsonl`, as `benchmarks.datasets` writes it."""

    review_id: str
    filtered: bool


class Scored(msgspec.Struct, frozen=True):
    """What is wanted of a line of `--scores`."""

    review_id: str
    score: float


@dataclass(frozen=True)
class Reviews:
    """The reviews of a data set, one place each."""

    review_ids: list[str]
    authors: list[str]
    products: list[str]
    ratings: Floats
    ts: NDArray[np.int64]
    filtered: Flags

    @property
    def fitted(self) -> Flags:
        """Those that weights are fitted to."""
        return _half(self.authors) & _half(self.products)

    @property
    def held_out(self) -> Flags:
        """Those that weights are judged on: by other authors, on other products."""
        return ~_half(self.authors) & ~_half(self.products)


def _half(ids: Sequence[str]) -> Flags:
    return np.array([number("half", i) % 2 == 0 for i in ids])


def reviews_of(folder: Path) -> Reviews:
    """The reviews of a converted data set with their labels."""
    posted = [
        e for e in map(decode, _lines(folder / "reviews.jsonl")) if isinstance(e, ReviewPosted)
    ]
    decode_label = msgspec.json.Decoder(Labelled).decode
    labels = {x.review_id: x.filtered for x in map(decode_label, _lines(folder / "labels.jsonl"))}
    return Reviews(
        [e.review_id for e in posted],
        [e.reviewer_id for e in posted],
        [e.product_id for e in posted],
        np.array([float(e.rating) for e in posted]),
        np.array([micros(e.occurred_at) for e in posted]),
        np.array([labels[e.review_id] for e in posted]),
    )


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        yield from (line for line in stream if line.strip())


# -- fitting ---------------------------------------------------------------------------------------


def signs_of(folder: Path, after: int) -> dict[str, tuple[float, ...]]:
    """The signs of every review, of the time around it and of lives, by its id: as the detector
    and the book see them `after` microseconds after it was posted."""
    seen: list[Signs] = []

    def record(signs: Signs) -> float:
        seen.append(signs)
        return float(len(seen) - 1)

    topology = Topology([Suspicion(weigh=record, after=after)])
    runner = InProcess(topology, CaseSettings())
    intake, clock = Intake(topology, IntakeSettings()), SourceClock()
    ticked = -FAR
    with closing(ScoreBook(after)) as book:
        course = Straight(runner, book)
        for line in Merge(find([folder / "reviews.jsonl"])):
            course.take(intake.take(line.raw, clock, FAR))
            if clock.newest is not None and clock.newest >= ticked + DAY:
                ticked = clock.newest
                course.tick(ticked - intake.lateness)
        course.finish()
        return {
            r.review_id: (*seen[int(r.weighed)], *r.life)
            for r in book.reviews()
            if r.weighed is not None
        }


def fitted(signs: Floats, filtered: Flags) -> Weights:
    """Ridge-penalised logistic regression, its weights in the signs' own units."""
    names = [*Signs._fields, *Life._fields]
    judged = parse(read()).judged
    columns = [i for i, name in enumerate(names) if name not in judged]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=RIDGE, max_iter=1_000))
    model.fit(signs[:, columns], filtered)
    scaler, regression = model[0], model[1]
    weights = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - (weights * scaler.mean_).sum())
    found = {names[i]: round(float(w), 4) for i, w in zip(columns, weights, strict=True)}
    around = {n: w for n, w in found.items() if n in Signs._fields}
    means = dict(zip(names, signs.mean(axis=0), strict=True))
    return Weights(
        usual=round(float(sum(w * means[n] for n, w in around.items())), 4),
        intercept=round(intercept, 4),
        signs=around,
        life={n: w for n, w in found.items() if n not in around},
        judged=judged,
    )


def written(found: Weights, to: str) -> str:
    """The file of weights."""
    lines = [
        "# Log-odds of suspicion for each unit of a sign (detectors/suspicion/review.py, life.py).",
        "# Written by `python -m benchmarks.suspicion fit`; only [judged] is edited by hand.",
        f"usual = {found.usual}",
        f"intercept = {found.intercept}",
    ]
    for name, weights in (("signs", found.signs), ("life", found.life)):
        lines += ["", f"[{name}] # {to}", *(f"{n} = {w}" for n, w in weights.items())]
    lines += ["", "[judged] # by judgement: YelpNYC has neither texts nor purchases"]
    return "\n".join([*lines, *(f"{n} = {w}" for n, w in found.judged.items()), ""])


# -- evaluation ------------------------------------------------------------------------------------


def baselines(reviews: Reviews) -> dict[str, Floats]:
    """What is nearly free: how few reviews the author has, how far the rating is from the rest."""
    authors = np.unique(reviews.authors, return_inverse=True)[1]
    products = np.unique(reviews.products, return_inverse=True)[1]
    so_far, ever = np.empty(len(authors)), np.bincount(authors)[authors]
    seen: Counter[int] = Counter()
    for place in np.argsort(reviews.ts, kind="stable"):
        seen[authors[place]] += 1
        so_far[place] = seen[authors[place]]
    mean = np.bincount(products, reviews.ratings) / np.bincount(products)
    return {
        "few reviews of the author so far": -so_far,
        "only review ever (hindsight)": (ever == 1).astype(np.float64),
        "few reviews ever (hindsight)": -ever.astype(np.float64),
        "rating apart from the page's mean (hindsight)": np.abs(reviews.ratings - mean[products]),
        "1 or 5 stars": np.isin(reviews.ratings, (1, 5)).astype(np.float64),
    }


@dataclass(frozen=True)
class Measure:
    """A value with its bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


Metric = Callable[[Flags, Floats], float]
METRICS: Mapping[str, Metric] = {"AUC": roc_auc_score, "average precision": average_precision_score}


def measured(reviews: Reviews, where: Flags, by: Mapping[str, Floats]) -> dict[str, dict[str, Any]]:
    """Each metric of each way to score, with intervals from resampling authors."""
    filtered = reviews.filtered[where]
    authors = np.unique(np.array(reviews.authors)[where], return_inverse=True)[1]
    order = np.argsort(authors, kind="stable")
    starts = np.searchsorted(authors[order], np.arange(authors.max() + 2))
    chance = np.random.default_rng(1)
    draws: dict[str, dict[str, list[float]]] = {n: {m: [] for m in METRICS} for n in by}
    values = {name: scores[where] for name, scores in by.items()}
    for _ in range(RESAMPLES):
        picked = chance.integers(0, len(starts) - 1, len(starts) - 1)
        rows = np.concatenate([order[starts[a] : starts[a + 1]] for a in picked])
        for name, scores in values.items():
            for metric, compute in METRICS.items():
                draws[name][metric].append(float(compute(filtered[rows], scores[rows])))
    tail = (1 - SHOWN) / 2
    result: dict[str, dict[str, Any]] = {}
    for name, scores in values.items():
        result[name] = {}
        for metric, compute in METRICS.items():
            low, high = np.quantile(draws[name][metric], [tail, 1 - tail])
            result[name][metric] = Measure(float(compute(filtered, scores)), low, high)
    return result


def calibration(reviews: Reviews, where: Flags, scores: Floats) -> list[tuple[float, float, int]]:
    """Mean score, share of filtered reviews and count, by tenths of the held-out reviews."""
    order = np.argsort(scores[where], kind="stable")
    parts = np.array_split(order, 10)
    own, filtered = scores[where], reviews.filtered[where]
    return [(float(own[p].mean()), float(filtered[p].mean()), len(p)) for p in parts]


app = typer.Typer(
    help="Review scores against YelpNYC's labels.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Folder = Annotated[
    Path, typer.Argument(metavar="YELP_NYC", help="Folder that `benchmarks.datasets` wrote.")
]


@app.command()
def fit(
    folder: Folder,
    output: Annotated[Path, typer.Option(metavar="TOML", help="Where the weights go.")] = Path(
        f"detectors/suspicion/{FILE}"
    ),
    before: Annotated[
        datetime | None, typer.Option(help="Fit to reviews before this day (UTC) alone.")
    ] = None,
) -> None:
    """Fit the weights to one half of the authors on one half of the products, and store them.

    \b
    python -m benchmarks.suspicion fit out/real/yelp_nyc
    """
    reviews = reviews_of(folder)
    where, to = reviews.fitted, "fitted to YelpNYC, half of the authors on half of the products"
    if before is not None:
        where &= reviews.ts < micros(before.replace(tzinfo=UTC))
        to += f", before {before:%Y-%m-%d}"
    rows = [r for r, chosen in zip(reviews.review_ids, where, strict=True) if chosen]
    seen = [signs_of(folder, after) for after in MOMENTS]
    signs = np.array([found[r] for found in seen for r in rows])
    weights = fitted(signs, np.tile(reviews.filtered[where], len(MOMENTS)))
    output.write_text(written(weights, to), encoding="utf-8")
    typer.echo(f"Fitted to {int(where.sum()):,} reviews; weights in {output}.", err=True)


@app.command()
def evaluate(
    folder: Folder,
    scores: Annotated[
        Path, typer.Option(metavar="JSONL", help="What `starwatch replay --scores` gave.")
    ],
    since: Annotated[
        datetime | None, typer.Option(help="Judge reviews from this day (UTC) on alone.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON on stdout.")] = False,
) -> None:
    """How well scores tell filtered reviews: of the other authors, on the other products.

    Intervals (95 %) are from resampling authors. Baselines in hindsight know all time, which nobody
    does when a review is posted.

    \b
    starwatch replay out/real/yelp_nyc --alerts cases.jsonl --scores scores.jsonl
    python -m benchmarks.suspicion evaluate out/real/yelp_nyc --scores scores.jsonl
    """
    reviews = reviews_of(folder)
    decode_score = msgspec.json.Decoder(Scored).decode
    score_of = {s.review_id: s.score for s in map(decode_score, _lines(scores))}
    own = np.array([score_of[r] for r in reviews.review_ids])
    where = reviews.held_out
    if since is not None:
        where &= reviews.ts >= micros(since.replace(tzinfo=UTC))
    result = measured(reviews, where, {"score": own, **baselines(reviews)})
    tenths = calibration(reviews, where, own)
    if as_json:
        figures = {n: {m: vars(v) for m, v in by.items()} for n, by in result.items()}
        whole = {"reviews": int(where.sum()), "measures": figures, "calibration": tenths}
        typer.echo(json.dumps(whole, indent=2))
        return
    console = Console(highlight=False)
    console.print(
        f"{int(where.sum()):,} held-out reviews, {reviews.filtered[where].mean():.1%} filtered"
    )
    table = Table("", *METRICS)
    for name, by in result.items():
        table.add_row(name, *(str(by[m]) for m in METRICS))
    console.print(table)
    table = Table("tenth of the reviews", "mean score", "filtered")
    for i, (mean, share, _) in enumerate(tenths, 1):
        table.add_row(str(i), f"{mean:.3f}", f"{share:.3f}")
    console.print(table)


if __name__ == "__main__":
    app(prog_name="python -m benchmarks.suspicion")
