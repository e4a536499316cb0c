"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline import config

BootstrapServers = Annotated[
    str,
    typer.Option(
        envvar="STARWATCH_BOOTSTRAP_SERVERS",
        help="Where Kafka answers: host:port, several with commas.",
    ),
]
DEFAULT_BOOTSTRAP_SERVERS = "127.0.0.1:9092"

Config = Annotated[
    Path | None,
    typer.Option(help="Configuration file. [default: starwatch.toml, where there is one]"),
]

Group = Annotated[
    str | None,
    typer.Option(help="Group of the workers. [default: `group` of the configuration's [live]]"),
]


def configuration(path: Path | None, group: str | None) -> config.Config:
    """The configuration of a file, for the group given. Raises `ConfigError`."""
    import msgspec

    from pipeline.config import read

    found = read(path)
    if group is None:
        return found
    return msgspec.structs.replace(found, live=msgspec.structs.replace(found.live, group=group))
