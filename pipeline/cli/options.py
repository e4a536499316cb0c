"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
