"""Clauses that words show: from a seller's message, a buyer's or a review's telling, in several
languages, and the near-misses of each that open nothing."""

from __future__ import annotations

import pytest

from detectors.seller_messages import SellerMessages
from schemas.alerts import Alert
from tests.detectors.world import World, cases_of

CARD, MAIL = "package_insert", "email"
MESSAGING = "buyer_seller_messaging"

SELLER: dict[str, tuple[str, ...]] = {
    "incentive_offer": (
        "Leave us a five star review and we will send you a 20 euro gift card.",
        "Skriv en recension så får du 200 kr som tack.",
        "Für Ihre Bewertung erhalten Sie von uns einen Gutschein über 15 Euro.",
        "Si vous publiez un avis, nous vous offrons un cadeau.",
    ),
    "refund_after_review": (
        "Once your review is online we will refund the full price.",
        "När din recension är publicerad betalar vi tillbaka hela köpet.",
        "Sobald Ihre Bewertung online ist, erstatten wir Ihnen den Kaufpreis.",
        "Te devolvemos el dinero cuando hayas publicado tu reseña.",
    ),
    "review_club": (
        "Join our tester club: free products in exchange for your reviews, register your profile.",
        "Gå med i vår testgrupp: du får produkter gratis mot att du skriver recensioner.",
        "Werden Sie Mitglied im Testerclub: gratis Produkte gegen Bewertungen.",
        "Rejoignez notre club de testeurs : des produits gratuits contre des avis.",
    ),
    "paid_change": (
        "If you change your one star review to five stars we will send you 30 euro.",
        "Vi ger dig 300 kr om du tar bort din recension.",
        "Wenn Sie Ihre negative Bewertung löschen, erstatten wir Ihnen 20 Euro.",
        "Nous vous remboursons si vous supprimez votre avis.",
    ),
    "change_request": (
        "Now that the problem is solved, could you please update your negative review?",
        "Kan du vara snäll och ta bort din recension?",
        "Könnten Sie bitte Ihre negative Bewertung ändern?",
        "Pourriez-vous modifier votre avis négatif ?",
    ),
    "review_gating": (
        "If you are happy, please leave a review. If not, contact us instead of reviewing.",
        "Är du nöjd får du gärna skriva en recension, annars hör av dig till oss först.",
        "Wenn Sie zufrieden sind, schreiben Sie bitte eine Bewertung; falls nicht, wenden Sie sich "
        "zuerst an uns.",
        "Glad to hear that you love it! Would you share that in a review?",
    ),
    "vote_manipulation": (
        "Please click Helpful on our five star reviews.",
        "Klicka gärna på Hjälpsam på våra bästa recensioner.",
        "Bitte klicken Sie bei unseren positiven Bewertungen auf Hilfreich.",
        "Please report the one star review on our product as abuse so that it goes away.",
    ),
    "off_platform_contact": (
        "Write to me on WhatsApp +46 70 123 45 67 and we will sort it out there.",
        "Mejla oss direkt på support@example.com i stället.",
        "Schreiben Sie uns bitte direkt per E-Mail an service@example.com.",
        "Contactez-nous sur WhatsApp au +33 6 12 34 56 78.",
    ),
}

CARDS = (
    "Leave a five star review and get a 10 euro gift card!",
    "Ge oss fem stjärnor och få en gåva!",
    "5 Sterne Bewertung = 10 Euro Gutschein. Code scannen!",
    "Laissez 5 étoiles et recevez un cadeau.",
)

TELLING = (
    "There was a card in the box that promised 10 euro for a five star review.",
    "Fine so far. The seller put a card in the package: 5 stars and they send you a gift card.",
)

NOTHING: dict[str, tuple[str, ...]] = {
    "a neutral request": (
        "Please leave an honest review, good or bad. It helps other customers.",
        "Skriv gärna en ärlig recension, oavsett vad du tycker.",
        "Wir freuen uns über Ihre ehrliche Bewertung, ob gut oder schlecht.",
    ),
    "a refusal": (
        "We never pay for reviews and cannot give you anything for one.",
        "Nej, vi betalar aldrig för recensioner.",
        "Nein, wir zahlen nicht für Bewertungen.",
    ),
    "a defect refund without a string": (
        "Sorry that it broke. We have refunded the full price, nothing else is needed.",
        "Tråkigt att den gick sönder. Vi har betalat tillbaka hela beloppet.",
        "Es tut uns leid, dass es defekt war. Der volle Betrag ist erstattet.",
    ),
    "a sale for everybody": (
        "This week all our products are 20% off for everybody.",
        "Den här veckan är allt 20 % billigare för alla kunder.",
        "Diese Woche 20 % Rabatt auf alles für alle Kunden.",
    ),
}


def world() -> World:
    made = World()
    made.listed("p1", "s1")
    return made


def message(made: World, text: str, day: float = 1.0, **fields: str | None) -> None:
    made.add(
        "message.sent",
        day,
        message_id=f"m{len(made.events)}",
        seller_id=fields.pop("seller_id", "s1"),
        direction=fields.pop("direction", "to_buyer"),
        channel=fields.pop("channel", MESSAGING),
        text=text,
        buyer_id=fields.pop("buyer_id", "b1"),
        **fields,
    )


def found(made: World) -> list[Alert]:
    return cases_of(made, [SellerMessages()])


@pytest.mark.parametrize(("clause", "text"), [(c, t) for c, ts in SELLER.items() for t in ts])
def test_a_sellers_message_opens_a_case_of_its_clause(clause: str, text: str) -> None:
    made = world()
    message(made, text)
    case = next(a for a in found(made) if a.clause == clause)
    assert (case.subject.type, case.subject.id) == ("seller", "s1")
    assert len(case.messages) == 1


@pytest.mark.parametrize("text", CARDS)
def test_whatever_a_card_asks_is_insert_solicitation(text: str) -> None:
    made = world()
    message(made, text, channel=CARD)
    assert [a.clause for a in found(made)] == ["insert_solicitation"]


@pytest.mark.parametrize("text", [t for ts in NOTHING.values() for t in ts])
@pytest.mark.parametrize("channel", [MESSAGING, "review_reply"])
def test_what_breaks_nothing_opens_nothing(text: str, channel: str) -> None:
    made = world()
    message(made, text, channel=channel)
    assert found(made) == []


@pytest.mark.parametrize("channel", ["email", "phone", "sms", "chat_app", "social", "mail"])
def test_a_forbidden_channel_is_contact_in_itself(channel: str) -> None:
    made = world()
    message(made, "Your parcel is on its way.", channel=channel)
    (case,) = found(made)
    assert case.clause == "off_platform_contact"
    assert case.score > 0.9


def test_an_answer_to_a_buyer_who_wrote_there_counts_little() -> None:
    made = world()
    message(made, "Where is my parcel?", 1.0, channel=MAIL, direction="from_buyer")
    message(made, "It left our warehouse today.", 1.5, channel=MAIL)
    (case,) = found(made)
    assert case.clause == "off_platform_contact"
    assert case.score < 0.7


@pytest.mark.parametrize(
    ("channel", "direction"),
    [(MESSAGING, "to_buyer"), ("review_reply", "to_buyer"), (MAIL, "from_buyer")],
)
def test_an_allowed_channel_and_a_buyers_mail_are_innocent(channel: str, direction: str) -> None:
    made = world()
    message(made, "Your parcel is on its way.", channel=channel, direction=direction)
    assert found(made) == []


def test_a_form_letter_sent_often_proves_no_more_than_one() -> None:
    text = SELLER["incentive_offer"][0]
    once, often = world(), world()
    message(once, text)
    for n in range(20):
        message(often, text, 1 + n / 10, buyer_id=f"b{n}")
    assert found(often)[0].score == found(once)[0].score
    assert len(found(often)[0].messages) == 20


@pytest.mark.parametrize(
    ("clause", "sellers", "opens"),
    [
        ("review_gating", 4, True),
        ("review_gating", 20, False),
        ("incentive_offer", 20, True),
        ("incentive_offer", 60, False),
    ],
)
def test_words_that_everybody_writes_mean_what_they_seem_to_less(
    clause: str, sellers: int, opens: bool
) -> None:
    made = world()
    for n in range(sellers):
        text = SELLER[clause][0]
        message(made, text, 1 + n / 10, seller_id=f"s{n}", buyer_id=f"b{n}")
    assert len(found(made)) == (sellers if opens else 0)


@pytest.mark.parametrize(("named", "opens"), [(True, True), (False, False)])
def test_a_letter_of_several_sellers_about_no_review_asks_for_no_change(
    named: bool, opens: bool
) -> None:
    made = world()
    for n in range(8):
        about = {"review_id": f"r{n}"} if named else {}
        text = SELLER["change_request"][1]
        message(made, text, 1 + n / 10, seller_id=f"s{n}", buyer_id=f"b{n}", **about)
    assert bool(found(made)) == opens


def test_offers_in_different_words_prove_more() -> None:
    one, two = world(), world()
    message(one, SELLER["incentive_offer"][0])
    message(two, SELLER["incentive_offer"][0])
    message(two, SELLER["incentive_offer"][1], 2.0)
    assert found(two)[0].score > found(one)[0].score


def test_a_buyer_who_tells_of_an_offer_is_not_accused() -> None:
    made = world()
    told = "They offered me 200 kr for a five star review."
    message(made, told, direction="from_buyer")
    (case,) = found(made)
    assert case.clause == "incentive_offer"
    assert (case.accounts, case.messages) == ([], [])
    assert case.affected.accounts == ["b1"]
    assert "is said by buyers" in case.explanation


def test_a_review_that_tells_of_a_card_is_laid_to_the_products_seller() -> None:
    made = world()
    made.review("p1", "r1", 3, 2, text=TELLING[0])
    assert found(made) == []  # one review alone is no case
    made.review("p1", "r2", 5, 3, text=TELLING[1])
    (case,) = found(made)
    assert (case.clause, case.subject.id) == ("insert_solicitation", "s1")
    assert case.affected.accounts == ["r1", "r2"]


def test_where_nobody_knows_the_seller_the_product_is_the_subject() -> None:
    made = World()
    made.review("p9", "r1", 3, 2, text=TELLING[0])
    made.review("p9", "r2", 5, 3, text=TELLING[1])
    (case,) = found(made)
    assert (case.subject.type, case.subject.id) == ("product", "p9")


def test_a_review_of_a_sampling_programme_says_what_it_must() -> None:
    made = world()
    made.review("p1", "r1", 3, 5, text="Got it free for my review.", programme="vine")
    assert found(made) == []


def test_one_impression_of_joined_products_is_no_case_but_two_are() -> None:
    text = "Half of these reviews are about a different product, a phone case."
    one, two = world(), world()
    one.review("p1", "r1", 3, 1, text=text)
    two.review("p1", "r1", 3, 1, text=text)
    two.review("p1", "r2", 5, 2, text="The reviews here are for another product than this one.")
    assert found(one) == []
    assert [a.clause for a in found(two)] == ["variation_abuse"]


def test_evidence_names_the_words_and_not_the_text() -> None:
    made = world()
    message(made, SELLER["incentive_offer"][0])
    (case,) = found(made)
    assert "gift card" not in case.evidence[0].detail
    assert "characters" in case.evidence[0].detail
