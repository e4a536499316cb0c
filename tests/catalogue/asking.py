"""Who is asked for what, and where: `review_gating`, `change_request`, `off_platform_contact`."""

from __future__ import annotations

from functools import partial

from detectors.api import DAY
from tests.catalogue.example import (
    Body,
    Change,
    Example,
    also,
    each,
    fires,
    instead,
    less,
    more,
    only,
    put,
    quiet,
    says,
    told,
)
from tests.catalogue.example import world as made
from tests.catalogue.offers import notes
from tests.detectors.test_compensation import turned
from tests.detectors.test_review_requests import (
    ANSWER,
    ASK,
    COMPLAINT,
    END,
    PRAISE,
    QUESTION,
    REFUND,
    buyers,
    mail,
    of_buyer,
)
from tests.detectors.test_review_requests import market as asking
from tests.detectors.world import World

GATING, CHANGE, CONTACT = "review_gating", "change_request", "off_platform_contact"

asked = partial(made, base=asking)


def happy_only(w: World) -> None:
    """Who wrote in happy is asked, nobody else."""
    buyers(w, "happy", 8, PRAISE)
    buyers(w, "mute", 25, asked=0)


def all_but_the_cross(w: World) -> None:
    """Everybody is asked but those who complained."""
    buyers(w, "mute", 30)
    buyers(w, "cross", 6, COMPLAINT, asked=0)


def everybody(w: World) -> None:
    """Everybody is asked."""
    buyers(w, "happy", 8, PRAISE)
    buyers(w, "mute", 25)
    buyers(w, "cross", 6, COMPLAINT)


def any_writer(w: World) -> None:
    """Who writes in is asked, whatever it wrote."""
    buyers(w, "happy", 8, PRAISE)
    buyers(w, "curious", 6, QUESTION)
    buyers(w, "cross", 4, COMPLAINT)
    buyers(w, "mute", 25, asked=0)


def support(w: World) -> None:
    """Answers to all who write in, which never mention reviews."""
    buyers(w, "happy", 8, PRAISE, ask="Thank you for the kind words!")
    buyers(w, "mute", 25, asked=0)
    buyers(w, "cross", 6, COMPLAINT, asked=0, reply=ANSWER)


def refunded(w: World) -> World:
    """Whoever complained got the money back the next day."""
    other = World()
    for ts, body in w.events:
        other.events.append((ts, body))
        if body.get("text") == COMPLAINT:
            other.events.append((ts + DAY, {**REFUND, **of_buyer(body, ts + DAY)}))
    return other


def retold(old: str, new: str) -> Change:
    """Messages that say one thing say another."""
    return put("message.sent", {"text": old}, text=new)


def unasked(who: str) -> Change:
    """Buyers called so are not asked."""
    return only(
        lambda b: b["text"] != ASK or not str(b["buyer_id"]).startswith(who), "message.sent"
    )


def recent_complaints() -> World:
    """Complaints of the last days of the record; everybody else was asked."""
    w = World()
    w.listed("p1", "s1")
    buyers(w, "mute", 30)
    for i in range(6):
        w.order("p1", "s1", f"cross{i}", 96 + i)
        mail(w, f"cross{i}", 97 + i, COMPLAINT, to_buyer=False)
    return w


def _later_requests(w: World) -> None:
    w.order("p1", "s1", "last", END - 3)
    mail(w, "last", END, ASK)


REVIEW_GATING = (
    fires(
        GATING,
        "a message that sends the unhappy elsewhere",
        "they are to write no review",
        says("If you are happy, please leave a review. If not, contact us instead of reviewing."),
        instead("Please leave an honest review, happy or not. For help contact us at any time."),
    ),
    fires(
        GATING,
        "a request that cites the buyer's happiness",
        "the happiness",
        says("Glad to hear that you love it! Would you share that in a review?"),
        instead("Thank you for writing! Would you share your honest opinion in a review?"),
    ),
    fires(
        GATING,
        "neutral requests to those who wrote in happy",
        "they had written in happy",
        asked(happy_only),
        retold(PRAISE, QUESTION),
    ),
    fires(
        GATING,
        "everybody but those who complained",
        "they had complained",
        asked(all_but_the_cross),
        retold(COMPLAINT, QUESTION),
    ),
    quiet(
        GATING,
        "the same request to every buyer",
        "those who complained are asked as well",
        asked(everybody),
        unasked("cross"),
    ),
    quiet(
        GATING,
        "in answer to any message",
        "the curious and the cross are asked as well",
        asked(any_writer),
        also(unasked("cross"), unasked("curious")),
    ),
    quiet(
        GATING,
        "support for all who write in",
        "it never mentions reviews",
        asked(support),
        retold("Thank you for the kind words!", ASK),
    ),
    quiet(
        GATING,
        "complaints that were settled",
        "the money went back",
        lambda: refunded(asked(all_but_the_cross)()),
        less("order.refunded"),
    ),
    quiet(
        GATING,
        "complaints of the last days",
        "their authors may still be asked",
        recent_complaints,
        more(_later_requests),
    ),
)


def replies() -> World:
    """Bad reviews go away after public replies."""
    return put("message.sent", channel="review_reply")(turned(5, removed=True, pays=False))


def letters(w: World) -> None:
    """Eight sellers write the same words to buyers of theirs, about no review that is named."""
    for n in range(8):
        body = {"message_id": f"m{n}", "seller_id": f"s{n}", "buyer_id": f"b{n}"}
        w.add(
            "message.sent",
            1 + n / 10,
            direction="to_buyer",
            channel="buyer_seller_messaging",
            text="Kan du vara snäll och ta bort din recension?",
            **body,
        )


def _about_a_review(body: Body) -> Body:
    return {**body, "review_id": f"r-{body['buyer_id']}"}


CHANGE_REQUEST = (
    fires(
        CHANGE,
        "a message that asks for it",
        "the review is to go",
        says("Kan du vara snäll och ta bort din recension?"),
        instead("Kan du vara snäll och ta bort batteriet först?"),
    ),
    fires(
        CHANGE,
        "asked once the problem is solved",
        "the review is to be better",
        says("Now that the problem is solved, could you please update your negative review?"),
        instead("Now that the problem is solved, is there anything else that we can do?"),
    ),
    fires(
        CHANGE,
        "bad reviews that go away after messages",
        "the seller had written to their authors",
        lambda: turned(4, removed=True, pays=False),
        less("message.sent"),
    ),
    fires(
        CHANGE,
        "bad reviews that go away after public replies",
        "their authors removed them",
        replies,
        put("review.removed", removed_by="platform"),
    ),
    fires(
        CHANGE,
        "a buyer who tells of the request",
        "it was about the review",
        told("You have asked me twice now to delete my review. Please stop."),
        instead("You have asked me twice now to send a photo. Here it is."),
    ),
    quiet(
        CHANGE,
        "help offered",
        "nothing is asked",
        says("We are sorry about your review and would like to help. What went wrong?"),
        instead("We are sorry about your review and would like you to delete it. Will you?"),
    ),
    quiet(
        CHANGE,
        "buyers who ask how to edit",
        "they wrote of their own accord",
        made(
            notes(5, 23, 8, "How do I edit my review?", to_buyer=False),
            lambda: turned(5, removed=True, pays=False),
        ),
        less("message.sent", direction="from_buyer"),
    ),
    quiet(
        CHANGE,
        "returned, and the review removed",
        "the product went back",
        lambda: turned(5, removed=True, reason="return", returned=True),
        less("order.refunded", seller_id="s1"),
    ),
    quiet(
        CHANGE,
        "buyers who raise after help",
        "the reviews stay",
        lambda: turned(6, pays=False),
        each(lambda b: {**b, "type": "review.removed", "removed_by": "reviewer"}, "review.edited"),
    ),
    quiet(
        CHANGE,
        "good reviews that go away",
        "there was nothing to hide",
        lambda: put("review.posted", {"rating": 2}, rating=5)(turned(5, removed=True, pays=False)),
        put("review.posted", where=None, rating=2),
    ),
    quiet(
        CHANGE,
        "words that many sellers write",
        "they are about no review",
        made(letters),
        each(_about_a_review, "message.sent"),
    ),
)

PARCEL = "Your parcel is on its way."

OFF_PLATFORM_CONTACT = (
    fires(
        CONTACT,
        "a message by e-mail",
        "the channel",
        says(PARCEL, channel="email"),
        put("message.sent", channel="buyer_seller_messaging"),
    ),
    fires(
        CONTACT,
        "drawn to a chat app",
        "the buyer is to write there",
        says("Write to me on WhatsApp +46 70 123 45 67 and we will sort it out there."),
        instead("Write to me here and we will sort it out."),
    ),
    fires(
        CONTACT,
        "an address in a public reply",
        "the address",
        says("Please mail us directly at support@example.com instead.", channel="review_reply"),
        instead("Please write to us in the messages of your order instead."),
    ),
    fires(
        CONTACT,
        "an address in disguise",
        "it can be read",
        says("Please write to us at help (at) example (dot) com and we will sort it out."),
        instead("Please write to us at any time and we will sort it out."),
    ),
    fires(
        CONTACT,
        "an answer by the same channel",
        "the seller answers there",
        made(
            lambda w: w.add(
                "message.sent",
                2,
                message_id="m2",
                seller_id="s1",
                buyer_id="b1",
                direction="to_buyer",
                channel="sms",
                text="It left our warehouse today.",
            ),
            says("Where is my parcel?", direction="from_buyer", channel="sms"),
        ),
        put("message.sent", {"message_id": "m2"}, channel="buyer_seller_messaging"),
    ),
    quiet(
        CONTACT,
        "a buyer who writes by e-mail",
        "it is the buyer who writes",
        says("Where is my parcel?", direction="from_buyer", channel="email"),
        put("message.sent", direction="to_buyer"),
    ),
    quiet(
        CONTACT,
        "the maker's support number",
        "it is the maker's, in the manual",
        says("The maker's support number is on page 3 of the manual."),
        instead("Our own number is +46 70 123 45 67, call us there instead."),
    ),
    quiet(
        CONTACT,
        "a carrier who will call",
        "it is the carrier",
        says("The carrier will call you on your phone before it delivers."),
        instead("Give us your phone number and we will call you before it is delivered."),
    ),
    quiet(
        CONTACT,
        "a public reply",
        "the platform's own way",
        says("Thank you, we are glad that it works.", channel="review_reply"),
        put("message.sent", channel="social"),
    ),
    quiet(
        CONTACT,
        "an address on a card",
        "the card asks for nothing else",
        says("Warranty: write to service@example.com.", channel="package_insert"),
        put("message.sent", channel="buyer_seller_messaging"),
    ),
)

EXAMPLES: tuple[Example, ...] = (*REVIEW_GATING, *CHANGE_REQUEST, *OFF_PLATFORM_CONTACT)
