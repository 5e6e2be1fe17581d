"""An officer's passkey: made in a browser, vouched for by key files, signs acts in their place, ended at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registry import officer
from registry.jose import from_b64url
from registry.model.times import DAY, SECOND
from registry.usecases import relying
from tests.authenticator import Authenticator
from tests.officer.desk import Officer
from tests.web.world import URL, World


def device(**changes: Any) -> Authenticator:
    rp_id, origin = relying.party(URL)
    return Authenticator(**{"rp_id": rp_id, "origin": origin, **changes})


def enrolled(world: World, made: Authenticator, officers: int = 2) -> str:
    """A passkey of the first officer's, as a program has it vouched for."""
    body = {"role": "officer", "attestation": made.create("AAAA")}
    done = world.done("/v1/passkeys", body, officers)
    assert done.status_code == 201, done.text
    passkey: str = done.json["passkey"]
    return passkey


def resumed(world: World, made: Authenticator, passkey: str) -> Any:
    """Everything stopped, and let go on by the passkey's signature alone."""
    world.officer.post("/v1/releases/stop")
    draft = world.officer.post("/v1/releases/resume?draft=1").json
    signed = made.sign("officer", world.made["officer"].id or "", passkey, from_b64url(draft["to_sign"]))
    return world.officer.post("/v1/releases/resume", {"auth": [signed]})


def test_a_passkey_that_two_officers_signed_for_signs_acts_at_once(world: World) -> None:
    made = device()
    passkey = enrolled(world, made)
    assert [one["passkey"] for one in world.officer.get("/v1/passkeys").json["items"]] == [passkey]
    assert resumed(world, made, passkey).status_code == 201
    removed = world.officer.delete(f"/v1/passkeys/{passkey}")
    assert removed.status_code == 200, removed.text
    refused = resumed(world, made, passkey)
    assert (refused.status_code, refused.json["code"]) == (403, "signature-invalid")
    world.done("/v1/releases/resume", {})


def test_a_passkey_that_one_officer_signed_for_is_good_after_a_day(world: World) -> None:
    made = device()
    passkey = enrolled(world, made, officers=1)
    assert resumed(world, made, passkey).status_code == 403
    world.clock.move_to(world.clock.now() + DAY + SECOND)
    assert resumed(world, made, passkey).status_code == 201
    world.officer.delete(f"/v1/passkeys/{passkey}")


@pytest.mark.parametrize(("changes", "spoil"), [
    ({"rp_id": "elsewhere.invalid"}, {}), ({"verifies": False}, {}), ({}, {"id": "AAAA", "rawId": "AAAA"}),
    ({}, {"response": {"clientDataJSON": "e30", "attestationObject": "oA"}}),
    ({}, {"response": {"clientDataJSON": "e30", "attestationObject": "AAAA"}}),
])
def test_what_is_no_passkey_of_this_site_is_not_drawn_up(
    world: World, changes: dict[str, Any], spoil: dict[str, Any],
) -> None:
    attestation = {**device(**changes).create("AAAA"), **spoil}
    refused = world.officer.post("/v1/passkeys?draft=1", {"role": "officer", "attestation": attestation})
    assert (refused.status_code, refused.json["code"]) == (422, "passkey-unusable")


def test_on_the_pages_it_is_made_signed_for_by_two_and_used_and_ended(world: World, desk: Officer) -> None:
    made = device()
    desk.get("/officer/passkeys")
    assert 'data-passkey="create"' in desk.page
    desk.send("/officer/passkeys", attestation=json.dumps(made.create("AAAA")))
    page = desk.path
    assert "Let a new passkey of officer" in desk.page
    desk.sign("keep")
    other = Officer(world, world.keys.officers[1], language="en")
    other.get(page)
    other.sign()
    assert "Done, and in the log." in other.page
    passkey = desk_passkey(desk)
    desk.get("/officer/releases")
    desk.send("/officer/releases/stop")
    desk.send("/officer/releases/resume")
    assert f'data-passkeys="{made.id}={passkey}"' in desk.page
    to_sign = from_b64url(desk.client.get(f"{desk.path}/draft.json", headers=desk.headers).json["to_sign"])
    signed = made.sign("officer", officer.load(desk.key).officer, passkey, to_sign)
    desk.post(desk.path, {**desk.form_members(), "auth": json.dumps(signed), "way": "now"},
              sec_fetch_site="same-origin")
    assert "Done, and in the log." in desk.page
    assert world.bench.vault.call("status", {})["stopped"] is False
    desk.get("/officer/passkeys")
    desk.send(f"/officer/passkeys/{passkey}/removal")
    assert "opens and signs nothing any more" in desk.page
    assert "You have none." in desk.page


def desk_passkey(desk: Officer) -> str:
    """The id of the one passkey that this officer has."""
    desk.get("/officer/passkeys")
    (found,) = [form.action.split("/")[3] for form in desk.forms() if form.action.endswith("/removal")]
    return found


def test_what_the_page_cannot_take_is_said_in_words(world: World, desk: Officer) -> None:
    desk.get("/officer/passkeys")
    for sent in ("", "{}", "[", json.dumps(device(verifies=False).create("AAAA"))):
        desk.send("/officer/passkeys", attestation=sent)
        assert (desk.status, "No usable passkey came" in desk.page) == (422, True)


def test_only_a_passkey_of_the_staff_is_ended_here(world: World) -> None:
    assert world.officer.delete(f"/v1/passkeys/{'0' * 32}").status_code == 404
