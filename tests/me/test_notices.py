"""The texts that people read before they agree, pinned: a released one is never edited."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from registry.errors import NotFoundError
from registry.model.catalogue.terms import NOTICE_SHOWN
from registry.texts import forbidden, notices

FOLDER = Path(notices.__file__).parent / "notices"
# Consents in the log name these digests. A changed text is a new file with a new version, and a new line here.
PINNED = {
    ("borrower-consent", "1", "zh"): "5b1bbea0ab75016638bbf8943f06517550a771d29e1b9fddf5cb9fd42b30343a",
    ("borrower-consent", "1", "en"): "98ce50e3037e5dca83de3acf1add1fd10682460693c91b1b8f230ece5755a481",
    ("contact-consent", "1", "zh"): "ee2a461fa3fe2ec8db51802df790038d4fd464f1a104f69eb3a211dad3ba8179",
    ("contact-consent", "1", "en"): "f57c83b27e55296ee9a8468506063b2a73d1cdd2a87ddeed2ccda8b464c2ce9d",
}


def test_no_released_notice_was_edited() -> None:
    found = {}
    for path in FOLDER.glob("*.toml"):
        id_, version = path.stem.split("@")
        for language in ("zh", "en"):
            found[id_, version, language] = notices.notice(id_, version).sha256(language)
    assert found == PINNED


def test_the_digest_is_of_the_text_as_shown() -> None:
    shown = notices.current("borrower")
    text = "\n\n".join(shown.paragraphs("zh"))
    assert hashlib.sha256(text.encode()).hexdigest() == shown.sha256("zh")
    NOTICE_SHOWN.check(shown.shown("zh"), "/notice")


def test_file_names_say_what_is_inside() -> None:
    for path in FOLDER.glob("*.toml"):
        value = tomllib.loads(path.read_text("utf-8"))
        assert path.stem == f"{value['id']}@{value['version']}"
        assert notices.notice(value["id"], value["version"]).audience == value["audience"]


def test_what_a_contact_reads_says_nothing_that_a_contact_must_not_be_told() -> None:
    for language in ("zh", "en"):
        assert forbidden([notices.current("contact").texts[language]]) == []


@pytest.mark.parametrize("name", ["no-such", "../reasons", "borrower-consent@1.toml", ""])
def test_no_other_file_is_a_notice(name: str) -> None:
    with pytest.raises(NotFoundError):
        notices.notice(name, "1")
