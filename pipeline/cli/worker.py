"""`starwatch worker`: the live pipeline."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.options import (
    DEFAULT_BOOTSTRAP_SERVERS,
    BootstrapServers,
    Config,
    Group,
    configuration,
)

HttpPort = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65_535,
        help="Where to answer /metrics, /live and /ready; 0: nowhere. [default: `http_port` of "
        "the configuration's [live]]",
    ),
]


def worker(
    bootstrap_servers: BootstrapServers = DEFAULT_BOOTSTRAP_SERVERS,
    group: Group = None,
    config: Config = None,
    http_port: HttpPort = None,
) -> None:
    """Watch the event topics and publish alerts, until Ctrl-C or SIGTERM.

    Start as many as there are partitions, on one machine or many: they share the work, and take it
    over from one that ends. However it ends, no event is lost or counted twice.

    \b
    Examples:
      starwatch worker
      starwatch worker --http-port 9464
      starwatch worker --bootstrap-servers kafka-1:9092,kafka-2:9092 --config starwatch.toml
    """
    import msgspec

    from pipeline.live import worker as live

    settings = configuration(config, group)
    if http_port is not None:
        live_settings = msgspec.structs.replace(settings.live, http_port=http_port)
        settings = msgspec.structs.replace(settings, live=live_settings)
    raise typer.Exit(live.run(settings, bootstrap_servers))
