"""`registry seal`: every personal value becomes a JWE, everything else stays; errors say where, never what."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from joserfc.jwk import ECKey

from registry import jose
from registry.cli.seal import seal
from registry.errors import ConsentryError
from registry.sealer.record import Sealer
from registry.sealer.run import Job

KEY = ECKey.generate_key("P-256")
PUBLIC = {name: str(value) for name, value in KEY.as_dict(private=False).items() if name in jose.P256_MEMBERS}
NUMBER, MAIL = "+8610000004711", "probeline@demo.invalid"
BORROWER: dict[str, Any] = {
    "ref": "b-1", "name": {"given": "Probeline", "family": "Erfunden"}, "residence": "CN", "languages": ["zh-CN"],
    "channels": [{"medium": "voice", "value": "100-0000-4711", "use": "personal"},
                 {"medium": "email", "value": "Probeline@demo.invalid", "use": "work"}],
}
CONTACT = {"ref": "c-1", "name": "Anna Probe", "relation": "sibling", "number": NUMBER,
           "languages": ["zh-CN"], "rank": 1}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    sig = {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "use": "sig"}
    path.write_text(json.dumps({"keys": [sig, {**PUBLIC, "use": "enc", "kid": "a name it gives itself"}]}))
    return path


@pytest.fixture
def run(keys: Path) -> Any:
    def run(text: str | bytes, *options: str) -> Result:
        result = CliRunner().invoke(seal, ["--vault-keys", str(keys), *options], input=text)
        for secret in ("4711", "robeline", "rfunden", "Anna"):
            assert secret not in result.stdout + result.stderr + repr(result.exception)
        return result
    return run


def opened(token: str) -> str:
    return jose.decrypt(token, KEY).decode()


def line_of(*records: object) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records)


def read_back(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_borrowers_name_and_addresses_are_sealed_as_the_vault_keeps_them(run: Any) -> None:
    (made,) = read_back(run(line_of(BORROWER)))
    assert {name: made[name] for name in ("ref", "residence", "languages")} == {
        "ref": "b-1", "residence": "CN", "languages": ["zh-CN"]}
    assert json.loads(opened(made["name"]["jwe"])) == BORROWER["name"]
    assert [(one["medium"], one["use"], opened(one["jwe"]).rstrip(" ")) for one in made["channels"]] == [
        ("voice", "personal", NUMBER), ("email", "work", MAIL)]
    assert [set(one) for one in made["channels"]] == [{"medium", "jwe", "use"}] * 2


def test_a_contact_and_a_channel_are_sealed(run: Any) -> None:
    contact, channel = read_back(run(line_of(CONTACT, {"medium": "sms", "value": f"tel:{NUMBER}", "use": "shared"})))
    assert (json.loads(opened(contact["name"]["jwe"])), opened(contact["jwe"]).strip()) == ("Anna Probe", NUMBER)
    assert "number" not in contact
    assert (channel.keys(), opened(channel["jwe"]).strip()) == ({"medium", "jwe", "use"}, NUMBER)


def test_every_short_value_has_a_jwe_of_one_length(run: Any) -> None:
    short, long = ({"medium": "email", "value": value, "use": "work"} for value in ("a@b.co", MAIL))
    made = read_back(run(line_of(short, long, {"medium": "voice", "value": NUMBER, "use": "work"})))
    assert len({len(one["jwe"]) for one in made}) == 1


def test_what_is_sealed_already_passes(run: Any) -> None:
    once = read_back(run(line_of(BORROWER, CONTACT)))
    assert read_back(run(line_of(*once))) == once


def test_csv_stays_csv_with_jwe_in_the_place_of_each_value(run: Any) -> None:
    text = ("ref,name.given,name.family,residence,languages,channels.0.medium,channels.0.value,channels.0.use,"
            "channels.1.medium,channels.1.value,channels.1.use\r\n"
            f'"b, 1",Probeline,Erfunden,CN,zh-CN en,voice,{NUMBER},personal,,,\r\n'
            f"b-2,Probeline,,CN,zh-CN,email,{MAIL},work,voice,{NUMBER},shared\r\n")
    result = run("\ufeff" + text)
    assert result.exit_code == 0, result.stderr
    header, first, second = csv.reader(io.StringIO(result.stdout))
    assert header == ["ref", "name.jwe", "residence", "languages", "channels.0.medium", "channels.0.jwe",
                      "channels.0.use", "channels.1.medium", "channels.1.jwe", "channels.1.use"]
    assert (first[0], first[3], first[7:]) == ("b, 1", "zh-CN en", ["", "", ""])
    assert [json.loads(opened(row[1])) for row in (first, second)] == [BORROWER["name"], {"given": "Probeline"}]
    assert [opened(cell).strip() for cell in (first[5], second[5], second[8])] == [NUMBER, MAIL, NUMBER]


def test_csv_becomes_objects_that_can_be_posted(run: Any) -> None:
    text = f"ref;name;relation;number;languages;rank\nc-1;Anna Probe;sibling;{NUMBER};zh-CN, en;1\n"
    (made,) = read_back(run(text, "--delimiter", ";", "--to", "ndjson"))
    assert (made["languages"], made["rank"], made["relation"]) == (["zh-CN", "en"], 1, "sibling")
    assert set(made) == {"ref", "name", "relation", "jwe", "languages", "rank"}


def test_a_national_number_is_read_by_residence_or_region_or_not_at_all(run: Any) -> None:
    national = {**CONTACT, "number": "10000004711"}
    assert opened(read_back(run(line_of(national), "--region", "CN"))[0]["jwe"]).strip() == NUMBER
    (made,) = read_back(run(line_of({**national, "residence": "CN"}), "--region", "US"))
    assert opened(made["jwe"]).strip() == NUMBER
    assert "line 1, /number" in run(line_of(national)).stderr


# What is wrong


BAD = [
    ({**CONTACT, "number": f"{NUMBER} ext 5"}, "/number", "number-invalid"),
    ({**CONTACT, "number": 10000004711}, "/number", "malformed"),
    ({**CONTACT, "value": NUMBER, "medium": "voice"}, "/number", "malformed"),
    ({**CONTACT, "name": "Anna" * 11}, "/name", "name-invalid"),
    ({**CONTACT, "name": ["Anna"]}, "/name", "malformed"),
    ({**CONTACT, "name": {"given": "A", "nick": "Anna"}}, "/name", "malformed"),
    ({**CONTACT, "phone": NUMBER}, "/(member)", "unknown-member"),
    ({**CONTACT, "rank": "Anna"}, "/rank", "malformed"),
    ({**CONTACT, "ref": f"customer {NUMBER}"}, "/ref", "seal-undone"),
    ({**CONTACT, "ref": "10-00000-4711"}, "/ref", "seal-undone"),
    ({**CONTACT, "languages": [["Anna"]]}, "/languages/0", "malformed"),
    ({**BORROWER, "name": "Probeline"}, "/name", "malformed"),
    ({**BORROWER, "channels": {"voice": NUMBER}}, "/channels", "malformed"),
    ({**BORROWER, "channels": [BORROWER["channels"][0], {"medium": "email", "value": "Anna", "use": "work"}]},
     "/channels/1/value", "email-invalid"),
    ({**BORROWER, "channels": [{"value": NUMBER, "use": "work"}]}, "/channels/0/medium", "missing"),
    ({**BORROWER, "channels": [{"medium": "voice", "use": "work"}]}, "/channels/0/value", "missing"),
    ({**BORROWER, "channels": [{"medium": "Anna", "value": NUMBER, "use": "work"}]},
     "/channels/0/medium", "malformed"),
    ({**BORROWER, "channels": [{**BORROWER["channels"][0], "ref": "x"}]}, "/channels/0/ref", "unknown-member"),
    ({"value": NUMBER, "use": "work"}, "/medium", "missing"),
    ({**BORROWER, "ref": MAIL}, "/ref", "seal-undone"),
    ({"medium": "post", "value": " ", "use": "work"}, "/value", "address-invalid"),
    (["Anna"], "", "malformed"), ("Anna", "", "malformed"),
]


@pytest.mark.parametrize(("record", "member", "code"), BAD, ids=range(len(BAD)))
def test_a_bad_line_is_told_by_line_and_member_and_nothing_is_written(
    run: Any, record: object, member: str, code: str
) -> None:
    result = run(line_of(CONTACT, BORROWER) + "\n" + line_of(record, CONTACT))
    assert (result.exit_code, result.stdout) == (1, "")
    assert isinstance(result.exception, ConsentryError)
    assert result.exception.code == "seal-refused"
    told = [line for line in result.stderr.splitlines() if "line " in line]
    assert len(told) == 1
    assert told[0].startswith(f"seal: line 4{', ' if member else ''}{member}: ")
    assert told[0].endswith(f"({code})")


@pytest.mark.parametrize(("line", "code"), [
    (b'{"ref": "a"', "json-malformed"), (b'{"ref": "a", "ref": "b"}', "json-malformed"),
    (b"[" * 50_000, "json-malformed"), (b'{"ref": "\xff"}', "malformed"), (b"Anna", "json-malformed"),
])
def test_a_line_that_is_no_json_is_told(run: Any, line: bytes, code: str) -> None:
    result = run(line_of(CONTACT).encode() + line + b"\n" + line_of(CONTACT).encode())
    assert (result.exit_code, result.stdout) == (1, "")
    assert "line 2: " in result.stderr
    assert f"({code})" in result.stderr


@pytest.mark.parametrize(("row", "told"), [
    ("c-9,Anna,sibling", "line 3: 3 columns"), (f"c-9,Anna,sibling,{NUMBER},zh,x1", "line 3, rank: "),
    ("c-9,Anna,sibling,letters,zh,1", "line 3, number: "), ('c-9,"Anna"x,sibling,1,zh,1', "line 3: not CSV"),
    (f"c-9,Anna,sibling,{NUMBER},,1,", "line 3: 7 columns"),
])
def test_a_bad_row_is_told_by_the_line_it_begins_on_and_its_column(run: Any, row: str, told: str) -> None:
    good = f"Bea,sibling,{NUMBER},zh,1"
    result = run(f"ref,name,relation,number,languages,rank\nc-1,{good}\n{row}\nc-3,{good}\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"seal: {told}" in result.stderr


@pytest.mark.parametrize("text", [
    f"c-1,Anna,sibling,{NUMBER},zh,1\n", "ref,name,name\n", "value,number\n", "name,name.given\n", "channels\n",
    "channels.x.value\n", "channels.100.value\n", "ref,phone\n", "", "\n", '"ref\n', "name.nick\n",
])
def test_a_header_that_names_no_members_is_refused_without_repeating_it(run: Any, text: str) -> None:
    result = run(text, "--from", "csv")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.exception.code in ("unknown-member", "malformed")
    assert "line 1" in str(result.exception)
    assert not any(word in str(result.exception) for word in ("phone", "nick", "100", "sibling"))


def test_the_first_twenty_bad_lines_are_told_and_all_are_counted(run: Any) -> None:
    result = run(line_of(*[{**CONTACT, "number": "x"}] * 30, CONTACT))
    assert result.stderr.count("/number") == 20
    assert "… and more" in result.stderr
    assert "30 of 31 lines" in str(result.exception)


def test_bad_lines_can_be_left_out_and_listed(run: Any, tmp_path: Path) -> None:
    listed = tmp_path / "bad"
    result = run(line_of(CONTACT, {**CONTACT, "number": "x"}, CONTACT, ["Anna"]), "--skip-bad", str(listed))
    assert len(read_back(result)) == 2
    assert listed.read_text() == "2\t/number\tnumber-invalid\n4\t\tmalformed\n"
    assert "sealed 2 of 4 records; 2 left out" in result.stderr


def test_a_file_is_written_whole_or_not_at_all(run: Any, tmp_path: Path) -> None:
    out = tmp_path / "sealed.ndjson"
    out.write_text("before")
    assert run(line_of(CONTACT, ["Anna"]), "--out", str(out)).exit_code == 1
    assert out.read_text() == "before"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["keys.json", "sealed.ndjson"]
    assert run(line_of(CONTACT), "--out", str(out)).exit_code == 0
    assert list(json.loads(out.read_text())) == ["ref", "name", "relation", "jwe", "languages", "rank"]


def test_members_of_ones_own_stay_in_clear_if_named(run: Any) -> None:
    record = {**CONTACT, "borrower": "b0" * 16}
    assert run(line_of(record)).exit_code == 1
    assert read_back(run(line_of(record), "--keep", "borrower"))[0]["borrower"] == "b0" * 16
    told = run(line_of({**record, "borrower": f"of {NUMBER}"}), "--keep", "borrower")
    assert "(seal-undone)" in told.stderr


def test_ndjson_has_no_columns(run: Any) -> None:
    result = run(line_of(CONTACT), "--to", "csv")
    assert (result.exit_code, result.stdout) == (1, "")


# The key


def test_only_the_key_that_was_named_is_taken(run: Any) -> None:
    kid = KEY.thumbprint()
    assert f"sealing to {kid}: compare" in run(line_of(CONTACT)).stderr
    assert "compare" not in run(line_of(CONTACT), "--kid", kid).stderr
    refused = run(line_of(CONTACT), "--kid", "a name it gives itself")
    assert (refused.exit_code, refused.stdout, refused.exception.code) == (1, "", "vault-key-differs")


@pytest.mark.parametrize("content", [
    "", "[]", "{}", '{"keys": []}', '{"keys": 1}', '{"keys": [null]}', json.dumps({"keys": [PUBLIC, PUBLIC]}),
    json.dumps({"keys": [{**PUBLIC, "use": "sig"}]}), json.dumps({"keys": [{**PUBLIC, "x": "AA"}]}),
])
def test_what_holds_no_encryption_key_is_refused(run: Any, keys: Path, content: str) -> None:
    keys.write_text(content)
    refused = run(line_of(CONTACT))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.exception.code in ("key-file", "key-refused")


@pytest.mark.parametrize("url", ["http://example.invalid/v1/keys", "ftp://127.0.0.1/keys", "https://127.0.0.1:1/v1/keys"])
def test_keys_come_by_https_or_not_at_all(url: str) -> None:
    result = CliRunner().invoke(seal, ["--vault-keys", url], input=line_of(CONTACT))
    assert isinstance(result.exception, ConsentryError)
    assert result.stdout == ""


# Long files


class Endless(io.RawIOBase):
    """So many lines, made as they are read."""

    def __init__(self, count: int) -> None:
        self._lines: Iterator[bytes] = (
            json.dumps({"medium": "app", "value": f"id {n}", "use": "work"}).encode() + b"\n" for n in range(count))

    def readable(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> bytes:
        return next(self._lines, b"")


class Nowhere(io.TextIOBase):
    def write(self, text: str, /) -> int:
        return len(text)


def test_a_long_file_takes_no_more_memory_than_a_short_one() -> None:
    job = Job(Sealer(lambda plain: plain), "ndjson", "ndjson")
    job.run(Endless(100), Nowhere(), lambda fault: False)  # type: ignore[arg-type]
    tracemalloc.start()
    report = job.run(Endless(20_000), Nowhere(), lambda fault: False)  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (report.lines, report.sealed) == (20_000, 20_000)
    assert peak < 300_000


def test_a_line_without_an_end_is_refused(run: Any) -> None:
    result = run(b'{"ref": "' + b"a" * 300_000)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "line 1 is longer" in str(result.exception)
