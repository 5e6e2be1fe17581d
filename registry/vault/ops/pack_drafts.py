"""A read about a pack that nobody has signed yet: what it says otherwise than the one in force."""

from __future__ import annotations

from typing import Any

from registry.model.catalogue.terms import PACK_TEXT
from registry.model.shapes import words
from registry.model.times import stamp
from registry.policy import FLOOR, merge, read_pack
from registry.texts.pack_changes import changes, text_changes
from registry.texts.pack_explained import title_of
from registry.texts.pack_words import LANGUAGES
from registry.vault.arguments import Args
from registry.vault.desk import Desk
from registry.vault.ops.table import Op


def draft_in_words(desk: Desk, args: Args) -> dict[str, Any]:
    """`{name, version, sha256, title, regions, rows, texts, conflicts, loosened, replaces?, at}`: a draft beside the
    pack of its name in force now; `conflicts`: parameters that cannot hold beside the floor, `loosened`: those in
    which a floor would be looser, so that it cannot be put in force. Raises MalformedError `pack-malformed`."""
    draft, at = read_pack(args["text"]), desk.clock.now()
    old, floor = desk.directory.pack_at(draft.id.name, at), desk.directory.pack_at(FLOOR, at)
    assert floor is not None, "genesis brings a floor"
    chosen = (draft,) if draft.id.name == FLOOR else (floor, draft)
    rows = [
        {"parameter": one.name, "effect": one.effect,
         **{name: said.shown() for name, said in (("before", one.before), ("after", one.after)) if said is not None}}
        for one in changes(old, draft, args["language"])
    ]
    return {
        **draft.id.value(), "title": title_of(draft, args["language"]), "regions": list(draft.regions), "rows": rows,
        "texts": list(text_changes(old, draft)), "conflicts": list(merge(chosen, draft).conflicts),
        "loosened": list(desk.directory.loosened_by(draft)), "at": stamp(at),
        **({} if old is None else {"replaces": {**old.id.value(), "title": title_of(old, args["language"])}}),
    }


PACK_DRAFTS = {
    "draft-in-words": Op({"text": PACK_TEXT, "language": words(*LANGUAGES)}, read=draft_in_words),
}
