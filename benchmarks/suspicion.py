"""Review scores against YelpNYC's labels: fit the weights, and see how good they are.

The labels say what Yelp's filter hid, which is not proven fraud. Nearly all of them go by the
author, so the split is by time and by author at once: weights are fitted to reviews before
`CUT` by one half of the authors and judged on reviews from then on by the other half. Halves go by
a hash of the author, which follows nothing in the data.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
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
from detectors.api import DAY, Delta
from detectors.suspicion import Suspicion
from detectors.suspicion.model import FILE, Weights, load, read
from detectors.suspicion.review import Signs
from detectors.suspicion.tables import AUTHOR_AHEAD, AUTHOR_BACK, SCORES
from pipeline.cases import CaseSettings
from pipeline.files import Merge, find
from pipeline.intake import Intake, IntakeSettings, SourceClock
from pipeline.runner import InProcess
from pipeline.topology import Topology
from schemas.decode import decode
from schemas.events import ReviewPosted, micros

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CUT = micros(datetime(2013, 7, 1, tzinfo=UTC))
"""Reviews before are fitted to, the others judged on."""
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
    event_ids: list[str]
    authors: list[str]
    ts: NDArray[np.int64]
    filtered: Flags

    @property
    def fitted(self) -> Flags:
        """Those that weights are fitted to."""
        return (self.ts < CUT) & self._half

    @property
    def held_out(self) -> Flags:
        """Those that weights are judged on: later, and by other authors."""
        return (self.ts >= CUT) & ~self._half

    @property
    def _half(self) -> Flags:
        return np.array([number("half", a) % 2 == 0 for a in self.authors])


def reviews_of(folder: Path) -> Reviews:
    """The reviews of a converted data set with their labels."""
    posted = [
        e for e in map(decode, _lines(folder / "reviews.jsonl")) if isinstance(e, ReviewPosted)
    ]
    decode_label = msgspec.json.Decoder(Labelled).decode
    labels = {x.review_id: x.filtered for x in map(decode_label, _lines(folder / "labels.jsonl"))}
    return Reviews(
        [e.review_id for e in posted],
        [e.event_id for e in posted],
        [e.reviewer_id for e in posted],
        np.array([micros(e.occurred_at) for e in posted]),
        np.array([labels[e.review_id] for e in posted]),
    )


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        yield from (line for line in stream if line.strip())


# -- fitting ---------------------------------------------------------------------------------------


def signs_of(folder: Path) -> tuple[Floats, Mapping[str, int]]:
    """The signs of every review as the detector sees them, and the row of each posting event."""
    seen: list[Signs] = []
    rows: dict[str, int] = {}

    def record(signs: Signs) -> float:
        seen.append(signs)
        return float(len(seen) - 1)

    def scored(delta: Delta[Any]) -> None:
        rows[delta.entry.row.event_id] = int(delta.entry.row.score)

    topology = Topology([Suspicion(rate=record)])
    runner = InProcess(topology, CaseSettings())
    runner.divert(SCORES.name, scored)
    intake, clock = Intake(topology, IntakeSettings()), SourceClock()
    ticked = -FAR
    for line in Merge(find([folder / "reviews.jsonl"])):
        runner.join(intake.take(line.raw, clock, FAR).deltas)
        if clock.newest is not None and clock.newest >= ticked + DAY:
            ticked = clock.newest
            runner.tick(ticked - intake.lateness)
    runner.finish()
    return np.array(seen, dtype=np.float64), rows


def fitted(signs: Floats, filtered: Flags) -> tuple[float, dict[str, float]]:
    """Intercept and weights of a ridge-penalised logistic regression, in the signs' own units."""
    judged = _file().judged
    columns = [i for i, name in enumerate(Signs._fields) if name not in judged]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1_000))
    model.fit(signs[:, columns], filtered)
    scaler, regression = model[0], model[1]
    weights = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - (weights * scaler.mean_).sum())
    names = [Signs._fields[i] for i in columns]
    return intercept, {n: round(float(w), 4) for n, w in zip(names, weights, strict=True)}


def _file() -> Weights:
    import tomllib  # noqa: PLC0415 - only here

    return msgspec.convert(tomllib.loads(read().decode()), Weights)


def written(base_rate: float, intercept: float, weights: Mapping[str, float]) -> str:
    """The file of weights."""
    judged = _file().judged
    return "\n".join(
        [
            "# Log-odds of suspicion for each unit of a sign (detectors/suspicion/review.py).",
            "# Written by `python -m benchmarks.suspicion fit`; only [judged] is edited by hand.",
            f"base_rate = {base_rate:.4f}",
            f"intercept = {intercept:.4f}",
            "",
            f"[fitted] # to YelpNYC before {datetime.fromtimestamp(CUT / 1e6, UTC):%Y-%m-%d},"
            " half of the authors",
            *(f"{name} = {weight}" for name, weight in weights.items()),
            "",
            "[judged] # by judgement: YelpNYC has neither texts nor purchases",
            *(f"{name} = {weight}" for name, weight in judged.items()),
            "",
        ]
    )


# -- evaluation ------------------------------------------------------------------------------------


def baselines(reviews: Reviews) -> dict[str, Floats]:
    """What is nearly free: how few reviews the author has."""
    days: dict[str, list[int]] = {}
    for author, ts in zip(reviews.authors, reviews.ts, strict=True):
        days.setdefault(author, []).append(int(ts) // DAY)
    around, ever = [], []
    for author, ts in zip(reviews.authors, reviews.ts, strict=True):
        own, day = days[author], int(ts) // DAY
        window = bisect_left(own, day - AUTHOR_BACK), bisect_right(own, day + AUTHOR_AHEAD)
        around.append(window[1] - window[0])
        ever.append(len(own))
    seen, all_time = np.array(around, dtype=np.float64), np.array(ever, dtype=np.float64)
    return {
        "only review in the same window": (seen == 1).astype(np.float64),
        "few reviews in the same window": -seen,
        "only review ever (hindsight)": (all_time == 1).astype(np.float64),
        "few reviews ever (hindsight)": -all_time,
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
) -> None:
    """Fit the weights to the earlier reviews of one half of the authors, and store them.

    \b
    python -m benchmarks.suspicion fit out/real/yelp_nyc
    """
    reviews = reviews_of(folder)
    signs, rows = signs_of(folder)
    signs = signs[[rows[e] for e in reviews.event_ids]]
    where = reviews.fitted
    intercept, weights = fitted(signs[where], reviews.filtered[where])
    text = written(float(reviews.filtered[where].mean()), intercept, weights)
    output.write_text(text, encoding="utf-8")
    typer.echo(f"Fitted to {int(where.sum()):,} reviews; weights in {output}.", err=True)


@app.command()
def evaluate(
    folder: Folder,
    scores: Annotated[
        Path, typer.Option(metavar="JSONL", help="What `starwatch replay --scores` gave.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON on stdout.")] = False,
) -> None:
    """How well scores tell filtered reviews, on later reviews of the other half of the authors.

    Intervals (95 %) are from resampling authors. The baselines count the author's reviews: in the
    window that the score sees, and in all time, which nobody knows when a review is posted.

    \b
    starwatch replay out/real/yelp_nyc --alerts cases.jsonl --scores scores.jsonl
    python -m benchmarks.suspicion evaluate out/real/yelp_nyc --scores scores.jsonl
    """
    reviews = reviews_of(folder)
    decode_score = msgspec.json.Decoder(Scored).decode
    score_of = {s.review_id: s.score for s in map(decode_score, _lines(scores))}
    own = np.array([score_of[r] for r in reviews.review_ids])
    where = reviews.held_out
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
    load()
    app(prog_name="python -m benchmarks.suspicion")
