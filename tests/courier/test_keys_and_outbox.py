"""The courier's own files: keys made once, sealed callbacks only for them, messages written whole or not at all."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from registry.courier.keys import CourierKeys
from registry.courier.outbox import FileOutbox, Message
from registry.courier.providers.event import Callback
from registry.courier.server import CourierSettings, only_one, transport
from registry.courier.store import Store
from registry.errors import IntegrityError, MalformedError, UnavailableError
from registry.jose import from_b64url
from registry.model.entries import act_message, draft_of
from registry.settings import SettingsError
from registry.web.pump import seal_callback
from tests.courier.world import START, counting_random, named

MESSAGE = Message("0" * 32, START, "sms", "+8610000000001", "use-contact", "zh", "正文")


def test_keys_are_private_survive_a_restart_and_are_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    made = CourierKeys.create(path, counting_random())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert CourierKeys.load(path).public() == made.public()
    with pytest.raises(FileExistsError):
        CourierKeys.create(path, counting_random())


def test_a_damaged_key_file_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    for content in ("", "{}", '{"sig": "!", "mac": "", "enc": {}}'):
        path.write_text(content)
        with pytest.raises(MalformedError, match="restore it from backup"):
            CourierKeys.load(path)


def test_an_entry_is_signed_over_exactly_its_bytes(tmp_path: Path) -> None:
    keys = CourierKeys.create(tmp_path / "key.json", counting_random())
    value = keys.entry(named("entry"), "sign-of-life/1", {"borrower": named("b"), "source": "reach-late"})
    public = Ed25519PublicKey.from_public_bytes(from_b64url(keys.public()["courier_sig"]))
    draft = draft_of(value)
    signature = from_b64url(value["auth"][0]["sig"])
    public.verify(signature, act_message(draft.to_sign()))
    other = draft_of({**value, "id": named("other")})
    with pytest.raises(InvalidSignature):
        public.verify(signature, act_message(other.to_sign()))


def test_a_sealed_callback_opens_to_the_very_bytes_and_only_for_its_courier(tmp_path: Path) -> None:
    mine = CourierKeys.create(tmp_path / "mine.json", counting_random())
    other = CourierKeys.create(tmp_path / "other.json", counting_random())
    body = bytes(range(256)) * 256  # 64 KiB, not even text
    sealed = seal_callback(mine.public()["courier_enc"], {
        "Webhook-Id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,x", "cookie": "secret"}, body)
    assert mine.open_callback(sealed) == Callback(
        {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,x"}, body)
    with pytest.raises(MalformedError):
        other.open_callback(sealed)


def test_a_changed_or_foreign_seal_is_malformed(tmp_path: Path) -> None:
    keys = CourierKeys.create(tmp_path / "key.json", counting_random())
    sealed = seal_callback(keys.public()["courier_enc"], {}, b"body")
    parts = sealed.split(".")
    other_text = ".".join([*parts[:3], "AAAA", parts[4]])
    for damaged in ("", "a.b.c", sealed[:-4] + "AAAA", other_text, "....", sealed + "."):
        with pytest.raises(MalformedError):
            keys.open_callback(damaged)


def test_foreign_ids_are_disguised_by_a_key_and_by_provider(tmp_path: Path) -> None:
    keys = CourierKeys.create(tmp_path / "key.json", counting_random())
    other = CourierKeys.create(tmp_path / "other.json", lambda size: b"\7" * size)
    assert keys.disguise("p", b"call-1") == keys.disguise("p", b"call-1")
    assert len({keys.disguise("p", b"call-1"), keys.disguise("q", b"call-1"), other.disguise("p", b"call-1")}) == 3


def test_a_message_is_one_private_file_and_replaces_itself(tmp_path: Path) -> None:
    outbox = FileOutbox(tmp_path / "outbox")
    assert outbox.send(MESSAGE) == "delivered"
    outbox.send(MESSAGE)
    [path] = (tmp_path / "outbox").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text("utf-8")) == outbox.messages()[0] == {
        "id": "0" * 32, "at": "2026-09-21T14:13:20.000Z", "medium": "sms", "to": "+8610000000001",
        "template": "use-contact", "language": "zh", "text": "正文"}


@pytest.mark.parametrize(("demo", "receipt"), [(True, "delivered"), (False, None)])
def test_only_in_a_demo_is_a_file_in_the_outbox_a_delivery(tmp_path: Path, demo: bool, receipt: str | None) -> None:
    # Nobody reads a file: a notice without a receipt never counts, and nothing is released (promise P8).
    settings = CourierSettings(tmp_path, tmp_path, tmp_path, tmp_path / "outbox", "https://x.example", (), demo=demo)
    with structlog.testing.capture_logs() as lines:
        outbox = transport(settings)
    assert outbox.send(MESSAGE) == receipt
    assert [line["log_level"] for line in lines] == ([] if demo else ["warning"])


def test_a_disk_that_refuses_means_try_again(tmp_path: Path) -> None:
    outbox = FileOutbox(tmp_path / "outbox")
    (tmp_path / "outbox").rmdir()
    with pytest.raises(UnavailableError):
        outbox.send(MESSAGE)


def test_the_couriers_folder_is_private_and_needs_its_key(tmp_path: Path) -> None:
    folder = tmp_path / "courier"
    Store.create(folder, counting_random()).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "key.json": 0o600, "courier.db": 0o600}
    (folder / "key.json").unlink()
    with pytest.raises(IntegrityError):
        Store.open(folder)


def test_an_exception_of_the_database_shows_no_parameters(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "courier", counting_random())
    with pytest.raises(SQLAlchemyError) as caught, store.begin() as db:
        db.execute(text("INSERT INTO nowhere VALUES (:secret)"), {"secret": "whsec_canary"})
    assert "whsec_canary" not in str(caught.value)
    store.close()


def test_a_database_of_another_version_is_not_touched(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "courier", counting_random())
    with store.begin() as db:
        db.exec_driver_sql("PRAGMA user_version=99")
    store.close()
    with pytest.raises(IntegrityError):
        Store.open(tmp_path / "courier")


def test_a_second_courier_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(SettingsError), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass
