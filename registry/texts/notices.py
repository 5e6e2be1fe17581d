"""What people read before they agree to anything: files that are never edited, only superseded.

A consent keeps id, version, language and the SHA-256 of the text exactly as it was shown.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from registry.errors import NotFoundError

# What is shown from now on; older versions stay readable, for the consents that name them.
CURRENT = {"borrower": ("borrower-consent", "1"), "contact": ("contact-consent", "1")}


@dataclass(frozen=True, slots=True)
class Notice:
    """One text in its languages; `audience` is borrower or contact."""

    id: str
    version: str
    audience: str
    texts: Mapping[str, str]

    def paragraphs(self, language: str) -> list[str]:
        """The text for showing, a paragraph each."""
        return self.texts[language].split("\n\n")

    def sha256(self, language: str) -> str:
        """Lower-case hex over the text's UTF-8 bytes."""
        return hashlib.sha256(self.texts[language].encode("utf-8")).hexdigest()

    def shown(self, language: str) -> dict[str, str]:
        """What a consent keeps of it: `{id, version, language, sha256}`."""
        return {"id": self.id, "version": self.version, "language": language, "sha256": self.sha256(language)}


@cache
def notice(id_: str, version: str) -> Notice:
    """The notice of that id and version. Raises NotFoundError."""
    folder = resources.files("registry.texts").joinpath("notices")
    # Chosen among the files there are: neither name ever becomes part of a path.
    known = {one.name: one for one in folder.iterdir()}
    found = known.get(f"{id_}@{version}.toml")
    if found is None:
        raise NotFoundError("there is no such notice")
    value = tomllib.loads(found.read_text("utf-8"))
    texts = {language: value[language]["text"].strip() for language in ("zh", "en")}
    return Notice(value["id"], value["version"], value["audience"], texts)


def ours(shown: Mapping[str, str], language: str) -> list[str]:
    """The paragraphs of exactly the text that a consent names, in a reader's language; none where it is not ours."""
    named = shown["language"].lower().split("-", 1)[0]
    try:
        found = notice(shown["id"], shown["version"])
    except NotFoundError:
        return []
    known = named in found.texts and found.sha256(named) == shown["sha256"]
    return found.paragraphs(language) if known else []


def current(audience: str) -> Notice:
    """The notice that is shown to a borrower or a contact now."""
    return notice(*CURRENT[audience])
