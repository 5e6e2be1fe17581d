"""Each row of the witness's status table, as the log reads it; and what it sends."""

from __future__ import annotations

import pytest

from registry.tlog.checkpoint import Checkpoint, sign_checkpoint
from registry.tlog.cosignature import sign_cosignature
from registry.vault.log.feeder_answers import AtSize, Cosigned, Differs, NotCosigned, meaning, submission
from registry.vault.log.feeder_ports import Reply
from registry.vault.log.stated import Stated
from registry.witness.keys import WitnessKey
from tests.vault_log.world import ORIGIN, Key

KEY, STRANGER = WitnessKey("witness.invalid/a", b"\1" * 32), WitnessKey("witness.invalid/a", b"\2" * 32)
CHECKPOINT = Checkpoint(ORIGIN, 10, b"\7" * 32)
SENT = Stated(sign_checkpoint(CHECKPOINT, Key()), CHECKPOINT)
OTHER = Checkpoint(ORIGIN, 10, b"\x08" * 32).text
LINE = sign_cosignature(CHECKPOINT.text, 1_700_000_000, KEY)
NEWEST = 20  # entries signed meanwhile
SIZE = "text/x.tlog.size"


def said(status: int, body: str | bytes = b"", kind: str = "text/plain", old: int = 5) -> object:
    data = body.encode() if isinstance(body, str) else body
    return meaning(Reply(status, kind, data), SENT, old, KEY.verifier, NEWEST)


def test_a_cosignature_is_the_line_and_its_time() -> None:
    assert said(200, LINE) == Cosigned(LINE, 1_700_000_000)


def test_lines_of_other_keys_are_dropped() -> None:
    other = sign_cosignature(CHECKPOINT.text, 1_700_000_000, WitnessKey("witness.invalid/b", b"\3" * 32))
    assert said(200, other + LINE + other) == Cosigned(LINE, 1_700_000_000)


@pytest.mark.parametrize("body", [
    b"", b"\n", b"\xff\n", LINE.removesuffix("\n"), LINE + "\n", LINE + LINE, "— witness.invalid/a AAAA\n",
    sign_cosignature(OTHER, 1_700_000_000, KEY), sign_cosignature(CHECKPOINT.text, 1_700_000_000, STRANGER),
    sign_cosignature(CHECKPOINT.text, 0, KEY), LINE.replace("/a", "/c"), "x" * 16_000,
])
def test_anything_but_one_right_line_is_no_cosignature(body: str | bytes) -> None:
    assert isinstance(said(200, body), NotCosigned)


@pytest.mark.parametrize("status", [0, 201, 204, 301, 302, 307, 400, 403, 404, 429, 500, 503])
def test_every_other_status_is_no_cosignature_whatever_comes_with_it(status: int) -> None:
    assert isinstance(said(status, LINE), NotCosigned)


@pytest.mark.parametrize("size", [0, 3, 10, 15, 20])
def test_a_409_tells_where_the_witness_stands(size: int) -> None:
    assert said(409, f"{size}\n", SIZE) == AtSize(size)


@pytest.mark.parametrize(("body", "kind"), [
    ("7\n", "text/plain"), ("", SIZE), ("+7\n", SIZE), (" 7\n", SIZE), ("07\n", SIZE), ("7\n7\n", SIZE),
    ("-1\n", SIZE), ("9" * 30, SIZE), ("1_0\n", SIZE), ("٣\n", SIZE),
])
def test_a_409_that_names_no_size_is_no_cosignature(body: str, kind: str) -> None:
    assert isinstance(said(409, body, kind), NotCosigned)


def test_a_witness_that_has_more_than_we_ever_signed_differs() -> None:
    assert said(409, "21\n", SIZE) == Differs(21)


def test_a_witness_that_refuses_the_size_it_stands_at_differs() -> None:
    assert said(409, "5\n", SIZE) == Differs(5)
    assert said(409, "10\n", SIZE, old=10) == Differs(10)
    assert said(409, "", old=10) == Differs(10), "some witnesses say no size then"
    assert said(409, "0\n", SIZE, old=0) == AtSize(0), "nothing is no history"


def test_a_witness_to_whom_our_proof_leads_nowhere_differs() -> None:
    assert said(422) == Differs(5)
    assert isinstance(said(422, old=0), NotCosigned), "nothing was proved to it"


def test_a_submission_is_the_old_size_the_proof_an_empty_line_and_the_note() -> None:
    body = submission(5, [b"\1" * 32, b"\2" * 32], SENT.note).decode()
    old, first, second, empty, rest = body.split("\n", 4)
    assert (old, len(first), len(second), empty, rest) == ("old 5", 44, 44, "", SENT.note)
