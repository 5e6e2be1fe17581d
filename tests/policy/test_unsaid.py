"""What no text to a contact may say: packs' own lists, in every language, however a word is spelled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry.errors import MalformedError
from registry.policy.merging import merge
from registry.policy.unsaid import in_texts, said, spoken
from registry.shipped import shipped_packs
from registry.texts import fill, forbidden
from registry.texts.speakable import ours_to_contacts, unspeakable

WORDS = {"en": ("owe*", "past due"), "zh": ("欠",), "de": ("schuld*",), "vi": ("nợ",), "pl": ("dług",),
         "hi": ("वसूली",)}


@pytest.mark.parametrize(("language", "text", "found"), [
    ("en", "you owed nothing", ["owed"]), ("en", "OWE", ["OWE"]), ("en", "Bowen", []),
    ("en", "past  due", ["past  due"]), ("hi", "वसूली के लिए", ["वसूली"]),
    ("en", "o\u200bwes", ["owes"]), ("en", "ｏｗｅｓ", ["owes"]), ("en-GB", "owes", ["owes"]), ("fr", "owes", []),
    ("zh", "还 欠 着", ["欠"]), ("zh-Hant", "欠", ["欠"]),
    ("de", "Ihre Schulden", ["Schulden"]), ("de", "geduldig", []),
    ("vi", "khoản no\u031b\u0323", ["nợ"]), ("pl", "długo", []), ("pl", "Dług", ["Dług"]),
])
def test_a_word_is_found_as_its_readers_see_it(language: str, text: str, found: list[str]) -> None:
    assert said(text, language, WORDS) == found


def test_the_words_of_a_region_and_of_its_language_are_both_looked_for() -> None:
    words = {"zh-hant": ["債"], "zh": ["催收"], "en": ["debt"]}
    assert said("催收債 debt", "zh-Hant", words) == ["債", "催收"]
    assert said("催收債 debt", "zh", words) == ["催收"]


def test_what_one_of_several_packs_forbids_is_forbidden_and_each_word_is_named_once() -> None:
    floor, cn, uk = (shipped_packs()[name].pack for name in ("floor", "cn", "uk"))
    packs = (floor, replace(cn, must_not_say={"zh": ("a", "b")}), replace(uk, must_not_say={"zh": ("b", "c")}))
    found = merge(packs, None).must_not_say
    assert found == {**floor.must_not_say, "zh": tuple(dict.fromkeys((*floor.must_not_say.get("zh", ()), *"abc")))}


def test_an_underscore_is_read_as_a_space() -> None:
    assert said("your_debt is due", "en", {"en": ["debt"]}) == ["debt"]


def test_what_a_script_tells_the_caller_to_do_is_not_said() -> None:
    assert "debt" not in spoken("Hello (never speak of a debt). 您好（不得提及债务）。")
    assert in_texts([{"en": "Hello (you owe)"}], WORDS) == []
    assert in_texts([{"en": "You owe (pause)"}], WORDS) == ["owe"]


@pytest.mark.parametrize("name", sorted(shipped_packs()))
def test_no_shipped_pack_says_what_it_forbids_nor_forbids_what_we_say_ourselves(name: str) -> None:
    pack = shipped_packs()[name].pack
    assert unspeakable(pack) == []
    texts = [spoken(text) for said_ in (*pack.scripts.values(), *pack.messages.values()) for text in said_.values()]
    assert forbidden(texts) == []


@pytest.mark.parametrize("name", [one for one in sorted(shipped_packs()) if one not in ("floor", "uk")])
def test_every_language_that_a_pack_speaks_has_words_that_it_forbids(name: str) -> None:
    pack = shipped_packs()[name].pack
    spoken_in = {language for texts in (*pack.scripts.values(), *pack.messages.values()) for language in texts}
    assert spoken_in - {"en", "zh"} <= set(pack.must_not_say), "the product's own list is Chinese and English only"


def test_every_kind_of_text_that_a_contact_may_get_is_held_to_the_packs_lists() -> None:
    assert {"contact-listed", "contact-invitation", "use-contact", "sign-in-code", "contact-consent"} <= set(
        ours_to_contacts())
    assert all({"zh", "en"} <= set(texts) for texts in ours_to_contacts().values())


def test_a_name_that_a_lender_typed_is_held_to_the_packs_list_when_the_message_goes_out() -> None:
    script, words = "{given_name}: {link}", {"de": ["schuld*"]}
    assert fill(script, {"given_name": "Anna", "link": "x"}, "de", words) == "Anna: x"
    with pytest.raises(MalformedError) as refusal:
        fill(script, {"given_name": "Anna (Schulden)", "link": "x"}, "de", words)
    assert refusal.value.code == "text-forbidden"
    assert fill(script, {"given_name": "Schuldenberg", "link": "x"}, "fr", words).startswith("Schuldenberg")
