from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.tlog.errors import TlogError
from registry.tlog.tree import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.tlog import naive

# The eight leaves and roots of the Certificate Transparency reference tests (RFC 6962, merkle_tree_test).
LEAVES = [bytes.fromhex(one) for one in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# (index, size) -> the published inclusion proofs of the same tests, leaf's sibling first.
PATHS = {
    (0, 1): [],
    (0, 8): ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
             "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
             "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"],
    (5, 8): ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
             "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
             "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
             "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
             "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"],
}

# (old, size) -> the published consistency proofs of the same tests.
GROWTHS = {
    (1, 1): [],
    (1, 8): ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
             "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
             "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"],
    (6, 8): ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
             "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
             "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
    (2, 5): ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
             "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"],
    (6, 7): ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
             "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
             "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
}

SIZES = st.integers(1, 300)


def entries_of(size: int) -> list[bytes]:
    return [index.to_bytes(3, "big") for index in range(size)]


def node_over(entries: list[bytes]):
    return lambda level, n: naive.mth(entries[n << level : (n + 1) << level])


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int) -> None:
    assert root_of(node_over(LEAVES), size).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_the_published_inclusion_proofs_come_out_and_verify(index: int, size: int) -> None:
    proof = inclusion_proof(node_over(LEAVES), index, size)
    assert [one.hex() for one in proof] == PATHS[index, size]
    verify_inclusion(leaf_hash(LEAVES[index]), index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "size"), GROWTHS)
def test_the_published_consistency_proofs_come_out_and_verify(old: int, size: int) -> None:
    proof = consistency_proof(node_over(LEAVES), old, size)
    assert [one.hex() for one in proof] == GROWTHS[old, size]
    verify_consistency(old, bytes.fromhex(ROOTS[old]), size, bytes.fromhex(ROOTS[size]), proof)


def test_the_hash_of_an_empty_leaf_differs_from_the_empty_tree() -> None:
    assert leaf_hash(b"").hex() == ROOTS[1]
    assert EMPTY_ROOT.hex() == ROOTS[0]
    assert leaf_hash(b"\x01" * 64) != node_hash(b"\x01" * 32, b"\x01" * 32)


@given(SIZES, st.data())
def test_roots_and_proofs_are_those_of_the_naive_implementation(size: int, data: st.DataObject) -> None:
    entries = entries_of(size)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    node, root = node_over(entries), naive.mth(entries)
    assert root_of(node, size) == root
    inclusion, consistency = inclusion_proof(node, index, size), consistency_proof(node, old, size)
    assert inclusion == naive.path(index, entries)
    assert consistency == naive.proof(old, entries)
    verify_inclusion(leaf_hash(entries[index]), index, size, inclusion, root)
    verify_consistency(old, naive.mth(entries[:old]), size, root, consistency)


@given(SIZES, st.data())
def test_an_inclusion_proof_shows_one_leaf_at_one_index_in_one_tree(size: int, data: st.DataObject) -> None:
    entries = entries_of(size)
    index = data.draw(st.integers(0, size - 1))
    proof, root, leaf = naive.path(index, entries), naive.mth(entries), leaf_hash(entries[index])
    other = data.draw(st.integers(0, size + 5).filter(lambda one: one != index))
    wrong = [
        (leaf_hash(b"another"), index, size, proof, root),
        (leaf, other, size, proof, root),
        (leaf, -1, size, proof, root),
        (leaf, size, size, proof, root),
        (leaf, index, size, [*proof, root], root),
        (leaf, index, size, proof, leaf_hash(b"another")),
        (leaf, index, 0, proof, root),
    ]
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        wrong += [
            (leaf, index, size, proof[:-1], root),
            (leaf, index, size, [*proof[:place], leaf_hash(b"x"), *proof[place + 1 :]], root),
            (leaf, index, size, [*proof[:place], proof[place][:31], *proof[place + 1 :]], root),
            (leaf, index, size, [*proof[:place], proof[place] + b"\0", *proof[place + 1 :]], root),
        ]
    for arguments in wrong:
        with pytest.raises(TlogError):
            verify_inclusion(*arguments)


@given(SIZES, st.data())
def test_a_consistency_proof_shows_one_prefix_of_one_tree(size: int, data: st.DataObject) -> None:
    entries = entries_of(size)
    old = data.draw(st.integers(0, size))
    forked = [*entries[: old - 1], b"forked"] if old else [b"forked"]
    proof, root, before = naive.proof(old, entries), naive.mth(entries), naive.mth(entries[:old])
    wrong = [
        (old, naive.mth(forked), size, root, proof),
        (old, before, size, root, [*proof, root]),
        (size + 1, before, size, root, proof),
        (-1, before, size, root, proof),
    ]
    if old > 0:
        wrong.append((old, before, size, leaf_hash(b"another"), proof))
    if proof:
        wrong += [
            (old, before, size, root, proof[:-1]),
            (old, before, size, root, proof[1:]),
            (old, before, size, root, [*proof[:-1], leaf_hash(b"x")]),
            (old, before, size, root, [*proof[:-1], proof[-1][:31]]),
            (old, before, size, root, []),
        ]
    for arguments in wrong:
        with pytest.raises(TlogError):
            verify_consistency(*arguments)


def test_asking_for_a_proof_outside_the_tree_is_refused() -> None:
    node = node_over(LEAVES)
    for index, size in ((0, 0), (8, 8), (-1, 8)):
        with pytest.raises(TlogError):
            inclusion_proof(node, index, size)
    for old, size in ((9, 8), (-1, 8)):
        with pytest.raises(TlogError):
            consistency_proof(node, old, size)


def test_an_empty_tree_with_a_root_of_its_own_is_refused() -> None:
    with pytest.raises(TlogError):
        verify_consistency(0, EMPTY_ROOT, 0, leaf_hash(b"x"), [])
