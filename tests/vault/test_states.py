"""What the vault folded from its log is sealed and brought back exactly; nobody else's, and no other code's, is."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import registry
from registry.errors import IntegrityError
from registry.model.entries import Entry, leaf
from registry.policy import Directory
from registry.vault import states
from registry.vault.ledger import Ledger
from registry.vault.log import startup
from registry.vault.log.memory import Folded
from registry.vault.log.shelves import COUNT
from registry.vault.server import keep_house
from registry.vault.states import States
from tests import vault_engine
from tests.deep import examples
from tests.world import SECOND, World


class _Keys:
    """Seals with nothing but a mark: what is tried here is the folding."""

    def seal_own(self, data: bytes, use: bytes) -> bytes:
        return use + data

    def open_own(self, sealed: bytes, use: bytes) -> bytes:
        assert sealed.startswith(use)
        return sealed.removeprefix(use)


class Folding:
    """Directory and ledger, with the keeper that knows them."""

    def __init__(self) -> None:
        self.directory, self.ledger = Directory(), Ledger()
        self.keeper = States(self.directory, self.ledger, _Keys(), bytes)  # type: ignore[arg-type]

    def fold(self, entries: list[Entry]) -> None:
        for entry in entries:
            self.directory.fold(entry)
            self.ledger.fold(entry)

    def __repr__(self) -> str:
        return plain((self.directory, self.ledger))


def plain(value: Any) -> str:
    """All that is in a value, in its order."""
    if isinstance(value, dict):
        return f"{type(value).__name__}{[(plain(key), plain(one)) for key, one in value.items()]}"
    if isinstance(value, set | frozenset):
        return f"{type(value).__name__}{sorted(map(plain, value))}"
    if isinstance(value, str | bytes | int | float | None):
        return repr(value)
    if hasattr(value, "__iter__"):
        return f"{type(value).__name__}{[plain(one) for one in value]}{getattr(value, 'maxlen', '')}"
    members = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    state = vars(value) if hasattr(value, "__dict__") else {name: getattr(value, name) for name in members}
    return f"{type(value).__name__}{plain(state)}"


FOLDED = Folded(0, b"", 0, bytes(32), (bytes(8 * COUNT), bytes(8 * COUNT)))


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    """The entries of a world in which people were looked up, withdrew, asked to be erased and complained of."""
    world = World(tmp_path_factory.mktemp("lived"))
    one, two, three = world.unreachables(3)
    world.lookup(three)
    world.call("withdraw", by=world.lender.value(), consent=one.consent, through="lender")
    world.lookup(one)
    world.lookup(two)
    world.append("releases-stopped/1", {}, world.lender)
    entries = world.entries()
    world.vault.close()
    assert len(entries) > 100
    return entries


def order(entries: list[Entry], shuffled: list[int]) -> list[Entry]:
    """Some of them in another order, genesis first: more states than one life has."""
    rest = entries[1:]
    taken = [rest[number % len(rest)] for number in shuffled]
    return [entries[0], *(Entry(index, entries[0].at + index, one.draft) for index, one in enumerate(taken, start=1))]


@settings(max_examples=examples(60), deadline=None)
@given(data=st.data())
def test_a_state_and_the_rest_of_the_log_are_the_same_as_the_whole(lived: list[Entry], data: st.DataObject) -> None:
    numbers = st.lists(st.integers(0, 10_000), max_size=120)
    entries = data.draw(st.one_of(st.just(lived), numbers.map(lambda chosen: order(lived, chosen))))
    cut = data.draw(st.integers(0, len(entries)))
    whole, before, after = Folding(), Folding(), Folding()
    whole.fold(entries)
    before.fold(entries[:cut])
    after.fold(entries[cut:][:5])  # what it was before is gone
    assert after.keeper.open(before.keeper.seal(FOLDED)) == FOLDED
    assert repr(after) == repr(before)
    after.fold(entries[cut:])
    assert repr(after) == repr(whole)


def test_no_two_states_share_a_part(lived: list[Entry]) -> None:
    first, second = Folding(), Folding()
    first.fold(lived[:50])
    sealed = first.keeper.seal(FOLDED)
    second.keeper.open(sealed)
    before = repr(second)
    first.fold(lived[50:])
    assert repr(second) == before
    assert repr(first) != before


def test_the_state_of_other_code_is_not_read(lived: list[Entry], monkeypatch: pytest.MonkeyPatch) -> None:
    folding = Folding()
    folding.fold(lived)
    before, sealed = repr(folding), folding.keeper.seal(FOLDED)
    monkeypatch.setattr(states, "code_digest", lambda: b"x" * 32)
    assert folding.keeper.open(sealed) is None
    assert repr(folding) == before


def test_a_changed_line_of_code_is_other_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in states.CODE:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".py"):
            path.write_text("a = 1\n")
        else:
            path.mkdir()
            (path / "deep.py").write_text("a = 1\n")
    monkeypatch.setattr(states, "_PACKAGE", tmp_path)
    seen = {states.code_digest.__wrapped__()}
    for name in states.CODE:
        (tmp_path / name if name.endswith(".py") else tmp_path / name / "deep.py").write_text("a = 2\n")
        seen.add(states.code_digest.__wrapped__())
    assert len(seen) == 1 + len(states.CODE)


def test_all_code_that_folds_is_named() -> None:
    package = Path(registry.__file__).parent
    program = ("import sys, registry.policy, registry.vault.ledger, registry.vault.log.shelves as s; "
               "print(*(one.__file__ for name, one in sys.modules.items() if name.startswith('registry.')))")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    # Of what is imported on the way: a package's own `__init__`, and Protocols and formats without a fold in them.
    harmless = ("__init__.py", "storage.py", "durable.py", "migrating.py", "vault/log/store.py")
    foreign = [str(Path(one).relative_to(package)) for one in done.stdout.split()]
    unnamed = [one for one in foreign if not one.startswith(states.CODE) and not one.endswith(harmless)]
    assert [one for one in unnamed if not one.startswith(("tlog/", "vault/log/"))] == []


def test_a_state_that_holds_anything_else_is_not_made() -> None:
    with pytest.raises(pickle.UnpicklingError):
        states._Reader(io.BytesIO(pickle.dumps(subprocess.run))).load()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A vault whose log is called long, its state kept; one is looked up then."""
    monkeypatch.setattr(startup, "WHOLE", 10)
    made = World(tmp_path)
    yield made
    made.vault.close()


def test_a_real_vault_goes_on_from_its_state_and_says_how_far_it_has_compared(world: World) -> None:
    (person,) = world.unreachables(1)
    world.vault.desk.log.keep_state(0)
    world.clock.at += SECOND
    permit = world.lookup(person)
    before = plain((world.vault.desk.directory, world.vault.desk.ledger))
    world.reopen()
    assert plain((world.vault.desk.directory, world.vault.desk.ledger)) == before
    assert world.call("status")["checked"] == 0
    assert world.lookup(person)["verdict"] == "deny", "the permit before counts"
    assert permit["verdict"] == "permit"
    keep_house(world.vault)
    world.vault.tend(lambda: False)
    assert "checked" not in world.call("status")


def test_the_chores_find_what_nobody_reads_end_the_vault_and_the_next_start_refuses(world: World) -> None:
    world.unreachables(1)
    world.vault.desk.log.keep_state(0)
    world.vault.close()
    assert vault_engine.edit(world.folder / "vault", 'DELETE FROM history WHERE "index" = 9')
    world.reopen()
    with pytest.raises(IntegrityError):
        _keep_house_long(world)
    with pytest.raises(IntegrityError, match="restore"):
        world.reopen()


def _keep_house_long(world: World) -> None:
    while "checked" in world.call("status"):
        keep_house(world.vault)


def test_leaves_of_every_entry_carry_their_time_at_their_end(lived: list[Entry]) -> None:
    assert all(startup.is_stamped(entry.at, leaf(entry.draft, entry.at)) for entry in lived)
    assert not startup.is_stamped(lived[0].at + 1, leaf(lived[0].draft, lived[0].at))
