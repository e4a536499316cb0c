"""The configuration: declared once as typed settings with defaults, read from one TOML file.

The declarations make the file's checks, `docs/configuration.md` and the example file; a detector's
settings go into its fingerprint.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import textwrap
import tomllib
import types
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from detectors.allowed import Allowed
from detectors.api import Detector
from detectors.registry import DETECTORS
from pipeline.cases import CaseSettings
from pipeline.errors import StarwatchError
from pipeline.explain import UnknownLanguageError, load
from pipeline.intake import IntakeSettings
from pipeline.kafka.layout import TopicNames
from pipeline.live.settings import LiveSettings
from pipeline.topology import Topology

INTERVAL = ("from", "until")
DEFAULT_FILE = "starwatch.toml"


class ConfigError(StarwatchError):
    """The configuration cannot be used; the message says where, what and what to do."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set."""

    topics: TopicNames = msgspec.field(default_factory=TopicNames)
    intake: IntakeSettings = msgspec.field(default_factory=IntakeSettings)
    cases: CaseSettings = msgspec.field(default_factory=CaseSettings)
    live: LiveSettings = msgspec.field(default_factory=LiveSettings)
    allow: tuple[Allowed, ...] = ()
    """Known exceptions."""
    detectors: dict[str, Any] = msgspec.field(default_factory=dict)
    """Settings of each detector by its name."""

    def enabled(self) -> list[Detector]:
        """The detectors that run, in catalogue order."""
        return [d for d in map(self.detector, DETECTORS) if d.settings.enabled]

    def detector(self, kind: type[Detector]) -> Detector:
        """A detector with its settings and the exceptions that it heeds."""
        return kind(
            settings=self.detectors.get(kind.name, kind.settings_type()),
            allowed=tuple(each for each in self.allow if each.kind in kind.heeds),
        )

    def topology(self) -> Topology:
        """The topology of the enabled detectors."""
        return Topology(self.enabled(), self.allow)


SECTIONS: Mapping[str, type[msgspec.Struct]] = {
    "topics": TopicNames,
    "intake": IntakeSettings,
    "cases": CaseSettings,
    "live": LiveSettings,
}


def read(path: Path | None) -> Config:
    """The configuration of a file; of `starwatch.toml` here if there is one; else the defaults."""
    if path is None:
        path = Path(DEFAULT_FILE)
        if not path.exists():
            return Config()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    return parse(text, str(path))


def parse(text: str, name: str = DEFAULT_FILE) -> Config:
    """The configuration of a TOML text; `name` is what errors call it."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: not TOML: {error}") from None
    _known(name, "", raw, [*SECTIONS, "allow", "detectors"])
    values: dict[str, Any] = {
        s: _section(name, s, t, raw[s]) for s, t in SECTIONS.items() if s in raw
    }
    values["allow"] = _exceptions(name, raw.get("allow", []))
    detectors = raw.get("detectors", {})
    _table(name, "detectors", detectors)
    types = {d.name: d.settings_type for d in DETECTORS}
    _known(name, "detectors", detectors, list(types))
    values["detectors"] = {
        d: _section(name, f"detectors.{d}", types[d], table) for d, table in detectors.items()
    }
    config = Config(**values)
    try:
        load(config.cases.language)
    except UnknownLanguageError as error:
        raise ConfigError(f"{name}: cases.language: {error}") from None
    return config


def _exceptions(name: str, value: Any) -> tuple[Allowed, ...]:
    if not isinstance(value, list):
        raise ConfigError(f"{name}: allow: expected [[allow]], one for each exception")
    found = []
    for number, entry in enumerate(value):
        where = f"allow[{number}]"
        _table(name, where, entry)
        times = {k: _midnight(name, f"{where}.{k}", v) for k, v in entry.items() if k in INTERVAL}
        found.append(_section(name, where, Allowed, {**entry, **times}))
    return tuple(found)


def _midnight(name: str, where: str, value: Any) -> Any:
    """A date means its first moment, UTC."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ConfigError(f"{name}: {where}: expected an offset behind {value}, such as Z")
        return value
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else value


def _table(name: str, where: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise ConfigError(f"{name}: {where}: expected a table ([{where}]), found {value!r}")


def _known(name: str, where: str, table: Mapping[str, Any], known: list[str]) -> None:
    for key in table:
        if key not in known:
            at = f"{where}.{key}" if where else key
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
            raise ConfigError(f"{name}: {at}: unknown key; {hint}")


def _section(name: str, where: str, kind: type[msgspec.Struct], value: Any) -> Any:
    _table(name, where, value)
    _known(name, where, value, [f.encode_name for f in msgspec.structs.fields(kind)])
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$")
        raise ConfigError(f"{name}: {where}{path.rstrip('`')}: {what}") from None


@cache
def describe(kind: type[msgspec.Struct]) -> dict[str, str]:
    """What each setting means: the string below its declaration."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base in (msgspec.Struct, object) or not issubclass(base, msgspec.Struct):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        assert isinstance(body, ast.ClassDef)  # noqa: S101 - narrows for the type checker
        for node, after in zip(body.body, body.body[1:], strict=False):
            if (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.target, ast.Name)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
                and isinstance(after.value.value, str)
            ):
                found[node.target.id] = " ".join(after.value.value.split())
    return found


def reasoned(text: str) -> tuple[str, str]:
    """What a setting means, and why its default is what it is, where that is told."""
    meaning, _, why = text.partition(" Why: ")
    return meaning, why[:1].upper() + why[1:]


def settings() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Every section with its type, in the order of the documentation."""
    yield from SECTIONS.items()
    for d in DETECTORS:
        yield f"detectors.{d.name}", d.settings_type


def reference() -> str:
    """`docs/configuration.md`, from the declarations."""
    lines = [
        "# Configuration",
        "",
        "Generated from the declarations by `make docs`. One TOML file, `starwatch.toml` here or",
        "`--config FILE`; every key is optional.",
    ]
    for where, kind in settings():
        lines += ["", f"## [{where}]", "", *_rows(kind)]
    lines += [
        "",
        "## [[allow]]",
        "",
        "Known exceptions, as many as needed, each for one identifier, one seller or one",
        "programme. A case for which one mattered names it with its reason; a case that it",
        "explains whole is not opened. They act by event time: a replay with the same file comes",
        "to the same cases.",
        "",
        *_rows(Allowed),
        "",
        *EXAMPLE,
    ]
    return "\n".join(lines) + "\n"


EXAMPLE = (
    "```toml",
    "[[allow]]",
    'identifier_type = "ip"',
    'identifier = "8d2c1f"  # the hash, as in the events',
    "from = 2025-03-01",
    'reason = "network of the shared office at Storgatan 1"',
    "",
    "[[allow]]",
    'seller = "A1B2C3"',
    'clauses = ["refund_after_review"]',
    "from = 2025-05-02",
    "until = 2025-05-20T12:00:00Z",
    'reason = "recall agreed with the marketplace"',
    "```",
)


def _rows(kind: type[msgspec.Struct]) -> Iterator[str]:
    texts, hints = describe(kind), get_type_hints(kind)
    yield "| key | type | default | meaning |"
    yield "|---|---|---|---|"
    for f in msgspec.structs.fields(kind):
        yield (
            f"| `{f.encode_name}` | {_type_name(hints[f.name])} | {_default(f)} "
            f"| {reasoned(texts.get(f.name, ''))[0]} |"
        )


def _type_name(hint: Any) -> str:
    """What TOML calls it; of an optional key, what it is when it is there."""
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (each for each in get_args(hint) if each is not types.NoneType)
    if hint is datetime:
        return "date"
    if get_origin(hint) is Literal:
        return " or ".join(f"`{each}`" for each in get_args(hint))
    if get_origin(hint) is tuple:
        return f"list of {_type_name(get_args(hint)[0])}"
    return getattr(hint, "__name__", str(hint))


def _default(found: msgspec.structs.FieldInfo) -> str:
    if found.required:
        return "required"
    value = found.default_factory() if found.default is msgspec.NODEFAULT else found.default
    return "" if value is None else f"`{msgspec.json.encode(value).decode()}`"
