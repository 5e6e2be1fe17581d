"""One lookup taken out as evidence: whoever gets the file checks it with bash, openssl and sha256sum alone."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from registry import officer
from registry.casefile.contents import files_of
from registry.casefile.packing import MANIFEST, SIGNATURE, zipped
from registry.errors import MalformedError, NotFoundError
from registry.model.entries import Actor, Entry, leaf
from registry.tlog.note import parse_verifier
from registry.tlog.proof import verify_proof
from registry.usecases import writing
from registry.vault.ops import cases
from tests.casefile.following import begun, commands, needs_tools, said, unpacked
from tests.web.world import World

KEYS = itertools.count()
WORDS = "They rang my sister, invented words"


def asked(world: World, account: str) -> dict[str, Any]:
    """A lookup that was denied."""
    answer = world.collector.post("/v1/lookups", world.lookup(account), idempotency_key=f"case-{next(KEYS)}")
    assert answer.status_code == 201, answer.text
    world.settle()
    return dict(answer.json)


def taken(world: World, lookup: str, query: str = "", who: str = "auditor") -> bytes:
    answer = world.using(who).get(f"/v1/audit/cases/{lookup}.zip{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="case-{lookup}.zip"'
    return answer.data


def files(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def told(data: bytes) -> dict[str, Any]:
    return dict(json.loads(files(data)["case.json"]))


def last(world: World, count: int) -> list[Entry]:
    size = world.bench.vault.call("status", {})["size"]
    found = world.bench.vault.call("follow", {"after": size - count, "limit": count})["entries"]
    return [writing.entry_of(one) for one in found]


@pytest.fixture(scope="module")
def ids(world: World) -> dict[str, str]:
    return world.someone()


@pytest.fixture(scope="module")
def denied(world: World, ids: dict[str, str]) -> dict[str, Any]:
    return asked(world, ids["account"])


def edit(path: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        data = (folder / path).read_bytes()
        assert old in data, path
        (folder / path).write_bytes(data.replace(old, new, 1))

    return change


def resummed(change: Callable[[Path], None], path: str) -> Callable[[Path], None]:
    """The same by somebody who also wrote the manifest anew, but cannot sign it."""
    def both(folder: Path) -> None:
        sums = (folder / MANIFEST).read_bytes().splitlines(keepends=True)
        change(folder)
        fresh = digest((folder / path).read_bytes())
        (folder / MANIFEST).write_bytes(b"".join(
            f"{fresh}  {path}\n".encode() if one.endswith(f"  {path}\n".encode()) else one for one in sums))

    return both


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def shorter(folder: Path, index: int) -> str:
    """The commands, but of the entries only the decision is followed up to the root: a second instead of many."""
    whole = "for entry in entries/*.json; do included"
    assert whole in commands(folder)
    return commands(folder).replace(whole, f"for entry in entries/{index}.json; do included")


def swapped_key(folder: Path) -> None:
    """Another key for the vault, in the file beside the log: the one in entry 0 counts."""
    (folder / "keys/vault.pem").write_text((folder / "keys/courier.pem").read_text())


def tamperings(index: int) -> dict[str, Callable[[Path], None]]:
    entry, proof = f"entries/{index}.json", f"proofs/{index}.tlog-proof"
    lie = edit(entry, b'"verdict":"deny"', b'"verdict":"permit"')
    return {
        "an entry": lie, "an entry and its sum": resummed(lie, entry),
        "a page": edit("case.en.html", b"</html>", b"<p>approved</p></html>"),
        "a page and its sum": resummed(edit("case.zh.html", b"</html>", b" </html>"), "case.zh.html"),
        "the manifest": edit(MANIFEST, b"# index", b"# Index"),
        "the signature": lambda folder: (folder / SIGNATURE).write_bytes(b"\0" * 64),
        "a proof": edit(proof, b"\n\n", b"\n" + base64.b64encode(b"\0" * 32) + b"\n\n"),
        "the checkpoint": edit("checkpoint", b"\n", b"\n1"),
        "another place in the log": lambda folder: (folder / entry).rename(folder / "entries/999.json"),
        "one file more": lambda folder: (folder / "case.html").write_text("a page of nobody"),
        "one file less": lambda folder: (folder / "made.json").unlink(),
        "a pack": edit("packs/floor@2.toml", b"floor", b"Floor"), "the vault's key": swapped_key,
    }


@needs_tools
def test_a_second_person_follows_the_readme_and_every_change_is_found(
    world: World, denied: dict[str, Any], tmp_path: Path,
) -> None:
    folder = unpacked(taken(world, denied["lookup"]), tmp_path / "case")
    assert commands(folder, "zh") == commands(folder, "en"), "the same commands, whichever README somebody reads"
    changes = tamperings(denied["log_index"])
    copies = {name: shutil.copytree(folder, tmp_path / f"{number}") for number, name in enumerate(changes)}
    for name, change in changes.items():
        change(copies[name])
    held, printed = said(begun(folder))
    assert held, printed
    assert printed.count("Signature Verified Successfully") == 2
    running = {name: begun(copy, shorter(folder, denied["log_index"])) for name, copy in copies.items()}
    found = {name: said(one) for name, one in running.items()}
    assert [name for name, (held, printed) in found.items() if held or not printed.endswith("FAILED\n")] == []


def test_every_entry_in_it_is_proved_under_its_checkpoint(world: World, denied: dict[str, Any]) -> None:
    found = files(taken(world, denied["lookup"]))
    key = parse_verifier(found["keys/log.vkey"].decode().strip())
    entries = [name for name in found if name.startswith("entries/")]
    for name in entries:
        proof = found[name.replace("entries/", "proofs/").replace(".json", ".tlog-proof")].decode()
        verify_proof(proof, found[name], key)
        assert proof.endswith("\n\n" + found["checkpoint"].decode())
    assert len(entries) == len(json.loads(found["case.json"])["entries"])


def test_that_it_was_taken_out_is_an_entry_first(world: World, denied: dict[str, Any]) -> None:
    found = files(taken(world, denied["lookup"], who="officer"))
    (entry,) = last(world, 1)
    assert (entry.kind, dict(entry.body)) == ("viewed/3", {"what": "case", "about": denied["lookup"]})
    assert entry.by == Actor("officer", officer.load(world.keys.officers[0]).officer)
    assert json.loads(found["made.json"])["viewed"] == entry.index
    assert f"entries/{entry.index}.json" in found, "who took it out is in it, under the checkpoint"


def test_nobody_else_takes_one_out(world: World, denied: dict[str, Any]) -> None:
    size = world.bench.vault.call("status", {})["size"]
    for who in ("collector", "lender"):
        assert world.using(who).get(f"/v1/audit/cases/{denied['lookup']}.zip").status_code == 403
    assert world.nobody.get(f"/v1/audit/cases/{denied['lookup']}.zip").status_code == 401
    missing = world.auditor.get(f"/v1/audit/cases/{'0' * 32}.zip")
    assert (missing.status_code, missing.content_type) == (404, "application/problem+json")
    assert world.auditor.get(f"/v1/audit/cases/{denied['lookup']}.zip?open=all").status_code == 422
    assert world.bench.vault.call("status", {})["size"] == size, "and nothing was recorded"


def test_a_lookup_of_nobodys_account_is_taken_out_too(world: World, tmp_path: Path) -> None:
    data = taken(world, asked(world, "0" * 32)["lookup"])
    found = told(data)
    assert "borrower" not in found
    assert found["attempts"] == []
    assert "There is no such account" in files(data)["case.en.html"].decode()
    held, printed = said(begun(unpacked(data, tmp_path / "case")))
    assert held, printed


def test_two_packages_of_one_checkpoint_differ_only_where_they_say_so(world: World, denied: dict[str, Any]) -> None:
    desk = world.bench.vault.desk
    case = cases._found(desk, desk.relations.entry(denied["lookup"], "lookup-decided/1"))
    one, same, other = (files_of(replace(case, made={"viewed": number}), signed=True) for number in (1, 1, 2))
    assert {name for name in one if one[name] != other[name]} == {"made.json", MANIFEST}
    assert zipped(one) == zipped(dict(reversed(same.items()))), "the same files are the same bytes"
    assert {info.date_time for info in zipfile.ZipFile(io.BytesIO(zipped(one))).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_pages_run_and_load_nothing_and_are_in_both_languages(world: World, denied: dict[str, Any]) -> None:
    found = files(taken(world, denied["lookup"]))
    for language, tag in (("zh", "zh-CN"), ("en", "en")):
        page = found[f"case.{language}.html"].decode()
        assert f'<html lang="{tag}">' in page
        assert "default-src &#39;none&#39;" in page
        assert "@media print" in page
        assert "<script" not in page
        assert "http" not in page.replace("http-equiv", ""), "nothing from anywhere else"
    assert "witnesses: none" in found["case.en.html"].decode()
    assert "witnesses: none" in found["README.zh.md"].decode()
    assert told(taken(world, denied["lookup"]))["checkpoint"]["witnesses"] == "none"


@pytest.fixture
def complained(world: World) -> tuple[str, str, str]:
    """A lookup, a complaint about it in somebody's own words, and whose it is."""
    made = world.someone()
    lookup = asked(world, made["account"])["lookup"]
    filed = world.lender.post("/v1/complaints", {"from": "borrower", "borrower": made["borrower"], "lookup": lookup,
                                                 "about": "lookup", "text": WORDS})
    assert filed.status_code == 201, filed.text
    return lookup, filed.json["complaint"], made["borrower"]


def test_sealed_words_stay_closed_unless_they_are_asked_for(world: World, complained: tuple[str, str, str]) -> None:
    data = taken(world, complained[0])
    (sealed,) = told(data)["sealed"]
    assert (sealed["member"], sealed["opened"]) == ("text", False)
    assert WORDS.encode() not in b"".join(files(data).values())


@needs_tools
def test_words_opened_into_it_are_entries_and_match_their_commitment(
    world: World, complained: tuple[str, str, str], tmp_path: Path,
) -> None:
    lookup, complaint, _ = complained
    data = taken(world, lookup, "?open=complaints", who="officer")
    kinds = {(one.kind, one.body["what"], one.body["about"]) for one in last(world, 2)}
    assert kinds == {("viewed/3", "case", lookup), ("viewed/2", "complaint", complaint)}
    found = files(data)
    (name,) = [one for one in found if one.startswith("opened/")]
    assert digest(found[name]) == name.removeprefix("opened/")
    assert found[name][32:].decode() == WORDS
    assert WORDS in found["case.zh.html"].decode()
    held, printed = said(begun(unpacked(data, tmp_path / "case")))
    assert held, printed


def test_another_lookups_complaint_is_not_opened(world: World, denied: dict[str, Any],
                                                 complained: tuple[str, str, str]) -> None:
    note = world.bench.store.record("complaints", complained[1])
    assert note is not None
    blob = base64.b64encode(world.bench.store.notes([note["text"]])[note["text"]]).decode()
    args = {"by": {"role": "auditor", "id": world.made["auditor"].id}, "lookup": denied["lookup"],
            "blobs": [{"complaint": complained[1], "blob": blob}]}
    size = world.bench.vault.call("status", {})["size"]
    with pytest.raises(NotFoundError):
        world.bench.vault.call("case", args)
    assert world.bench.vault.call("status", {})["size"] == size


def test_of_who_asked_to_be_erased_pseudonyms_are_shown_and_nothing_is_opened(
    world: World, complained: tuple[str, str, str],
) -> None:
    lookup, _, borrower = complained
    assert world.lender.post(f"/v1/borrowers/{borrower}/erasure", {}).status_code == 201
    data = taken(world, lookup, "?open=complaints")
    found = told(data)
    assert found["erased"]
    assert found["replay"]["agrees"], "the decision stands as it was made"
    assert "erasure-requested/1" in [one["kind"] for one in found["entries"]]
    assert not found["sealed"][0]["opened"]
    assert WORDS.encode() not in b"".join(files(data).values())
    assert "asked to be erased" in files(data)["case.en.html"].decode()


def test_the_vault_signs_manifests_and_nothing_that_could_be_a_token(world: World, denied: dict[str, Any]) -> None:
    keys = world.bench.vault.desk.keys
    with pytest.raises(MalformedError):
        keys.sign_manifest("eyJhbGciOiJFZERTQSJ9.e30")
    found = files(taken(world, denied["lookup"]))
    raw = base64.b64decode(found["keys/vault.pem"].splitlines()[1])[-32:]
    Ed25519PublicKey.from_public_bytes(raw).verify(found[SIGNATURE], found[MANIFEST])
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(raw).verify(found[SIGNATURE], found[MANIFEST] + b"\n")


def test_leaves_in_it_are_those_of_the_log(world: World, denied: dict[str, Any]) -> None:
    found = files(taken(world, denied["lookup"]))
    entry = writing.entry_of(world.bench.vault.call("entry", {"index": denied["log_index"]}))
    assert found[f"entries/{denied['log_index']}.json"] == leaf(entry.draft, entry.at)
