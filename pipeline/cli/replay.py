"""`starwatch replay`: event files through the pipeline, no Kafka needed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.options import Config

if TYPE_CHECKING:
    from pipeline.files import Merge
    from pipeline.replay import Report
    from pipeline.sorting import Sorted

INTERRUPTED = 130
MANY_LATE = 0.01
"""Share of late events from which a replay names `--sort`."""


def replay(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Event files and folders of them.")
    ],
    alerts: Annotated[
        Path | None,
        typer.Option(metavar="OUT.jsonl", help="Latest revision of every case (default: stdout)."),
    ] = None,
    scores: Annotated[
        Path | None,
        typer.Option(metavar="OUT.jsonl", help="How suspicious each review is, one line a review."),
    ] = None,
    score_after: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Each review's score as it stood so long after it was posted, such as 30d; exact "
            "and therefore slow. [default: as of the end]",
        ),
    ] = None,
    dead_letters: Annotated[
        Path | None, typer.Option(metavar="OUT.jsonl", help="Records that were not admitted.")
    ] = None,
    sort: Annotated[
        bool, typer.Option("--sort", help="Put the input in the order of event time first.")
    ] = False,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="The present: later events are from the future."),
    ] = None,
    config: Config = None,
) -> None:
    """Run the whole pipeline over event files.

    The same folds, judgements and cases as the live worker: the same events give the same cases.
    A file's order counts as its order of arrival; events that come more than the lateness bound
    (2 days) behind the newest of their file become dead letters, as they would live. A dump in
    another order wants --sort.

    --scores gives {review_id, product_id, reviewer_id, occurred_at, score, marketplace} for every
    posted review, in the order of time: 0 to 1, higher is more suspicious. It says what to look at
    first; only cases accuse.

    \b
    starwatch replay data/ --alerts cases.jsonl
    starwatch replay reviews.jsonl.gz votes.jsonl.gz --alerts cases.jsonl --dead-letters bad.jsonl
    starwatch replay dump.jsonl --sort --alerts cases.jsonl
    starwatch replay data/ --alerts cases.jsonl --scores scores.jsonl --score-after 30d
    """
    import gc

    from pipeline import files, sorting
    from pipeline import replay as replaying
    from pipeline.config import read
    from pipeline.scores import ScoreBook

    # State is millions of small objects without cycles: look for cycles rarely.
    gc.set_threshold(200_000, 50, 100)
    after = _after(score_after, wanted=scores is not None)
    settings = read(config)
    present = _present(as_of)
    found = files.find(paths)
    report = replaying.Report()
    begun = time.monotonic()
    try:
        with ExitStack() as stack:
            lines: Merge | Sorted = (
                stack.enter_context(sorting.Sorted(found)) if sort else files.Merge(found)
            )
            refused = stack.enter_context(_written(dead_letters)) if dead_letters else _nothing
            written = stack.enter_context(_written(alerts))
            scored = stack.enter_context(_written(scores)) if scores else _nothing
            book = stack.enter_context(closing(ScoreBook(after))) if scores else None
            progress = stack.enter_context(_progress(lines, report))
            for alert in replaying.replay(
                lines,
                settings,
                present=present,
                report=report,
                refused=refused,
                progress=progress,
                scoring=replaying.Scoring(book) if book else None,
            ):
                written(alert)
            for score in book.lines() if book else ():
                scored(score)
    except KeyboardInterrupt:
        typer.echo("Stopped; nothing was written.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    _tell(report, time.monotonic() - begun, sorted_input=sort)


def _present(as_of: str | None) -> int:
    from datetime import UTC, datetime

    from pipeline.errors import StarwatchError
    from schemas.events import micros

    if as_of is None:
        return micros(datetime.now(UTC))
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise StarwatchError(
            f"--as-of {as_of!r}: expected a time with offset, such as 2025-03-01T00:00:00Z."
        )
    return micros(moment)


def _after(written: str | None, wanted: bool) -> int:
    """Microseconds of a span such as 30d."""
    import re

    from detectors.suspicion.tables import AS_OF_THE_END

    if written is None:
        return AS_OF_THE_END
    if not wanted:
        raise typer.BadParameter("--score-after says when scores are taken: give --scores as well.")
    span = re.fullmatch(r"([0-9]{1,6})([hdw])", written)
    if span is None:
        raise typer.BadParameter(
            f"--score-after {written!r}: expected hours, days or weeks, such as 12h, 30d or 4w."
        )
    return int(span[1]) * {"h": 1, "d": 24, "w": 168}[span[2]] * 3_600_000_000


def _nothing(_: Any) -> None:
    return None


@contextmanager
def _written(path: Path | None) -> Iterator[Callable[[Any], None]]:
    """Write JSON lines to stdout, or to a file that appears whole or not at all."""
    import sys

    import msgspec

    encode = msgspec.json.Encoder().encode
    if path is None:
        out = sys.stdout.buffer
        yield lambda item: (out.write(encode(item) + b"\n"), None)[1]
        out.flush()
        return
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as stream:
            yield lambda item: (stream.write(encode(item) + b"\n"), None)[1]
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _progress(lines: Merge | Sorted, report: Report) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    console = Console(stderr=True, highlight=False, markup=False)
    bar = Progress(
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[lines]:,} events, {task.fields[rate]:,.0f} a second"),
        TextColumn("{task.fields[day]}"),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task("replay", total=lines.size, lines=0, rate=0.0, day="")
        begun = time.monotonic()

        def move() -> None:
            rate = report.lines / max(time.monotonic() - begun, 1e-9)
            day = "" if report.position is None else f"at {_day(report.position)}"
            bar.update(task, completed=lines.position, lines=report.lines, rate=rate, day=day)

        yield move


def _day(ts: int) -> str:
    from schemas.events import iso

    return iso(ts)[:10]


def _tell(report: Report, seconds: float, *, sorted_input: bool) -> None:
    rate = report.lines / max(seconds, 1e-9)
    typer.echo(
        f"Replayed {report.lines:,} events in {seconds:.1f} s, {rate:,.0f} a second: "
        f"{report.cases:,} cases, {sum(report.refused.values()):,} dead letters.",
        err=True,
    )
    for reason, count in sorted(report.refused.items()):
        typer.echo(f"  {reason}: {count:,}", err=True)
    for judge, count in sorted(report.failures.items()):
        typer.echo(f"  judgement {judge} raised {count:,} times and found nothing there", err=True)
    late = report.refused["late"]
    if late > MANY_LATE * max(report.lines, 1) and not sorted_input:
        typer.echo(
            f"{late:,} events came too late for their file's order. If the input is a dump and not "
            "a recording, --sort puts it in the order of event time first.",
            err=True,
        )
