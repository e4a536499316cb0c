"""The `starwatch` command: one module of this package for each command or command group.

Modules import only typer here; whatever is heavy (Faust, NetworkX, scikit-learn) is imported
when its command runs, so that `starwatch --help` and `starwatch status` answer at once.
"""

from __future__ import annotations

import typer

app = typer.Typer(
    name="starwatch",
    help="Streaming detection of review-policy fraud over Kafka: explained cases, live and replayed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line."""
    app()
