"""`starwatch detectors`: the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.options import Config

if TYPE_CHECKING:
    from pipeline.catalogue import Entry

app = typer.Typer(
    name="detectors", help="What is looked for, by which thresholds.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.callback()
def group() -> None:
    """What is looked for, by which thresholds."""


@app.command("list")
def list_(as_json: AsJson = False, config: Config = None) -> None:
    """Every detector with its clauses.

    \b
    starwatch detectors list
    """
    from detectors.registry import DETECTORS
    from pipeline import catalogue
    from pipeline.config import read

    settings = read(config)
    found = [settings.detector(kind) for kind in DETECTORS]
    if as_json:
        _print_json([catalogue.entry(d) for d in found])
        return
    width = max(len(d.name) for d in found)
    for d in found:
        off = "" if d.settings.enabled else " (switched off)"
        typer.echo(f"{d.name:{width}}  {', '.join(d.clauses)}{off}")


@app.command()
def show(name: str, as_json: AsJson = False, config: Config = None) -> None:
    """One detector: clauses, inputs, thresholds, false positives and what to do about a case.

    \b
    starwatch detectors show vote_bursts
    """
    import difflib

    from detectors.registry import DETECTORS
    from pipeline import catalogue
    from pipeline.config import read
    from pipeline.errors import StarwatchError

    kinds = {kind.name: kind for kind in DETECTORS}
    if name not in kinds:
        near = difflib.get_close_matches(name, kinds, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(kinds)}."
        raise StarwatchError(f"no detector {name!r}: {hint}")
    entry = catalogue.entry(read(config).detector(kinds[name]))
    if as_json:
        _print_json(entry)
        return
    typer.echo(_page(entry))


def _page(entry: Entry) -> str:
    from pipeline.clauses import clause_docs

    clauses = [f"  {c}: {clause_docs()[c].bars}" for c in entry.clauses]
    thresholds = [f"  {t.name} = {t.value}\n      {t.meaning} {t.why}" for t in entry.thresholds]
    parts = [
        f"{entry.name} {entry.version} ({entry.fingerprint})",
        entry.summary,
        "\n".join(["Clauses:", *clauses]),
        f"Reads: {', '.join(entry.inputs)}",
        f"Blind spots: {entry.blind_without}",
        "\n".join([f"Thresholds, [detectors.{entry.name}] in starwatch.toml:", *thresholds]),
        "\n".join(["Known false positives:", *(f"  - {x}" for x in entry.false_positives)]),
        "\n".join(["What to check:", *(f"  - {x}" for x in entry.runbook)]),
        "\n".join(["What to do:", *(f"  - {x}" for x in entry.actions)]),
    ]
    return "\n\n".join(parts)


def _print_json(value: Any) -> None:
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())
