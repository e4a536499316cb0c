"""The `starwatch` command: one module of this package for each command or command group.

Modules import only typer here; whatever is heavy (Faust, NetworkX, scikit-learn) is imported
when its command runs, so that `starwatch --help` and `starwatch status` answer at once.
"""

from __future__ import annotations

import typer

from pipeline.cli import (
    alerts,
    classify,
    demo,
    detectors,
    diff,
    kafka,
    produce,
    replay,
    schema,
    score,
    simulate,
    status,
    topics,
    worker,
)
from pipeline.errors import StarwatchError

app = typer.Typer(
    name="starwatch",
    help="Streaming detection of review-policy fraud over Kafka: explained cases, live and in "
    "replay.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # help is plain text: brackets and line breaks stay as written
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo.demo)
app.add_typer(kafka.app)
app.add_typer(alerts.app)
app.add_typer(topics.app)
app.add_typer(detectors.app)
app.add_typer(schema.app, name="schema")
app.command()(produce.produce)
app.command()(classify.classify)
app.command()(replay.replay)
app.command()(simulate.simulate)
app.command()(score.score)
app.command()(diff.diff)
app.command()(status.status)
app.command()(worker.worker)


def main() -> None:
    """Run the command line; an error that a person can mend is one line and exit status 1."""
    try:
        app()
    except StarwatchError as error:
        typer.echo(f"starwatch: {error}", err=True)
        raise SystemExit(1) from None
