"""Errors that a person can mend."""

from __future__ import annotations


class StarwatchError(Exception):
    """The message says where, what and what to do: the command line prints it and nothing else."""
