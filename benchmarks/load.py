"""Plain load over every event type: `python -m benchmarks.load --events N --days D --out DIR`.

No fraud is planted (`starwatch simulate` makes labelled worlds). Products and accounts are drawn by
Zipf's law, promotions make bursts, households and carrier networks share identifiers, so that
detectors have their usual work. The same arguments give the same bytes; what is kept in memory is
one block of events and one number for each product and account.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from schemas.events import TOPICS

Ints = NDArray[np.int64]

START = datetime(2025, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000
BLOCK = 20_000
"""Events that are drawn at a time."""
FIRST_BLOCK = 400
"""Small, for what it refers to (an order, a review) may come later in the same block."""
REMEMBERED = 50_000
"""Orders and reviews that later events refer to."""

MIX = {
    "orders": 0.33,
    "reviews": 0.22,
    "votes": 0.24,
    "seller-messages": 0.09,
    "accounts": 0.10,
    "catalog": 0.02,
}
PROMOTED = 0.06
"""Share of orders and reviews that go to the few products on promotion at the time."""
PROMOTION = 1.5 * DAY
"""How long a promotion lasts on average."""
IDENTIFIERS = ("device", "ip", "address", "payment_card", "bank_account", "phone", "email")
CATEGORIES = ("Electronics/Headphones", "Kitchen/Pans", "Beauty/Skin", "Toys/Puzzles", "Pets/Dogs")

WORDS = """
the a it is was and but with for my very really quite product quality price sound size colour
battery delivery box handle fits works broke after weeks days months easy hard bright soft light
heavy cheap solid recommend again never would kids dog kitchen garden travel office gift fast slow
fine nice poor great good bad happy pleased returned bra mycket produkten köpt snabb leverans
funkar inte barnen färg storlek nöjd trasig rekommenderar kvalitet billig
""".split()  # noqa: SIM905 - easier to read and change
MESSAGES = (
    "Your parcel left our warehouse today.",
    "Thank you for your order, it will arrive within three days.",
    "Could you send us a photo of the broken part?",
    "Vi skickar en ny enhet utan kostnad.",
    "When will my order arrive?",
    "The manual is in the box, under the tray.",
    "Om du vill kan du lämna en recension av produkten.",
    "The item came without its charger.",
    "Please contact the carrier for a new delivery time.",
    "Returen är registrerad och pengarna betalas tillbaka inom fem dagar.",
)


@dataclass(frozen=True)
class Ordered:
    """An order that a review, a refund or a message may be about."""

    number: int
    product: int
    buyer: int


@dataclass(frozen=True)
class Written:
    """A review that a vote, an edit or a removal may be about."""

    number: int
    product: int
    author: int


class Load:
    """Events in blocks; a block is a list of lines for each topic, in the order of event time."""

    def __init__(
        self,
        events: int,
        days: float,
        seed: int,
        *,
        start: datetime = START,
        population: int | None = None,
    ) -> None:
        """`population`: as many products and accounts as so many events usually have, where they
        are not to grow with the events."""
        self._events = events
        self._span = days * DAY
        self._start = np.datetime64(start.replace(tzinfo=None), "us")
        self._chance = np.random.default_rng(seed)
        size = population or events
        self._products = Zipf(max(50, size // 250), 0.8)
        self._accounts = Zipf(max(200, size // 15), 0.5)
        self._sellers = max(10, size // 5_000)
        self._networks = Zipf(max(50, size // 2_000), 1.0)
        self._orders: deque[Ordered] = deque(maxlen=REMEMBERED)
        self._reviews: deque[Written] = deque(maxlen=REMEMBERED)
        self._promoted = self._chance.integers(0, self._products.size, 4)
        self._sentences = self._texts(5_000)
        self._counts = dict.fromkeys(MIX, 0)

    def blocks(self, size: int = BLOCK) -> Iterator[dict[str, list[str]]]:
        """Everything, block by block of so many events; together exactly as many lines as events
        were asked for."""
        made = 0
        while made < self._events:
            count = min(size if made else FIRST_BLOCK, self._events - made)
            begin, end = (self._span * n / self._events for n in (made, made + count))
            yield self._block(count, begin, end)
            made += count

    def _block(self, size: int, begin: float, end: float) -> dict[str, list[str]]:
        if self._chance.random() < (end - begin) / PROMOTION:
            self._promoted = self._chance.integers(0, self._products.size, 4)
        shares = list(MIX.values())
        counts = self._chance.multinomial(size, np.array(shares) / sum(shares))
        makers = {
            "catalog": self._catalog,
            "accounts": self._account,
            # What is referred to is taken from earlier blocks: votes before this block's reviews.
            "votes": self._vote,
            "seller-messages": self._message,
            "reviews": self._review,
            "orders": self._order,
        }
        if not self._orders:
            makers = dict(reversed(makers.items()))
        count_of = dict(zip(MIX, counts, strict=True))
        return {t: make(self._times(begin, end, count_of[t])) for t, make in makers.items()}

    def _times(self, begin: float, end: float, count: int) -> list[str]:
        """Event times as written, sorted, more by day than by night."""
        at = np.sort(self._chance.uniform(begin, end, count))
        turn = 2 * np.pi / DAY
        at = np.maximum(at - 0.7 * np.sin(turn * at) / turn, 0)
        written = np.datetime_as_string(self._start + at.astype(np.int64).astype("m8[us]"))
        return list(written)

    def _numbers(self, topic: str, count: int) -> range:
        first = self._counts[topic]
        self._counts[topic] += count
        return range(first, first + count)

    def _draw(self, below: int, count: int) -> list[int]:
        drawn: list[int] = self._chance.integers(0, below, count).tolist()
        return drawn

    def _wanted(self, count: int) -> list[int]:
        """Products that are bought or reviewed."""
        products = self._products.draw(self._chance, count)
        hot = self._chance.random(count) < PROMOTED
        products[hot] = self._chance.choice(self._promoted, int(hot.sum()))
        wanted: list[int] = products.tolist()
        return wanted

    def _texts(self, count: int) -> list[str]:
        """Sentences, escaped for JSON."""
        words = Zipf(len(WORDS), 0.6)
        ends = np.cumsum(self._chance.integers(4, 14, count)).tolist()
        drawn = [WORDS[w] for w in words.draw(self._chance, ends[-1]).tolist()]
        begins = [0, *ends]
        made = (" ".join(drawn[a:b]) + "." for a, b in zip(begins, ends, strict=False))
        return [json.dumps(text, ensure_ascii=False)[1:-1] for text in made]

    # -- one topic each ----------------------------------------------------------------------------

    def _order(self, times: list[str]) -> list[str]:
        n = len(times)
        numbers = self._numbers("orders", n)
        lines: list[str] = []
        rolls, prices = self._draw(100, n), self._draw(20_000, n)
        products, buyers = self._wanted(n), self._accounts.draw(self._chance, n).tolist()
        olds = self._draw(max(len(self._orders), 1), n)
        pool = list(self._orders)
        for i, at, roll, price, product, buyer, old in zip(
            numbers, times, rolls, prices, products, buyers, olds, strict=True
        ):
            if roll < 6 and pool:
                o = pool[old]
                reason = "defect" if roll < 3 else "return"
                lines.append(
                    f'{{"type":"order.refunded",{head("f", i, at, o.product)},'
                    f'"order_id":"o{o.number}","product_id":"p{o.product}",'
                    f'"seller_id":"s{self._seller(o.product)}","buyer_id":"a{o.buyer}",'
                    f'"amount":{price / 100},"currency":"SEK","reason":"{reason}",'
                    f'"via":"platform","item_returned":{"true" if roll % 2 else "false"}}}'
                )
                continue
            paid, promo = price, ""
            if roll > 85:
                paid, promo = price * 4 // 5, f',"promo_code":"c{product % 97}"'
            lines.append(
                f'{{"type":"order.placed",{head("o", i, at, product)},"order_id":"o{i}",'
                f'"product_id":"p{product}","seller_id":"s{self._seller(product)}",'
                f'"buyer_id":"a{buyer}","list_price":{price / 100},"paid_price":{paid / 100},'
                f'"currency":"SEK"{promo}}}'
            )
            self._orders.append(Ordered(i, product, buyer))
        return lines

    def _review(self, times: list[str]) -> list[str]:
        n = len(times)
        numbers = self._numbers("reviews", n)
        lines: list[str] = []
        rolls, stars = self._draw(100, n), self._draw(20, n)
        products, authors = self._wanted(n), self._accounts.draw(self._chance, n).tolist()
        sentences, orders = self._sentences, list(self._orders)
        first, second, third = (self._draw(len(sentences), n) for _ in range(3))
        bought = self._draw(max(len(orders), 1), n)
        olds, written = self._draw(max(len(self._reviews), 1), n), list(self._reviews)
        for i, at, roll, star, product, author, a, b, c, o, old in zip(
            numbers, times, rolls, stars, products, authors, first, second, third, bought, olds,
            strict=True,
        ):  # fmt: skip
            text = f"{sentences[a]} {sentences[b]} {sentences[c]}"
            rating = RATINGS[star]
            if roll < 5 and written:
                w = written[old]
                about = (
                    f'{head("u", i, at, w.product)},"review_id":"r{w.number}",'
                    f'"product_id":"p{w.product}","reviewer_id":"a{w.author}"'
                )
                if roll < 3:
                    lines.append(
                        f'{{"type":"review.edited",{about},"rating":{rating},"text":"{text}"}}'
                    )
                else:
                    by = "platform" if roll == 4 else "reviewer"
                    lines.append(f'{{"type":"review.removed",{about},"removed_by":"{by}"}}')
                continue
            known = ""
            if roll < 75:
                order = orders[o]
                product, author = order.product, order.buyer  # noqa: PLW2901 - the order's own
                known = f',"verified_purchase":true,"order_id":"o{order.number}"'
            lines.append(
                f'{{"type":"review.posted",{head("r", i, at, product)},"review_id":"r{i}",'
                f'"product_id":"p{product}","reviewer_id":"a{author}","rating":{rating},'
                f'"title":"{sentences[b]}","text":"{text}"{known}}}'
            )
            self._reviews.append(Written(i, product, author))
        return lines

    def _vote(self, times: list[str]) -> list[str]:
        n = len(times)
        written = list(self._reviews)
        # The newest are read most.
        ages = (len(written) * self._chance.random(n) ** 3).astype(np.int64).tolist()
        voters = self._accounts.draw(self._chance, n).tolist()
        lines = []
        numbers = self._numbers("votes", n)
        for i, at, age, voter, roll in zip(
            numbers, times, ages, voters, self._draw(100, n), strict=True
        ):
            w = written[-1 - age]
            kind = "vote.withdrawn" if roll == 99 else "vote.cast"
            vote = "helpful" if roll < 78 else "not_helpful" if roll < 97 else "report_abuse"
            lines.append(
                f'{{"type":"{kind}",{head("v", i, at, w.product)},"review_id":"r{w.number}",'
                f'"product_id":"p{w.product}","voter_id":"a{voter}","vote":"{vote}"}}'
            )
        return lines

    def _message(self, times: list[str]) -> list[str]:
        n = len(times)
        orders, said = list(self._orders), [json.dumps(m, ensure_ascii=False) for m in MESSAGES]
        lines = []
        numbers = self._numbers("seller-messages", n)
        for i, at, o, m, roll in zip(
            numbers,
            times,
            self._draw(len(orders), n),
            self._draw(len(said), n),
            self._draw(100, n),
            strict=True,
        ):
            order = orders[o]
            direction = "from_buyer" if roll < 40 else "to_buyer"
            channel = "review_reply" if roll > 94 else "buyer_seller_messaging"
            lines.append(
                f'{{"type":"message.sent",{head("m", i, at, order.product)},"message_id":"m{i}",'
                f'"seller_id":"s{self._seller(order.product)}","direction":"{direction}",'
                f'"channel":"{channel}","text":{said[m]},"buyer_id":"a{order.buyer}",'
                f'"product_id":"p{order.product}","order_id":"o{order.number}"}}'
            )
        return lines

    def _account(self, times: list[str]) -> list[str]:
        n = len(times)
        lines = []
        accounts = self._accounts.draw(self._chance, n).tolist()
        networks = self._networks.draw(self._chance, n).tolist()
        numbers = self._numbers("accounts", n)
        for i, at, account, network, roll in zip(
            numbers, times, accounts, networks, self._draw(1000, n), strict=True
        ):
            if roll < 200:
                lines.append(
                    f'{{"type":"account.registered",{head("g", i, at)},'
                    f'"account_id":"a{i % self._accounts.size}","role":"buyer"}}'
                )
            elif roll < 204:
                seller = account % self._sellers
                relation = "employee" if roll % 2 else "partner"
                lines.append(
                    f'{{"type":"relation.declared",{head("g", i, at)},"seller_id":"s{seller}",'
                    f'"account_id":"a{account}","relation":"{relation}"}}'
                )
            else:
                kind = IDENTIFIERS[roll % len(IDENTIFIERS)]
                lines.append(
                    f'{{"type":"account.identified",{head("g", i, at)},"account_id":"a{account}",'
                    f'"identifier_type":"{kind}","identifier":"{shared(kind, account, network)}"}}'
                )
        return lines

    def _catalog(self, times: list[str]) -> list[str]:
        lines = []
        for i, at in zip(self._numbers("catalog", len(times)), times, strict=True):
            ends = i % 50 == 49  # of the variation that was added 40 events before
            product = (i - 40 if ends else i) % self._products.size
            seller = self._seller(product)
            if i % 10 == 9:
                parent = product // 10
                kind = "variation.removed" if ends else "variation.added"
                lines.append(
                    f'{{"type":"{kind}",{head("c", i, at, product)},'
                    f'"parent_id":"q{parent}","product_id":"p{product}",'
                    f'"seller_id":"s{seller}","theme":"color"}}'
                )
                continue
            category = CATEGORIES[product % len(CATEGORIES)]
            title = self._sentences[product % len(self._sentences)]
            lines.append(
                f'{{"type":"product.listed",{head("c", i, at, product)},"product_id":"p{product}",'
                f'"seller_id":"s{seller}","title":"{title}","category":"{category}",'
                f'"brand":"b{seller}","attributes":{{"colour":"black"}}}}'
            )
        return lines

    def _seller(self, product: int) -> int:
        return product // 10 % self._sellers


class Zipf:
    """Numbers from 0 to size - 1, number n with a weight of 1 / (n + 1) ** exponent."""

    def __init__(self, size: int, exponent: float) -> None:
        self.size = size
        weights = np.arange(1, size + 1, dtype=np.float64) ** -exponent
        self._cumulated = np.cumsum(weights / weights.sum())

    def draw(self, chance: np.random.Generator, count: int) -> Ints:
        """`count` numbers."""
        found = np.searchsorted(self._cumulated, chance.random(count))
        return np.minimum(found, self.size - 1)


RATINGS = (1, 1, 2, 3, 3, 4, 4, 4, *[5] * 12)
"""Twentieths: most reviews give 5 stars, more give 1 than 2."""


def head(kind: str, number: int, at: str, product: int | None = None) -> str:
    """The fields that every event has; every fifth product is sold elsewhere."""
    where = ',"marketplace":"amazon.de"' if product is not None and product % 5 == 0 else ""
    return f'"event_id":"{kind}{number}","occurred_at":"{at}Z"{where}'


def shared(kind: str, account: int, network: int) -> str:
    """An identifier: networks have many users, households share cards and addresses."""
    if kind == "ip":
        return f"ip-{network}"
    if kind in ("address", "payment_card"):
        return f"{kind}-{account // 3 if account % 4 == 0 else account}"
    if kind == "device":
        return f"device-{account // 2 if account % 10 == 0 else account}"
    return f"{kind}-{account}"


def write(events: int, days: float, seed: int, out: Path) -> Iterator[int]:
    """Write the files of a load to a folder; tells how many events were written, block by block."""
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        files = {
            topic: stack.enter_context(
                (out / f"{topic}.jsonl").open("w", encoding="utf-8", buffering=1 << 20)
            )
            for topic in TOPICS
        }
        done = 0
        for block in Load(events, days, seed).blocks():
            for topic, lines in block.items():
                files[topic].writelines(chain.from_iterable((line, "\n") for line in lines))
                done += len(lines)
            yield done


app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def main(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the event files.")],
    events: Annotated[int, typer.Option(min=1, help="How many events.")] = 1_000_000,
    days: Annotated[float, typer.Option(min=0.01, help="Days of event time they span.")] = 365.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 1,
) -> None:
    """Write event files of plain load over every event type.

    \b
    python -m benchmarks.load --events 1000000 --days 365 --out out/load
    starwatch replay out/load --alerts cases.jsonl
    """
    console = Console(stderr=True, highlight=False, markup=False)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task: Any = bar.add_task("events", total=events)
        for done in write(events, days, seed, out):
            bar.update(task, completed=done)
    console.print(f"{events:,} events over {days:g} days in {out}")


if __name__ == "__main__":
    app(prog_name="python -m benchmarks.load")
