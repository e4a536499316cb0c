"""An alert for people: a few lines of a terminal, with colour where the terminal has it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from rich.text import Text

from schemas.alerts import Alert

STYLES: Mapping[str, str] = MappingProxyType(
    {"low": "cyan", "medium": "yellow", "high": "red", "critical": "bold white on red"}
)


def headline(alert: Alert) -> Text:
    """An alert in one line."""
    return Text.assemble(
        (f" {alert.severity} {alert.score:.2f} ", STYLES[alert.severity]),
        " ",
        (alert.clause, "bold"),
        f"  {visible(alert.subject.type)} {visible(alert.subject.id)}",
    )


def render(alert: Alert) -> Text:
    """What a person reads of an alert. Ids and quoted words come from outside: characters that
    would steer the terminal are shown, not obeyed."""
    subject = f"{alert.subject.type} {alert.subject.id}"
    status = f"{alert.severity} {alert.score:.2f}" if alert.status == "open" else alert.status
    style = STYLES[alert.severity] if alert.status == "open" else "dim"
    counts = [
        (len(alert.reviews) + (alert.reviews_omitted or 0), "reviews"),
        (len(alert.accounts) + (alert.accounts_omitted or 0), "accounts"),
        (len(alert.messages) + (alert.messages_omitted or 0), "messages"),
        (len(alert.products) + (alert.products_omitted or 0), "products"),
    ]
    facts = [f"{count:,} {what}" for count, what in counts if count]
    facts += [f"{alert.first_event_at} to {alert.last_event_at}"]
    facts += [f"case {alert.case_id}, revision {alert.revision}"]
    return Text.assemble(
        (f" {status} ", style),
        " ",
        (alert.clause, "bold"),
        f"  {visible(subject)}  {visible(alert.marketplace)}\n",
        f"  {visible(alert.explanation)}\n",
        (f"  {visible('; '.join(facts))}", "dim"),
    )


def visible(text: str) -> str:
    """Text with control, direction and other invisible characters written as escapes."""
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else _escape(c) for c in text
    )


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode()
