"""`starwatch status`: what the workers are doing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import (
    DEFAULT_BOOTSTRAP_SERVERS,
    BootstrapServers,
    Config,
    Group,
    configuration,
)

if TYPE_CHECKING:
    from pipeline.live.status import Status


def status(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    bootstrap_servers: BootstrapServers = DEFAULT_BOOTSTRAP_SERVERS,
    group: Group = None,
    config: Config = None,
) -> None:
    """Show the workers, how much is still to be read, and when the last checkpoint was.

    A lag of 0 means that every consequence of what was produced is in the topic of alerts.

    \b
    Examples:
      starwatch status
      starwatch status --json | jq .lag
    """
    import msgspec

    from pipeline.live.status import status as look

    settings = configuration(config, group)
    found = look(bootstrap_servers, settings.topics, settings.live)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
    else:
        typer.echo("\n".join(_lines(found)))


def _lines(found: Status) -> list[str]:
    width = max(map(len, found.topics))
    return [
        f"group {found.group}: {found.state}",
        *(f"  worker {w.id} at {w.host}: {w.partitions} partitions" for w in found.workers),
        f"lag: {found.lag:,} records",
        *(f"  {topic:<{width}} {lag:>12,}" for topic, lag in found.topics.items()),
        f"last checkpoint: {found.last_checkpoint or 'none yet'}",
    ]
