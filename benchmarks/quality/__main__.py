"""The command: `python -m benchmarks.quality`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.quality import ablation, committed
from benchmarks.quality.committed import Committed, Move, Setting, Side
from benchmarks.quality.run import everywhere, judge, matched, produce
from benchmarks.quality.worlds import Spec, fingerprint, shelf
from pipeline.config import Config
from pipeline.config import read as read_config
from pipeline.errors import StarwatchError
from pipeline.scorer import Estimate, Figures, figures
from pipeline.scorer.table import render
from pipeline.simulator.phrasebook import Bank, PhraseError, read_bank

BUILDING, JUDGING = "building", "judging"
FIRST_SEED = MappingProxyType({BUILDING: 1, JUDGING: 101})
BANK: Mapping[str, Bank] = MappingProxyType({BUILDING: "build", JUDGING: "judge"})
ABLATION = Path(__file__).parents[2] / "docs" / "ablation.md"
WORSE = 3
"""Exit status when something is worse beyond noise."""
WIDTH = 124

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def main(
    seeds: Annotated[int, typer.Option(min=1, max=99, help="Worlds on each side.")] = 3,
    scale: Annotated[
        float, typer.Option(help="Size of a world: 1 is about 150,000 events in 180 days.")
    ] = 1.0,
    workers: Annotated[
        int, typer.Option(min=1, help="Worlds at a time. [default: one a core]")
    ] = os.cpu_count() or 1,
    out: Annotated[
        Path, typer.Option(file_okay=False, help="Where worlds and their alerts are kept.")
    ] = Path("out/quality"),
    config: Annotated[
        Path | None, typer.Option(help="Configuration file. [default: starwatch.toml if there]")
    ] = None,
    against: Annotated[
        Path, typer.Option(dir_okay=False, help="Figures to compare with.")
    ] = committed.FILE,
    update: Annotated[
        bool, typer.Option("--update", help="Write the figures there instead of failing on them.")
    ] = False,
    ablate: Annotated[
        bool,
        typer.Option(
            "--ablate",
            help="Only tell what each detector and signal is worth, on the building worlds; with "
            "--update into docs/ablation.md.",
        ),
    ] = False,
    variants: Annotated[
        bool, typer.Option("--variants/--no-variants", help="Print the table by variant.")
    ] = True,
) -> None:
    """Measure the detectors on simulated worlds whose truth is known.

    Seeds for building and seeds for judging run apart: the judging worlds speak in phrases of
    another hand, which detectors must not be tuned on. Compares with the committed figures and says
    what moved beyond noise; exit status 3 when something got worse. The tables go to stdout; worlds
    stay in --out with their alerts, for `starwatch score`.

    \b
    python -m benchmarks.quality
    python -m benchmarks.quality --seeds 1 --scale 0.3 --no-variants
    python -m benchmarks.quality --update
    python -m benchmarks.quality --ablate
    """
    console = Console(highlight=False, markup=False)
    console.width = max(console.width, WIDTH)
    errors = Console(stderr=True, highlight=False, markup=False)
    try:
        settings = read_config(config)
        before, now = committed.read(against), {}
        worse = 0
        kept = shelf(out)
        if ablate:
            building = [Spec(1 + n, scale, "build") for n in range(seeds)]
            _ablate(building, kept, settings, workers, update)
            return
        for side, bank in _banks(errors).items():
            specs = [Spec(FIRST_SEED[side] + n, scale, bank) for n in range(seeds)]
            worlds = _produced(specs, kept, settings, workers, errors)
            found = figures([matched(world) for world in worlds])
            now[side] = _side(found, specs, worlds)
            console.rule(f"{side}: phrases of bank `{bank}`", characters="=")
            console.print(render(found, variants=variants))
            worse += _compared(before.sides.get(side), now[side], console)
        if update:
            committed.write(Committed(now), against)
            errors.print(f"Figures written to {against}.")
    except StarwatchError as error:
        errors.print(f"bench-quality: {error}")
        raise typer.Exit(1) from error
    raise typer.Exit(WORSE if worse and not update else 0)


def _ablate(specs: Sequence[Spec], kept: Path, config: Config, workers: int, update: bool) -> None:
    worlds = [*everywhere(partial(judge, shelf=kept, config=config), specs, workers)]
    told = ablation.report(worlds, config.cases)
    typer.echo(told)
    if update:
        ABLATION.write_text(told, encoding="utf-8")


def _banks(errors: Console) -> Mapping[str, Bank]:
    """The phrase bank of each side; without one for judging its worlds differ by seed alone."""
    try:
        spoken = read_bank(BANK[JUDGING])
        missing = {
            f"{language}: {rule}"
            for language, phrases in read_bank(BANK[BUILDING]).items()
            for rule in phrases.rules() - spoken[language].rules()
        }
        lacks = f"it lacks {len(missing)} rules, such as {min(missing)}" if missing else ""
    except PhraseError as error:
        lacks = str(error)
    if not lacks:
        return BANK
    errors.print(
        "The judging worlds speak in the phrases for building, for the bank for judging is not "
        f"complete ({lacks}): their figures are too good where texts matter."
    )
    return dict.fromkeys(BANK, BANK[BUILDING])


def _produced(
    specs: Sequence[Spec], kept: Path, config: Config, workers: int, errors: Console
) -> list[Path]:
    worlds = []
    for world in everywhere(partial(produce, shelf=kept, config=config), specs, workers):
        errors.print(f"{world.name}: replayed")
        worlds.append(world)
    return worlds


def _side(found: Figures, specs: Sequence[Spec], worlds: Sequence[Path]) -> Side:
    setting = Setting(
        specs[0].scale, [spec.seed for spec in specs], specs[0].phrasing, fingerprint(worlds)
    )
    return Side(setting, committed.flat(found))


def _compared(before: Side | None, now: Side, console: Console) -> int:
    """Print what moved; returns how much of it is worse beyond noise."""
    if before is None:
        console.print("No committed figures to compare with; --update writes them.\n")
        return 0
    if before.setting != now.setting:
        console.print(
            "The committed figures are of other worlds "
            f"({_told(before.setting)}; here {_told(now.setting)}): what moved may be the worlds."
        )
    moved = committed.moves(before.figures, now.figures)
    beyond = [move for move in moved if move.beyond_noise]
    if beyond:
        console.print(_table(beyond))
    console.print(
        f"{len(moved)} of {len(now.figures)} figures differ from the committed ones, "
        f"{len(beyond)} beyond noise.\n"
    )
    return sum(move.direction == "worse" for move in beyond)


def _told(setting: Setting) -> str:
    seeds = f"{setting.seeds[0]} to {setting.seeds[-1]}"
    return f"scale {setting.scale:g}, seeds {seeds}, bank {setting.phrasing}, {setting.worlds[:6]}"


def _table(moved: Sequence[Move]) -> Table:
    table = Table(title="Moved beyond noise", title_justify="left", box=None, pad_edge=False)
    table.add_column("figure")
    table.add_column("committed", justify="right")
    table.add_column("now", justify="right")
    table.add_column("")
    for move in sorted(moved, key=lambda each: each.direction, reverse=True):
        table.add_row(move.name, *map(_shown, (move.before, move.now)), move.direction)
    return table


def _shown(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} ({estimate.low:.2f}..{estimate.high:.2f})"


if __name__ == "__main__":
    app()
