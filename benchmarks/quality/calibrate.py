"""The command: `python -m benchmarks.quality.calibrate` makes the slopes of
`pipeline/calibration.py`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from math import exp, fsum, log
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.quality.ablation import matched
from benchmarks.quality.run import Judged, everywhere, judge
from benchmarks.quality.worlds import Spec, fingerprint, shelf
from pipeline import calibration
from pipeline.calibration import Calibration, Fitted, calibrated
from pipeline.config import Config
from pipeline.config import read as read_config
from pipeline.scorer import Bootstrap
from pipeline.scorer.calibration import calibrate
from schemas.alerts import CLAUSES

FILE = Path(calibration.__file__).with_name(calibration.FILE)
PRIOR = 0.5
"""Standard deviation of the log of a slope before any case is seen: most clauses need little."""
FEWEST = 15
"""Open cases of a clause that a slope is fitted on at least."""
EDGE = 0.01
"""Scores are told in steps of so much: 1.00 is not certainty."""

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Scored(NamedTuple):
    """An open case as the detectors scored it, and whether it was right."""

    world: int
    clause: str
    score: float
    right: bool


def scored(worlds: Sequence[Judged], config: Config) -> list[Scored]:
    """The open cases of some worlds, before calibration; those of a guilty party under another
    clause are neither right nor wrong and left out."""
    return [
        Scored(n, b.alert.clause, b.alert.score, b.outcome == "hit")
        for n, world in enumerate(worlds)
        for b in matched(world, config.cases, slopes={}).bookings
        if b.outcome not in ("tolerated", "elsewhere")
    ]


def fit(cases: Sequence[Scored]) -> float:
    """The most probable slope (maximum a posteriori; its log is normal around 0)."""
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - slow to import

    odds = [_log_odds(c.score) * (1 if c.right else -1) for c in cases]

    def loss(log_slope: float) -> float:
        slope = exp(log_slope)
        return fsum(log(1 + exp(-slope * o)) for o in odds) + (log_slope / PRIOR) ** 2 / 2

    found: float = minimize_scalar(loss, bounds=(-2, 2), method="bounded").x
    return round(exp(found), 2)


def _log_odds(score: float) -> float:
    inside = min(max(score, EDGE), 1 - EDGE)
    return log(inside / (1 - inside))


def fitted(cases: Sequence[Scored]) -> dict[str, Fitted]:
    """Every clause with its slope."""
    found = {}
    for clause in CLAUSES:
        own = [c for c in cases if c.clause == clause]
        slope = fit(own) if len(own) >= FEWEST else 1.0
        found[clause] = Fitted(slope, len(own), sum(c.right for c in own))
    return found


def crossed(cases: Sequence[Scored]) -> Iterator[Scored]:
    """Each case with its score calibrated on the other worlds alone."""
    for world in sorted({c.world for c in cases}):
        rest = fitted([c for c in cases if c.world != world])
        slopes = {clause: each.slope for clause, each in rest.items()}
        for c in cases:
            if c.world == world:
                yield c._replace(score=round(calibrated(c.score, c.clause, slopes), 2))


def dump(found: Calibration) -> str:
    """The file's text."""
    lines = [
        "# How far scores of each clause are to be trusted: see pipeline/calibration.py. Fitted by",
        "# `python -m benchmarks.quality.calibrate`; not written by hand.",
        "",
        f'worlds = "{found.worlds}"',
    ]
    for clause, each in found.clause.items():
        lines += ["", f"[clause.{clause}]", f"slope = {each.slope}"]
        lines += [f"cases = {each.cases}", f"right = {each.right}"]
    return "\n".join(lines) + "\n"


@app.command()
def main(
    seeds: Annotated[int, typer.Option(min=2, max=99, help="Worlds for building.")] = 3,
    scale: Annotated[float, typer.Option(help="Size of a world.")] = 1.0,
    workers: Annotated[int, typer.Option(min=1, help="Worlds at a time.")] = os.cpu_count() or 1,
    out: Annotated[Path, typer.Option(file_okay=False, help="Where worlds are kept.")] = Path(
        "out/quality"
    ),
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
    file: Annotated[Path, typer.Option(dir_okay=False, help="Where the slopes go.")] = FILE,
) -> None:
    """Fit the calibration of scores on simulated worlds for building, and write it.

    The table shows for each clause how far scores are off before and after; "crossed" is measured
    on each world with slopes of the others alone.

    \b
    python -m benchmarks.quality.calibrate
    """
    settings = read_config(config)
    specs = [Spec(1 + n, scale, "build") for n in range(seeds)]
    kept = shelf(out)
    worlds = [*everywhere(partial(judge, shelf=kept, config=settings), specs, workers)]
    cases = scored(worlds, settings)
    found = Calibration(fingerprint(kept / spec.name for spec in specs), fitted(cases))
    file.write_text(dump(found), encoding="utf-8")
    Console(width=100, highlight=False).print(_table(found, cases))
    typer.echo(f"{file}: fitted on {len(cases)} open cases of {seeds} worlds", err=True)


def _table(found: Calibration, cases: Sequence[Scored]) -> Table:
    table = Table(title="Calibration of open cases", title_justify="left", box=None)
    table.add_column("clause", no_wrap=True)
    heads = ("cases", "right", "slope", "error", "crossed", "Brier", "crossed")
    for head in heads:
        table.add_column(head, justify="right")
    after = list(crossed(cases))
    for clause, each in found.clause.items():
        cells = [str(each.cases), str(each.right), f"{each.slope:.2f}"]
        if each.cases < FEWEST:
            cells[-1] = "too few"
        own, other = ([c for c in some if c.clause == clause] for some in (cases, after))
        table.add_row(clause, *cells, *_errors(own, other))
    table.add_section()
    table.add_row(
        "all", str(len(cases)), str(sum(c.right for c in cases)), "", *_errors(cases, after)
    )
    return table


def _errors(before: Sequence[Scored], after: Sequence[Scored]) -> list[str]:
    plain = Bootstrap(resamples=1)
    told = [calibrate(((c.score, c.right) for c in some), plain) for some in (before, after)]
    pairs = [(each.error.value, each.brier.value) for each in told]
    return ["-" if v is None else f"{v:.3f}" for row in zip(*pairs, strict=True) for v in row]


if __name__ == "__main__":
    app()
