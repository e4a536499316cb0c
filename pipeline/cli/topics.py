"""`starwatch topics`: the topics in Kafka."""

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

app = typer.Typer(name="topics", help="The topics in Kafka.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The topics in Kafka."""


@app.command()
def create(
    partitions: Annotated[
        int, typer.Option(min=1, help="Partitions of each topic: the most workers that can share.")
    ] = 4,
    replication_factor: Annotated[
        int, typer.Option(min=1, help="Copies of each record; 3 where there are three brokers.")
    ] = 1,
    retention_days: Annotated[
        float | None,
        typer.Option(
            min=0.01, help="How long events are kept, in days of event time. [default: for ever]"
        ),
    ] = None,
    bootstrap_servers: BootstrapServers = DEFAULT_BOOTSTRAP_SERVERS,
    group: Group = None,
    config: Config = None,
) -> None:
    """Create every topic, internal ones too, with its partitions, retention and compaction.

    One that exists is left as it is; where it differs from what would be created, that is said.

    \b
    Examples:
      starwatch topics create
      starwatch topics create --partitions 12 --replication-factor 3
    """
    from pipeline.kafka import topics
    from pipeline.kafka.layout import layout
    from pipeline.live.topics import internal_topics

    settings = configuration(config, group)
    wanted = layout(
        settings.topics,
        internal_topics(settings.live.group),
        partitions=partitions,
        replication_factor=replication_factor,
        retention_days=retention_days,
    )
    outcomes = topics.create(bootstrap_servers, wanted)
    created = sum(outcome.created for outcome in outcomes)
    for outcome in outcomes:
        for difference in outcome.differences:
            typer.echo(f"{outcome.topic.name}: {difference}; left as it is", err=True)
    typer.echo(f"Created {created} topics; {len(outcomes) - created} were there.", err=True)
