"""A vault's keys in a temporary folder, with their key-encryption key beside it, not inside."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.vault.keys.kek import KeyFile
from registry.vault.keys.keyring import Keyring
from tests.vault_engine import dropped

ORIGIN = "demo.invalid/keys"
BORROWER = "b0" * 16
CONTACT = "c0" * 16
NUMBER = "+8610000004711"


@pytest.fixture
def kek(tmp_path: Path) -> KeyFile:
    return KeyFile.create(tmp_path / "kek")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "vault"
    path.mkdir()
    return path


@pytest.fixture
def keyring(folder: Path, kek: KeyFile) -> Iterator[Keyring]:
    ring = Keyring.create(folder, kek, os.urandom, ORIGIN)
    ring.new_subject(BORROWER)
    ring.new_subject(CONTACT)
    yield ring
    ring.close()


@pytest.fixture(autouse=True)
def databases_are_dropped() -> Iterator[None]:
    """What a test made on a server goes with it."""
    with dropped():
        yield
