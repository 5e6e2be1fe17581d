"""delivery.toml: read strictly, each mistake one line that names the member."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import structlog

from registry import jose
from registry.children import registry_command
from registry.courier import delivery_settings
from registry.courier.delivery_settings import DeliverySettings, Mailbox, Server
from registry.courier.incoming import ANYBODY
from registry.courier.outbox import FileOutbox
from registry.courier.server import CourierSettings, carrier, only_one, transport
from registry.installing import initialise
from registry.settings import SettingsError
from tests.docs.manual import block, section

GOOD = """
[email]
url = "smtp://mail.example.org"
user = "courier"
password_file = "password"
from = "notices@example.org"
reply_to = "answers@example.org"

[sms]
url = "https://sms.example.org/v2/"
token_file = "token"
from = "+8610000009999"
provider = "sms-carrier"

[mailbox]
maildir = "mail"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("password", "token"):
        (tmp_path / name).write_text(f"the {name}\n")
        (tmp_path / name).chmod(0o600)
    (tmp_path / "mail").mkdir()
    return tmp_path


def load(folder: Path, text: str) -> DeliverySettings:
    path = folder / delivery_settings.FILE
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    found = delivery_settings.load(path)
    assert found is not None
    return found


def test_without_the_file_there_are_no_settings(tmp_path: Path) -> None:
    assert delivery_settings.load(tmp_path / delivery_settings.FILE) is None


def test_everything_is_read_and_encryption_is_what_happens_by_itself(folder: Path) -> None:
    found = load(folder, GOOD)
    assert found.email is not None
    assert found.sms is not None
    assert found.email.server == Server("mail.example.org", 587, False, user="courier", password="the password")
    assert found.email.starttls
    assert not found.email.accepted_counts
    assert (found.email.sender, found.email.reply_to) == ("notices@example.org", "answers@example.org")
    assert found.sms.server == Server("sms.example.org", 443, True, "/v2")
    assert (found.sms.token, found.sms.sender, found.sms.provider) == ("the token", "+8610000009999", "sms-carrier")
    assert found.mailbox == Mailbox(folder / "mail", None)


@pytest.mark.parametrize(("url", "port", "tls", "starttls"), [
    ("smtps://mail.example.org", 465, True, False), ("smtps://mail.example.org:2465", 2465, True, False),
    ("smtp://[::1]:25", 25, False, True),
])
def test_the_scheme_says_how_it_is_encrypted(folder: Path, url: str, port: int, tls: bool, starttls: bool) -> None:
    email = load(folder, GOOD.replace("smtp://mail.example.org", url)).email
    assert email is not None
    assert (email.server.port, email.server.tls, email.starttls) == (port, tls, starttls)


def test_one_medium_alone_is_enough(folder: Path) -> None:
    found = load(folder, '[email]\nurl = "smtps://m.example.org"\nfrom = "a@example.org"\n')
    assert found.sms is None
    assert found.mailbox is None
    assert found.email is not None
    assert found.email.reply_to == "a@example.org"


def test_a_mailbox_may_be_fetched_from(folder: Path) -> None:
    found = load(folder, '[mailbox]\nurl = "imaps://m.example.org"\nuser = "u"\npassword_file = "password"\n')
    assert found.mailbox == Mailbox(None, Server("m.example.org", 993, True, user="u", password="the password"))


@pytest.mark.parametrize(("old", "new", "named"), [
    ("[mailbox]", "[fax]", "fax"), ("[sms]", "sms = 1\n[smss]", "sms"),
    ('from = "notices', 'colour = "red"\nfrom = "notices', "[email] colour"),
    ('url = "smtp://mail.example.org"', "", "[email] url"),
    ("smtp://mail.example.org", "mail.example.org", "[email] url"),
    ("smtp://mail.example.org", "http://mail.example.org", "[email] url"),
    ("smtp://mail.example.org", "smtp://me:secret@mail.example.org", "[email] url"),
    ("smtp://mail.example.org", "smtp://mail.example.org:99999", "[email] url"),
    ('user = "courier"', "user = 7", "[email] user"),
    ('user = "courier"', "", "[email] user"),
    ('user = "courier"', 'user = "courier"\nstarttls = "yes"', "[email] starttls"),
    ('user = "courier"', 'user = "courier"\nstarttls = false', "[email] starttls"),
    ("smtp://mail.example.org", 'smtps://m.example.org"\nstarttls = true\nca_file = "', "[email] starttls"),
    ('user = "courier"', 'user = "courier"\nca_file = "nowhere.pem"', "[email] ca_file"),
    ('password_file = "password"', "", "[email] password_file"),
    ('password_file = "password"', 'password_file = "nowhere"', "[email] password_file"),
    ("notices@example.org", "notices", "[email] from"),
    ("answers@example.org", "a@b, c@d", "[email] reply_to"),
    ("https://sms", "http://sms", "[sms] url"),
    ("https://sms.example.org/v2/", "https://s.example/?a=b", "[sms] url"),
    ('token_file = "token"', 'token_file = "nothing"', "[sms] token_file"),
    ('provider = "sms-carrier"', 'provider = "*"', "[sms] provider"),
    ('provider = "sms-carrier"', "", "[sms] provider"),
    ('from = "+8610000009999"', 'from = "a\\u0000b"', "[sms] from"),
    ('maildir = "mail"', 'maildir = "token"', "[mailbox] maildir"),
    ('maildir = "mail"', 'maildir = "mail"\nurl = "imaps://x"', "[mailbox] url"),
    ('maildir = "mail"', 'url = "imaps://x"', "[mailbox] user"),
    ('maildir = "mail"', 'url = "imap://x"', "[mailbox] url"),
])
def test_a_mistake_is_one_line_that_names_the_member(folder: Path, old: str, new: str, named: str) -> None:
    assert old in GOOD
    with pytest.raises(SettingsError) as caught:
        load(folder, GOOD.replace(old, new))
    assert named in caught.value.detail
    assert "\n" not in caught.value.detail
    assert "secret" not in caught.value.detail
    assert "the password" not in caught.value.detail


def test_what_is_no_toml_is_said_in_one_line(folder: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(folder, "[email\n")
    assert "delivery.toml" in caught.value.detail


@pytest.mark.parametrize("name", ["delivery.toml", "password", "token"])
def test_a_file_that_others_may_read_is_refused(folder: Path, name: str) -> None:
    load(folder, GOOD)
    (folder / name).chmod(0o640)
    with pytest.raises(SettingsError) as caught:
        delivery_settings.load(folder / delivery_settings.FILE)
    assert name in caught.value.detail
    assert "chmod 600" in caught.value.detail


def test_every_member_is_documented_and_no_other() -> None:
    root = Path(__file__).parents[2]
    source = (root / "registry/courier/delivery_settings.py").read_text("utf-8")
    read = set(re.findall(r"(?:section|self)\.(?:text|flag|file|secret|address)\(\"([a-z_]+)\"", source))
    page = section("delivery", "Delivery")
    documented = {name for cell in re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE)
                  for name in re.findall(r"`([a-z_]+)`", cell)}
    assert documented == read
    assert {"url", "starttls", "token_file", "maildir"} <= read


@pytest.mark.parametrize(("old", "new", "member"), [
    ("https://bridge.example.org", "http://bridge.example.org", "url"), ('provider = "bridge"', "", "provider"),
    ('provider = "bridge"', 'provider = "The Bridge"', "provider"), ('token_file = "token"', "", "token_file"),
])
def test_a_mistake_about_the_bridge_is_one_line_that_names_the_member(
    folder: Path, old: str, new: str, member: str,
) -> None:
    right = '[bridge]\nurl = "https://bridge.example.org/axb"\ntoken_file = "token"\nprovider = "bridge"\n'
    assert load(folder, right).bridge is not None
    with pytest.raises(SettingsError, match=rf"\[bridge\] {member} "):
        load(folder, right.replace(old, new))


def test_the_example_in_the_manual_is_right(folder: Path) -> None:
    example = block("delivery-file")
    for name in ("smtp-password", "sms-token", "bridge-token"):
        (folder / name).write_text("x")
        (folder / name).chmod(0o600)
    found = load(folder, example.replace("/var/mail/answers", "mail"))
    assert found.email is not None
    assert found.sms is not None
    assert found.mailbox is not None
    assert found.bridge is not None


def courier(folder: Path, *, demo: bool) -> CourierSettings:
    return CourierSettings(folder, folder, folder, folder / "outbox", "https://x.example", (), demo=demo)


def test_a_medium_without_a_gateway_still_goes_to_files_and_that_is_said(folder: Path) -> None:
    settings = load(folder, GOOD.partition("[sms]")[0])
    with structlog.testing.capture_logs() as lines:
        outbox = transport(courier(folder, demo=False), settings)
    assert [line["media"] for line in lines] == [["sms"]]
    assert not isinstance(outbox, FileOutbox)


def test_only_who_carries_our_sms_may_speak_of_them(folder: Path) -> None:
    assert carrier(courier(folder, demo=False), load(folder, GOOD)) == "sms-carrier"
    assert carrier(courier(folder, demo=True), load(folder, GOOD)) == "sms-carrier"
    assert carrier(courier(folder, demo=False), load(folder, GOOD.partition("[sms]")[0])) is None
    assert carrier(courier(folder, demo=False), None) is None
    assert carrier(courier(folder, demo=True), None) == ANYBODY


def test_a_courier_does_not_start_on_a_mistake_and_says_it_in_one_line(tmp_path: Path) -> None:
    officer = f"{'a' * 32}:{jose.b64url(bytes(32))}"
    data = tmp_path / "data"
    initialise(data, "log.example.org/x", tmp_path / "kek", [officer], None)
    file = data / "courier" / delivery_settings.FILE
    file.write_text('[sms]\nurl = "https://s.example.org"\ncolour = "red"\n')
    file.chmod(0o600)
    done = subprocess.run(registry_command("courier", "--data", str(data), "--sockets", str(tmp_path)),
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "[sms] from is missing" in line
    assert line.endswith("(settings)")


@pytest.mark.parametrize(("text", "place"), [
    ('[sms]\nfrom = +8610000009999x\n', "at line 2, column 22"),
    ('[sms]\nfrom = "+8610000009999', "at end of document"),
    ('[sms]\nfrom = 1\nfrom = "+8610000009999"\n', "at line 3"),
])
def test_where_the_toml_is_wrong_is_said_and_not_what_is_there(folder: Path, text: str, place: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(folder, text)
    assert place in caught.value.detail
    assert "8610000009999" not in caught.value.detail


def test_a_second_courier_is_told_so_and_not_that_the_log_is_broken(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(SettingsError) as caught, only_one(tmp_path):
        pass
    assert "another courier" in caught.value.detail
