"""`starwatch classify`: which clauses texts show, and by which words."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import StarwatchError

if TYPE_CHECKING:
    from detectors.text import Reading

_COLOURS = ("red", "yellow", "cyan", "magenta", "green", "blue")


def classify(
    path: Annotated[
        Path | None,
        typer.Argument(metavar="[IN.jsonl]", help="Texts, one JSON object a line."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="OUT.jsonl", help="Labels, one object a line (default: stdout)."),
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Read this text and show what it says.")
    ] = None,
    kind: Annotated[
        str,
        typer.Option(
            help="With --text: seller_message, buyer_message, review_text or package_insert."
        ),
    ] = "seller_message",
    as_json: Annotated[
        bool, typer.Option("--json", help="With --text: labels as one JSON object.")
    ] = False,
) -> None:
    """Tell which clauses of the policy texts show, and by which words.

    In a file each line is {"id", "kind", "lang"?, "text"}; each gives one line {"id", "labels"},
    in order, labels as {"clause", "score", "spans"}; spans are code points, half open. A line that
    cannot be read gives {"id", "labels": [], "error"}.

    \b
    Examples:
      starwatch classify messages.jsonl --output labels.jsonl
      starwatch classify --text "Leave 5 stars and get a gift card"
      starwatch classify --kind package_insert --text "Happy? Review us. Unhappy? Mail us."
    """
    if (path is None) == (text is None):
        raise typer.BadParameter("give either a file or --text")
    if text is not None:
        _one(text, kind, as_json)
    elif path is not None:
        _file(path, output)


def _one(text: str, kind: str, as_json: bool) -> None:
    import msgspec

    from detectors.text import Kind, read
    from detectors.text.jsonl import TEXT_LIMIT, labels

    if kind not in list(Kind):
        raise typer.BadParameter(f"{kind!r} is none of {', '.join(Kind)}", param_hint="--kind")
    if len(text) > TEXT_LIMIT:
        raise typer.BadParameter(f"longer than {TEXT_LIMIT:,} characters", param_hint="--text")
    reading = read(text, Kind(kind))
    if as_json:
        typer.echo(msgspec.json.encode({"labels": labels(reading)}).decode())
    else:
        _show(text, reading)


def _show(text: str, reading: Reading) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    # A control character would act on the terminal; each gives one sign, so that spans hold.
    shown = Text(
        "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
    )
    for i, label in enumerate(reading.labels):
        for start, end in label.spans:
            shown.stylize(f"bold underline {_COLOURS[i % len(_COLOURS)]}", start, end)
    console.print(shown)
    console.print()
    for i, label in enumerate(reading.labels):
        words = ", ".join(shown.plain[start:end] for start, end in label.spans)
        line = Text(f"{label.clause} {label.score:.2f}", f"bold {_COLOURS[i % len(_COLOURS)]}")
        console.print(line.append(f": {words}", "default"))
    if not reading.labels:
        console.print(Text("Nothing that the policy bars was found.", "green"))
    if reading.hidden:
        console.print(Text(f"Hidden words or characters: {reading.hidden}.", "yellow"))


def _file(path: Path, output: Path | None) -> None:
    from contextlib import ExitStack

    import msgspec

    from detectors.text.jsonl import classified

    if not path.is_file():
        raise StarwatchError(f"{path}: no such file.")
    encode = msgspec.json.Encoder().encode
    with ExitStack() as stack:
        lines = stack.enter_context(path.open("rb"))
        out = stack.enter_context(output.open("wb")) if output else sys.stdout.buffer
        for item in classified(lines):
            out.write(encode(item) + b"\n")
        out.flush()
