"""Checks of what the courier says it told a borrower of: an act in his name, and a channel of his that was opened."""

from __future__ import annotations

from registry.model.entries import Draft
from registry.vault.own_acts import told_by
from registry.vault.references.context import Check, Context
from registry.vault.references.messages import check_opened
from registry.vault.relations import unknown


def _told(draft: Draft, context: Context) -> None:
    body, relations = draft.body, context.relations
    about = relations.entry(body["about"], "consent-given/1", "passkey-added/1")
    template = told_by(about)
    if template is None or about.body["borrower"] != body["borrower"]:
        raise unknown()
    relations.of_borrower(body["channel"], "channel-added/1", body["borrower"])
    check_opened(draft, context, about.id, template, body["channel"])


TELLING: dict[str, Check] = {"borrower-told/1": _told}
