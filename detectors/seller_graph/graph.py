"""The neighbourhood of a seller as a graph: its people, what they share with whom, who acts for it.

Nodes are ("seller", id), ("account", id) and ("identifier", digest). An edge's `p` is how surely
its ends act as one, its `length` is -log p, so that the shortest path is the most probable one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log
from typing import TYPE_CHECKING, Any

from detectors.seller_graph.links import KINDS, combined
from detectors.seller_graph.tables import EMPLOYEE, OWNER, REPRESENTATIVE, Bond, SellerActRow

if TYPE_CHECKING:
    import networkx as nx

WORK = frozenset({EMPLOYEE, "partner", "agency", "manufacturer", REPRESENTATIVE})
"""Ties of people who work for a seller, not of its family."""
TOOLS = frozenset({"device", "ip"})
"""What accounts share that are worked with in one place."""

Node = tuple[str, str]
Event = tuple[str, str, int, str]
"""Event id, type, time and account."""


@dataclass(frozen=True)
class Step:
    """An edge of a path: what it is (a tie or an identifier's type) and the event that shows it."""

    start: Node
    end: Node
    label: str
    users: int
    event: Event


@dataclass(frozen=True)
class Tied:
    """How an account is tied to the seller."""

    account: str
    path: tuple[Step, ...]
    """From the account to the seller, the most probable one."""
    prior: float
    """How surely it acts for the seller by its ties alone (probability)."""
    identifiers: int
    """Identifiers that tie it."""
    worked: bool
    """All that ties it is a device: it is worked with where the seller's people work."""
    company: int
    """Other accounts under cover that act for the seller and share an identifier of few with it."""

    @property
    def tie(self) -> str:
        """What the account at the end of the path is to the seller."""
        return self.path[-1].label

    @property
    def person(self) -> str:
        """The account at the end of the path."""
        return self.path[-1].start[1]

    @property
    def is_seller(self) -> bool:
        """Whether it is the seller itself, openly or under another name, not one of its people.

        An account that shares nothing with them but the device they work with is no relative of
        theirs: it is the seller's, in the hands of its people or its partner's.
        """
        if self.tie == OWNER:
            return all(KINDS[s.label].personal for s in self.path[:-1])
        return self.worked and self.tie in WORK


def tied(seller: str, acts: Iterable[SellerActRow]) -> dict[str, Tied]:
    """Everybody who acts for the seller, with the best path to it, sorted by account."""
    import networkx as nx  # noqa: PLC0415 - see `neighbourhood`

    bonds: dict[str, tuple[Bond, ...]] = {}
    for row in acts:
        # Ties come and go: an actor counts with what it was when it was closest.
        old = bonds.get(row.act.actor)
        if old is None or combined(row.bonds) > combined(old):
            bonds[row.act.actor] = row.bonds
    graph = neighbourhood(seller, bonds)
    centre = ("seller", seller)
    lengths, paths = nx.single_source_dijkstra(graph, centre, weight="length")
    company = _company(bonds)
    found = {}
    for account in sorted(bonds):
        node = ("account", account)
        found[account] = Tied(
            account=account,
            path=_steps(graph, paths[node][::-1]),
            prior=max(combined(bonds[account]), exp(-lengths[node])),
            identifiers=sum(bool(b.kind) for b in bonds[account]),
            worked=all(b.kind in TOOLS for b in bonds[account]),
            company=company[account],
        )
    return found


def neighbourhood(seller: str, bonds: Mapping[str, Sequence[Bond]]) -> nx.Graph:
    """The graph of a seller and the accounts with these bonds to it."""
    import networkx as nx  # noqa: PLC0415 - commands that detect nothing start without it

    graph = nx.Graph()
    centre = ("seller", seller)
    for account in sorted(bonds):
        for bond in bonds[account]:
            person = ("account", bond.via)
            _edge(graph, person, centre, bond.tie_weight, bond.tie, 1, bond.evidence[0])
            if bond.kind:
                node = ("identifier", bond.node)
                _edge(graph, person, node, 1.0, bond.kind, bond.users, bond.evidence[1])
                actor = ("account", account)
                _edge(graph, actor, node, bond.weight, bond.kind, bond.users, bond.evidence[2])
    return graph


def _edge(
    graph: nx.Graph, a: Node, b: Node, p: float, label: str, users: int, event: Event
) -> None:
    old: dict[str, Any] | None = graph.get_edge_data(a, b)
    if old is None or p > old["p"]:
        graph.add_edge(a, b, p=p, length=-log(p), label=label, users=users, event=event)


def _steps(graph: nx.Graph, nodes: Sequence[Node]) -> tuple[Step, ...]:
    steps = []
    for a, b in pairwise(nodes):
        edge = graph.edges[a, b]
        steps.append(Step(a, b, edge["label"], edge["users"], edge["event"]))
    return tuple(steps)


def _company(bonds: Mapping[str, Sequence[Bond]]) -> dict[str, int]:
    users: dict[str, set[str]] = {}
    for account, own in bonds.items():
        if all(b.kind for b in own):
            for bond in own:
                if bond.users <= KINDS[bond.kind].circle:
                    users.setdefault(bond.node, set()).add(account)
    return {
        account: max((len(users.get(b.node, {account}) - {account}) for b in own), default=0)
        for account, own in bonds.items()
    }
