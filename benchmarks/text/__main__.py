"""The command: `make bench-text`, `python -m benchmarks.text`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.text import committed, speed, tables
from benchmarks.text.committed import Side
from benchmarks.text.corpus import BUILT, HELD_OUT, Labelled, read_corpus
from benchmarks.text.figures import Read, estimates, over_all
from benchmarks.text.systems import PHRASINGS, SHIPPED, of_built, of_held_out, trained_on_these
from pipeline.errors import StarwatchError
from pipeline.scorer import Estimate

WORSE = 3
"""Exit status when something is worse."""
WIDTH = 124
_TOLERATED = 0.01
"""How far a figure over all texts may fall: the texts are the same, so there is no noise in it, but
what helps one clause costs another a little."""
_LOWER_IS_BETTER = "clean labelled"
_TITLES = MappingProxyType({
    "built": f"built corpus: rules {PHRASINGS}",
    "held-out": f"held-out corpus: rules {SHIPPED} (nobody who tunes may read a row of it)",
})  # fmt: skip
_MEASURED = MappingProxyType({"built": PHRASINGS, "held-out": SHIPPED})

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def main(
    errors: Annotated[
        int, typer.Option(min=0, help="How many errors on the built corpus to print, worst first.")
    ] = 20,
    timed: Annotated[bool, typer.Option("--speed/--no-speed", help="Measure speed too.")] = True,
    against: Annotated[
        Path, typer.Option(dir_okay=False, help="Figures to compare with.")
    ] = committed.FILE,
    update: Annotated[
        bool, typer.Option("--update", help="Write the figures there instead of failing on them.")
    ] = False,
) -> None:
    """Measure how texts are read, on the built corpus and on the held-out one, and how fast.

    Compares with the committed figures and says what moved; exit status 3 when something got
    worse. Of the held-out corpus only counts are printed. The tables go to stdout.

    \b
    python -m benchmarks.text
    python -m benchmarks.text --no-speed --errors 100
    python -m benchmarks.text --update
    """
    console = Console(highlight=False, markup=False)
    console.width = max(console.width, WIDTH)
    told = Console(stderr=True, highlight=False, markup=False)
    try:
        before, now, worse = committed.read(against), {}, 0
        corpora = {"built": read_corpus(BUILT), "held-out": read_corpus(HELD_OUT)}
        ways = {"built": of_built(corpora["built"]), "held-out": of_held_out(corpora["held-out"])}
        for name, rows in corpora.items():
            console.rule(_TITLES[name], characters="=")
            console.print(tables.systems(ways[name]), "")
            reads = ways[name][_MEASURED[name]]
            console.print(tables.figures(reads))
            now[name] = Side(_digest(rows), _flat(ways[name], _MEASURED[name]))
            worse += _compared(before.get(name), now[name], console)
            if name == "built" and errors:
                console.print(tables.errors(reads, errors))
        if not trained_on_these(corpora["built"]):
            told.print("The model was trained on other texts: python -m benchmarks.text.train")
        if timed:
            console.rule("speed", characters="=")
            _speed(corpora["built"], console)
        if update:
            committed.write(now, against)
            told.print(f"Figures written to {against}.")
    except StarwatchError as error:
        told.print(f"bench-text: {error}")
        raise typer.Exit(1) from error
    raise typer.Exit(WORSE if worse and not update else 0)


def _flat(ways: Mapping[str, Sequence[Read]], measured: str) -> dict[str, Estimate]:
    """Every figure of the way that is measured, and those over all texts of the others."""
    found = dict(estimates(ways[measured]))
    for way, reads in ways.items():
        if way != measured:
            found |= {f"{way}, {name}": value for name, value in over_all(reads)}
    return found


def _digest(rows: Sequence[Labelled]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr((row.kind.value, row.text, sorted(row.labels))).encode())
    return digest.hexdigest()[:16]


def _compared(before: Side | None, now: Side, console: Console) -> int:
    """Print what moved; returns how many figures are worse."""
    if before is None:
        console.print("No committed figures to compare with; --update writes them.\n")
        return 0
    if before.corpus != now.corpus:
        console.print("The committed figures are of other texts: what moved may be the texts.")
    moved = {
        name: (before.figures[name], estimate)
        for name, estimate in now.figures.items()
        if name in before.figures and before.figures[name].value != estimate.value
    }
    worse = [name for name, pair in moved.items() if _worse(name, *pair)]
    if moved:
        console.print(tables.moved(moved, worse))
    console.print(f"{len(moved)} of {len(now.figures)} figures moved, {len(worse)} are worse.\n")
    return len(worse)


def _worse(name: str, before: Estimate, now: Estimate) -> bool:
    fell = (before.value or 0.0) - (now.value or 0.0)
    if name.endswith(_LOWER_IS_BETTER):
        fell = -fell
    return fell > 0 and (before.differs_from(now) or ("all:" in name and fell > _TOLERATED))


def _speed(rows: Sequence[Labelled], console: Console) -> None:
    rates: Mapping[str, tuple[float, int]] = {
        "ordinary": (speed.rate(speed.ordinary()), speed.ORDINARY),
        "suspicious": (speed.rate(speed.suspicious(rows)), speed.SUSPICIOUS),
    }
    for name, (found, wanted) in rates.items():
        console.print(f"{name} texts: {found:,.0f} a second of one core (wanted: {wanted:,})")
    slowest = speed.slowest(rows)
    console.print(tables.slowest(slowest[:10]))
    console.print(
        f"{len(slowest)} hostile readings; none may take more than {1_000 * speed.SLOWEST:.0f} ms."
    )


if __name__ == "__main__":
    app()
