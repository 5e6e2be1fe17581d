"""Quorum files: what is accepted, what is refused and on which line, and who is a quorum."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.tlog.cosignature import cosigner_of
from registry.tlog.errors import TlogError
from registry.tlog.note import Verifier, verifier_of
from registry.tlog.witness_policy import WitnessPolicy, parse_policy
from tests.tlog.test_cosignature import LOG_KEY, WITNESSES
from tests.tlog.test_note import Key

KEYS = [Key(f"w{number}.invalid", number + 1) for number in range(12)]
VKEYS = [str(cosigner_of(key)) for key in KEYS]
PUBLIC = [key.public_key() for key in KEYS]
LOG = str(verifier_of(Key(seed=99)))


def _lines(count: int) -> str:
    return "".join(f"witness w{number} {VKEYS[number]}\n" for number in range(count))


# The example of the specification, with keys.
TWO_LEVELS = f"""\
log {LOG} https://log.invalid/log
{_lines(6)}
# two operators
group X-witnesses 2 w0 w1 w2
\tgroup Y-witnesses  any w3 w4\tw5 \n\
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


@pytest.mark.parametrize(("present", "quorum"), [
    ([], False), ([0, 1], False), ([0, 3], False), ([3, 4, 5], False), ([0, 2, 5], True), ([0, 1, 2, 3, 4, 5], True),
    ([6, 7, 8, 9], False),
])
def test_the_example_of_the_specification_asks_for_two_of_one_and_any_of_the_other(
    present: list[int], quorum: bool
) -> None:
    policy = parse_policy(TWO_LEVELS)
    assert policy.satisfied([PUBLIC[number] for number in present]) is quorum
    assert policy.attainable
    assert str(policy) == "2 of 2 (X-witnesses Y-witnesses)"


def test_a_policy_knows_its_log_its_witnesses_and_where_they_are() -> None:
    policy = parse_policy(TWO_LEVELS.replace(VKEYS[1], VKEYS[1] + " http://w1.invalid/submit"))
    assert [(str(one.verifier), one.url) for one in policy.log] == [(LOG, "https://log.invalid/log")]
    assert [one.name for one in policy.witnesses] == [f"w{number}" for number in range(6)]
    assert [one.url for one in policy.witnesses[:3]] == [None, "http://w1.invalid/submit", None]
    assert [str(one) for one in policy.verifiers] == VKEYS[:6]


def test_the_digest_is_that_of_the_files_bytes() -> None:
    assert parse_policy(TWO_LEVELS).digest == hashlib.sha256(TWO_LEVELS.encode()).hexdigest()
    assert parse_policy(TWO_LEVELS.encode()) == parse_policy(TWO_LEVELS)
    assert parse_policy(TWO_LEVELS + "# \n").digest != parse_policy(TWO_LEVELS).digest


def test_without_a_quorum_nobody_need_cosign() -> None:
    policy = parse_policy("quorum none")
    assert policy.satisfied([])
    assert str(policy) == "none"
    assert parse_policy(_lines(2) + "quorum none\n").satisfied([])


def test_one_witness_can_be_the_quorum() -> None:
    policy = parse_policy(_lines(2) + "quorum w1\n")
    assert policy.satisfied([PUBLIC[1]])
    assert not policy.satisfied([PUBLIC[0]])
    assert str(policy) == "w1"


def test_published_keys_make_a_policy() -> None:
    lines = "".join(f"witness {key.split('+')[0]} {key}\n" for key in WITNESSES)
    names = " ".join(key.split("+")[0] for key in WITNESSES)
    policy = parse_policy(f"log {LOG_KEY}\n{lines}group all-of-them 3 {names}\nquorum all-of-them\n")
    public = [one.verifier.public for one in policy.witnesses]
    assert policy.satisfied(public[1:])
    assert not policy.satisfied(public[2:])


def test_a_witness_of_a_later_type_is_read_and_never_counted() -> None:
    ml_dsa = Verifier("later.invalid", 6, bytes(1312))
    policy = parse_policy(f"witness later {ml_dsa}\n{_lines(1)}group g 1 later w0\nquorum g\n")
    assert not policy.satisfied([ml_dsa.public])
    assert policy.satisfied([PUBLIC[0]])
    assert policy.verifiers == (cosigner_of(KEYS[0]),)
    assert policy.attainable
    assert not parse_policy(f"witness later {ml_dsa}\nquorum later\n").attainable


def test_names_are_octets_and_shown_as_far_as_they_can_be() -> None:
    policy = parse_policy(f"witness K {VKEYS[0]}\nwitness \u212a {VKEYS[1]}\n".encode()
                          + b"witness \xff\xfe " + VKEYS[2].encode() + b"\n"
                          + b"group g all K \xe2\x84\xaa \xff\xfe\nquorum g")
    assert [one.name for one in policy.witnesses] == ["K", "\u212a", r"\xff\xfe"]
    assert policy.satisfied(PUBLIC[:3])


def test_thirty_two_of_everything_and_deeply_nested_groups_are_read() -> None:
    keys = [Key(f"n{number}.invalid", number + 1) for number in range(64)]
    logs = "".join(f"log {verifier_of(key)}\n" for key in keys[:32])
    witnesses = "".join(f"witness n{number} {cosigner_of(key)}\n" for number, key in enumerate(keys[32:]))
    nested = "group g0 all n0\n" + "".join(f"group g{depth} all g{depth - 1}\n" for depth in range(1, 5000))
    policy = parse_policy(f"{logs}{witnesses}{nested}quorum g4999\n")
    assert (len(policy.log), len(policy.witnesses)) == (32, 32)
    assert policy.satisfied([keys[32].public_key()])
    assert not policy.satisfied([keys[33].public_key()])


W0, W1 = f"witness w0 {VKEYS[0]}\n", f"witness w1 {VKEYS[1]}\n"
BOTH = W0 + W1
RENAMED = str(cosigner_of(Key("other-name.invalid", 1)))
SENTENCES = (
    "a witness policy has a quorum line; `quorum none` if nobody need cosign", "there is one quorum line",
    "the quorum is named on a line before it", "quorum <name>, or quorum none", "log <vkey> [<url>]",
    "a log's key is Ed25519 (type 01)", "a verifier key is name+8 hex digits+base64",
    "this log's public key is in the file already", "witness <name> <vkey> [<url>]",
    "a witness's key is a cosigner's (type 04 or 06)", "this witness's public key is in the file already",
    "a name is used once, and is not `none`", "group <name> all|any|<k> <name>…",
    "a group's members are named on lines before it", "a name is in one group at most, and once",
    "a group asks for all, any, or a number from 1 to that of its members",
    "a line begins with log, witness, group, quorum or #", "no control characters but tab and line feed",
    "the witness policy is too long",
)


@pytest.mark.parametrize(("text", "line", "why"), [
    ("", None, "has a quorum line"), (BOTH, None, "has a quorum line"),
    ("quorum none\nquorum none\n", 2, "one quorum line"), ("quorum w0\n" + W0, 1, "named on a line before"),
    ("quorum\n", 1, "quorum <name>"), (BOTH + "quorum w0 w1\n", 3, "quorum <name>"),
    ("log\nquorum none\n", 1, "log <vkey>"), (f"log {LOG} a b\n", 1, "log <vkey>"),
    (f"log {VKEYS[0]}\n", 1, "a log's key"), ("log nonsense\n", 1, "a verifier key is"),
    (f"log {LOG}\nlog {LOG}\n", 2, "this log's public key"),
    (f"log {LOG}\nlog {verifier_of(Key('renamed.invalid', 99))}\n", 2, "this log's public key"),
    ("witness w0\n", 1, "witness <name>"), (f"witness w0 {VKEYS[0]} a b\n", 1, "witness <name>"),
    (f"witness w0 {LOG}\n", 1, "a witness's key"), (W0 + W0, 2, "this witness's public key"),
    (W0 + f"witness w9 {RENAMED}\n", 2, "this witness's public key"),
    (W0 + f"witness w0 {VKEYS[1]}\n", 2, "used once"),
    (f"witness none {VKEYS[0]}\n", 1, "used once"), (BOTH + "group w1 any w0\n", 3, "used once"),
    (BOTH + "group none any w0\n", 3, "used once"), (W0 + "group g any\n", 2, "group <name>"),
    ("group g any w0\n" + W0, 1, "on lines before"), (W0 + "group g any g\n", 2, "on lines before"),
    (W0 + "group g any none\n", 2, "on lines before"), (W0 + "group g 1 w0 w0\n", 2, "in one group"),
    (W0 + "group g 1 w0\ngroup h 1 w0\n", 3, "in one group"),
    *((BOTH + f"group g {k} w0 w1\n", 3, "from 1 to")
      for k in ("0", "3", "01", "+1", "-1", "1.0", "x", "All", "１", "9" * 9)),
    ("Quorum none\n", 1, "begins with"), ("wittness w0 x\n", 1, "begins with"),
    ("\x0bquorum none\n", 1, "control"), ("quorum none\r\n", 1, "control"), ("quorum\x7fnone\n", 1, "control"),
    ("# \x00\n", 1, "control"), ("quorum\u00a0none\n", 1, "begins with"), ("\n" * 1_000_001, None, "too long"),
])
def test_a_file_that_is_not_exactly_one_is_refused_with_its_line(text: str, line: int | None, why: str) -> None:
    with pytest.raises(TlogError) as refused:
        parse_policy(text)
    (sentence,) = [one for one in SENTENCES if why in one]
    assert refused.value.detail == (f"line {line} of the witness policy: {sentence}" if line else sentence)


Tree = int | tuple[int, list["Tree"]]


@st.composite
def policies(draw: st.DrawFn) -> tuple[str, Tree]:
    """A random file with every name in one group at most, and the tree that it means."""
    trees: dict[str, Tree] = {f"w{number}": number for number in range(draw(st.integers(1, 12)))}
    lines, free = [_lines(len(trees))], list(trees)
    for number in range(draw(st.integers(0, 5))):
        members = draw(st.lists(st.sampled_from(free), min_size=1, unique=True))
        k = draw(st.integers(1, len(members)))
        said = draw(st.sampled_from([str(k)] + ["any"] * (k == 1) + ["all"] * (k == len(members))))
        lines.append(f"group g{number} {said} {' '.join(members)}\n")
        trees[f"g{number}"] = (k, [trees[name] for name in members])
        free = [*(name for name in free if name not in members), f"g{number}"]
    quorum = draw(st.sampled_from(sorted(trees)))
    return "".join(lines) + f"quorum {quorum}\n", trees[quorum]


def _naive(tree: Tree, present: set[int]) -> bool:
    if isinstance(tree, int):
        return tree in present
    return [_naive(member, present) for member in tree[1]].count(True) >= tree[0]


@given(policies(), st.sets(st.integers(0, 11)), st.integers(0, 11))
def test_a_quorum_is_what_a_naive_reader_says_and_one_more_witness_never_undoes_it(
    made: tuple[str, Tree], present: set[int], more: int
) -> None:
    policy = parse_policy(made[0])
    reached = policy.satisfied({PUBLIC[number] for number in present})
    assert reached is _naive(made[1], present)
    assert policy.satisfied([PUBLIC[number] for number in [*present, *present, more]]) >= reached
    assert policy.attainable
    assert isinstance(policy, WitnessPolicy)
