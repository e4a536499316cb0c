"""Whether simulated worlds give their secret away: `python -m benchmarks.quality.leak`.

A learner is trained on one world and tested on another at telling the events of planted cases from
organic ones. Like is compared with like: events of the same type, marketplace, channel and so on.
From ids, the order of rows or the time of day alone it must do no better than chance; what accounts
did (counts of events) is shown beside, for that is what detectors are to find.
"""

from __future__ import annotations

import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import msgspec
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.stats import norm
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from benchmarks.quality.worlds import Spec, build, shelf
from pipeline.scorer import read_truth
from schemas.events import TOPICS

Row: TypeAlias = dict[str, Any]
Features: TypeAlias = NDArray[np.float64]

SECRET = ("ids", "order", "time of day")
"""Feature groups that must not tell."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about events of a type.

    Attributes:
        kind: what they are called here.
        holds: fields and kinds of ids of planted cases; planted is what holds one in each.
        ids: fields with ids that belong to this event alone. An id that many events share would be
            one observation, not many.
    """

    kind: str
    type: str
    holds: tuple[tuple[str, str], ...]
    ids: tuple[str, ...]


QUESTIONS = (
    Question("reviews", "review.posted", (("review_id", "reviews"),), ("review_id",)),
    Question("votes", "vote.cast", (("review_id", "reviews"), ("voter_id", "accounts")), ()),
    Question("messages", "message.sent", (("message_id", "messages"),), ("message_id",)),
    Question(
        "orders", "order.placed", (("product_id", "products"), ("buyer_id", "accounts")),
        ("order_id",),
    ),
    Question("accounts", "account.registered", (("account_id", "accounts"),), ("account_id",)),
    Question("sellers", "account.registered", (("seller_id", "sellers"),), ("seller_id",)),
    Question("identifiers", "account.identified", (("account_id", "accounts"),), ()),
    Question("listings", "product.listed", (("product_id", "products"),), ("product_id",)),
)  # fmt: skip

ORGANIC = 10
"""Organic events for each planted one."""
FALSE_ALARM = 0.01
"""Chance that a world without a leak fails, over all tests."""
LEAK = 3
"""Exit status when something tells."""

PEOPLE = ("reviewer_id", "voter_id", "buyer_id", "account_id")
ID_LENGTH = 24
ALIKE = ("marketplace", "direction", "channel", "vote", "identifier_type", "role")
"""Fields in which planted and organic events that are compared agree."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Events of one kind: features by group, each (n, k), and whether they are planted, (n,)."""

    features: Mapping[str, Features]
    planted: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Auc:
    """Area under the ROC curve on the world that the learner has not seen, 0.5 being chance."""

    value: float
    planted: int
    organic: int

    def beyond_chance(self, tests: int) -> bool:
        """So high by chance in less than `FALSE_ALARM` of all runs of that many tests, by the null
        distribution of the Mann-Whitney statistic."""
        m, n = self.planted, self.organic
        spread = ((m + n + 1) / (12 * m * n)) ** 0.5
        return bool((self.value - 0.5) / spread > norm.isf(FALSE_ALARM / tests))


Secrets: TypeAlias = Mapping[str, frozenset[str]]
"""Ids of planted cases by kind, such as `reviews`."""


def _secrets(world: Path) -> Secrets:
    cases = read_truth(world).planted
    return {
        kind: frozenset[str]().union(*(getattr(case, kind) for case in cases))
        for kind in ("reviews", "messages", "accounts", "products", "sellers")
    }


def samples(world: Path) -> dict[str, Sample]:
    """The samples of a world by kind of event."""
    secrets = _secrets(world)
    rng = np.random.default_rng(1)
    features: defaultdict[str, list[Features]] = defaultdict(list)
    labels: defaultdict[str, list[bool]] = defaultdict(list)
    for topic in TOPICS:
        rows = list(_rows(world, topic))
        times = np.array([_time(row) for row in rows])
        for question in QUESTIONS:
            for number, planted in _picked(question, rows, secrets, rng):
                made = _features(question, rows[number], number, times)
                features[question.kind].append(made)
                labels[question.kind].append(planted)
    return {kind: _sample(np.array(features[kind]), labels[kind]) for kind in features}


def _picked(
    question: Question, rows: list[Row], secrets: Secrets, rng: np.random.Generator
) -> Iterator[tuple[int, bool]]:
    """Planted events, and organic ones that are like them: row number, whether planted."""
    alike: defaultdict[tuple[str, ...], tuple[list[int], list[int]]]
    alike = defaultdict(lambda: ([], []))
    for number, row in enumerate(rows):
        if row["type"] == question.type and all(field in row for field, _ in question.holds):
            planted = all(row[field] in secrets[ids] for field, ids in question.holds)
            alike[tuple(str(row.get(field)) for field in ALIKE)][planted].append(number)
    for _, (organic, planted_rows) in sorted(alike.items()):
        count = min(len(organic), ORGANIC * len(planted_rows))
        for number in planted_rows:
            yield number, True
        for index in rng.choice(len(organic), count, replace=False) if count else ():
            yield organic[index], False


def counts(world: Path) -> Sample:
    """Accounts with how many events of each type they have."""
    guilty = _secrets(world)["accounts"]
    by_account: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for topic in TOPICS:
        for row in _rows(world, topic):
            for field in PEOPLE:
                if field in row:
                    by_account[row[field]][row["type"]] += 1
    types = sorted({kind for each in by_account.values() for kind in each})
    table = np.array([[each[kind] for kind in types] for each in by_account.values()], dtype=float)
    return Sample({"counts": table}, np.array([account in guilty for account in by_account]))


def auc(group: str, train: Sample, test: Sample) -> Auc:
    """How well a learner of `train` tells planted from organic in `test`."""
    learner = HistGradientBoostingClassifier(
        max_depth=3, max_iter=60, learning_rate=0.1, class_weight="balanced", random_state=1
    )
    with threadpool_limits(1):  # small samples: threads would only wait for each other
        learner.fit(train.features[group], train.planted)
    scores = learner.predict_proba(test.features[group])[:, 1]
    planted = int(test.planted.sum())
    return Auc(float(roc_auc_score(test.planted, scores)), planted, len(test.planted) - planted)


def _rows(world: Path, topic: str) -> Iterator[Row]:
    with gzip.open(world / f"{topic}.jsonl.gz") as file:
        for line in file:
            yield msgspec.json.decode(line)


def _time(row: Row) -> float:
    return datetime.fromisoformat(row["occurred_at"]).timestamp()


def _features(question: Question, row: Row, number: int, times: Features) -> Features:
    ids = ("event_id", *question.ids)
    return np.concatenate(
        [
            _characters([row.get(i, "") for i in ids]),
            _order(number, times),
            _time_of_day(times[number]),
        ]
    )


def _characters(ids: list[str]) -> Features:
    """The characters of some ids, by place."""
    codes = np.zeros((len(ids), ID_LENGTH))
    for place, text in enumerate(ids):
        characters = text[:ID_LENGTH].encode("latin-1", "replace")
        codes[place, : len(characters)] = list(characters)
    return codes.ravel()


def _order(number: int, times: Features) -> Features:
    """Its place among its neighbours in the file: to which it is closer in time (how close depends
    on the date, which is no secret), its rank among those of the same second, and its row number by
    small divisors."""
    near = times[np.clip([number - 2, number - 1, number + 1, number + 2], 0, len(times) - 1)]
    gaps = np.abs(near - times[number]) + 1e-6
    closer = [gaps[0] / (gaps[0] + gaps[3]), gaps[1] / (gaps[1] + gaps[2])]
    rank = np.sum(np.floor(times[max(number - 20, 0) : number]) == np.floor(times[number]))
    return np.array([*closer, rank, *(number % divisor for divisor in (2, 3, 5, 7, 10))])


ORDER_WIDTH, CLOCK_WIDTH = 8, 4


def _time_of_day(time: float) -> Features:
    seconds = time % 86_400
    return np.array([seconds // 3600, seconds // 60 % 60, seconds // 1 % 60, time % 1])


def _sample(table: Features, planted: list[bool]) -> Sample:
    clock, order = -CLOCK_WIDTH, -CLOCK_WIDTH - ORDER_WIDTH
    columns = (slice(0, order), slice(order, clock), slice(clock, None))
    groups = {group: table[:, cut] for group, cut in zip(SECRET, columns, strict=True)}
    return Sample(groups, np.array(planted))


app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def main(
    train: Annotated[int, typer.Option(min=0, help="Seed of the world to learn from.")] = 1,
    test: Annotated[int, typer.Option(min=0, help="Seed of the world to be tested on.")] = 2,
    scale: Annotated[float, typer.Option(help="Size of the worlds.")] = 1.0,
    out: Annotated[Path, typer.Option(file_okay=False, help="Where worlds are kept.")] = Path(
        "out/quality"
    ),
) -> None:
    """Try to tell planted events from organic ones by ids, order and time of day alone.

    Prints the area under the ROC curve by kind of event and group of features, 0.5 being chance;
    exit status 3 when one is beyond chance.

    \b
    python -m benchmarks.quality.leak
    python -m benchmarks.quality.leak --train 5 --test 6
    """
    console = Console(highlight=False, markup=False)
    kept = shelf(out)
    worlds = [build(Spec(seed, scale, "build"), kept) for seed in (train, test)]
    learned, asked = map(samples, worlds)
    kinds = [q.kind for q in QUESTIONS if q.kind in learned and q.kind in asked]
    table = Table(title="AUC, planted against organic", title_justify="left", box=None)
    table.add_column("events")
    for name in ("planted", "organic", *SECRET):
        table.add_column(name, justify="right")
    leaks = []
    for kind in kinds:
        cells = {group: auc(group, learned[kind], asked[kind]) for group in SECRET}
        telling = {
            group for group in SECRET if cells[group].beyond_chance(len(kinds) * len(SECRET))
        }
        leaks += [f"{kind} by {group}" for group in SECRET if group in telling]
        size = cells[SECRET[0]]
        table.add_row(
            kind,
            str(size.planted),
            str(size.organic),
            *(f"{cells[g].value:.3f}{' !' if g in telling else ''}" for g in SECRET),
        )
    console.print(table)
    behaviour = auc("counts", *map(counts, worlds))
    console.print(f"Accounts by counts of their events, for comparison: {behaviour.value:.3f}")
    if leaks:
        console.print(f"Beyond chance: {', '.join(leaks)}.")
        raise typer.Exit(LEAK)
    console.print("Nothing beyond chance.")


if __name__ == "__main__":
    app()
