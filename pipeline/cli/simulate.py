"""`starwatch simulate`: a world with labelled scenarios for every clause."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Phrasing(StrEnum):
    """The phrase banks."""

    build = "build"
    judge = "judge"


def simulate(
    out: Annotated[Path, typer.Option("--out", help="Folder for the files; made if missing.")],
    seed: Annotated[int, typer.Option("--seed", help="Same seed and settings, same bytes.")] = 1,
    scale: Annotated[
        float, typer.Option("--scale", help="Size: 1 is about 150,000 events in 180 days.")
    ] = 1.0,
    days: Annotated[int, typer.Option("--days", min=14, max=3650, help="Length in days.")] = 180,
    start: Annotated[
        str, typer.Option("--start", metavar="DATE", help="First day, UTC.")
    ] = "2025-01-01",
    phrasing: Annotated[
        Phrasing, typer.Option("--phrasing", help="Phrase bank: whose sentences people use.")
    ] = Phrasing.build,
    include: Annotated[
        str,
        typer.Option(
            "--include",
            metavar="NAME[:VARIANT],…",
            help="Plant these besides what the seed draws: a clause or a lookalike.",
        ),
    ] = "",
    compress: Annotated[bool, typer.Option("--gzip", help="Write .jsonl.gz files.")] = False,
) -> None:
    """Simulate a marketplace whose truth is known: event files and `truth.jsonl`.

    Writes reviews, votes, seller-messages, catalog, accounts and orders, each in the order of
    time, and in truth.jsonl what was planted: violations of every clause, from careless to
    careful, and innocent lookalikes (docs/simulator.md).

    \b
    starwatch simulate --seed 1 --out world
    starwatch simulate --seed 7 --scale 0.02 --include vote_manipulation,vpn_exit --out small
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from pipeline.simulator import Settings
    from pipeline.simulator import simulate as make_world
    from pipeline.simulator.cases.registry import UnknownScenario
    from pipeline.simulator.phrasebook import PhraseError

    try:
        settings = Settings(
            seed=seed,
            scale=scale,
            days=days,
            start=date.fromisoformat(start),
            phrasing=phrasing.value,
            include=tuple(name.strip() for name in include.split(",") if name.strip()),
            compress=compress,
        )
        console = Console(stderr=True)
        with Progress(
            TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), TextColumn("products"),
            console=console, transient=True,
        ) as progress:  # fmt: skip
            task = progress.add_task("simulating", total=None)
            summary = make_world(
                settings, out, lambda done, of: progress.update(task, completed=done, total=of)
            )
    except (ValueError, UnknownScenario, PhraseError) as error:
        typer.echo(f"simulate: {error}", err=True)
        raise typer.Exit(2) from error
    total = sum(summary.events.values())
    typer.echo(
        f"{total:,} events, {summary.planted} violations and {summary.lookalikes} lookalikes "
        f"in {out}",
        err=True,
    )
    for name in summary.skipped:
        typer.echo(f"left out, the world is too small: {name}", err=True)
