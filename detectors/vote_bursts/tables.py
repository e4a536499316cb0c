"""Rows, tables and settings of the vote-burst detector."""

from __future__ import annotations

from collections.abc import Iterable

from detectors.api import Fold, Keyspace, Observed, Placed, Row, Settings, Table
from detectors.tables import LISTING, MONTH, REVIEWER
from schemas.events import AccountRegistered

UP, DOWN, FLAT = "up", "down", "flat"
"""Whom votes help: the product's seller, its rivals, or nobody that can be told (the review is
unknown)."""
BURST, DRIP, CREW = "burst", "drip", "crew"
"""How a candidate shows: by votes in hours or days, by votes over months, or by voters who come
together on the product again and again."""

CAMPAIGN = Keyspace("campaign", "marketplace, product and side", MONTH, lookback=6, lookahead=6)
"""What is done to one product's reviews of one side; follows `listing`."""


class VoteSettings(Settings, frozen=True):
    """`[detectors.vote_bursts]`"""

    burst_prior: float = 0.01
    """Share of candidate bursts that are bought (probability). Why: most bursts are viral reviews,
    promotions or a defect that many confirm."""
    drip_prior: float = 0.005
    """Share of reviews with unexpectedly many votes over months that are bought (probability). Why:
    the review shown on top gathers votes for months."""
    candidate_tail: float = 0.05
    """Up to which tail probability, corrected for the windows of the week, a burst is followed up
    (probability). Why: about one honest week in twenty is followed up; it decides nothing by
    itself."""
    crew_prior: float = 0.02
    """Share of candidate crews, voters who come together again and again, that are real
    (probability). Why: followers of an author and regulars of a shop meet again as well."""
    drip_tail: float = 0.3
    """Up to which tail probability a review's votes over the whole window are followed up; only the
    voters can make a case of it (probability). Why: only the voters decide; a sharper bound would
    hide slow crews."""
    organic_shape: float = 4.0
    """How steady organic votes are at most: shape of the negative binomial (a smaller number is
    burstier). Why: weekly votes of honest reviews vary more than a Poisson process; a cautious
    guess."""
    voter_pool: float = 500.0
    """Among how many voters those of two candidates on different products are thought to be drawn
    where no control group tells (count). Why: a small marketplace; a larger guess would make chance
    meetings look unlikely."""
    fresh_days: float = 45.0
    """An account that was registered less than this long before its vote is fresh (days). Why:
    bought accounts are used soon; honest newcomers vote later."""
    named_from: float = 0.6
    """From which probability of belonging to the crew a voter is named (probability). Why: to name
    a bystander does more harm than to miss one of a crew."""
    report_from: float = 0.35
    """From which score a finding is made (probability); other detectors may add to it. Why: below
    it nothing that other detectors add makes a case."""


class CampaignRow(Row, frozen=True, tag="vote_campaign"):
    """Votes on reviews of one product and side that its traffic does not explain."""

    campaign: str
    product_id: str
    side: str
    kind: str
    """burst, drip or crew"""
    votes: int
    """Votes in the fullest window; of a crew, its members."""
    expected: float
    """How many the model expects."""
    tail: float
    """Tail probability of the most unlikely window, corrected for those looked at."""
    hours: float
    """Length of the most unlikely window."""
    first_ts: int
    last_ts: int
    voters: int
    """Distinct voters in all of the campaign's windows."""
    vote: str
    """The vote that most of them cast."""
    young: bool
    """Most of these votes came within days of the review, as votes often do."""
    reports: bool
    """Reports of abuse on a single review."""
    removed: bool
    """The platform removed a review that they reported."""
    orders_known: bool
    """Whether any order of the product is known."""


class BallotRow(Row, frozen=True, tag="vote_ballot"):
    """A voter of a campaign, or one of its control group, on its way to what is known of it."""

    campaign: str
    marketplace: str
    product_id: str
    side: str
    member: bool
    voters: int
    """Voters of the campaign."""
    first_ts: int
    one_sided: bool
    """Voted on several reviews of the product, always for the same side."""
    reunited: bool
    """Met another voter on several reviews of the side, at different times."""
    authors: tuple[str, ...]
    """Who wrote the reviews voted on (the review, where unknown)."""
    votes: tuple[tuple[str, int, str, str], ...] = ()
    """Of a member: event id, ts, review and vote."""


class VoterRow(Row, frozen=True, tag="vote_voter"):
    """A ballot with what its voter is like."""

    ballot: BallotRow
    voter_id: str
    only_votes: bool
    """Neither orders nor reviews."""
    fresh: int
    """1 for an account registered shortly before its vote, 0 for an older one, -1 unknown."""
    elsewhere: tuple[tuple[str, int], ...]
    """Targets (campaign keys) on other products, by other authors, whose campaigns it is in, with
    the voters of the largest of these."""


class LinkRow(Row, frozen=True, tag="vote_link"):
    """Voters of one campaign that are also in campaigns of another target."""

    target: str
    """Key of the other target."""
    shared: int
    log_odds: float
    """Evidence (natural) that they do not meet by chance."""
    seller_id: str = ""
    category: str = ""
    """Seller and category of the target that says it."""


class TargetRow(Row, frozen=True, tag="vote_target"):
    """A campaign with its voters and control group, and whose product it is on."""

    campaign: CampaignRow
    seller_id: str
    category: str
    url: str
    members: tuple[VoterRow, ...]
    controls: int
    controls_only_votes: int
    controls_fresh: int
    controls_known: int
    """Controls whose registration is known."""
    controls_one_sided: int
    links: tuple[LinkRow, ...] = ()


class RegisteredRow(Row, frozen=True, tag="registered"):
    """An account was registered; the entry's ts is when."""


BALLOTS = Table(REVIEWER, "vote_ballots", BallotRow, cap=1024)
REGISTERED = Table(REVIEWER, "registered", RegisteredRow, cap=1, timeless=True, first=True)
CAMPAIGNS = Table(LISTING, "vote_campaigns", CampaignRow)
VOTERS = Table(LISTING, "vote_voters", VoterRow, cap=256)
"""One part for each campaign."""
TARGETS = Table(CAMPAIGN, "vote_targets", TargetRow)
LINKS = Table(CAMPAIGN, "vote_links", LinkRow)


def _registered(event: AccountRegistered, _: Observed) -> Iterable[Placed]:
    return ((event.account_id, "", "", RegisteredRow()),)


REGISTRATION = Fold(REGISTERED, (AccountRegistered,), _registered)
