"""`starwatch schema`: the contract as JSON Schema and AsyncAPI."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import StarwatchError

app = typer.Typer(name="schema", help="The contract as JSON Schema and AsyncAPI.")


@app.callback(no_args_is_help=True)
def group() -> None:
    """The contract as JSON Schema and AsyncAPI."""


@app.command()
def export(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder to write to; made where it is missing.")
    ],
) -> None:
    """Write a JSON Schema of every event, the alert and the dead letter, and an AsyncAPI document.

    Prints the files written, one a line. What is there under their names is replaced.

    \b
    Examples:
      starwatch schema export contract/
      check-jsonschema --schemafile contract/review.posted.schema.json event.json
    """
    from schemas.export import export as write

    try:
        files = write(directory)
    except OSError as error:
        raise StarwatchError(
            f"{error.filename or directory}: cannot be written ({error.strerror}). "
            "Name a folder that you may write to."
        ) from None
    for file in files:
        typer.echo(file)
