"""`starwatch worker`: the live pipeline."""

from __future__ import annotations

import typer

from pipeline.cli.options import (
    DEFAULT_BOOTSTRAP_SERVERS,
    BootstrapServers,
    Config,
    Group,
    configuration,
)


def worker(
    bootstrap_servers: BootstrapServers = DEFAULT_BOOTSTRAP_SERVERS,
    group: Group = None,
    config: Config = None,
) -> None:
    """Watch the event topics and publish alerts, until Ctrl-C or SIGTERM.

    Start as many as there are partitions, on one machine or many: they share the work, and take it
    over from one that ends. However it ends, no event is lost or counted twice.

    \b
    Examples:
      starwatch worker
      starwatch worker --bootstrap-servers kafka-1:9092,kafka-2:9092 --config starwatch.toml
    """
    from pipeline.live import worker as live

    raise typer.Exit(live.run(configuration(config, group), bootstrap_servers))
