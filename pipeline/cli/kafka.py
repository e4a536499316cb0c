"""`starwatch kafka`: the embedded local broker."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline.broker import Broker

app = typer.Typer(
    name="kafka",
    help="A local Kafka: the real Apache Kafka on one node, no Docker and no Java needed.",
    no_args_is_help=True,
)

_DEFAULT_PORT = 9092

Port = Annotated[
    int | None,
    typer.Option(
        min=1, max=65_535, show_default=False, help="Its port. [default: 9092, or by --data-dir]"
    ),
]
DataDir = Annotated[Path | None, typer.Option(help="The folder that it keeps its data in.")]


@app.command()
def start(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port on 127.0.0.1; 0 takes a free one.")
    ] = _DEFAULT_PORT,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            help="Keep the data here. [default: the user's data directory, a folder for each port]"
        ),
    ] = None,
    ephemeral: Annotated[
        bool, typer.Option("--ephemeral", help="Keep the data in a folder that goes at the stop.")
    ] = False,
) -> None:
    """Start a broker; returns once it answers, and prints its address.

    It goes on in the background until `starwatch kafka stop`. Starting it twice changes nothing.
    The first start on a machine fetches Apache Kafka (46 jars, 45 MB); later ones need no network.

    \b
    Examples:
      starwatch kafka start
      starwatch kafka start --port 0 --ephemeral
      starwatch kafka start --port 9095 --data-dir ./kafka
    """
    from pipeline import broker
    from pipeline.broker import jars

    if missing := jars.missing():
        typer.echo(f"Fetching Apache Kafka: {missing} jars into {jars.cache_dir()} ...", err=True)
    started = broker.start(port, data_dir, ephemeral=ephemeral)
    what = "is up" if started.started_here else "was up already"
    typer.echo(f"Kafka {what} on port {started.port}, its data in {started.data_dir}.", err=True)
    typer.echo(started.bootstrap_servers)


@app.command()
def stop(port: Port = None, data_dir: DataDir = None) -> None:
    """Stop a broker; returns once it has gone. Its data stays, unless it was ephemeral.

    \b
    Examples:
      starwatch kafka stop
      starwatch kafka stop --port 9095
    """
    from pipeline import broker

    found = broker.find(_default(port, data_dir), data_dir)
    if found is None:
        typer.echo(f"No broker to stop {_where(port, data_dir)}.", err=True)
        return
    broker.stop(found)
    typer.echo(f"Stopped the broker on port {found.port}.", err=True)


@app.command()
def status(
    port: Port = None,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for a program.")] = False,
) -> None:
    """List the local brokers that run; exit status 1 where there is none.

    \b
    Examples:
      starwatch kafka status
      starwatch kafka status --port 9095 --json
    """
    from pipeline import broker

    if port is None and data_dir is None:
        found = broker.running()
    else:
        found = [one for one in [broker.find(port, data_dir)] if one is not None]
    if as_json:
        json.dump([_as_dict(one) for one in found], sys.stdout, indent=2)
        typer.echo()
    for one in found if not as_json else ():
        typer.echo(f"{one.bootstrap_servers}  pid {one.pid}  {one.data_dir}")
    if not found:
        typer.echo(f"No broker runs {_where(port, data_dir)}.", err=True)
        raise typer.Exit(1)


def _default(port: int | None, data_dir: Path | None) -> int | None:
    return _DEFAULT_PORT if port is None and data_dir is None else port


def _where(port: int | None, data_dir: Path | None) -> str:
    parts = [f"on port {port}"] if port is not None else []
    parts += [f"with its data in {data_dir}"] if data_dir is not None else []
    return " ".join(parts) or "here"


def _as_dict(broker: Broker) -> dict[str, str | int | bool]:
    return {
        "bootstrap_servers": broker.bootstrap_servers,
        "pid": broker.pid,
        "data_dir": str(broker.data_dir),
        "log": str(broker.log),
        "ephemeral": broker.record.ephemeral,
    }
