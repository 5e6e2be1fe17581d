"""The words of the pages: each key in both languages, each used, and nothing to a contact that must not be said."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest

from registry.texts import forbidden
from registry.texts.pages import TextMissingError, files, known, text, texts
from tests.contract.client import ROOT

WEB = ROOT / "registry" / "web"
PAGES = ROOT / "registry" / "texts" / "pages"
SOURCES = {path: path.read_text("utf-8") for path in sorted([
    *(WEB / "portal").rglob("*.py"), *(WEB / "api").rglob("*.py"), *(WEB.parent / "usecases").rglob("*.py"),
    *(WEB.parent / "reporting").rglob("*.py"), *(WEB.parent / "casefile").rglob("*.py"),
    *(WEB / "templates" / "portal").rglob("*.html"),
])}
LITERAL = re.compile(r"""["']([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+\.?)["']""")
BEGINNING = re.compile(r"""["']((?:[a-z0-9-]+\.)+){""")  # of an f-string
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Read by contacts: everything in these files (CONTRACT section 5).
FOR_CONTACTS = ("common", "contact")


def literals() -> set[str]:
    """What looks like a key, or like the beginning of one, in templates and code."""
    return {one for source in SOURCES.values() for one in LITERAL.findall(source) + BEGINNING.findall(source)}


def unused(keys: set[str], said: set[str]) -> set[str]:
    """Keys that neither stand anywhere nor begin with a literal that is put together with something."""
    beginnings = tuple(one for one in said if one.endswith("."))
    # Problems are found by their code or status: `problem.<code>.title` and `.advice`.
    return {key for key in keys - said if not key.startswith((*beginnings, "problem."))}


def test_every_key_of_every_file_is_used() -> None:
    assert unused(set(texts()), literals()) == set()


def test_a_key_that_nobody_uses_is_found() -> None:
    assert unused({"a.b", "a.c.d"}, {"a.b"}) == {"a.c.d"}
    assert unused({"a.b", "a.c.d"}, {"a.b", "a.c."}) == set()


@pytest.mark.parametrize("path", [path for path in SOURCES if path.suffix == ".html"], ids=lambda path: path.name)
def test_every_text_that_a_template_asks_for_is_there(path: Path) -> None:
    asked = set(re.findall(r"""\bt\(\s*["']([^"']+)["']\s*[,)]""", SOURCES[path]))
    assert {key for key in asked if not known(key)} == set()


def test_problems_come_with_title_and_advice() -> None:
    found = {key.rpartition(".")[0] for key in texts() if key.startswith("problem.") and key != "problem.home"}
    assert found
    assert all(known(f"{one}.title") and known(f"{one}.advice") for one in found)


@pytest.mark.parametrize("key", sorted(texts()))
def test_both_languages_say_it_in_their_own_script_with_the_same_places(key: str) -> None:
    forms = texts()[key]
    places = {name: {place for _, place, _, _ in Formatter().parse(words) if place is not None}
              for name, words in forms.items()}
    assert places["zh"] == places["en"], key
    assert places.get("en_one", set()) <= places["en"] | {"count"}
    assert not CHINESE.search(forms["en"]), key
    for words in forms.values():
        assert words == words.strip() != "", key
        assert "<" not in words, "words are shown as they are, never as markup"


@pytest.mark.parametrize("name", FOR_CONTACTS)
def test_nothing_that_a_contact_reads_says_what_must_not_be_said(name: str) -> None:
    found = tomllib.loads((PAGES / f"{name}.toml").read_text("utf-8"))
    assert {key: forbidden(forms.values()) for key, forms in found.items() if forbidden(forms.values())} == {}


def test_a_word_that_must_not_be_said_would_be_found() -> None:
    assert forbidden(["Your loan"])
    assert forbidden(["您的借款"])


def test_a_missing_text_or_place_is_an_error() -> None:
    with pytest.raises(TextMissingError):
        text("no.such.key", "zh", {})
    with pytest.raises(TextMissingError):
        text("common.refused", "zh", {})
    assert text("common.refused", "en", {"count": "1"}).startswith("Nothing was sent yet: please look at the place ")
    assert "3 places" in text("common.refused", "en", {"count": "3"})


def test_every_file_is_of_somebody(tmp_path: Path) -> None:
    assert set(files()) >= {"common", "borrower", "contact", "officer", "auditor"}
