"""Known exceptions in the graph: identifiers that tie nobody, programmes whose reviews are fair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from detectors.allowed import Allowed
from detectors.api import digest
from detectors.seller_graph.tables import LinkRow, SellerActRow, identifier_key


class Exceptions:
    """The exceptions that the graph heeds, by what they are for."""

    def __init__(self, allowed: Iterable[Allowed]) -> None:
        self._of_node: dict[str, list[Allowed]] = {}
        self._of_programme: dict[str, list[Allowed]] = {}
        for each in allowed:
            if each.programme is not None:
                self._of_programme.setdefault(each.programme, []).append(each)
            elif each.identifier_type is not None and each.identifier is not None:
                node = digest(identifier_key(each.identifier_type, each.identifier))
                self._of_node.setdefault(node, []).append(each)

    def __bool__(self) -> bool:
        return bool(self._of_node or self._of_programme)

    def part(
        self, links: Sequence[LinkRow], at: int
    ) -> tuple[Sequence[LinkRow], Sequence[LinkRow]]:
        """The links that count at that time, and those that a known exception covers."""
        if not self._of_node:
            return links, ()
        plain: list[LinkRow] = []
        excused: list[LinkRow] = []
        for link in links:
            covered = any(each.covers(at) for each in self._of_node.get(link.node, ()))
            (excused if covered else plain).append(link)
        return plain, excused

    def counts(self, row: SellerActRow) -> bool:
        """Whether an act is held against anybody: something ties its actor to the seller, and it
        is no review under a programme that a known exception covers."""
        return bool(row.bonds) and not any(self._of_review(row))

    def behind(self, row: SellerActRow) -> list[Allowed]:
        """The exceptions that leave out an act, or some of what ties its actor."""
        found = [
            each
            for bond in row.excused
            for each in self._of_node.get(bond.node, ())
            if each.covers(row.act.ts)
        ]
        return [*found, *self._of_review(row)]

    def _of_review(self, row: SellerActRow) -> Iterator[Allowed]:
        known = self._of_programme.get(row.act.programme, ()) if row.act.programme else ()
        return (each for each in known if each.covers(row.act.ts))
