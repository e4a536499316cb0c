"""`make bench-growth`: do cost and state stay flat as history grows?

Feeds plain load of steady density (benchmarks.load) to one lane of the live worker, without Kafka:
chunks go in, a checkpoint comes out every so many events, and its state records are appended to a
log as Kafka would keep them. At each mark a fresh process recovers the state from that log. Then
the same number of reviews goes to a thousand products and to one.

State can be flat only where history is longer than what detectors look back on (two years at most):
a million events are a year, unless said otherwise.
"""

from __future__ import annotations

import gc
import multiprocessing
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NamedTuple

import msgspec
import numpy as np
import psutil
import typer
from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table

from benchmarks.load import DAY, RATINGS, START, WORDS, Load, Zipf
from pipeline.config import Config
from pipeline.intake import Intake
from pipeline.live.changelog import Record
from pipeline.live.cold import InMemory, OnDisk, Records
from pipeline.live.plan import Lane, Plan, Slot
from pipeline.live.progress import Progress
from pipeline.live.reader import Chunk
from pipeline.live.settings import LiveSettings
from pipeline.live.topics import InternalNames
from pipeline.live.work import Checkpoint, Work

PRESENT = 1 << 55
"""A clock after every event (microseconds)."""
LANE = Lane(1, 0)
BATCH = 20_000
"""Events between checkpoints: some seconds of a busy worker."""
JUDGED = 100_000
"""Events between judgements: `judge_max_seconds` of a worker that catches up."""
WINDOW = 400_000
"""What is measured at a mark: the last so many events before it."""
REVIEWS = 1_000_000
"""Reviews of one product, or of a thousand together."""
DAYS_A_MILLION = 365.0
"""Days of event time in a million events."""

Batch = dict[str, list[bytes]]
"""Events by topic."""


class State(StrEnum):
    """`[live] state`."""

    MEMORY = "memory"
    DISK = "disk"


class Raw(NamedTuple):
    """A Kafka record, as far as a lane looks at it."""

    offset: int
    value: bytes
    key: bytes | None = None
    timestamp: int = -1


@dataclass(frozen=True)
class Recovery:
    """What taking a lane over costs.

    Attributes:
        seconds: to read the log and to build the state.
        sub_keys: records that were left.
        keys: of all keyspaces.
    """

    seconds: float
    sub_keys: int
    keys: int


@dataclass(frozen=True)
class Measured:
    """The last events before a mark.

    Attributes:
        events: since the beginning.
        cpu: seconds an event, judging and checkpoints included.
        written: bytes of state an event.
        keys: of all keyspaces.
        memory: bytes of the process beyond what it had at first.
    """

    events: int
    cpu: float
    written: float
    keys: int
    memory: int


class StateLog:
    """The state's records in a file, the latest of each key by `latest`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab")

    def append(self, records: Iterable[tuple[bytes | None, bytes | None]]) -> int:
        """Append, and tell how many bytes of keys and values there were."""
        size = 0
        for key, value in records:
            assert key is not None
            length = -1 if value is None else len(value)
            self._file.write(len(key).to_bytes(4, "big") + length.to_bytes(4, "big", signed=True))
            self._file.write(key)
            self._file.write(value or b"")
            size += len(key) + len(value or b"")
        self._file.flush()
        return size

    @staticmethod
    def parts(path: Path) -> Iterator[list[Record]]:
        """The log from its beginning, in parts such as a consumer gets."""
        with path.open("rb", buffering=1 << 20) as file:
            part: list[Record] = []
            while head := file.read(8):
                key = file.read(int.from_bytes(head[:4], "big"))
                length = int.from_bytes(head[4:], "big", signed=True)
                part.append((key, None if length < 0 else file.read(length)))
                if len(part) == BATCH:
                    yield part
                    part = []
            yield part


class Worker:
    """One lane that holds every key, and its checkpoints."""

    def __init__(self, log: StateLog, setup: Setup) -> None:
        self._plan = plan(setup)
        self._work = work(self._plan, setup.records())
        self._log = log
        self._judged = 0
        self._begun = _resident()
        self.cpu = 0.0
        """Seconds since the start."""
        self.written = 0
        """Bytes of state since the start."""
        self.events = 0

    def take(self, batch: Batch) -> None:
        """Take events and save."""
        begun = time.process_time()
        for topic, lines in batch.items():
            slot = Slot(topic, LANE.number)
            start = self._work.positions[slot]
            records = [Raw(start + n, line) for n, line in enumerate(lines)]
            end = start + len(records)
            self._work.take(Chunk(slot, 1, list(records), 0, start, end, end), PRESENT)
            self.events += len(records)
        saved: Checkpoint
        if self.events - self._judged >= JUDGED:
            self._judged = self.events
            saved = self._work.checkpoint()
        else:
            saved = self._work.checkpoint(None)
        self.cpu += time.process_time() - begun
        self.written += self._log.append(saved.outputs.get(state_slot(self._plan), ()))

    @property
    def keys(self) -> int:
        """How many there are."""
        return self._work.keys

    @property
    def memory(self) -> int:
        """Bytes that the process has taken since the start."""
        gc.collect()
        return _resident() - self._begun


@dataclass(frozen=True)
class Setup:
    """Where the state is: `[live] state` and `hot_keys`, and a folder for what is on disk."""

    state: State
    hot_keys: int
    folder: Path

    def records(self) -> Records:
        """A new place for the records of a state."""
        return OnDisk(self.folder) if self.state is State.DISK else InMemory()


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


def plan(setup: Setup) -> Plan:
    """Every detector with its defaults, one partition of everything."""
    config = Config(live=LiveSettings(state=setup.state.value, hot_keys=setup.hot_keys))
    names = config.topics
    return Plan(
        topology=config.topology(),
        intake=config.intake,
        cases=config.cases,
        live=config.live,
        internal=InternalNames(names, config.live.group),
        sources=dict.fromkeys(names.sources, 1),
        partitions=1,
        alerts=names.alerts,
        alert_partitions=1,
        dead_letters=names.dead_letters,
        dead_letter_partitions=1,
    )


def work(the_plan: Plan, records: Records) -> Work:
    """A lane's work from what is stored."""
    progress = Progress(the_plan.partitions, {})
    for slot in the_plan.slots_of(LANE):
        progress.positions[slot.topic] = 0
    return Work(the_plan, LANE, Intake(the_plan.topology, the_plan.intake), progress, records)


def state_slot(the_plan: Plan) -> Slot:
    """Where a lane's state goes."""
    return Slot(the_plan.internal.state, LANE.number)


def recover(path: Path, setup: Setup) -> Recovery:
    """Take the lane over from its log. Call it in a process of its own."""
    collect_rarely()
    the_plan = plan(setup)
    begun = time.monotonic()
    records = setup.records()
    for part in StateLog.parts(path):
        records.put(part)
    mine = work(the_plan, records)
    seconds = time.monotonic() - begun
    records.close()
    return Recovery(seconds, mine.restored, mine.keys)


def recovered(path: Path, setup: Setup) -> Recovery:
    """`recover` in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(recover, path, setup).result()


def collect_rarely() -> None:
    """As `starwatch worker` does."""
    gc.set_threshold(200_000, 50, 100)


def load(events: int, days_a_million: float) -> Iterator[Batch]:
    """Plain load of a steady density over every event type."""
    days = events / 1e6 * days_a_million
    for block in Load(events, days, seed=1).blocks():
        yield {topic: [line.encode() for line in lines] for topic, lines in block.items() if lines}


def reviews(count: int, products: int, days_a_million: float) -> Iterator[Batch]:
    """Reviews spread evenly over products, as dense as the load is."""
    chance, words = np.random.default_rng(1), Zipf(len(WORDS), 0.6)
    step = timedelta(microseconds=days_a_million * DAY / 1e6)
    for first in range(0, count, BATCH):
        numbers = range(first, min(first + BATCH, count))
        drawn = words.draw(chance, 12 * len(numbers)).reshape(len(numbers), 12).tolist()
        yield {
            "reviews": [
                msgspec.json.encode(
                    {
                        "type": "review.posted",
                        "event_id": f"e{n}",
                        "occurred_at": (START + n * step).isoformat(),
                        "review_id": f"r{n}",
                        "product_id": f"p{n % products}",
                        "reviewer_id": f"a{n % 300_007}",
                        "rating": RATINGS[n * 7 % len(RATINGS)],
                        "text": " ".join(WORDS[w] for w in text),
                    }
                )
                for n, text in zip(numbers, drawn, strict=True)
            ]
        }


def run(
    batches: Iterable[Batch], marks: list[int], log: StateLog, setup: Setup, bar: Bar, name: str
) -> Iterator[Measured]:
    """Feed a worker, and tell at each mark what the last `WINDOW` events took."""
    worker, task = Worker(log, setup), bar.add_task(name, total=marks[-1])
    window = min(WINDOW, marks[0])
    begin, waiting = (0, 0.0, 0), list(marks)
    for batch in batches:
        if worker.events <= waiting[0] - window:
            begin = (worker.events, worker.cpu, worker.written)
        worker.take(batch)
        bar.update(task, completed=worker.events)
        if worker.events >= waiting[0]:
            events = worker.events - begin[0]
            yield Measured(
                worker.events,
                (worker.cpu - begin[1]) / events,
                (worker.written - begin[2]) / events,
                worker.keys,
                worker.memory,
            )
            waiting.pop(0)
            if not waiting:
                return


def main(
    marks: Annotated[
        str, typer.Option(metavar="N,N,…", help="Numbers of events to measure at.")
    ] = "1000000,3000000,10000000",
    reviews_of_one: Annotated[
        int, typer.Option("--reviews", help="Reviews of one product; 0: leave this part out.")
    ] = REVIEWS,
    days: Annotated[
        float, typer.Option(help="Days of event time in a million events.")
    ] = DAYS_A_MILLION,
    state: Annotated[State, typer.Option(help="`[live] state`.")] = State.MEMORY,
    hot_keys: Annotated[int, typer.Option(help="`[live] hot_keys`.")] = LiveSettings().hot_keys,
) -> None:
    """Feed growing history to a worker's lane, and print what an event, a key and a recovery cost.

    Each line is also told on stderr as soon as it is there: ten million events take hours.

    \b
    Examples:
      python -m benchmarks.growth
      python -m benchmarks.growth --marks 100000,300000,1000000 --days 3650 --reviews 100000
      python -m benchmarks.growth --marks 300000 --reviews 0 --state disk --hot-keys 10000
    """
    collect_rarely()
    at = sorted({int(mark) for mark in marks.split(",")})
    console = Console()
    with (
        TemporaryDirectory(prefix="starwatch-growth-") as scratch,
        Bar(console=Console(stderr=True)) as bar,
    ):
        setup = Setup(state, hot_keys, Path(scratch))
        console.print(_growth(setup, at, days, bar))
        if reviews_of_one:
            console.print(_one_product(setup, reviews_of_one, days, bar))


def _growth(setup: Setup, marks: list[int], days: float, bar: Bar) -> Table:
    table = _table(
        f"History grows: plain load, a million events in {days:,.0f} days, state in {setup.state}",
        ("events", "CPU µs/event", "state B/event", "keys", "B/key", "sub-keys", "recovery s"),
    )
    log = StateLog(setup.folder / "load")
    for found in run(load(marks[-1], days), marks, log, setup, bar, "load"):
        back = recovered(log.path, setup)
        _add(
            table,
            bar,
            f"{found.events:,}",
            f"{found.cpu * 1e6:.0f}",
            f"{found.written:,.0f}",
            f"{found.keys:,}",
            f"{found.memory / max(1, found.keys):,.0f}",
            f"{back.sub_keys:,}",
            f"{back.seconds:.1f}",
        )
    return table


def _one_product(setup: Setup, count: int, days: float, bar: Bar) -> Table:
    table = _table(
        f"{count:,} reviews, the last {min(WINDOW, count):,} of them measured",
        ("products", "reviews of each", "CPU µs/event", "state B/event"),
    )
    for products in (1_000, 1):
        log, name = StateLog(setup.folder / f"reviews-{products}"), f"{products:,} products"
        for found in run(reviews(count, products, days), [count], log, setup, bar, name):
            _add(
                table,
                bar,
                f"{products:,}",
                f"{count // products:,}",
                f"{found.cpu * 1e6:.0f}",
                f"{found.written:,.0f}",
            )
    return table


def _add(table: Table, bar: Bar, *cells: str) -> None:
    table.add_row(*cells)
    names = (str(column.header) for column in table.columns)
    bar.console.print(", ".join(f"{n} {c}" for n, c in zip(names, cells, strict=True)))


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(title=title)
    for column in columns:
        table.add_column(column, justify="right")
    return table


if __name__ == "__main__":
    typer.run(main)
