"""`starwatch diff`: what is new, gone or changed between two runs."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.text import Text

    from pipeline.compare import Difference

DIFFERS = 3
"""Exit status where a comparison differs."""


def diff(
    before: Annotated[
        Path, typer.Argument(metavar="A", help="Alerts: of `replay` or `alerts export`.")
    ],
    after: Annotated[Path, typer.Argument(metavar="B", help="Alerts of the other run.")],
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD", help="Field of an alert that may differ; repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Compare the open cases of two runs: new, gone, changed.

    Exit status 0 where they are the same, 3 where they differ. Not compared: how often a case was
    revised, and where in Kafka its evidence was read. Ignore `detectors` to see what other
    thresholds change in the cases themselves.

    \b
    Examples:
      starwatch diff replayed.jsonl live.jsonl
      starwatch diff old.jsonl new.jsonl --ignore detectors
      starwatch diff old.jsonl new.jsonl --json | jq -r 'select(.kind == "gone").case_id'
    """
    import msgspec
    from rich.console import Console

    from pipeline.compare import FIELDS, compare
    from pipeline.scorer import read_alerts

    for name in ignore or ():
        if name not in FIELDS:
            raise typer.BadParameter(f"{name!r} is not compared: {', '.join(FIELDS)} are.")
    first, second = ([case.alert for case in read_alerts(path)] for path in (before, after))
    found = compare(first, second, ignore or ())
    console = Console(highlight=False, soft_wrap=True)
    for each in found:
        if as_json:
            sys.stdout.buffer.write(msgspec.json.encode(_object(each)) + b"\n")
        else:
            console.print(_line(each))
    sys.stdout.flush()
    kinds = Counter(each.kind for each in found)
    same = len(second) - kinds["new"] - kinds["changed"]
    typer.echo(
        f"{kinds['new']:,} new, {kinds['gone']:,} gone, {kinds['changed']:,} changed, "
        f"{same:,} the same.",
        err=True,
    )
    if found:
        raise typer.Exit(DIFFERS)


def _object(found: Difference) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "case_id": found.alert.case_id,
        "fields": found.fields,
        "before": found.before,
        "after": found.after,
    }


def _line(found: Difference) -> Text:
    from rich.text import Text

    from pipeline.cli.alert_view import headline

    style = {"new": "green", "gone": "red", "changed": "yellow"}[found.kind]
    line = Text.assemble((f"{found.kind:<7}", style), " ", headline(found.alert))
    if found.before is not None and found.after is not None:
        line.append("  ")
        line.append(", ".join(_change(found.before, found.after, name) for name in found.fields))
    return line


def _change(before: Any, after: Any, field: str) -> str:
    """How a field changed: numbers and words from what to what, of a list what came and went."""
    old, new = getattr(before, field), getattr(after, field)
    if isinstance(old, (int, float, str)) and field != "explanation":
        return f"{field} {old} to {new}"
    if isinstance(old, list) and isinstance(new, list):
        came, went = (
            sum(item not in other for item in these) for these, other in ((new, old), (old, new))
        )
        return f"{field} +{came} -{went}"
    return field
