"""`starwatch alerts`: read what was found."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import DEFAULT_BOOTSTRAP_SERVERS, BootstrapServers, Config

app = typer.Typer(name="alerts", help="Read the alerts.", no_args_is_help=True)


@app.command()
def export(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", dir_okay=False, help="File to write. [default: stdout]"),
    ] = None,
    bootstrap_servers: BootstrapServers = DEFAULT_BOOTSTRAP_SERVERS,
    config: Config = None,
) -> None:
    """Write the latest revision of every case as of now, and end.

    One JSON object a line, sorted by case_id; cases that were withdrawn are there too.

    \b
    Examples:
      starwatch alerts export --output alerts.jsonl
      starwatch alerts export | jq -r 'select(.status == "open").clause' | sort | uniq -c
    """
    from pipeline.config import read
    from pipeline.errors import StarwatchError
    from pipeline.kafka import alerts

    found = alerts.latest(bootstrap_servers, read(config).topics.alerts, _tell)
    try:
        with output.open("wb") if output else contextlib.nullcontext(sys.stdout.buffer) as file:
            for text in found:
                file.write(text + b"\n")
    except OSError as error:
        if output is None:
            raise
        raise StarwatchError(f"{output}: cannot be written: {error.strerror}.") from error
    typer.echo(f"{len(found):,} cases.", err=True)


@app.command()
def tail(
    *,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Begin with those that are there already.")
    ] = False,
    clause: Annotated[
        list[str] | None, typer.Option(help="Only this clause, such as review_ring; repeatable.")
    ] = None,
    open_only: Annotated[
        bool, typer.Option("--open-only", help="None that are withdrawn.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    bootstrap_servers: BootstrapServers = DEFAULT_BOOTSTRAP_SERVERS,
    config: Config = None,
) -> None:
    """Show alerts as they are published, until Ctrl-C.

    \b
    Examples:
      starwatch alerts tail
      starwatch alerts tail --from-beginning --open-only --clause review_ring
      starwatch alerts tail --json
    """
    from rich.console import Console

    from pipeline.cli.alert_view import render
    from pipeline.config import read
    from pipeline.kafka import alerts
    from schemas.alerts import CLAUSES

    for name in clause or ():
        if name not in CLAUSES:
            known = ", ".join(CLAUSES)
            raise typer.BadParameter(f"{name!r} is no clause: known are {known}.")
    console = Console(highlight=False)
    topic = read(config).topics.alerts
    with contextlib.suppress(KeyboardInterrupt):
        for alert, text in alerts.follow(
            bootstrap_servers, topic, _tell, from_beginning=from_beginning
        ):
            if (clause and alert.clause not in clause) or (open_only and alert.status != "open"):
                continue
            if as_json:
                sys.stdout.buffer.write(text + b"\n")
                sys.stdout.buffer.flush()
            else:
                console.print(render(alert), soft_wrap=not console.is_terminal)


def _tell(problem: str) -> None:
    typer.echo(problem, err=True)
