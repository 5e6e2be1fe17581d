"""Providers: whose accounts report attempts, whether what they say counts, and what became of their reports."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from registry.errors import ConflictError, MalformedError
from registry.model.providers import KINDS, OWNERS
from registry.usecases import providers as accounts
from registry.usecases.callbacks import COUNTING_OWNERS
from registry.usecases.paging import MOST
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import forms, language, pages
from registry.web.portal.officer_shared import blueprint, loaded, me, names, parties, to_act
from registry.web.portal.sessions import signed_in
from registry.web.schemas.officer import GapSchema, ProviderSchema

KEYED = ("secret", "public_key")
SHOWN_REFUSED = 20
LONGEST_KEY = 4_000


@blueprint.get("/providers")
@signed_in("officer")
def providers() -> Response:
    """Every provider's account, and a form for another."""
    return _all({}, {})


@blueprint.post("/providers")
@signed_in("officer")
def add_provider() -> Response:
    """Draws up another."""
    sent = forms.read("name", "kind", "owner", optional=("owner_party", "once", *KEYED))
    idem = forms.once(sent)
    once = forms.fresh() if idem is None else idem["key"]
    form = {name: value for name, value in sent.items() if name != "once"}
    body, errors = loaded(ProviderSchema, form)
    if not body and not errors:
        # What fits together by no member alone: both a secret and a public key, or neither.
        errors = {"secret": "officer.error.secret"}
    if not errors:
        try:
            return to_act(accounts.draw_up(ports(), me(), body, once))
        except ConflictError as error:
            if error.code != "provider-exists":
                raise
            errors = {"name": "officer.error.provider-exists"}
        except MalformedError as error:
            pointer = (error.pointer or "").strip("/")
            errors = {name: f"officer.error.{name}" for name in (pointer if pointer in KEYED else "secret",)}
    # What was typed as a secret is not sent back.
    return _all({name: value for name, value in form.items() if name != "secret"}, errors)


@blueprint.get("/providers/<word:provider>")
@signed_in("officer")
def provider(provider: str) -> Response:
    """One account: what is missing in its sequence, what waits, what was refused and why."""
    return page_of(provider, {}, {})


@blueprint.post("/providers/<word:provider>/gaps")
@signed_in("officer")
def accept_gap(provider: str) -> Response:
    """Draws up that some reports will never come."""
    form = forms.read("from_seq", "through_seq")
    body, errors = loaded(GapSchema, form, ("from_seq", "through_seq"))
    if not errors and body["through_seq"] < body["from_seq"]:
        errors = {"through_seq": "officer.error.through_seq"}
    if errors:
        return page_of(provider, form, errors)
    return to_act(accounts.gap_draft(ports(), me(), provider, body))


def counting(one: Record) -> str:
    """Whether what a provider says can count towards "unreachable", and why, as the end of a text's key.

    POLICY section 3: nothing from an account of the agency's own; of the lender's only what the provider signs with
    a private key; grade C only after the provider's own record was asked for.
    """
    kind = KINDS.get(one["adapter"])
    if one["owner"] not in COUNTING_OWNERS:
        return "agency"
    if one["owner"] == "lender" and one["grade"] != "A":
        return "lender"
    if one["grade"] == "C":
        return "pulled" if kind is not None and kind.pull else "unsigned"
    return "signed" if one["grade"] == "A" else "shared"


def _all(typed: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    found, everybody = ports().store.records("providers", {}, limit=MOST), parties()
    return pages.show(
        "officer/providers.html", 422 if errors else 200, errors=errors, typed=typed, names=names(everybody),
        providers=[_shown(one) for one in found], owners=OWNERS,
        kinds=[(name, _title(name)) for name in KINDS], longest=LONGEST_KEY, once=forms.fresh(),
        holders=[(one["id"], one["name"]) for one in everybody if one["role"] in ("lender", "agency")],
    )


def page_of(name: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    """The page of one account, with what was typed into one of its forms and what is wrong with that."""
    found, told = accounts.named(ports(), name), accounts.status(ports(), name)
    return pages.show(
        "officer/provider.html", 422 if errors else 200, errors=errors, typed=typed, names=names(parties()),
        one=_shown(found), told=told,
        refused=told["refused"][-SHOWN_REFUSED:],
    )


def _shown(one: Record) -> Record:
    suspended = accounts.is_suspended(one)
    return {**one, "counts": "suspended" if suspended else counting(one), "title": _title(one["adapter"]),
            "suspended": suspended}


def _title(kind: str) -> str:
    """What a kind is called; one that this version does not know by its own word."""
    return language.t(f"officer.provider-kind.{kind}") if kind in KINDS else kind
