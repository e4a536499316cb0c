"""`starwatch score`: alerts against the known truth of a simulated world."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

WIDTH = 124
"""Columns of the tables: where the terminal is narrower it wraps them, which loses nothing."""


def score(
    truth: Annotated[
        Path,
        typer.Argument(metavar="TRUTH", help="truth.jsonl of a simulated world, or its folder."),
    ],
    alerts: Annotated[
        Path, typer.Argument(metavar="ALERTS", help="Alerts: of `replay` or `alerts export`.")
    ],
    events: Annotated[
        Path | None,
        typer.Option(
            "--events",
            metavar="DIR",
            help="Folder of the world's events: tells who acts for a seller. [default: TRUTH's]",
        ),
    ] = None,
    reliability: Annotated[
        Path | None,
        typer.Option(metavar="OUT.svg", dir_okay=False, help="Draw the reliability curve."),
    ] = None,
    outcomes: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.jsonl",
            dir_okay=False,
            help="What became of each alert, planted case and lookalike.",
        ),
    ] = None,
    resamples: Annotated[
        int, typer.Option(min=100, max=100_000, help="Resamples for each interval.")
    ] = 1_000,
    seed: Annotated[int, typer.Option(min=0, help="Of the resampling.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Score alerts against the truth of a simulated world.

    By clause and variant: planted cases found, precision of the alerts and of the reviews and
    accounts they name, days to the alert; what each lookalike fooled; false alerts per million
    organic events; calibration. Intervals are 95%. docs/scoring.md says what counts as found.

    \b
    starwatch simulate --seed 1 --out world
    starwatch replay world --alerts cases.jsonl
    starwatch score world cases.jsonl
    starwatch score world/truth.jsonl cases.jsonl --json | jq .overall.cases.recall
    starwatch score world cases.jsonl --reliability curve.svg
    starwatch score world cases.jsonl --outcomes outcomes.jsonl
    """
    import msgspec
    from rich.console import Console

    from pipeline.scorer import Bootstrap, figures, match, read_alerts, read_context, read_truth
    from pipeline.scorer.listing import listing
    from pipeline.scorer.plot import reliability as draw
    from pipeline.scorer.table import render

    happened = read_truth(truth)
    folder = events or (truth if truth.is_dir() else truth.parent)
    matched = match(happened, read_alerts(alerts), read_context(folder))
    found = figures([matched], Bootstrap(seed, resamples))
    if reliability is not None:
        _write(reliability, draw(found.overall.alerts.calibration).encode())
    if outcomes is not None:
        _write(outcomes, msgspec.json.Encoder().encode_lines(list(listing(matched))))
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
    else:
        console = Console(highlight=False, markup=False)
        console.width = max(console.width, WIDTH)
        console.print(render(found))


def _write(path: Path, content: bytes) -> None:
    from pipeline.errors import StarwatchError

    try:
        path.write_bytes(content)
    except OSError as error:
        raise StarwatchError(f"{path}: cannot be written: {error.strerror}.") from error
