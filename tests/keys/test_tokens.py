"""Tokens of /r/: 128 bits, 90 days, only their digest at rest."""

import os
from pathlib import Path

from registry.model.ids import check_id
from registry.model.times import DAY
from registry.vault.keys.kek import KeyFile
from registry.vault.keys.keyring import Keyring
from tests.vault_engine import ask

PURPOSE = {"consent": "c1" * 16, "contact": "c0" * 16}
AT = 1_800_000_000_000


def test_a_token_is_found_for_ninety_days_also_after_a_restart(keyring: Keyring, folder: Path, kek: KeyFile) -> None:
    token = check_id(keyring.make_token(PURPOSE, AT))
    keyring.close()
    reopened = Keyring.open(folder, kek, os.urandom)
    assert reopened.find_token(token, AT + 90 * DAY - 1) == PURPOSE
    assert reopened.find_token(token, AT + 90 * DAY) is None
    reopened.close()


def test_unknown_and_ill_formed_tokens_are_not_found(keyring: Keyring) -> None:
    token = keyring.make_token(PURPOSE, AT)
    for other in ("0" * 32, token.upper() + "x", token[:-1], "", "\ud800" * 32, token + "\n"):
        assert keyring.find_token(other, AT) is None


def test_every_message_has_a_token_of_its_own_and_all_stay_good(keyring: Keyring) -> None:
    tokens = {keyring.make_token({**PURPOSE, "n": n}, AT + n) for n in range(20)}
    assert len(tokens) == 20
    assert all(keyring.find_token(token, AT + DAY) is not None for token in tokens)


def test_expired_tokens_leave_the_database(keyring: Keyring, folder: Path) -> None:
    keyring.make_token(PURPOSE, AT)
    keyring.make_token(PURPOSE, AT + 91 * DAY)
    ((count,),) = ask(folder, "SELECT count(*) FROM tokens")
    assert count == 1
