"""From runs to figures, and from figures to a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.peers.measure import Usage

_MICRO = 1_000_000
_MIB = 1 << 20
_HEAD = (
    "engine",
    "guarantee",
    "events/s",
    "CPU µs an event",
    "times Starwatch's",
    "broker's CPU µs",
    "memory, MiB",
    "totals",
)


@dataclass(frozen=True)
class Figures:
    """One round of one engine, without its start and its end."""

    rate: float
    """Events a second."""
    cpu: float
    """Microseconds of CPU an event."""
    broker_cpu: float
    """The broker's, an event."""
    memory: int
    """Bytes."""


def figures(few: Usage, many: Usage, events: int) -> Figures:
    """What `events` more events took: what does not grow with them, start and end, falls out."""
    return Figures(
        events / max(many.seconds - few.seconds, 1e-3),
        (many.cpu - few.cpu) / events * _MICRO,
        (many.broker_cpu - few.broker_cpu) / events * _MICRO,
        max(few.memory, many.memory),
    )


@dataclass
class Outcome:
    """What became of one engine in all rounds."""

    name: str
    guarantee: str
    settings: str
    figures: dict[int, Figures] = field(default_factory=dict)
    """By round."""
    is_checked: bool = True
    """Whether its totals can be compared with the truth."""
    wrong: int = 0
    """Most products with another total than the true one, of any run."""
    trouble: str = ""
    """Why there is nothing, or less, to tell."""


def render(outcomes: Sequence[Outcome]) -> str:
    """A Markdown table; the first outcome is what the others are compared with."""
    lines = [_line(_HEAD), _line(["---"] * len(_HEAD))]
    for outcome in outcomes:
        if not outcome.figures:
            blanks = ["–"] * (len(_HEAD) - 3)
            lines.append(
                _line([outcome.name, outcome.guarantee, *blanks, outcome.trouble or "not measured"])
            )
            continue
        found = list(outcome.figures.values())
        lines.append(
            _line(
                [
                    outcome.name,
                    outcome.guarantee,
                    f"{median(f.rate for f in found):,.0f}",
                    _spread((f.cpu for f in found), 1),
                    _spread(ratios(outcome, outcomes[0]), 2),
                    f"{median(f.broker_cpu for f in found):.1f}",
                    f"{max(f.memory for f in found) // _MIB:,}",
                    verdict(outcome),
                ]
            )
        )
    return "\n".join(lines)


def ratios(outcome: Outcome, first: Outcome) -> list[float]:
    """CPU an event as a multiple of the first's, round by round."""
    both = outcome.figures.keys() & first.figures.keys()
    return [outcome.figures[n].cpu / first.figures[n].cpu for n in sorted(both)]


def verdict(outcome: Outcome) -> str:
    """Whether the totals were the true ones."""
    told = "exact" if outcome.is_checked else "another job"
    if outcome.wrong:
        told = f"WRONG for {outcome.wrong:,} products"
    return f"{told}; {outcome.trouble}" if outcome.trouble else told


def _spread(values: Iterable[float], digits: int) -> str:
    found = sorted(values)
    if not found:
        return "–"
    least, middle, most = found[0], median(found), found[-1]
    if len(found) == 1:
        return f"{middle:.{digits}f}"
    return f"{middle:.{digits}f} ({least:.{digits}f}–{most:.{digits}f})"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
