"""Officers' keys: an act is said in words in full, and what is signed is what was said."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from registry.errors import ConsentryError
from registry.jose import b64url, from_b64url
from registry.model.catalogue import KINDS
from registry.model.entries import Actor, Draft, act_message, draft_of
from registry.model.kinds import Authority
from registry.model.shapes import Optional
from registry.officer import act_of, keygen, load, sign, sign_command
from registry.officer_words import in_words, kinds, sentence

OFFICER = "0f" * 16
APPROVAL: dict[str, Any] = {"v": 1, "id": "e1" * 16, "kind": "approval-given/1",
                            "by": {"role": "officer", "id": OFFICER},
                            "body": {"approval": "a4" * 16, "borrower": "b0" * 16}}


def item(entry: dict[str, Any]) -> dict[str, Any]:
    return {"approval": "a4" * 16, "entry": entry, "to_sign": b64url(draft_of(entry).to_sign())}


def test_a_made_key_signs_what_its_public_half_verifies(tmp_path: Path) -> None:
    made = keygen(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    signed = sign(item(APPROVAL), tmp_path / "key")
    assert set(signed) == {"officer", "alg", "sig"}
    assert (signed["officer"], signed["alg"]) == (made["officer"], "Ed25519")
    public = Ed25519PublicKey.from_public_bytes(from_b64url(made["public"]))
    public.verify(from_b64url(signed["sig"]), act_message(draft_of(APPROVAL).to_sign()))


def test_the_bare_entry_and_the_apis_item_are_the_same_act(tmp_path: Path) -> None:
    keygen(tmp_path / "key")
    assert sign(APPROVAL, tmp_path / "key") == sign(item(APPROVAL), tmp_path / "key")


def test_a_second_officer_signs_the_same_bytes(tmp_path: Path) -> None:
    keygen(tmp_path / "one")
    first = sign(APPROVAL, tmp_path / "one")
    assert act_of({**APPROVAL, "auth": [first]}) == act_of(APPROVAL)


def test_a_to_sign_that_is_not_the_entry_shown_is_not_signed(tmp_path: Path) -> None:
    keygen(tmp_path / "key")
    other = {**APPROVAL, "body": {"approval": "a5" * 16, "borrower": "b0" * 16}}
    with pytest.raises(ConsentryError) as refused:
        sign({"entry": APPROVAL, "to_sign": item(other)["to_sign"]}, tmp_path / "key")
    assert refused.value.code == "to-sign-differs"


@pytest.mark.parametrize("draft", [
    {}, {"entry": 5}, {**APPROVAL, "kind": "approval-given/9"}, {**APPROVAL, "body": {"approval": "a4" * 16}},
    {**APPROVAL, "logged_at": "2026-01-01T00:00:00.000Z"}, {**APPROVAL, "body": {**APPROVAL["body"], "x": 1}},
])
def test_what_is_no_entry_is_not_signed(tmp_path: Path, draft: dict[str, Any]) -> None:
    keygen(tmp_path / "key")
    with pytest.raises(ConsentryError):
        sign(draft, tmp_path / "key")


def test_the_command_says_the_act_before_it_signs(tmp_path: Path) -> None:
    keygen(tmp_path / "key")
    out, words = io.StringIO(), io.StringIO()
    assert sign_command(tmp_path / "key", io.StringIO(json.dumps(item(APPROVAL))), out, words) == 0
    assert json.loads(out.getvalue()) == sign(APPROVAL, tmp_path / "key")
    assert words.getvalue().startswith("Approve " + "a4" * 16)
    for wrong in ("", "[]", "5"):
        with pytest.raises(ConsentryError):
            sign_command(tmp_path / "key", io.StringIO(wrong), io.StringIO(), io.StringIO())


def test_words_hide_no_member_and_no_control_character() -> None:
    body = {"party": "a1" * 16, "role": "agency", "name": "Honest\u202eycnega", "regulator": "US-MA"}
    text = in_words(draft_of({**APPROVAL, "kind": "party-registered/1", "body": body}))
    for shown in ("a1" * 16, "agency", "US-MA", "Honest\\u202eycnega", "e1" * 16, OFFICER, "party-registered/1"):
        assert shown in text
    assert "\u202e" not in text


def test_every_kind_that_officers_sign_has_a_sentence_in_both_languages_of_members_that_are_always_there() -> None:
    signed = {name for name, kind in KINDS.items() if kind.authority is Authority.OFFICER}
    assert signed <= kinds() <= set(KINDS)
    for name in kinds():
        needed = {member for member, shape in KINDS[name].fields.items() if not isinstance(shape, Optional)}
        draft = Draft("e1" * 16, name, Actor("officer", OFFICER), dict.fromkeys(needed, "<value>"))
        said = {language: sentence(draft, language) for language in ("en", "zh")}
        assert all(said.values())
        assert said["en"] != said["zh"]
        assert not said["en"].startswith("Vouch for")


def test_an_institution_is_called_by_its_name_and_its_id() -> None:
    draft = Draft("e1" * 16, "party-suspended/1", Actor("officer", OFFICER), {"party": "a1" * 16})
    assert sentence(draft, "en", {"a1" * 16: "Invented"}) == f"Suspend party Invented ({'a1' * 16})."
    assert sentence(draft, "zh") == f"暂停 {'a1' * 16} 的资格。"


def test_a_pem_key_is_taken_with_its_owners_name(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    path = tmp_path / "key.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    signed = sign(APPROVAL, path, OFFICER)
    assert signed["officer"] == OFFICER
    key.public_key().verify(from_b64url(signed["sig"]), act_message(draft_of(APPROVAL).to_sign()))
    with pytest.raises(ConsentryError, match="whose"):
        load(path)


def test_other_files_are_no_officers_keys(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for content in (b"", b"[]", b"5", b"{}", b'{"officer": "x", "key": "y"}', other, b"-----BEGIN x"):
        (tmp_path / "key").write_bytes(content)
        with pytest.raises(ConsentryError) as refused:
            load(tmp_path / "key", OFFICER)
        assert refused.value.code == "officer-key"
    with pytest.raises(ConsentryError):
        load(tmp_path / "none")


def test_a_key_file_with_anothers_public_key_or_name_is_refused(tmp_path: Path) -> None:
    made = keygen(tmp_path / "key")
    content = json.loads((tmp_path / "key").read_text())
    with pytest.raises(ConsentryError):
        load(tmp_path / "key", OFFICER)
    assert load(tmp_path / "key", made["officer"]).public == made["public"]
    (tmp_path / "key").write_text(json.dumps({**content, "public": b64url(bytes(32))}))
    with pytest.raises(ConsentryError):
        load(tmp_path / "key")


def test_keygen_never_overwrites(tmp_path: Path) -> None:
    keygen(tmp_path / "key")
    with pytest.raises(ConsentryError):
        keygen(tmp_path / "key")
