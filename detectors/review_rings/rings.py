"""Communities of the graph of pairs, and whether they act as one.

Who has a taste or a season in common meets again and again, too. What tells a ring from it: its
members are of one mind where others are not, they come within days of each other, nearly all of
them come, and often without having bought. Each is a log-likelihood ratio of "act as one" against
"share a taste", capped, as the members of a group are less independent than the model has it. What
made them a group in the first place, agreement, counts only beyond the first review of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import exp, fsum, log
from typing import TYPE_CHECKING

from detectors.api import DAY, HOUR, EvidenceRow, Finding, View, digest
from detectors.review_rings.tables import GROUP, PEERS, Act, Page, RingSettings, Visit
from schemas.events import moment

if TYPE_CHECKING:
    import networkx as nx

NAME = "review_rings"
CLAUSE = "review_ring"
LARGE = 12
"""From how many accounts a component is searched for communities."""
MAX_MEMBERS = 200
MAX_EVIDENCE = 40
CEILING = 0.99
SHOWN_FROM = 0.05

ONE_MIND, OF_ONE_MIND = 0.97, (0.75, 0.15)
"""Share of a ring's reviews that are on its side; what else praises and what blames, where the
products have no other reviews to tell (0 to 1)."""
UNBOUGHT, MEANT = 0.85, 0.1
"""Share of unverified reviews in a ring that buys nothing, and on products that tell nothing."""
WEIGHT_OF_PAST = 4.0
"""For how many reviews such a share stands (count)."""
MIND_CAP, TIME_CAP, TURNOUT_CAP, UNBOUGHT_CAP = 6.0, 5.0, 2.0, 5.0
DEPENDENCE = 0.7
"""What each of several marks of one group counts (factor)."""
HURRIED, STEADY = 1.5 * DAY, 8 * DAY
"""Mean time between two reviews of a ring on one product, in a burst and in a slow drip."""
IDLE, NEIGHBOURS = 20 * DAY, 5
"""The same mean for people who have no plan, and how many others come between them in a crowd."""
AT_HOME = -3.0
"""What it weighs that all products are of one kind or one seller (log-likelihood ratio)."""
CLOSED, STRANGERS = 0.9, 20.0
"""What share of its company a ring is to itself, and what a share less than that weighs: where
everybody meets everybody, a community is a piece of the crowd."""
SITTING, SITTING_CAP = 0.5, 2.5
"""What each member that wrote all at one sitting weighs against a ring, and all of them."""
COMES, MAY_COME = 0.75, 0.45
"""How many of a group review one of its products: of a ring, of people with one taste (0 to 1)."""


@dataclass(frozen=True)
class Cell:
    """One member's review of one of the group's products."""

    account: str
    page: Page
    act: Act


@dataclass(frozen=True)
class Group:
    """A community with everything its members did where they met."""

    members: tuple[str, ...]
    cells: tuple[Cell, ...]
    """In the order of time."""
    by_product: Mapping[str, tuple[Cell, ...]]
    founders: tuple[str, ...]
    """Those whose companions were known first; they name the group."""
    dissent: Mapping[str, int]
    """Members who were of another mind than those they met on a product, by product."""
    inside: float
    """How much of its members' company they are to each other (0 to 1)."""

    @property
    def side(self) -> int:
        """1 for a group that praises, -1 for one that blames."""
        return 1 if sum(c.act.side for c in self.cells) >= 0 else -1

    @property
    def pages(self) -> list[Page]:
        """Its products, as they were when the group first met there."""
        return [self.by_product[p][0].page for p in sorted(self.by_product)]


class Peer:
    """What is known of an account: since which month, its companions, where it met them."""

    __slots__ = ("companions", "month", "visits")

    def __init__(self, month: int) -> None:
        self.month = month
        self.companions: dict[str, int] = {}
        self.visits: dict[str, Visit] = {}


def judge(view: View, settings: RingSettings) -> Iterator[Finding]:
    """One finding for each ring, in the month in which its first members were known."""
    if not view.parts(PEERS, back=0, ahead=0):
        return
    peers = _peers(view)
    for members in _communities(peers, settings.members):
        founded = min(peers[m].month for m in members)
        if founded == view.focus:
            group = _group(members, peers, founded)
            score = _score(group, settings)
            if score >= SHOWN_FROM:
                yield _finding(view, group, score)


def _peers(view: View) -> dict[str, Peer]:
    """Each account with what all the months know of it."""
    found: dict[str, Peer] = {}
    rows = sorted(
        (e for part in view.parts(PEERS) for e in view.rows(PEERS, part)),
        key=lambda e: (e.ts, e.row.account_id),
    )
    for e in rows:
        peer = found.setdefault(e.row.account_id, Peer(e.ts // GROUP.bucket))
        for name, agreed in e.row.companions:
            peer.companions[name] = max(agreed, peer.companions.get(name, 0))
        for visit in e.row.visits:
            peer.visits.setdefault(visit.page.product_id, visit)
    return found


def _communities(peers: Mapping[str, Peer], least: int) -> Iterator[frozenset[str]]:
    """Groups in which everybody met at least two others."""
    import networkx as nx  # noqa: PLC0415 - commands that detect nothing start without it

    graph: nx.Graph = nx.Graph()
    for account in sorted(peers):
        for name, agreed in sorted(peers[account].companions.items()):
            if name in peers:
                graph.add_edge(account, name, weight=agreed)
    core = nx.k_core(graph, 2)
    for component in sorted(nx.connected_components(core), key=min):
        parts: Iterable[set[str]] = [component]
        if len(component) >= LARGE:
            parts = nx.community.louvain_communities(_ordered(core, component), seed=0)
        for members in sorted(parts, key=min):
            if least <= len(members) <= MAX_MEMBERS:
                yield frozenset(members)


def _ordered(graph: nx.Graph, nodes: Iterable[str]) -> nx.Graph:
    """The subgraph of some nodes, built in the order of their names: the method depends on it."""
    import networkx as nx  # noqa: PLC0415 - see `_communities`

    inner: nx.Graph = nx.Graph()
    inner.add_nodes_from(sorted(nodes))
    edges = graph.subgraph(nodes).edges(data="weight")
    inner.add_weighted_edges_from(sorted((min(a, b), max(a, b), w) for a, b, w in edges))
    return inner


def _group(members: frozenset[str], peers: Mapping[str, Peer], founded: int) -> Group:
    met: dict[str, list[Cell]] = {}
    for account in sorted(members):
        for product, visit in peers[account].visits.items():
            met.setdefault(product, []).append(Cell(account, visit.page, visit.act))
    by_product = {
        product: tuple(sorted(cells, key=lambda c: (c.act.ts, c.act.event_id)))
        for product, cells in sorted(met.items())
        if len(cells) > 1
    }
    cells = sorted(
        (c for own in by_product.values() for c in own), key=lambda c: (c.act.ts, c.act.event_id)
    )
    founders = sorted(m for m in members if peers[m].month == founded)[:2]
    dissent = {product: _dissent(product, members, peers) for product in by_product}
    inside = _inside(members, peers)
    return Group(tuple(sorted(members)), tuple(cells), by_product, tuple(founders), dissent, inside)


def _dissent(product: str, members: frozenset[str], peers: Mapping[str, Peer]) -> int:
    """Members of another mind whom the others alone tell of: they were in company too seldom."""
    visits = {m: peers[m].visits[product] for m in members if product in peers[m].visits}
    told = {name for visit in visits.values() for name in visit.differed}
    return len(told & members - visits.keys())


def _inside(members: frozenset[str], peers: Mapping[str, Peer]) -> float:
    """Of all the coincidences of two agreements with one companion, the share with members."""
    within = total = 0
    for account in members:
        for name, agreed in peers[account].companions.items():
            weight = agreed * (agreed - 1)
            total += weight
            within += weight * (name in members)
    return within / total


def _score(group: Group, settings: RingSettings) -> float:
    marks = (
        (MIND_CAP, _of_one_mind(group)),
        (TIME_CAP, _close_in_time(group)),
        (TURNOUT_CAP, _turnout(group)),
        (UNBOUGHT_CAP, _unbought(group)),
    )
    logit = log(settings.prior / (1 - settings.prior)) + _home(group)
    logit -= STRANGERS * max(0.0, CLOSED - group.inside)
    logit -= min(SITTING_CAP, SITTING * _sittings(group))
    logit += fsum(max(-cap, min(cap, DEPENDENCE * llr)) for cap, llr in marks)
    return min(CEILING, 1 / (1 + exp(-logit)))


def _home(group: Group) -> float:
    """All in one leaf of the catalogue, or of one seller: that is what a taste looks like."""
    places = ({p.category for p in group.pages}, {p.seller_id for p in group.pages})
    return AT_HOME if any(len(p) == 1 and "" not in p for p in places) else 0.0


def _sittings(group: Group) -> int:
    """Members who wrote about several of the products at one sitting, as shoppers do who bought
    them together."""
    times: dict[str, list[int]] = {}
    for c in group.cells:
        times.setdefault(c.account, []).append(c.act.ts)
    return sum(len(ts) > 1 and ts[-1] - ts[0] < HOUR for ts in times.values())


def _rate(hits: int, of: int, past: float) -> float:
    """The share of other reviews that are of a kind, as far as they tell."""
    return (max(hits, 0) + WEIGHT_OF_PAST * past) / (max(of, 0) + WEIGHT_OF_PAST)


def _of_one_mind(group: Group) -> float:
    """All on one side, where the products' other reviewers are not."""
    side = group.side
    past = OF_ONE_MIND[side < 0]
    parts = []
    for product, own in group.by_product.items():
        page = own[0].page
        with_it = sum(c.act.side == side for c in own)
        against = len(own) - with_it + group.dissent[product]
        crowd = page.praise if side > 0 else page.blame
        q = min(0.95, _rate(crowd - with_it, page.reviews - len(own), past))
        parts.append(with_it * log(ONE_MIND / q))
        parts.append(against * log((1 - ONE_MIND) / (1 - q)))
    # That they agreed made them a group.
    free = len(group.members) / max(len(group.cells), 1)
    total = fsum(parts)
    return total * (1 - free) if total > 0 else total


def _close_in_time(group: Group) -> float:
    """Within days of each other, where the product's crowd does not come in one rush as well."""
    parts = []
    for own in group.by_product.values():
        page = own[0].page
        others = max(1, page.reviews - len(own))
        # Of a crowd, members are those next to each other: as far apart as some strangers are.
        rush = min(IDLE, max(DAY, NEIGHBOURS * page.span / others))
        for a, b in pairwise(own):
            gap = b.act.ts - a.act.ts
            ring = _gap_density(gap, HURRIED) + _gap_density(gap, STEADY)
            crowd = _gap_density(gap, rush) + _gap_density(gap, IDLE)
            parts.append(max(-1.5, log(ring / crowd)))
    return fsum(parts) / 2


def _gap_density(gap: int, mean: float) -> float:
    """Of the exponential distribution."""
    return exp(-gap / mean) / mean


def _turnout(group: Group) -> float:
    """Nearly all of them come to each of the products where several do."""
    size = len(group.members)
    parts = []
    for own in group.by_product.values():
        came = len(own)
        if came >= max(3, size / 4):
            parts.append(came * log(COMES / MAY_COME))
            parts.append((size - came) * log((1 - COMES) / (1 - MAY_COME)))
    return fsum(parts)


def _unbought(group: Group) -> float:
    """Unverified reviews, where the products' other reviewers bought."""
    bare = sum(not c.act.verified for c in group.cells)
    all_bare = sum(p.reviews - p.verified for p in group.pages)
    others = sum(p.reviews for p in group.pages) - len(group.cells)
    q = min(0.9, _rate(all_bare - bare, others, MEANT))
    bought = len(group.cells) - bare
    return max(0.0, bare * log(UNBOUGHT / q) + bought * log((1 - UNBOUGHT) / (1 - q)))


def _finding(view: View, group: Group, score: float) -> Finding:
    cells = group.cells
    sellers = sorted({p.seller_id for p in group.pages if p.seller_id})
    facts = (
        ("accounts", len(group.members)),
        ("reviews", len(cells)),
        ("products", len(group.by_product)),
        ("sellers", len(sellers)),
        ("alike", sum(c.act.side == group.side for c in cells)),
        ("unverified", sum(not c.act.verified for c in cells)),
        ("most", max(len(own) for own in group.by_product.values())),
        ("days", _usual_gap(group) / DAY),
        ("first", moment(cells[0].act.ts).date().isoformat()),
        ("last", moment(cells[-1].act.ts).date().isoformat()),
    )
    return Finding(
        detector=NAME,
        clause=CLAUSE,
        marketplace=view.key,
        subject_type="group",
        subject_id=digest(*group.founders),
        score=score,
        text="rings.praise" if group.side > 0 else "rings.blame",
        facts=facts,
        first_ts=cells[0].act.ts,
        last_ts=cells[-1].act.ts,
        products=tuple(sorted((p.product_id, p.url) for p in group.pages)),
        reviews=tuple(sorted({c.act.review_id for c in cells})),
        accounts=group.members,
        affected_sellers=tuple(sellers),
        evidence=tuple(
            EvidenceRow(
                c.act.event_id,
                "review.posted",
                c.act.ts,
                "rings.review",
                (("account", c.account), ("product", c.page.product_id), ("stars", c.act.rating)),
            )
            for c in cells[:MAX_EVIDENCE]
        ),
    )


def _usual_gap(group: Group) -> float:
    """The median time between two of the group's reviews of a product (microseconds)."""
    own = group.by_product.values()
    gaps = sorted(b.act.ts - a.act.ts for cells in own for a, b in pairwise(cells))
    return float(gaps[len(gaps) // 2])
