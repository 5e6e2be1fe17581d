"""Every row of tlog-witness's status table, in its order, and what a witness remembers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.tlog.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from registry.tlog.cosignature import cosigner_of, verify_cosignatures
from registry.tlog.note import encode_base64, open_note, parse_note
from registry.tlog.tree import EMPTY_ROOT
from registry.witness.keys import WitnessKey
from registry.witness.request import MAX_BODY
from registry.witness.store import WitnessStore
from registry.witness.witness import Answer, Fork, Witness, origin_hash
from tests.tlog.test_note import Key
from tests.witness.logs import ShownLog, body

LOG = ShownLog()
FORKED = ShownLog(history="two", differs=3)
KEY = WitnessKey("witness.invalid/w", bytes(range(32)))


@dataclass
class Host:
    """A witness in a folder, its clock, and what it reported."""

    folder: Path
    now: int = 1_800_000_000
    forks: list[Fork] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = WitnessStore(self.folder)
        second = ShownLog(Key("second.invalid/log", 5))
        logs = {LOG.origin: (LOG.verifier,), second.origin: (second.verifier,)}
        self.witness = Witness(KEY, logs, self.store, lambda: self.now, self.forks.append)

    def add(self, request: bytes) -> Answer:
        return self.witness.add_checkpoint(request)

    def grow(self, old: int, size: int) -> Answer:
        return self.add(LOG.request(old, size))


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = Host(tmp_path)
    yield made
    made.store.close()


def _cosigned(answer: Answer, note: str, at: int) -> None:
    assert answer.status == 200
    assert verify_cosignatures(note + answer.body, [cosigner_of(KEY)]) == {cosigner_of(KEY): at}
    assert answer.body.count("\n") == 1


def test_a_log_that_grows_is_cosigned_at_every_step(host: Host) -> None:
    old = 0
    for size in (0, 1, 2, 7, 8, 9, 255, 256, 700):
        host.now += 1
        _cosigned(host.grow(old, size), LOG.note(size), host.now)
        old = size
    assert host.forks == []


def test_the_same_checkpoint_again_gets_a_younger_cosignature(host: Host) -> None:
    host.grow(0, 7)
    host.now += 60
    _cosigned(host.grow(7, 7), LOG.note(7), host.now)


def test_a_clock_set_back_does_not_date_a_larger_tree_before_a_smaller_one(host: Host) -> None:
    host.grow(0, 7)
    before, host.now = host.now, host.now - 3600
    _cosigned(host.grow(7, 9), LOG.note(9), before)


def test_an_unknown_origin_is_404_whoever_signed_it(host: Host) -> None:
    stranger = ShownLog(Key("stranger.invalid/log"))
    assert host.add(stranger.request(0, 5)).status == 404
    assert host.add(stranger.request(9, 5)).status == 404


def test_no_trusted_signature_or_a_bad_one_is_403(host: Host) -> None:
    host.grow(0, 5)
    forger = ShownLog(Key(seed=2))  # the same name, another key
    changed = LOG.note(7).replace(LOG.note(7).split("\n")[2], encode_base64(bytes(32)))
    by_another = sign_checkpoint(Checkpoint(LOG.origin, 7, bytes(32)), Key("second.invalid/log", 5))
    for note in (forger.note(7), changed, by_another):
        assert host.add(body(5, LOG.proof(5, 7), note)).status == 403
    # A line of the trusted key that does not verify rejects the note, even beside one that does.
    both = LOG.note(9) + LOG.note(8).split("\n\n")[1]
    assert host.add(body(5, LOG.proof(5, 9), both)).status == 403
    # Lines of keys that it does not know say nothing.
    beside = LOG.note(9) + forger.note(9).split("\n\n")[1]
    # The signature is looked at before the sizes.
    assert host.add(body(99, [], forger.note(7))).status == 403
    assert host.add(body(5, LOG.proof(5, 9), beside)).status == 200


def test_an_old_size_above_the_checkpoints_is_400(host: Host) -> None:
    assert host.grow(6, 5).status == 400
    host.grow(0, 5)
    assert host.add(body(6, [], LOG.note(5))).status == 400


def test_an_old_size_that_is_not_its_latest_is_409_and_says_the_latest(host: Host) -> None:
    assert host.grow(3, 5) == Answer(409, "0\n", "text/x.tlog.size")
    host.grow(0, 5)
    for old, size in ((0, 5), (3, 5), (0, 3), (0, 9), (6, 9)):
        assert host.grow(old, size) == Answer(409, "5\n", "text/x.tlog.size")
    # Before the proof is looked at, and before the roots are.
    assert host.add(body(4, [bytes(32)], FORKED.note(9))).status == 409
    assert host.forks == []


def test_a_proof_that_does_not_hold_is_422(host: Host) -> None:
    host.grow(0, 5)
    right = LOG.proof(5, 9)
    for proof in ([], right[:-1], [*right, bytes(32)], [right[1], right[0], *right[2:]], LOG.proof(4, 9)):
        assert host.add(body(5, proof, LOG.note(9))).status == 422
    assert host.add(body(5, FORKED.proof(5, 9), FORKED.note(9))).status == 422
    assert host.add(body(5, [bytes(32)], LOG.note(5))).status == 422
    assert host.add(body(5, right, LOG.note(9))).status == 200


def test_a_proof_from_nothing_is_422(host: Host) -> None:
    assert host.add(body(0, [bytes(32)], LOG.note(5))).status == 422
    assert host.add(body(0, [bytes(32)], LOG.note(0))).status == 422


def test_the_same_size_with_another_root_is_422_and_kept_as_evidence(host: Host) -> None:
    host.grow(0, 5)
    assert host.add(FORKED.request(5, 5)).status == 422
    (fork,) = host.forks
    roots = {parse_checkpoint(open_note(note, [LOG.verifier])[0]).root for note in (fork.ours, fork.theirs)}
    assert roots == {LOG.checkpoint(5).root, FORKED.checkpoint(5).root}
    assert {parse_note(note).text.split("\n")[1] for note in (fork.ours, fork.theirs)} == {"5"}


def test_an_empty_tree_with_another_root_is_422_whatever_the_log_signs(host: Host) -> None:
    wrong = sign_checkpoint(Checkpoint(LOG.origin, 0, bytes(32)), LOG.key)
    assert host.add(body(0, [], wrong)).status == 422
    assert [one.theirs for one in host.forks] == [wrong]
    assert host.grow(0, 0).status == 200
    assert host.add(body(0, [], wrong)).status == 422


NOTE = LOG.note(5)


@pytest.mark.parametrize("request_", [
    b"", b"\n", b"old 0\n", b"old 0\n\n", b"\n" + NOTE.encode(), NOTE.encode(),
    *(body(old, [], NOTE) for old in ("", "00", "-1", "+1", " 0", "0 ", "0x0", "1_0", "9" * 20, str(2**63), "٣")),
    b"OLD 0\n\n" + NOTE.encode(), b"old  0\n\n" + NOTE.encode(), b"old 0\r\n\n" + NOTE.encode(),
    b"old 0\nAAAA\n\n" + NOTE.encode(), b"old 0\nnot base64\n\n" + NOTE.encode(),
    b"old 0\n" + b"A" * 43 + b"\n\n" + NOTE.encode(), b"old 0\n" + b"A" * 42 + b"B=\n\n" + NOTE.encode(),
    body(0, [bytes(31)], NOTE), body(0, [bytes(33)], NOTE), body(0, [bytes(32)] * 64, NOTE),
    body(0, [], NOTE[:-1]), body(0, [], NOTE + "\n"), body(0, [], NOTE.split("\n\n")[0] + "\n"),
    body(0, [], NOTE.replace("\n5\n", "\n05\n")), body(0, [], NOTE.replace("\n5\n", "\n-5\n")),
    body(0, [], NOTE.replace("\n5\n", "\n5\nA")), body(0, [], NOTE.replace("\n5\n", "\n\n5\n")),
    body(0, [], "name\n5\n\n— name AAAAAAAA\n"), body(0, [], "name\n5\nAAAA\n\n— name AAAAAAAA\n"),
    body(0, [], NOTE.replace("—", "-")), body(0, [], NOTE.replace("\n5\n", "\n5\t\n")),
    b"old 0\n\n" + NOTE.encode().replace(b"example", b"ex\xffmple"), b"\xff\n\n" + NOTE.encode(),
    b"x" * MAX_BODY,
])
def test_what_is_no_request_is_400_and_changes_nothing(host: Host, request_: bytes) -> None:
    answer = host.add(request_)
    assert answer.status == 400
    assert answer.body.strip()
    assert host.store.origins() == []


def test_sixty_three_hashes_are_a_proof_that_is_looked_at(host: Host) -> None:
    host.grow(0, 5)
    assert host.add(body(5, [bytes(32)] * 63, LOG.note(9))).status == 422


def test_extension_lines_are_cosigned_as_they_stand(host: Host) -> None:
    text = LOG.checkpoint(5).text + "an extension\n"
    note = f"{text}\n— {LOG.origin} {encode_base64(LOG.verifier.key_id + LOG.key.sign(text.encode()))}\n"
    _cosigned(host.add(body(0, [], note)), note, host.now)


def test_a_log_may_have_two_keys_for_a_while(tmp_path: Path) -> None:
    new = ShownLog(Key(seed=2))
    store = WitnessStore(tmp_path)
    witness = Witness(KEY, {LOG.origin: (LOG.verifier, new.verifier)}, store, lambda: 1, lambda _fork: None)
    assert witness.add_checkpoint(LOG.request(0, 5)).status == 200
    assert witness.add_checkpoint(new.request(5, 9)).status == 200
    store.close()


def test_the_monitoring_path_has_the_latest_note_with_trusted_lines_only(host: Host) -> None:
    name = origin_hash(LOG.origin)
    assert host.witness.checkpoint(name).status == 404
    host.grow(0, 5)
    junk = f"— stranger.invalid {encode_base64(bytes(68))}\n"
    answer = host.add(body(5, LOG.proof(5, 9), LOG.note(9) + junk))
    assert host.witness.checkpoint(name) == Answer(200, LOG.note(9) + answer.body)
    host.add(FORKED.request(9, 9))
    assert host.witness.checkpoint(name) == Answer(200, LOG.note(9) + answer.body)
    assert host.witness.checkpoint(origin_hash("second.invalid/log")).status == 404
    assert host.witness.checkpoint("0" * 64).status == 404


def test_several_logs_grow_side_by_side(host: Host) -> None:
    second = ShownLog(Key("second.invalid/log", 5))
    host.grow(0, 5)
    assert host.add(second.request(0, 300)).status == 200
    assert host.grow(5, 9).status == 200
    assert host.add(second.request(300, 301)).status == 200


def test_what_it_saw_outlives_it(host: Host, tmp_path: Path) -> None:
    host.grow(0, 5)
    host.store.close()
    again = Host(tmp_path)
    assert again.grow(0, 9) == Answer(409, "5\n", "text/x.tlog.size")
    assert again.add(FORKED.request(5, 5)).status == 422
    assert again.grow(5, 9).status == 200
    again.store.close()


def test_what_cannot_be_written_down_is_not_cosigned(host: Host) -> None:
    host.grow(0, 5)
    host.store._db.execute("PRAGMA query_only=ON")
    answer = host.grow(5, 9)
    assert (answer.status, "—" in answer.body) == (503, False)
    host.store._db.execute("PRAGMA query_only=OFF")
    assert host.grow(5, 9).status == 200


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 12), st.integers(0, 12)), max_size=12))
def test_whatever_is_sent_in_whatever_order_one_size_never_has_two_roots(
    tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[bool, int, int]]
) -> None:
    host = Host(tmp_path_factory.mktemp("w"))
    cosigned: dict[int, bytes] = {0: EMPTY_ROOT}
    latest = 0
    for fork, old, size in sent:
        log = FORKED if fork else LOG
        if host.add(log.request(old, size)).status == 200:
            assert cosigned.setdefault(size, log.checkpoint(size).root) == log.checkpoint(size).root
            assert size >= latest
            latest = size
    host.store.close()
    # Every cosigned tree is a past of one and the same log.
    assert any(all(log.checkpoint(size).root == root for size, root in cosigned.items()) for log in (LOG, FORKED))
