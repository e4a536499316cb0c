"""`starwatch produce`: event files into Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import DEFAULT_BOOTSTRAP_SERVERS, BootstrapServers, Config

if TYPE_CHECKING:
    from pipeline.files import Line, Merge
    from pipeline.kafka.produce import Report

INTERRUPTED = 130


def produce(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Event files and folders of them.")
    ],
    bootstrap_servers: BootstrapServers = DEFAULT_BOOTSTRAP_SERVERS,
    config: Config = None,
) -> None:
    """Put event files into the topics, each event by its type.

    A folder gives its reviews, votes, seller-messages, catalog, accounts and orders (.jsonl or
    .jsonl.gz); a file may have any name. Files are merged so that they keep pace in event time.

    A line that cannot be read goes unchanged to the topic that its file is named after, where the
    worker makes a dead letter of it. A line too long for the broker is named here and left out.

    \b
    Examples:
      starwatch produce data/
      starwatch produce reviews.jsonl.gz votes.jsonl.gz
    """
    from detectors.api import HOUR
    from pipeline import files
    from pipeline.config import read
    from pipeline.kafka import produce as producing

    settings = read(config)
    merge = files.Merge(files.find(paths))
    report = producing.Report()
    begun = time.monotonic()
    try:
        with progress_bar(merge, report) as (progress, say):
            producing.produce(
                bootstrap_servers,
                merge,
                settings.topics,
                future=round(settings.intake.future_hours * HOUR),
                report=report,
                too_long=lambda line: say(_too_long(line)),
                progress=progress,
            )
    except KeyboardInterrupt:
        typer.echo(f"Stopped: {_summary(report, time.monotonic() - begun)}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    for file, lines in report.unnamed.items():
        typer.echo(
            f"{file.path}: {lines:,} lines cannot be read, and the file is not named after a "
            f"topic: they went to {settings.topics.actual(producing.UNNAMED_TOPIC)}.",
            err=True,
        )
    typer.echo(_summary(report, time.monotonic() - begun), err=True)


def _too_long(line: Line) -> str:
    return (
        f"{line.file.path}, line {line.number}: {line.length:,} bytes are too long for the broker; "
        "left out."
    )


def _summary(report: Report, seconds: float) -> str:
    parts = [f"{report.sent:,} lines in {seconds:.1f} s, {report.sent / seconds:,.0f} a second"]
    if report.unreadable:
        parts.append(f"{report.unreadable:,} of them cannot be read")
    if report.too_long:
        parts.append(f"{report.too_long:,} more were too long for the broker")
    return f"Produced {'; '.join(parts)}."


@contextmanager
def progress_bar(
    merge: Merge, report: Report
) -> Iterator[tuple[Callable[[], None], Callable[[str], None]]]:
    """A bar on stderr where that is a terminal: how to move it, and how to print beside it."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    bar = Progress(
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[lines]:,} lines, {task.fields[rate]:,.0f} a second"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task("produce", total=merge.size, lines=0, rate=0.0)
        begun = time.monotonic()

        def move() -> None:
            rate = report.sent / max(time.monotonic() - begun, 1e-9)
            bar.update(task, completed=merge.position, lines=report.sent, rate=rate)

        yield move, console.print
