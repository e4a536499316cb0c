"""Public review data as event files: `python -m benchmarks.datasets OUT`.

The rows may not be published, so they are read from where `STARWATCH_DATA` says and written to a
folder that git ignores. docs/real-data.md tells what each set is, what its labels mean and where
its order, ids and repetitions would deceive.
"""

from benchmarks.datasets.catalogue import DATASETS, Dataset, convert
from benchmarks.datasets.source import MissingDataError

__all__ = ["DATASETS", "Dataset", "MissingDataError", "convert"]
