"""A consent in others' formats: valid by our schemas and shapes and by Kantara's own; no personal value in any."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from registry import jose
from registry.errors import ConflictError, NotFoundError
from registry.model import canonical
from registry.model.entries import Actor
from registry.model.times import DAY, SECOND, parse_stamp, stamp
from registry.records import FORMATS, READERS, record, told_from
from registry.texts import forbidden
from tests.promises.canaries import Scanner
from tests.world import Person, World, sha256

KANTARA = Path(__file__).parents[2].parent / "shared" / "data" / "consent" / "kantara" / "schema.json"
URL = "https://registry.demo.invalid"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.vault.close()


def agreed(world: World, giver: str, **changes: Any) -> tuple[Person, str]:
    person = world.borrower()
    world.deliver(person)
    asked = world.call("consent", **world.terms(person, giver, **changes))
    if giver == "contact":
        world.deliver(person)
        world.call("check-code", consent=asked["consent"], code=person.code)
    return person, asked["consent"]


def written(world: World, consent: str, format_: str, reader: str = "lender") -> dict[str, Any]:
    return record(format_, told_from(world.call("consent-record", consent=consent), reader, URL))


@cache
def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        resources.files("registry.records").joinpath("schemas", f"{name}.schema.json").read_text("utf-8"))
    return found


def check_schema(name: str, value: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    jsonschema.Draft202012Validator(schema(name)).validate(json.loads(json.dumps(value)))


@cache
def shapes() -> Any:
    from rdflib import Graph

    text = resources.files("registry.records").joinpath("schemas", "consent-record.shapes.ttl").read_text("utf-8")
    return Graph().parse(data=text, format="turtle")


def graph_of(value: dict[str, Any]) -> Any:
    """The record as linked data. Its context is its own: nothing is fetched."""
    from rdflib import Graph

    return Graph().parse(data=json.dumps(value), format="json-ld")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def conforms(value: dict[str, Any]) -> tuple[bool, str]:
    import warnings

    from pyshacl import validate

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits, _, said = validate(graph_of(value), shacl_graph=shapes(), advanced=False)
    return bool(fits), str(said)


SCHEMAS = {"27560": "27560", "kantara": "kantara", "depa": "depa"}


@pytest.mark.parametrize("giver", ["borrower", "contact"])
@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_a_record_is_valid_by_our_own_schema(world: World, giver: str, format_: str) -> None:
    _, consent = agreed(world, giver)
    for reader in ("lender", giver):
        check_schema(SCHEMAS[format_], written(world, consent, format_, reader))


@pytest.mark.parametrize("giver", ["borrower", "contact"])
def test_a_record_is_linked_data_that_fits_our_shapes(world: World, giver: str) -> None:
    _, consent = agreed(world, giver)
    for reader in ("lender", giver):
        fits, said = conforms(written(world, consent, "27560", reader))
        assert fits, said


@pytest.mark.parametrize("member", [
    "dct:conformsTo", "dpv:hasDataSubject", "dpv:hasNotice", "dpv:hasProcess", "dpv:hasEntity",
    "dpv:hasConsentStatus", "dct:provenance",
])
def test_a_record_without_a_mandatory_field_fits_neither_schema_nor_shapes(world: World, member: str) -> None:
    _, consent = agreed(world, "borrower")
    value = written(world, consent, "27560")
    del value[member]
    assert not conforms(value)[0]
    with pytest.raises(jsonschema.ValidationError):
        check_schema("27560", value)


def test_the_shapes_refuse_a_persons_name(world: World) -> None:
    _, consent = agreed(world, "borrower")
    value = written(world, consent, "27560")
    value["dpv:hasEntity"][0]["dpv:hasName"] = "Somebody"
    assert not conforms(value)[0]


def test_a_receipt_is_valid_by_kantaras_own_schema(world: World) -> None:
    if not KANTARA.exists():
        pytest.skip("Kantara's schema is not beside the repository: their policy forbids a copy in it")
    text = re.sub(r"^\s*//.*$", "", KANTARA.read_text("utf-8"), flags=re.MULTILINE)
    theirs = jsonschema.Draft4Validator(json.loads(text))
    for giver in ("borrower", "contact"):
        _, consent = agreed(world, giver)
        value = written(world, consent, "kantara", giver)
        theirs.validate(value)
        with pytest.raises(jsonschema.ValidationError):
            theirs.validate({name: one for name, one in value.items() if name != "policyUrl"})


@pytest.mark.parametrize("giver", ["borrower", "contact"])
@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_no_record_holds_a_personal_value(world: World, giver: str, format_: str) -> None:
    person, consent = agreed(world, giver)
    scanner = Scanner([person.number, person.contact_number], [person.mail])
    for reader in READERS:
        text = json.dumps(written(world, consent, format_, reader), ensure_ascii=False)
        assert scanner.hits(text.encode()) == []
        assert "Ming" not in text
        assert "Li Na" not in text


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_a_contacts_record_says_nothing_of_accounts_agencies_or_who_the_borrower_is(
    world: World, format_: str,
) -> None:
    person = world.borrower()
    world.account(person)
    scope = {**world.terms(person, "contact")["scope"],
             "grantee": {"role": "entrusted", "party": world.agency.id}}
    world.deliver(person)
    asked = world.call("consent", **world.terms(person, "contact", account=person.account, scope=scope))["consent"]
    world.deliver(person)
    world.call("check-code", consent=asked, code=person.code)
    mine = json.dumps(written(world, asked, format_, "contact"), ensure_ascii=False)
    for hidden in (person.account, person.borrower, str(world.agency.id), "Example Agency"):
        assert hidden not in mine
    said = [one for one in strings(json.loads(mine)) if one != "Example Lender" and not one.startswith("https://")]
    assert forbidden(said) == []
    theirs = json.dumps(written(world, asked, format_, "lender"))
    assert str(world.agency.id) in theirs or "Example Agency" in theirs


def strings(value: Any) -> Iterator[str]:
    """Every text in a record, but the context's and signed ones."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name not in ("@context", "consentry:proof", "proof"):
                yield from strings(one)


def test_the_receipt_in_a_record_is_the_registrys_and_is_of_these_terms(world: World) -> None:
    _, consent = agreed(world, "contact")
    for format_ in FORMATS:
        value = written(world, consent, format_, "contact")
        token = {"27560": lambda v: v["dct:provenance"]["consentry:receipt"],
                 "kantara": lambda v: v["x-consentry"]["receipt"],
                 "depa": lambda v: v["consentDetailDigitalSignature"]}[format_](value)
        claims = json.loads(jose.from_b64url(token.split(".")[1]))
        assert (claims["consent"], claims["act"], claims["giver"]) == (consent, "given", "contact")
        assert claims["terms_sha256"] in json.dumps(value)


def test_the_digest_of_the_terms_is_of_what_the_vault_tells(world: World) -> None:
    _, consent = agreed(world, "borrower")
    terms = world.call("consent-record", consent=consent)["terms"]
    plain = {name: one for name, one in terms.items() if name != "terms_sha256"}
    assert sha256(canonical.encode(plain).decode()) == terms["terms_sha256"]


def statuses(value: dict[str, Any]) -> list[str]:
    found = [one["@type"] for one in value["dpv:hasConsentStatus"]]
    return [one if isinstance(one, str) else one[0] for one in found]


def test_the_events_of_a_consent_are_told_in_order_to_its_end(world: World) -> None:
    person, consent = agreed(world, "contact")
    assert statuses(written(world, consent, "27560")) == ["dpv:ConsentRequested", "dpv:ConsentGiven"]
    by = Actor("contact", person.contact)
    world.call("withdraw", by=by.value(), consent=consent, through="portal")
    value = written(world, consent, "27560")
    assert statuses(value)[-1] == "dpv:ConsentWithdrawn"
    assert value["dpv:hasConsentStatus"][-1]["dpv:isIndicatedBy"] == value["dpv:hasDataSubject"]
    assert written(world, consent, "depa")["status"] == "REVOKED"
    assert conforms(value)[0]
    times = [one["dpv:isIndicatedAtTime"]["@value"] for one in value["dpv:hasConsentStatus"]]
    assert times == sorted(times)


def test_what_the_lender_takes_back_is_revoked_not_withdrawn(world: World) -> None:
    _, consent = agreed(world, "borrower")
    world.call("withdraw", by=world.lender.value(), consent=consent, through="lender")
    assert statuses(written(world, consent, "27560"))[-1] == "dpv:ConsentRevoked"


def test_a_consent_ends_in_its_record_by_its_words_or_by_the_longest_age(world: World) -> None:
    _, consent = agreed(world, "borrower", expires_at=stamp(world.clock.at + 800 * DAY))
    given = parse_stamp(world.call("consent-record", consent=consent)["events"][0]["at"])
    assert written(world, consent, "depa")["ConsentDetail"]["consentExpiry"] == stamp(given + 365 * DAY)
    assert written(world, consent, "depa")["status"] == "ACTIVE"
    world.clock.at = given + 366 * DAY
    value = written(world, consent, "27560")
    assert statuses(value)[-1] == "dpv:ConsentExpired"
    assert conforms(value)[0]
    assert written(world, consent, "depa")["status"] == "EXPIRED"


def test_a_renewed_consent_says_what_it_renews(world: World) -> None:
    person, consent = agreed(world, "contact", expires_at=stamp(world.clock.at + 110 * DAY))
    world.clock.at += 100 * DAY
    again = world.call("renew-consent", by=world.lender.value(), consent=consent)["consent"]
    world.deliver(person)
    world.call("check-code", consent=again, code=person.code)
    value = written(world, again, "27560", "contact")
    assert value["dct:replaces"] == {"@id": f"urn:consentry:consent:{consent}"}
    assert statuses(value) == ["dpv:ConsentRequested", "dpv:RenewedConsentGiven"]
    assert conforms(value)[0]
    check_schema("27560", value)


def test_what_was_never_given_has_a_record_and_no_receipt(world: World) -> None:
    person = world.borrower()
    world.deliver(person)
    asked = world.call("consent", **world.terms(person, "contact"))["consent"]
    value = written(world, asked, "27560")
    assert statuses(value) == ["dpv:ConsentRequested"]
    assert conforms(value)[0]
    for format_ in ("kantara", "depa"):
        with pytest.raises(ConflictError) as caught:
            written(world, asked, format_)
        assert caught.value.code == "record-not-yet"
    with pytest.raises(NotFoundError):
        world.call("consent-record", consent="00" * 16)


def test_kantaras_time_is_when_it_was_logged_in_seconds(world: World) -> None:
    _, consent = agreed(world, "borrower")
    given = parse_stamp(world.call("consent-record", consent=consent)["events"][0]["at"])
    value = written(world, consent, "kantara")
    assert value["consentTimestamp"] == given // SECOND
    assert json.loads(value["publicKey"]) == world.call("keys")["jwks"]["keys"][0]
