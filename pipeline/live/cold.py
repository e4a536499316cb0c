"""Where a lane's keys are until somebody asks for them: as they were stored.

What the changelog holds is taken over as it is, record by record, and decoded key by key. In memory
a key that was once asked for stays decoded; on disk, in RocksDB, the ones that have not changed for
long become records again. The disk is never trusted: what is on it is this process' own and goes
with it.
"""

from __future__ import annotations

import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import msgspec
from rocksdict import (
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
    WriteOptions,
)

from pipeline.live.changelog import Changelog, Record
from pipeline.shard import KeyState, SubKey

_WRITE_BUFFER_BYTES = 8 << 20
_CACHE_BYTES = 16 << 20
_OPEN_FILES = 256
_SUB_KEY_HEADER = b"\x95"  # of a msgpack array of five: keyspace, key, table, bucket, part

Stored = list[tuple[bytes, bytes]]
"""Keys of records with their values, joined where they were cut."""


class Records(Protocol):
    """The records of a lane's state, the latest of each key."""

    @property
    def takes_back(self) -> bool:
        """Whether decoded keys may become records again; `put` is then told of every change."""
        ...

    def put(self, records: Iterable[Record]) -> None:
        """Take records over; a value of None deletes."""
        ...

    def get(self, raw: bytes) -> bytes | None:
        """The value of a record."""
        ...

    def items(self) -> Iterable[tuple[bytes, bytes]]:
        """Every record; nothing may be put meanwhile."""
        ...

    def of(self, keyspace: str, changelog: Changelog) -> ColdKeys:
        """The keys of a keyspace; `ColdKeys.add` tells it which."""
        ...

    def close(self) -> None:
        """Delete everything."""
        ...


class ColdKeys(ABC):
    """A `pipeline.shard.Cold` of one keyspace."""

    def __init__(self, keyspace: str, changelog: Changelog) -> None:
        self._keyspace = keyspace
        self._changelog = changelog

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __iter__(self) -> Iterator[str]: ...

    @abstractmethod
    def add(self, key: str, raw: bytes) -> None:
        """Know of a record of a key."""

    @abstractmethod
    def freeze(self, key: str) -> bool:
        """See `pipeline.shard.Cold`."""

    @abstractmethod
    def _take(self, key: str) -> Stored | None:
        """The records of a key, which is not here afterwards; None where it was not."""

    @abstractmethod
    def _known(self, key: str) -> list[bytes]:
        """The keys of the records of a key."""

    @abstractmethod
    def _delete(self, key: str, gone: list[bytes], left: list[bytes]) -> None:
        """Delete some of a key's records."""

    def thaw(self, key: str) -> KeyState | None:
        """See `pipeline.shard.Cold`."""
        stored = self._take(key)
        if stored is None:
            return None
        state, changelog = KeyState(), self._changelog
        for raw, value in stored:
            sub = changelog.sub_key(raw)
            content = changelog.content(self._keyspace, sub, value)
            state.put(sub, content)  # type: ignore[arg-type]  # cases are never cold
        return state

    def drop(self, key: str, bucket: int, tables: Collection[str]) -> list[SubKey]:
        """See `pipeline.shard.Cold`."""
        subs: list[SubKey] = []
        gone: list[bytes] = []
        left: list[bytes] = []
        for raw in self._known(key):
            sub = self._changelog.sub_key(raw)
            if sub[2] == bucket and sub[1] in tables:
                subs.append(sub)
                gone.append(raw)
            else:
                left.append(raw)
        if gone:
            self._delete(key, gone, left)
        return subs


# -- memory ----------------------------------------------------------------------------------------


class InMemory(dict[bytes, bytes]):
    """Records in memory: each until its key is asked for."""

    takes_back = False

    def put(self, records: Iterable[Record]) -> None:
        """See `Records`."""
        for raw, value in records:
            if value is None:
                self.pop(raw, None)
            else:
                self[raw] = value

    def of(self, keyspace: str, changelog: Changelog) -> ColdKeys:
        """See `Records`."""
        return _KeysInMemory(keyspace, changelog, self)

    def close(self) -> None:
        """See `Records`."""
        self.clear()


class _KeysInMemory(ColdKeys):
    def __init__(self, keyspace: str, changelog: Changelog, records: InMemory) -> None:
        super().__init__(keyspace, changelog)
        self._records = records
        self._raws: dict[str, list[bytes]] = {}

    def __len__(self) -> int:
        return len(self._raws)

    def __iter__(self) -> Iterator[str]:
        return iter(self._raws)

    def add(self, key: str, raw: bytes) -> None:
        raws = self._raws.get(key)
        if raws is None:
            self._raws[key] = [raw]
        else:
            raws.append(raw)

    def freeze(self, key: str) -> bool:
        return False

    def _take(self, key: str) -> Stored | None:
        raws = self._raws.pop(key, None)
        if raws is None:
            return None
        take = self._records.pop
        return [(raw, self._changelog.whole(raw, take(raw), take)) for raw in raws]

    def _known(self, key: str) -> list[bytes]:
        return self._raws.get(key, [])

    def _delete(self, key: str, gone: list[bytes], left: list[bytes]) -> None:
        take = self._records.pop
        for raw in gone:
            self._changelog.whole(raw, take(raw), take)
        if left:
            self._raws[key] = left
        else:
            del self._raws[key]


# -- disk ------------------------------------------------------------------------------------------


class OnDisk:
    """Records in RocksDB, in a new folder inside `parent`. Raises `OSError` where that fails."""

    takes_back = True

    def __init__(self, parent: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="state-", dir=parent))
        self._unlogged = WriteOptions()
        # Nothing is to outlive the process. An attribute, whatever the stub says.
        self._unlogged.disable_wal = True  # type: ignore[method-assign,assignment]
        with self.told():
            self.rows = Rdict(str(self._folder), _options())

    def put(self, records: Iterable[Record]) -> None:
        """See `Records`."""
        batch = WriteBatch(raw_mode=True)
        for raw, value in records:
            if value is None:
                batch.delete(raw)
            else:
                batch.put(raw, value)
        with self.told():
            self.rows.write(batch, self._unlogged)

    def get(self, raw: bytes) -> bytes | None:
        """See `Records`."""
        with self.told():
            found: bytes | None = self.rows.get(raw)
        return found

    def items(self) -> Iterable[tuple[bytes, bytes]]:
        """See `Records`."""
        return self.starting_with(b"")

    def starting_with(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The records whose keys start so, in the order of their keys."""
        with self.told():
            rows = self.rows.iter()
            rows.seek(prefix)
            while rows.valid() and (raw := rows.key()).startswith(prefix):
                yield raw, rows.value()
                rows.next()

    def of(self, keyspace: str, changelog: Changelog) -> ColdKeys:
        """See `Records`."""
        return _KeysOnDisk(keyspace, changelog, self)

    def close(self) -> None:
        """See `Records`."""
        self.rows.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def told(self) -> Iterator[None]:
        """RocksDB raises plain exceptions: say what they are about."""
        try:
            yield
        except Exception as error:
            raise OSError(f"[live] state: {self._folder}: {error}") from None


class _KeysOnDisk(ColdKeys):
    def __init__(self, keyspace: str, changelog: Changelog, records: OnDisk) -> None:
        super().__init__(keyspace, changelog)
        self._records = records
        self._names: set[str] = set()

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def add(self, key: str, raw: bytes) -> None:
        self._names.add(key)

    def freeze(self, key: str) -> bool:
        self._names.add(key)
        return True

    def _take(self, key: str) -> Stored | None:
        if key not in self._names:
            return None
        self._names.remove(key)
        return [
            (raw, self._changelog.whole(raw, value, self._records.rows.__getitem__))
            for raw, value in self._records.starting_with(self._beginning(key))
        ]

    def _known(self, key: str) -> list[bytes]:
        if key not in self._names:
            return []
        return [raw for raw, _ in self._records.starting_with(self._beginning(key))]

    def _delete(self, key: str, gone: list[bytes], left: list[bytes]) -> None:
        self._records.put((raw, None) for raw in gone)
        if not left:
            self._names.remove(key)

    def _beginning(self, key: str) -> bytes:
        return _SUB_KEY_HEADER + _encode(self._keyspace) + _encode(key)


def _options() -> Options:
    table = BlockBasedOptions()
    table.set_block_cache(Cache(_CACHE_BYTES))
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(table)
    options.set_write_buffer_size(_WRITE_BUFFER_BYTES)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_max_open_files(_OPEN_FILES)
    options.set_keep_log_file_num(1)
    return options


_encode: Callable[[str], bytes] = msgspec.msgpack.Encoder().encode
