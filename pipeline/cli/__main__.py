"""`python -m pipeline.cli`: the `starwatch` command."""

from pipeline.cli import main

main()
