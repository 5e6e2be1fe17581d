"""What messages say, and what a message to a contact never says (CONTRACT section 5)."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from registry import texts
from registry.errors import MalformedError

SAMPLE = {
    "given_name": "小明", "institution": "示例机构", "agency": "示例公司", "assignee": "示例公司",
    "account": "3f2a9c01", "day": "2026-09-21", "code": "904211", "link": "https://demo.invalid/r/0123456789abcdef0123456789abcdef",
}
TO_CONTACTS = (
    "contact-listed", "contact-invitation", "agreement-ended", "use-contact", "use-contact-call", "contact-renewal",
    "contact-erasure-cancelled",
)
OF_PAGES = ("acts", "explained", "parameters", "reasons")  # read by pages and commands, sent to nobody
EVERY = [(name, language) for name in texts.TEMPLATES for language in texts.LANGUAGES]


def rendered(name: str, language: str) -> str:
    return texts.render(name, language, {param: SAMPLE[param] for param in texts.template(name).params})


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_template_renders_and_says_each_of_its_parameters(name: str, language: str) -> None:
    text = rendered(name, language)
    assert all(SAMPLE[param] in text for param in texts.template(name).params)
    assert not re.search(r"[{}<>\n]", text)
    assert bool(re.search(r"[\u4e00-\u9fff]", text.replace("小明", "").replace("示例机构", "")
                          .replace("示例公司", ""))) == (language == "zh")


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("name", TO_CONTACTS)
def test_no_message_to_a_contact_says_anything_of_a_debt_or_of_an_agencys_business(name: str, language: str) -> None:
    assert texts.template(name).audience == "contact"
    assert texts.forbidden([rendered(name, language)]) == []
    assert not {"agency", "account", "balance"} & texts.template(name).params


@pytest.mark.parametrize("words", [
    "he has a DEBT with us", "your son's loan is past  due", "the Borrower", "他欠款", "贷款逾期", "账户",
    "our agency", "小明还钱", "老赖小明", "失信人小明", "Tom, pay up", "tell him to pay",
])
def test_the_list_of_what_must_not_be_said_finds_it(words: str) -> None:
    assert texts.forbidden([words]) != []


@pytest.mark.parametrize("words", [
    "ｄｅｂｔ", "de\u200bbt", "\u2060De\u00adbt", "loan_due", "逾 期", "逾\u200b期", "債務人小明", "貸款", "還款",
    "帳戶", "違約", "訴訟", "徵信", "賴帳",
])
def test_no_spelling_hides_a_word_that_must_not_be_said(words: str) -> None:
    assert texts.forbidden([words]) != []


def test_the_list_finds_whole_english_words_only() -> None:
    assert texts.forbidden(["Accountant Lendersson of Collectiveville"]) == []


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_code_to_sign_in_names_nobody_and_says_nothing_of_why(language: str) -> None:
    text = rendered("sign-in-code", language)
    assert texts.template("sign-in-code").params == {"code", "institution"}
    assert texts.forbidden([text]) == []
    assert not re.search(r"emergency|contact|consent|紧急|联系人|同意", text)
    assert re.search(r"10 minutes|10分钟", text)


def test_templates_that_a_contact_never_gets_are_to_the_borrower() -> None:
    to_contacts = {name for name in texts.TEMPLATES if texts.template(name).audience == "contact"}
    assert to_contacts == {*TO_CONTACTS, "sign-in-code"}
    to_agents = {name for name in texts.TEMPLATES if texts.template(name).audience == "agent"}
    assert to_agents == {"visit-conduct"}, "shown with a permit, sent to nobody"
    assert {texts.template(name).audience for name in texts.TEMPLATES} == {"contact", "borrower", "agent"}


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_contacts_messages_say_who_sends_for_whom_and_how_to_stop_it(language: str) -> None:
    for name in TO_CONTACTS:
        text = rendered(name, language)
        assert SAMPLE["institution"] in text
        assert SAMPLE["given_name"] in text
        assert SAMPLE["link"] in text
        assert re.search(r"reply N|回复 N", text)


def test_the_first_messages_say_that_silence_is_no_and_that_nobody_asks_again() -> None:
    for name in ("contact-listed", "contact-invitation"):
        assert "no answer means no" in rendered(name, "en").lower()
        assert "will not ask again" in rendered(name, "en")
        assert "不再询问" in rendered(name, "zh")
    assert "Nobody gets your number unless you agree" in rendered("contact-listed", "en")
    assert "未经您本人同意" in rendered("contact-listed", "zh")


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_the_notice_names_account_agency_and_lender(language: str) -> None:
    text = rendered("borrower-notice", language)
    assert all(SAMPLE[param] in text for param in ("account", "agency", "institution"))


@pytest.mark.parametrize("given_name", ["小明欠款", "Tom, who is overdue", "Debt"])
def test_a_name_that_says_what_must_not_be_said_stops_a_message_to_a_contact(given_name: str) -> None:
    with pytest.raises(MalformedError) as caught:
        texts.render("use-contact", "en", {**{param: SAMPLE[param] for param in ("institution", "day", "link")},
                                           "given_name": given_name})
    assert caught.value.code == "text-forbidden"


@pytest.mark.parametrize("change", [{"extra": "x"}, {"day": None}])
def test_parameters_are_closed(change: dict[str, str | None]) -> None:
    given = {param: SAMPLE[param] for param in texts.template("use-contact").params} | change
    with pytest.raises(MalformedError) as caught:
        texts.render("use-contact", "zh", {name: value for name, value in given.items() if value is not None})
    assert caught.value.code == "text-parameters"


def test_a_parameter_that_looks_like_a_template_is_only_text() -> None:
    given = {param: SAMPLE[param] for param in texts.template("use-contact").params} | {"given_name": "{link.x}"}
    assert "{link.x}" in texts.render("use-contact", "en", given)


def test_an_unknown_template_is_refused() -> None:
    for name in ("must-not-say", "../texts/use-contact", "nothing"):
        with pytest.raises(MalformedError):
            texts.template(name)


@pytest.mark.parametrize(("wanted", "language"), [
    ("zh", "zh"), ("zh-CN", "zh"), ("zh-Hant-HK", "zh"), ("ZH-cn", "zh"), ("yue", "zh"), ("en", "en"),
    ("en-GB", "en"), ("fr", "en"), ("id", "en"), ("zhx", "en"),
])
def test_chinese_readers_get_chinese_and_everybody_else_english(wanted: str, language: str) -> None:
    assert texts.language_for(wanted) == language


def test_every_file_of_texts_is_used_and_names_its_parameters_exactly() -> None:
    folder = Path(texts.__file__).parent
    files = {path.stem for path in folder.glob("*.toml")} - {"must-not-say", *OF_PAGES}
    assert files == set(texts.TEMPLATES)
    for name in files:
        value = tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
        for language in texts.LANGUAGES:
            assert set(re.findall(r"\{(\w+)\}", value[language]["text"])) == set(value["params"])
