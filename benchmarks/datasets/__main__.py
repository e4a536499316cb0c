"""The command: `python -m benchmarks.datasets OUT`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from benchmarks.datasets.catalogue import DATASETS, convert
from benchmarks.datasets.source import MissingDataError, Row

STEP = 5_000


app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def main(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder that gets a folder a set.")],
    only: Annotated[
        str, typer.Option(metavar="NAMES", help=f"Some of {', '.join(DATASETS)}; with commas.")
    ] = ",".join(DATASETS),
) -> None:
    """Convert public review data to event files of the contract.

    The sets are read from the folder that STARWATCH_DATA names; one that is not there is skipped.
    The rows may not be published: OUT gets a .gitignore that leaves everything out.

    \b
    STARWATCH_DATA=~/review-data python -m benchmarks.datasets out/real
    STARWATCH_DATA=~/review-data python -m benchmarks.datasets out/real --only yelp_nyc
    starwatch replay out/real/yelp_nyc --alerts cases.jsonl
    """
    names = [n.strip() for n in only.split(",") if n.strip()]
    for name in names:
        if name not in DATASETS:
            raise typer.BadParameter(f"no data set {name!r}; there are {', '.join(DATASETS)}")
    console = Console(stderr=True, highlight=False, markup=False)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,}"))
    done = 0
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        for name in names:
            try:
                counts, notes = convert(name, out, partial(_counted, bar, name))
            except MissingDataError as error:
                console.print(f"{name}: skipped. {error}")
                continue
            done += 1
            console.print(f"{name}: {', '.join(f'{f} {n:,} lines' for f, n in counts.items())}")
            for note in notes:
                console.print(f"  {note}")
    if not done:
        raise typer.Exit(1)


def _counted(bar: Progress, name: str, rows: Iterable[Row]) -> Iterator[Row]:
    task = bar.add_task(f"{name} rows", total=None)
    for i, row in enumerate(rows):
        if i % STEP == 0:
            bar.update(task, completed=i)
        yield row


if __name__ == "__main__":
    app(prog_name="python -m benchmarks.datasets")
