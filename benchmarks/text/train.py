"""The command: `python -m benchmarks.text.train` makes the weights of `detectors/text/model.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from benchmarks.text.bank import read_phrases
from benchmarks.text.corpus import BUILT, read_corpus
from benchmarks.text.learn import examples, fit
from detectors.text import model
from detectors.text.model import Weights

FILE = Path(model.__file__).with_name(model.FILE)

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def main(
    out: Annotated[Path, typer.Option(dir_okay=False, help="Where the weights go.")] = FILE,
) -> None:
    """Train the text model on the built corpus and the simulator's phrases for building.

    The same texts, lexicons and rules give the same weights. What it adds: make bench-text.

    \b
    python -m benchmarks.text.train
    python -m benchmarks.text.train --out /tmp/model.json
    """
    rows = [*read_corpus(BUILT), *read_phrases()]
    weights = fit(examples(rows))
    write(weights, out)
    typer.echo(f"{out}: {len(weights.features)} features from {len(rows)} texts", err=True)


def write(weights: Weights, path: Path) -> None:
    """Write weights as JSON, one feature a line, so that a change of the file shows what moved."""
    parts = [
        f'"{field}":{msgspec.json.encode(getattr(weights, field)).decode()}'
        for field in ("version", "trained_on", "clauses", "bias")
    ]
    lines = ",\n".join(
        f'"{name}":{msgspec.json.encode(row).decode()}'
        for name, row in sorted(weights.features.items())
    )
    path.write_text("{" + ",\n".join(parts) + ',\n"features":{\n' + lines + "}}\n", "utf-8")


if __name__ == "__main__":
    app()
