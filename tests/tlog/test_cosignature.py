"""Cosignatures, on a checkpoint that a public log and four public witnesses made, and on our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from registry.tlog.cosignature import (
    COSIGNATURE,
    cosignature_message,
    cosigner_of,
    lines_of,
    sign_cosignature,
    verify_cosignatures,
)
from registry.tlog.errors import TlogError
from registry.tlog.note import Verifier, decode_base64, encode_base64, parse_verifier, verifier_of
from tests.tlog.test_note import Key

# A checkpoint of a public log for tests, cosigned by four public witnesses at 2026-05-23T20:43:28Z.
LOG_KEY = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
WITNESSES = (
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
)
PUBLIC_NOTE = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
"""  # noqa: E501 - as it was published
PUBLIC_TIME = 0x6A122120

LOG, ONE, TWO = Key(), Key("one.invalid", 2), Key("two.invalid", 3)
CHECKPOINT = Checkpoint(LOG.name, 7, bytes(range(32)))
NOTE = sign_checkpoint(CHECKPOINT, LOG)
KNOWN = [cosigner_of(ONE), cosigner_of(TWO)]


def test_four_public_witnesses_cosigned_a_public_checkpoint() -> None:
    known = [parse_verifier(key) for key in WITNESSES]
    assert verify_cosignatures(PUBLIC_NOTE, known) == dict.fromkeys(known, PUBLIC_TIME)


def test_the_logs_own_key_opens_the_cosigned_checkpoint() -> None:
    assert open_checkpoint(PUBLIC_NOTE, parse_verifier(LOG_KEY)).size == 1_432_088_532


@pytest.mark.parametrize("key", WITNESSES)
def test_a_witness_key_reads_and_writes_back(key: str) -> None:
    assert str(parse_verifier(key)) == key
    assert parse_verifier(key).kind == COSIGNATURE


@pytest.mark.parametrize(("old", "new"), [
    ("1432088532", "1432088533"), ("U7WM79", "U7WM7A"), ("dev\n143", "org\n143"), ("C4Ro=\n", "C4Ro=\nextension\n"),
    ("AABqEiEgzgFI", "AABqEiEhzgFI"), ("zgFIqqhb", "zgFIqqhc"),
])
def test_a_public_checkpoint_changed_anywhere_is_refused(old: str, new: str) -> None:
    changed = PUBLIC_NOTE.replace(old, new)
    assert changed != PUBLIC_NOTE
    with pytest.raises(TlogError):
        verify_cosignatures(changed, [parse_verifier(WITNESSES[0])])


def test_the_message_is_the_one_of_the_specification() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    assert cosignature_message(text, 1679315147).decode() == (
        "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")


@given(st.integers(0, 2**63 - 1), st.integers(1, 255))
def test_what_a_cosigner_signs_verifies_with_its_time(time: int, seed: int) -> None:
    key = Key("witness.invalid", seed)
    note = NOTE + sign_cosignature(CHECKPOINT.text, time, key)
    assert verify_cosignatures(note, [cosigner_of(key)]) == {cosigner_of(key): time}


@pytest.mark.parametrize("time", [-1, 2**63])
def test_a_time_outside_the_format_is_not_signed(time: int) -> None:
    with pytest.raises(TlogError, match="seconds since 1970"):
        sign_cosignature(CHECKPOINT.text, time, ONE)


def test_only_a_checkpoint_is_cosigned() -> None:
    with pytest.raises(TlogError):
        sign_cosignature("some text\n", 1, ONE)
    with pytest.raises(TlogError):
        verify_cosignatures("some text\n\n— one.invalid AAAAAAAA\n", KNOWN)


def test_extension_lines_are_signed_too() -> None:
    text = CHECKPOINT.text + "extension\n"
    line = sign_cosignature(text, 5, ONE)
    assert verify_cosignatures(f"{text}\n{line}", KNOWN) == {KNOWN[0]: 5}
    with pytest.raises(TlogError, match="does not verify"):
        verify_cosignatures(f"{CHECKPOINT.text}\n{line}", KNOWN)


def test_unknown_cosigners_and_other_types_are_ignored() -> None:
    ml_dsa = Verifier(TWO.name, 6, bytes(1312))
    lines = (sign_cosignature(CHECKPOINT.text, 5, Key("stranger.invalid", 9))
             + f"— {TWO.name} {encode_base64(ml_dsa.key_id + bytes(8 + 2420))}\n"
             + f"— {ONE.name} {encode_base64(b'abcd' + bytes(3))}\n"
             + sign_cosignature(CHECKPOINT.text, 6, ONE))
    assert verify_cosignatures(NOTE + lines, [*KNOWN, ml_dsa]) == {KNOWN[0]: 6}


def test_a_cosigners_key_of_type_01_is_another_key() -> None:
    # The same 32 bytes: a log's signature is no cosignature, and the other way round.
    log_like = verifier_of(ONE)
    assert verify_cosignatures(NOTE + sign_cosignature(CHECKPOINT.text, 6, ONE), [log_like]) == {}
    as_log = sign_checkpoint(Checkpoint(LOG.name, 7, bytes(32)), LOG)
    with pytest.raises(TlogError, match="not signed by a known key"):
        open_checkpoint(as_log, cosigner_of(LOG))


def _value(line: str) -> bytes:
    return decode_base64(line.rsplit(" ", 1)[1].strip())


LENGTH, RANGE, FALSE = (
    "a cosignature is a time and an Ed25519 signature", "a cosignature's time is below 2^63",
    "a cosignature of a known key does not verify",
)


@pytest.mark.parametrize(("change", "why"), [
    (lambda value: value[:-1], LENGTH), (lambda value: value + b"\0", LENGTH),
    (lambda value: value[:-1] + bytes([value[-1] ^ 1]), FALSE),
    (lambda value: value[:4] + (2**63).to_bytes(8, "big") + value[12:], RANGE),
    (lambda value: value[:11] + b"\0" + value[12:], FALSE),
])
def test_one_bad_line_of_a_known_cosigner_rejects_the_whole_note(  # type: ignore[no-untyped-def]
    change, why: str,
) -> None:
    good = sign_cosignature(CHECKPOINT.text, 7, ONE)
    bad = f"— {ONE.name} {encode_base64(change(_value(good)))}\n"
    other = sign_cosignature(CHECKPOINT.text, 7, TWO)
    assert verify_cosignatures(NOTE + bad + other, KNOWN[1:]) == {KNOWN[1]: 7}
    with pytest.raises(TlogError) as refused:
        verify_cosignatures(NOTE + good + bad + other, KNOWN)
    assert refused.value.detail == why


def test_a_key_that_is_no_point_verifies_nothing() -> None:
    no_point = Verifier("odd.invalid", COSIGNATURE, b"\x02" + b"\0" * 31)
    line = f"— odd.invalid {encode_base64(no_point.key_id + bytes(72))}\n"
    with pytest.raises(TlogError, match="does not verify"):
        verify_cosignatures(NOTE + line, [no_point])


def test_of_two_cosignatures_by_one_key_the_youngest_counts() -> None:
    lines = [sign_cosignature(CHECKPOINT.text, time, ONE) for time in (9, 11, 10)]
    assert verify_cosignatures(NOTE + "".join(lines), KNOWN) == {KNOWN[0]: 11}


def test_of_an_answer_only_known_lines_are_kept() -> None:
    ours = sign_cosignature(CHECKPOINT.text, 5, ONE)
    theirs = sign_cosignature(CHECKPOINT.text, 5, Key("x.invalid", 9))
    assert lines_of(theirs + ours, KNOWN) == ours
    assert lines_of(theirs, KNOWN) == lines_of("", KNOWN) == ""
    for broken in ("junk\n", ours + "\n"):
        with pytest.raises(TlogError):
            lines_of(broken, KNOWN)
    with pytest.raises(TlogError) as refused:
        lines_of(ours[:-1], KNOWN)
    assert refused.value.detail == "a signature line ends in a line feed"
