"""What messages are like: requests, apologies, happy and unhappy buyers, in twelve languages."""

from __future__ import annotations

import pytest

from detectors.text import Kind, understand
from detectors.text.lexicon import LANGUAGES
from detectors.text.moods import EXCUSE, HAPPY, REQUEST, UNHAPPY, UNTIED, tone_of
from detectors.text.reading import words

SAID = {
    "sv": (
        "Jag är mycket nöjd med lampan!",
        "Lampan gick sönder, jag är besviken.",
        "Vi beklagar förseningen.",
    ),
    "en": (
        "I am very happy with the lamp!",
        "The lamp broke, I am disappointed.",
        "We are sorry for the delay.",
    ),
    "de": (
        "Ich bin sehr zufrieden mit der Lampe!",
        "Die Lampe ist kaputt, ich bin enttäuscht.",
        "Wir entschuldigen uns für die Verspätung.",
    ),
    "da": (
        "Jeg er virkelig glad for lampen!",
        "Lampen gik i stykker, jeg er skuffet.",
        "Vi beklager forsinkelsen.",
    ),
    "no": (
        "Jeg er veldig fornøyd med lampen!",
        "Lampen er ødelagt, jeg er skuffet.",
        "Vi beklager forsinkelsen.",
    ),
    "fi": (
        "Olen todella tyytyväinen lamppuun!",
        "Lamppu hajosi, olen pettynyt.",
        "Pahoittelemme viivästystä.",
    ),
    "nl": (
        "Ik ben erg blij met de lamp!",
        "De lamp is kapot, ik ben teleurgesteld.",
        "Het spijt ons van de vertraging.",
    ),
    "fr": (
        "Je suis très content de la lampe, elle est parfaite !",
        "La lampe est cassée, je suis déçu.",
        "Veuillez nous excuser pour le retard.",
    ),
    "it": (
        "Sono molto contento della lampada, è perfetta!",
        "La lampada è rotta, sono deluso.",
        "Ci scusiamo per il ritardo.",
    ),
    "es": (
        "Estoy muy contento con la lámpara, es perfecta.",
        "La lámpara llegó rota, estoy decepcionado.",
        "Disculpe el retraso.",
    ),
    "pl": (
        "Jestem bardzo zadowolony z lampy!",
        "Lampa jest uszkodzona, jestem rozczarowany.",
        "Przepraszamy za opóźnienie.",
    ),
    "pt": (
        "Estou muito satisfeito com o candeeiro, é perfeito!",
        "O candeeiro chegou partido, estou desiludido.",
        "Pedimos desculpa pelo atraso.",
    ),
}
QUESTIONS = [
    ("en", "Good evening, does it fit an older model?"),
    ("sv", "God kväll, passar den även utomhus?"),
    ("de", "Guten Abend, passt das auch in die Küche?"),
    ("fr", "Bonsoir, est-ce livré avec un câble ?"),
]


def tone(text: str, lang: str, kind: Kind = Kind.BUYER_MESSAGE) -> int:
    said = words(text, lang)
    return tone_of(said, kind, understand(said, kind), lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_language(lang: str) -> None:
    happy, unhappy, sorry = SAID[lang]
    assert tone(happy, lang) == HAPPY
    assert tone(unhappy, lang) == UNHAPPY
    assert tone(sorry, lang, Kind.SELLER_MESSAGE) == EXCUSE


@pytest.mark.parametrize(("lang", "text"), QUESTIONS)
def test_questions_and_greetings_have_no_mood(lang: str, text: str) -> None:
    assert tone(text, lang) == 0


@pytest.mark.parametrize(
    ("lang", "text", "mood"),
    [
        ("en", "Kids love it, best purchase this year.", HAPPY),
        ("sv", "Jättefin lampa, precis som på bilden.", HAPPY),
        ("de", "Hat meine Erwartungen übertroffen!", HAPPY),
        ("pl", "Krzesło jest przepiękne, dziękuję.", HAPPY),
        ("en", "I still haven't received my parcel.", UNHAPPY),
        ("sv", "Ena benet är krokigt.", UNHAPPY),
        ("fr", "Il manque deux vis.", UNHAPPY),
        ("fi", "Kaksi ruuvia puuttuu.", UNHAPPY),
        ("en", "Can't it be washed?", 0),
        ("de", "Danke schön! Beste Grüße", 0),
        ("no", "Tusen takk, beste hilsen Kari", 0),
    ],
)
def test_in_other_words(lang: str, text: str, mood: int) -> None:
    assert tone(text, lang) == mood


def test_praise_in_doubt_is_none() -> None:
    assert tone("I am happy with it.", "en") == HAPPY
    assert tone("I can never be happy with it.", "en") == 0
    assert tone("Perfect, thanks for the quick answer!", "en") == 0
    assert tone("It is perfect but arrived damaged.", "en") == UNHAPPY


def test_a_seller_asks_and_promises_nothing() -> None:
    seller = Kind.SELLER_MESSAGE
    assert tone("Please write a review of the lamp.", "en", seller) & REQUEST
    assert tone("Du får gärna skriva en recension av lampan.", "sv", seller) & REQUEST
    assert not tone("Your parcel is on its way.", "en", seller) & REQUEST
    assert tone("We have credited 50 kr. No conditions.", "en", seller) & UNTIED
    assert not tone("We have credited 50 kr.", "en", seller) & UNTIED
