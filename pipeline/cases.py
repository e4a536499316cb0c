"""Cases: the findings on one clause and subject become one alert, revised as they change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from urllib.parse import quote, urlsplit

import msgspec

from detectors.allowed import Allowed
from detectors.api import CASES, FINDINGS, TIMELESS, EvidenceRow, Finding, digest
from pipeline import calibration, exceptions, explain
from pipeline.clauses import severity
from pipeline.exceptions import Note
from pipeline.explain import Facts
from pipeline.shard import Entries, KeyView, LastWords, Layout, Shard, SubKey
from schemas.alerts import (
    Affected,
    Alert,
    DetectorRef,
    Evidence,
    Product,
    Subject,
)
from schemas.events import iso

PUBLISHED = "~published"
RECORD_LIMIT = 900_000
"""Bytes of an alert; the topic takes records of 1 MiB."""
SHOWN_FINDINGS = 2
SHOWN_NOTES = 5


class CaseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[cases]`: how findings become alerts."""

    language: str = "en"
    """Language of explanations and evidence details (a file of `detectors/explanations`)."""
    min_score: float = 0.5
    """A case opens when its combined, calibrated score reaches this (probability)."""
    max_ids: int = 200
    """Ids shown in each list of an alert (count); `*_omitted` tells how many more there are."""
    max_evidence: int = 20
    """Pieces of evidence in an alert (count)."""


class Published(msgspec.Struct, array_like=True, frozen=True):
    """The last revision of a case, as JSON bytes."""

    revision: int
    alert: bytes


class CaseShard(Shard):
    """The last stage. `publish` gives the alerts to send after a round of joins."""

    def __init__(
        self,
        layout: Layout,
        settings: CaseSettings,
        detectors: dict[str, DetectorRef],
        allowed: Sequence[Allowed] = (),
        *,
        slopes: Mapping[str, float] | None = None,
        track_changes: bool = False,
    ) -> None:
        super().__init__(layout, eager=True, track_changes=track_changes)
        self._settings = settings
        self._language = explain.load(settings.language)
        self._detectors = detectors
        self._slopes = calibration.load().slopes if slopes is None else slopes
        self._allowed = [each for each in allowed if each.kind == "seller"]
        self.published: dict[str, Published] = {}
        self.failures: Counter[str] = Counter()
        """Findings that could not be shown since the start, by detector."""

    @property
    def fingerprint(self) -> str:
        """Identifies the settings and the known exceptions."""
        return digest(
            msgspec.json.encode(self._settings), *(msgspec.json.encode(e) for e in self._allowed)
        )

    def publish(self) -> list[Alert]:
        """New revisions of the cases whose findings have changed, sorted by case id."""
        alerts: list[Alert] = []
        dirty, self._dirty = self._dirty, {}
        for case in sorted(dirty):
            alert = self._revise(case, self._findings(case))
            if alert is not None:
                alerts.append(alert)
        return alerts

    def _findings(self, case: str) -> list[Finding]:
        """What holds a case up. Findings of a detector that runs no more are kept, should it come
        back, but count for nothing: a replay would not have them."""
        state = self.keys.get(case)
        if state is None:
            return []
        rows = KeyView(CASES, case, TIMELESS, state).rows(FINDINGS)
        found = [e.row for e in rows if isinstance(e.row, Finding)]
        return [f for f in found if f.detector in self._detectors]

    def adopt(self, alert: Alert) -> None:
        """Go on from a revision that a run whose state is gone has published."""
        if alert.case_id not in self.published:
            self.published[alert.case_id] = Published(alert.revision, msgspec.json.encode(alert))
            self._mark(alert.case_id, PUBLISHED, TIMELESS, "")

    def withdraw_unfounded(self) -> list[Alert]:
        """Withdraw open cases that nothing was ever found about here: those that were adopted and
        not found again."""
        unfounded = sorted(self.published.keys() - self.keys.keys())
        return [alert for case in unfounded if (alert := self._revise(case, []))]

    def latest(self) -> Iterator[Alert]:
        """The latest revision of every case, sorted by case id."""
        for case in sorted(self.published):
            yield _decode(self.published[case].alert)

    def findings(self) -> list[Finding]:
        """What holds up the cases, also those that are too weak to open; sorted by case id."""
        return [finding for case in sorted(self.keys) for finding in self._findings(case)]

    def reviews_of(self, case: str) -> tuple[str, ...]:
        """Every review that a case's findings accuse, also those its alert has no room for."""
        kept, _ = exceptions.apply(self._findings(case), self._allowed)
        return tuple(_ids(f.reviews for f in kept))

    def _revise(self, case: str, findings: list[Finding]) -> Alert | None:
        last = self.published.get(case)
        revision = last.revision + 1 if last else 1
        try:
            alert = self._assemble(case, findings, revision)
        except Exception:
            # One detector's fault must not hide what the others have found.
            shown = [f for f in findings if self._can_be_shown(case, f)]
            alert = self._assemble(case, shown, revision)
        if alert is None:
            if last is None:
                return None
            old = _decode(last.alert)
            if old.status == "withdrawn":
                return None
            alert = msgspec.structs.replace(old, revision=last.revision + 1, status="withdrawn")
        elif last is not None and _same(_decode(last.alert), alert):
            return None
        self.published[case] = Published(alert.revision, msgspec.json.encode(alert))
        self._mark(case, PUBLISHED, TIMELESS, "")
        return alert

    def _assemble(self, case: str, findings: list[Finding], revision: int) -> Alert | None:
        findings, notes = exceptions.apply(findings, self._allowed)
        if not findings:
            return None
        clause = findings[0].clause
        score = calibration.calibrated(combine(findings), clause, self._slopes)
        if score < self._settings.min_score:
            return None
        score = round(score, 2)
        limit, evidence = self._settings.max_ids, self._settings.max_evidence
        while True:
            alert = self._build(case, findings, notes, revision, score, limit, evidence)
            if len(msgspec.json.encode(alert)) <= RECORD_LIMIT or limit <= 1:
                return alert
            limit, evidence = limit // 2, max(1, evidence // 2)

    def _can_be_shown(self, case: str, finding: Finding) -> bool:
        try:
            self._build(case, [finding], (), 1, 0.0, 1, len(finding.evidence))
        except Exception:
            self.failures[finding.detector] += 1
            return False
        return True

    def _build(
        self,
        case: str,
        findings: list[Finding],
        notes: Sequence[Note],
        revision: int,
        score: float,
        limit: int,
        max_evidence: int,
    ) -> Alert:
        first = findings[0]
        strongest = sorted(findings, key=_strength)
        sellers = _ids(f.sellers for f in findings)
        reviews = _ids(f.reviews for f in findings)
        accounts = _ids(f.accounts for f in findings)
        messages = _ids(f.messages for f in findings)
        # Who is accused is not also a victim of the same case.
        rivals = _without(_ids(f.affected_sellers for f in findings), sellers)
        honest_reviews = _without(_ids(f.affected_reviews for f in findings), reviews)
        bystanders = _without(_ids(f.affected_accounts for f in findings), accounts)
        affected = Affected(
            sellers=rivals[:limit],
            reviews=honest_reviews[:limit],
            accounts=bystanders[:limit],
            sellers_omitted=_omitted(rivals, limit),
            reviews_omitted=_omitted(honest_reviews, limit),
            accounts_omitted=_omitted(bystanders, limit),
        )
        products = _products(first.marketplace, (f.products for f in findings))
        evidence = _evidence(strongest)
        return Alert(
            schema_version=1,
            case_id=case,
            revision=revision,
            status="open",
            clause=first.clause,  # type: ignore[arg-type]
            severity=severity(first.clause, score),
            score=score,
            marketplace=first.marketplace,
            subject=Subject(type=first.subject_type, id=first.subject_id),  # type: ignore[arg-type]
            sellers=sellers[:limit],
            products=products[:limit],
            reviews=reviews[:limit],
            accounts=accounts[:limit],
            messages=messages[:limit],
            affected=affected,
            explanation=self._explanation(strongest, notes),
            evidence=[self._show(e) for e in evidence[:max_evidence]],
            first_event_at=iso(min(f.first_ts for f in findings)),
            last_event_at=iso(max(f.last_ts for f in findings)),
            detectors=[self._detectors[n] for n in sorted({f.detector for f in findings})],
            sellers_omitted=_omitted(sellers, limit),
            products_omitted=_omitted(products, limit),
            reviews_omitted=_omitted(reviews, limit),
            accounts_omitted=_omitted(accounts, limit),
            messages_omitted=_omitted(messages, limit),
            evidence_omitted=_omitted(evidence, max_evidence),
        )

    def _explanation(self, strongest: Sequence[Finding], notes: Sequence[Note]) -> str:
        shown = [explain.render(self._language, f.text, f.facts) for f in strongest]
        # The strongest on each matter: months of one habit would say the same thing over again.
        matters: dict[tuple[str, str], str] = {}
        for f, sentence in zip(strongest, shown, strict=True):
            matters.setdefault((f.text, _matter(f)), sentence)
        # What says something else comes before more of the same.
        kinds: dict[str, str] = {}
        for (text, _), sentence in matters.items():
            kinds.setdefault(text, sentence)
        parts = list(dict.fromkeys((*kinds.values(), *matters.values())))[:SHOWN_FINDINGS]
        more = len(set(shown)) - len(parts)
        if more > 0:
            parts.append(explain.render(self._language, "case.more", (("count", more),)))
        parts += [explain.render(self._language, n.text, n.facts) for n in notes[:SHOWN_NOTES]]
        return explain.sentences(parts)

    def _show(self, evidence: EvidenceRow) -> Evidence:
        return Evidence(
            event_id=evidence.event_id,
            type=evidence.type,
            occurred_at=iso(evidence.ts),
            detail=explain.render(self._language, evidence.text, evidence.facts),
        )

    def _content(self, sub: SubKey) -> Entries | LastWords | Published | None:  # type: ignore[override]
        if sub[1] == PUBLISHED:
            return self.published.get(sub[0])
        return super()._content(sub)

    def restore(self, sub: SubKey, content: Entries | LastWords | Published | None) -> None:
        """See `Shard.restore`; also takes back what was published."""
        if isinstance(content, Published):
            self.published[sub[0]] = content
        else:
            super().restore(sub, content)


_decode = msgspec.json.Decoder(Alert).decode


def _matter(f: Finding) -> str:
    """What findings in the same words differ by: the product, where they tell of one."""
    return str(dict(f.facts).get("product") or f.about)


def _strength(f: Finding) -> tuple[float, int, int, str, Facts, str]:
    """The strongest first, of equals the one with most to show."""
    return (-f.score, -len(f.evidence), f.last_ts, f.text, f.facts, f.about)


def _same(old: Alert, new: Alert) -> bool:
    return msgspec.structs.replace(old, revision=new.revision) == new


def combine(findings: Iterable[Finding]) -> float:
    """The score of a case before calibration: each detector counts with its strongest finding,
    detectors as independent (noisy-or, Pearl 1988), rounded to 0.01."""
    best: dict[str, float] = {}
    for f in findings:
        best[f.detector] = max(best.get(f.detector, 0.0), min(max(f.score, 0.0), 1.0))
    return round(1.0 - prod(1.0 - best[name] for name in sorted(best)), 2)


def product_url(marketplace: str, product_id: str, url: str) -> str:
    """The catalogue's http(s) address, or the marketplace's page of the product."""
    if url.isprintable() and _is_web(url):
        return url
    return f"https://www.{quote(marketplace, safe='.-')}/dp/{quote(product_id, safe='')}"


def _is_web(url: str) -> bool:
    try:
        return url.startswith(("http://", "https://")) and bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _ids(lists: Iterable[Sequence[str]]) -> list[str]:
    return sorted({i for ids in lists for i in ids})


def _without(ids: list[str], others: Sequence[str]) -> list[str]:
    taken = set(others)
    return [i for i in ids if i not in taken]


def _products(marketplace: str, lists: Iterable[Sequence[tuple[str, str]]]) -> list[Product]:
    urls: dict[str, str] = {}
    for products in lists:
        for product_id, url in products:
            urls[product_id] = max(urls.get(product_id, ""), url)
    return [Product(product_id=p, url=product_url(marketplace, p, urls[p])) for p in sorted(urls)]


def _evidence(strongest: Sequence[Finding]) -> list[EvidenceRow]:
    """Each event once, the most telling first."""
    found: dict[str, EvidenceRow] = {}
    for f in strongest:
        for e in f.evidence:
            old = found.get(e.event_id)
            if old is None or _telling(e) < _telling(old):
                found[e.event_id] = e
    return sorted(found.values(), key=_telling)


def _telling(e: EvidenceRow) -> tuple[int, int, str, str, str]:
    return (-e.weight, e.ts, e.event_id, e.text, digest(str(e.facts)))


def _omitted(items: Sequence[object], limit: int) -> int | None:
    return len(items) - limit if len(items) > limit else None
