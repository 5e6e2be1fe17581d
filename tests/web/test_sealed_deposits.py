"""A lender may seal every personal value to the vault: the vault opens it, and refuses in words what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from registry import jose
from tests.web.world import World

NAME = {"given": "Probeline", "family": "Erfunden"}
MEMBERS = ("kty", "crv", "x", "y")


def enc_key(world: World) -> dict[str, Any]:
    (key,) = [one for one in world.nobody.get("/v1/keys").json["keys"] if one["use"] == "enc"]
    return dict(key)


def sealed(world: World, value: object) -> str:
    """A string as it is, anything else as JSON."""
    return jose.encrypt(value if isinstance(value, str) else json.dumps(value), enc_key(world))


def kept(world: World, subject: str, name: str) -> str:
    """The value behind a sealed one of the web tier's, opened with the vault's keys."""
    return world.bench.vault.desk.keys.unseal(subject, name, world.bench.store.blobs(subject, [name])[name])


def test_a_borrower_whose_every_value_is_sealed_is_registered_with_exactly_those(world: World) -> None:
    number, mail = world.number(), "sealed.probe@demo.invalid"
    body = world.borrower(name={"jwe": sealed(world, NAME)}, channels=[
        {"medium": "voice", "jwe": sealed(world, number), "use": "personal"},
        {"medium": "email", "jwe": sealed(world, mail), "use": "personal"},
    ])
    made = world.lender.post("/v1/borrowers", body)
    assert made.status_code == 201, made.text
    borrower, (voice, email) = made.json["borrower"], (one["channel"] for one in made.json["channels"])
    assert json.loads(kept(world, borrower, "name")) == NAME
    assert (kept(world, borrower, voice), kept(world, borrower, email)) == (number, mail)


@pytest.mark.parametrize(("given", "whole"), [
    ("Anna Probe", "Anna Probe"), ({"given": "Anna", "family": "Probe"}, "Anna Probe"),
    ({"given": "安", "family": "样"}, "样安"),
])
def test_a_contacts_sealed_name_is_one_string_or_its_parts(world: World, given: object, whole: str) -> None:
    borrower = world.lender.post("/v1/borrowers", world.borrower()).json["borrower"]
    number = world.number()
    body = world.contact(name={"jwe": sealed(world, json.dumps(given))}, jwe=sealed(world, number))
    del body["number"]
    made = world.lender.post(f"/v1/borrowers/{borrower}/contacts", body)
    assert made.status_code == 201, made.text
    assert (kept(world, made.json["contact"], "name"), kept(world, made.json["contact"], "number")) == (whole, number)


def test_a_sealed_deposit_and_one_in_clear_are_answered_alike(world: World) -> None:
    clear = world.borrower()
    channels = [{"medium": one["medium"], "jwe": sealed(world, one["value"]), "use": one["use"]}
                for one in clear["channels"]]
    secret = world.borrower(name={"jwe": sealed(world, clear["name"])}, channels=channels)
    answers = [world.lender.post("/v1/borrowers", body) for body in (clear, secret)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json.keys() == answers[1].json.keys()
    assert [set(one) for one in answers[0].json["channels"]] == [set(one) for one in answers[1].json["channels"]]


def test_padding_with_spaces_changes_no_value(world: World) -> None:
    number = world.number()
    body = world.borrower(name={"jwe": sealed(world, json.dumps(NAME).ljust(128))}, channels=[
        {"medium": "voice", "jwe": sealed(world, number.ljust(64)), "use": "personal"},
        {"medium": "email", "jwe": sealed(world, "padded@demo.invalid".ljust(64)), "use": "personal"},
        {"medium": "post", "jwe": sealed(world, "1 Nowhere Street".ljust(64)), "use": "personal"}])
    made = world.lender.post("/v1/borrowers", body).json
    values = [kept(world, made["borrower"], one["channel"]) for one in made["channels"]]
    assert values == [number, "padded@demo.invalid", "1 Nowhere Street"]
    assert json.loads(kept(world, made["borrower"], "name")) == NAME


# What is wrong


def wrong_tokens(world: World) -> dict[str, str]:
    key = enc_key(world)
    ours = ECKey.import_key({name: key[name] for name in MEMBERS})
    other = ECKey.generate_key("P-256").as_dict(private=False)
    registry = jwe.JWERegistry(algorithms=["ECDH-ES", "ECDH-ES+A256KW", "A256GCM", "A128GCM", "DEF"])

    def made(text: bytes = b"+8610000009999", **header: str) -> str:
        members = {"alg": "ECDH-ES", "enc": "A256GCM", **header}
        return jwe.encrypt_compact(members, text, ours, registry=registry)

    good = made()
    return {
        "garbage": "a.b.c.d.e", "empty parts": "....", "another key": jose.encrypt("+8610000009999", other),
        "another alg": made(alg="ECDH-ES+A256KW"), "another enc": made(enc="A128GCM"),
        "compressed": made(b"0" * 100_000, zip="DEF"), "long": made(b"1" * 13_000), "changed": good[:-4] + "AAAA",
        "huge": made(b"1" * 40_000),
    }


SAID = {
    "garbage": "header", "empty parts": "header", "another key": "another key", "another alg": "alg must be ECDH-ES",
    "another enc": "enc A256GCM", "compressed": "compressed", "long": "longer than", "changed": "does not open",
    "huge": "compact JWE",
}


@pytest.mark.parametrize("which", sorted(SAID))
def test_a_jwe_that_the_vault_cannot_take_is_refused_in_words(world: World, which: str) -> None:
    token = wrong_tokens(world)[which]
    for changes, pointer in (
        ({"channels": [{"medium": "voice", "jwe": token, "use": "personal"}]}, "/channels/0/jwe"),
        ({"name": {"jwe": token}}, "/name/jwe"),
    ):
        refused = world.lender.post("/v1/borrowers", world.borrower(**changes))
        assert refused.status_code == 422, refused.text
        (error,) = refused.json["errors"]
        assert (error["pointer"], error["code"]) == (pointer, "malformed" if which == "huge" else "deposit-refused")
        assert SAID[which] in error["detail"]
        assert "9999" not in refused.text


def test_a_contacts_wrong_jwe_is_pointed_at(world: World) -> None:
    borrower = world.lender.post("/v1/borrowers", world.borrower()).json["borrower"]
    path, token = f"/v1/borrowers/{borrower}/contacts", wrong_tokens(world)["another key"]
    number = world.contact(jwe=token)
    del number["number"]
    for body, pointer in ((number, "/jwe"), (world.contact(name={"jwe": token}), "/name/jwe")):
        refused = world.lender.post(path, body)
        assert refused.status_code == 422
        assert [(one["pointer"], one["code"]) for one in refused.json["errors"]] == [(pointer, "deposit-refused")]


def test_evidence_that_does_not_open_is_refused_in_words(world: World) -> None:
    borrower = world.lender.post("/v1/borrowers", world.borrower()).json["borrower"]
    body = world.consent("borrower", borrower, evidence=wrong_tokens(world)["another key"])
    refused = world.lender.post("/v1/consents", body, idempotency_key="another-key")
    assert (refused.status_code, refused.json["code"]) == (422, "deposit-refused")
    assert "another key" in refused.json["detail"]


@pytest.mark.parametrize("content", [
    "Secreta", '"Secreta"', {}, {"family": "Secreta"}, {"given": ""}, {"given": "Secreta" * 6},
    {"given": "Secreta\n"}, {"given": 7}, {"given": "Secreta", "secreta": 1},
    ["Secreta"], "[" * 9_000, '{"given": "\\ud800"}', "null", "{",
])
def test_a_sealed_name_of_another_shape_is_refused_without_repeating_it(world: World, content: object) -> None:
    refused = world.lender.post("/v1/borrowers", world.borrower(name={"jwe": sealed(world, content)}))
    assert (refused.status_code, refused.json["code"]) == (422, "name-invalid"), refused.text
    assert [one["pointer"] for one in refused.json["errors"]] == ["/name/jwe"]
    assert "ecreta" not in refused.text


@pytest.mark.parametrize(("medium", "content", "code"), [
    ("voice", "letters", "number-invalid"), ("voice", "+86100000099991234567", "number-invalid"),
    ("sms", "", "number-invalid"), ("email", "nobody", "email-invalid"), ("post", " ", "address-invalid"),
    ("post", "x" * 501, "address-invalid"),
])
def test_a_sealed_value_is_checked_as_one_in_clear(world: World, medium: str, content: str, code: str) -> None:
    channel = {"medium": medium, "jwe": sealed(world, content), "use": "personal"}
    refused = world.lender.post("/v1/borrowers", world.borrower(channels=[channel]))
    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json["errors"]] == [("/channels/0/jwe", code)]


def test_a_refused_name_leaves_the_ref_free(world: World) -> None:
    body = world.borrower()
    assert world.lender.post("/v1/borrowers", {**body, "name": {"jwe": sealed(world, "{")}}).status_code == 422
    assert world.lender.post("/v1/borrowers", body).status_code == 201


@pytest.mark.parametrize("name", [
    {}, {"given": "A", "jwe": "a.b.c.d.e"}, {"jwe": "abc"}, {"jwe": 1}, {"family": "A"}, "A",
])
def test_a_borrowers_name_is_given_in_one_way(world: World, name: object) -> None:
    refused = world.lender.post("/v1/borrowers", world.borrower(name=name))
    assert refused.status_code == 422
    assert all(one["pointer"].startswith("/name") for one in refused.json["errors"])


def test_the_document_shows_where_a_jwe_may_stand(world: World) -> None:
    known = world.nobody.get("/v1/openapi.json").json["components"]["schemas"]
    assert all("jwe" in known[name]["properties"] for name in ("Channel", "Contact", "Name"))
    assert known["Borrower"]["properties"]["name"] == {"$ref": "#/components/schemas/Name"}
    assert {"$ref": "#/components/schemas/Name"} in known["Contact"]["properties"]["name"]["anyOf"]
