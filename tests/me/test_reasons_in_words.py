"""What a borrower reads about a refusal: every code in two languages, and nothing about the contact."""

from __future__ import annotations

import pytest

from registry.policy.reasons import CLASS_OF
from registry.texts import reasons

LANGUAGES = ("zh", "en")
# Words of the trade that a frightened reader would have to look up.
JARGON = (
    "entry", "checkpoint", "permit", "verdict", "grantee", "assurance", "scope", "debtor", "default", "attested",
)


def test_every_code_has_words_in_both_languages_and_no_other_table_is_there() -> None:
    assert set(reasons.table()) == {*CLASS_OF, reasons.CONTACT_SIDE}
    for code, words in reasons.table().items():
        assert set(words) == set(LANGUAGES), code
        assert all(text == text.strip() and text for text in words.values()), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_short_and_plain(language: str) -> None:
    for code in reasons.table():
        text = reasons.plain(code, language)
        assert len(text) <= (140 if language == "en" else 60), code
        assert text.endswith("." if language == "en" else "。"), code
        assert not [word for word in JARGON if word in text.lower().split()], code


def test_every_code_about_a_contact_is_the_same_sentence_to_the_borrower() -> None:
    hidden = [code for code in CLASS_OF if code.startswith(("contact-", "line-"))]
    assert len(hidden) > 15
    for code in (*hidden, "hold-complaint"):
        assert reasons.to_borrower([code]) == [reasons.CONTACT_SIDE], code


def test_an_objection_reads_exactly_like_a_missing_consent() -> None:
    objected = reasons.to_borrower(["approval-missing", "contact-objected", "contact-consent-absent"])
    absent = reasons.to_borrower(["approval-missing", "contact-consent-absent"])
    assert objected == absent == ["approval-missing", reasons.CONTACT_SIDE]


def test_a_sentence_is_said_once() -> None:
    assert len(reasons.sentences(["attempts-too-few", "days-too-few"], "en")) == 1
