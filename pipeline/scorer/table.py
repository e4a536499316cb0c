"""The figures as tables for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.scorer.calibration import Calibration
from pipeline.scorer.estimates import Estimate
from pipeline.scorer.figures import AlertFigures, CaseFigures, Figures, LookalikeFigures, Row

BAR = 20
"""Characters of a full bar."""


def render(figures: Figures, *, variants: bool = True) -> RenderableType:
    """All tables, one below the other."""
    parts: list[RenderableType] = [_summary(figures), _clauses(figures)]
    if variants:
        parts.append(_variants(figures))
    parts += [
        _lookalikes(figures),
        _calibration(figures.overall.alerts.calibration),
        _reliability(figures),
    ]
    return Group(*(part for each in parts for part in (each, "")))


def share(estimate: Estimate, *, interval: bool = False) -> str:
    """An estimate of a share in percent, `-` where there is none."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "-"
    text = f"{estimate.value:.0%}"
    if interval:
        text += f" ({100 * estimate.low:.0f}..{100 * estimate.high:.0f})"
    return text


def _number(estimate: Estimate, digits: int) -> str:
    return "-" if estimate.value is None else f"{estimate.value:.{digits}f}"


def _summary(figures: Figures) -> Text:
    cases, alerts = figures.overall.cases, figures.overall.alerts
    worlds = ", ".join(f"seed {w.seed} ({_shown(w.phrasing)})" for w in figures.worlds)
    rate = alerts.false_per_million
    return Text(
        f"{len(figures.worlds)} world(s): {worlds}; {figures.organic_events:,} organic events.\n"
        f"{cases.found} of {cases.planted} planted cases found, recall "
        f"{share(cases.recall, interval=True)}; {alerts.alerts} open alerts, precision "
        f"{share(alerts.precision, interval=True)}.\n"
        f"False alerts per million organic events: {_number(rate, 1)} "
        f"({rate.low or 0:.1f}..{rate.high or 0:.1f}). "
        f"Lookalikes that drew an alert: {share(figures.lookalikes_fooled, interval=True)}. "
        f"Bystanders of planted cases accused: {alerts.bystanders:,}."
    )


def _table(title: str, left: tuple[str, ...], right: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in left:
        table.add_column(name, no_wrap=True)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _clauses(figures: Figures) -> Table:
    table = _table(
        "By clause",
        ("clause",),
        (
            "found", "recall", "other", "alerts", "precision", "lookalike", "false",
            "reviews", "accounts", "days", "Brier",
        ),
    )  # fmt: skip
    for clause, row in figures.clauses.items():
        table.add_row(clause, *_clause_cells(row))
    table.add_section()
    table.add_row("all", *_clause_cells(figures.overall), style="bold")
    return table


def _clause_cells(row: Row) -> Iterator[str]:
    cases, alerts = row.cases, row.alerts
    yield f"{cases.found}/{cases.planted}"
    yield share(cases.recall, interval=True)
    yield str(cases.tolerated + cases.elsewhere)
    yield str(alerts.alerts)
    yield share(alerts.precision, interval=True)
    yield str(alerts.outcomes["lookalike"])
    yield str(_strays(alerts))
    yield share(alerts.named["reviews"])
    yield share(alerts.named["accounts"])
    yield _number(cases.delay_days, 0)
    yield _number(alerts.calibration.brier, 2)


def _strays(alerts: AlertFigures) -> int:
    return sum(alerts.outcomes[outcome] for outcome in ("victim", "haystack", "stray"))


def _variants(figures: Figures) -> Table:
    table = _table(
        "By variant",
        ("clause", "variant"),
        ("found", "recall", "other", "reviews", "accounts", "days"),
    )
    last = None
    for name, cases in figures.variants.items():
        clause, _, variant = name.partition(":")
        table.add_row("" if clause == last else clause, Text(_shown(variant)), *_cells(cases))
        last = clause
    for difficulty, cases in figures.difficulties.items():
        label = "difficulty" if difficulty == min(figures.difficulties) else ""
        table.add_row(label, difficulty, *_cells(cases), style="bold")
    return table


def _cells(cases: CaseFigures) -> Iterator[str]:
    yield f"{cases.found}/{cases.planted}"
    yield share(cases.recall)
    yield str(cases.tolerated + cases.elsewhere)
    yield share(cases.precision["reviews"])
    yield share(cases.precision["accounts"])
    yield _number(cases.delay_days, 0)


def _lookalikes(figures: Figures) -> RenderableType:
    fooled = [each for each in figures.lookalikes if each.fooled]
    if not fooled:
        return Text(f"None of the {len(figures.lookalikes)} kinds of lookalike drew an alert.")
    table = _table("Lookalikes that drew alerts", ("name", "variant"), ("fooled", "alerts"))
    for each in sorted(fooled, key=_how_often, reverse=True):
        by_clause = ", ".join(f"{count} {clause}" for clause, count in each.alerts.items())
        table.add_row(
            Text(_shown(each.name)),
            Text(_shown(each.variant)),
            f"{each.fooled}/{each.cases}",
            by_clause,
        )
    return table


def _how_often(each: LookalikeFigures) -> float:
    return each.fooled / each.cases


def _calibration(calibration: Calibration) -> Table:
    table = _table(
        f"Calibration (Brier {_number(calibration.brier, 3)}, "
        f"expected error {_number(calibration.error, 3)})",
        ("score",),
        ("alerts", "mean score", "right"),
    )
    table.add_column("", min_width=BAR)
    for each in calibration.curve:
        table.add_row(
            f"{each.low:.1f} to {each.high:.1f}",
            str(each.count),
            f"{each.mean_score:.2f}",
            f"{each.share_right:.2f}",
            "█" * round(each.share_right * BAR),
        )
    return table


def _reliability(figures: Figures) -> Table:
    table = _table("Calibration by clause", ("clause",), ("alerts", "mean score", "right", "error"))
    for clause, row in figures.clauses.items():
        calibration = row.alerts.calibration
        count = sum(each.count for each in calibration.curve)
        means = (
            sum(each.count * value for each, value in zip(calibration.curve, values, strict=True))
            for values in (
                [each.mean_score for each in calibration.curve],
                [each.share_right for each in calibration.curve],
            )
        )
        shown = (f"{mean / count:.2f}" if count else "-" for mean in means)
        table.add_row(clause, str(count), *shown, _number(calibration.error, 3))
    return table


def _shown(text: str) -> str:
    """Names come from a file: what would steer a terminal is escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
