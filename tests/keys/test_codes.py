"""One-time codes: 6 digits, 5 tries that no restart gives back, 7 days, one answer to every wrong try (P8, P10)."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.errors import MalformedError
from registry.model.times import DAY, MINUTE
from registry.vault.keys.kek import KeyFile
from registry.vault.keys.keyring import Keyring
from tests.vault_engine import ask

CONSENT, OTHER = "c1" * 16, "c2" * 16
TERMS = "ab" * 32
AT = 1_800_000_000_000


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def refusal(check: Callable[[], None]) -> tuple[type[Exception], str, str]:
    with pytest.raises(MalformedError) as refused:
        check()
    return type(refused.value), refused.value.code, refused.value.detail


def test_a_code_has_six_digits_and_is_right(keyring: Keyring) -> None:
    code = keyring.make_code(CONSENT, TERMS, AT)
    assert len(code) == 6
    assert code.isdecimal()
    keyring.check_code(CONSENT, code, AT + 1)


def test_five_tries_and_no_sixth(keyring: Keyring) -> None:
    code = keyring.make_code(CONSENT, TERMS, AT)
    for _ in range(4):
        refusal(lambda: keyring.check_code(CONSENT, wrong(code), AT))
    keyring.check_code(CONSENT, code, AT)
    assert refusal(lambda: keyring.check_code(CONSENT, code, AT))[1] == "code-refused"


def test_tries_survive_a_restart(keyring: Keyring, folder: Path, kek: KeyFile) -> None:
    code = keyring.make_code(CONSENT, TERMS, AT)
    keyring.close()
    for _ in range(5):
        reopened = Keyring.open(folder, kek, os.urandom)
        refusal(lambda ring=reopened: ring.check_code(CONSENT, wrong(code), AT))
        reopened.close()
    reopened = Keyring.open(folder, kek, os.urandom)
    refusal(lambda: reopened.check_code(CONSENT, code, AT))
    assert reopened.make_code(CONSENT, TERMS, AT) == code
    refusal(lambda: reopened.check_code(CONSENT, code, AT))
    reopened.close()


def test_a_try_counts_even_when_the_round_it_was_made_in_fails(keyring: Keyring, folder: Path, kek: KeyFile) -> None:
    code = keyring.make_code(CONSENT, TERMS, AT)
    for _ in range(5):
        with pytest.raises(MalformedError), keyring.one_commit():
            keyring.check_code(CONSENT, wrong(code), AT)
    keyring.close()
    reopened = Keyring.open(folder, kek, os.urandom)
    refusal(lambda: reopened.check_code(CONSENT, code, AT))
    reopened.close()


def test_a_code_lives_seven_days_to_the_millisecond(keyring: Keyring) -> None:
    code = keyring.make_code(CONSENT, TERMS, AT)
    keyring.check_code(CONSENT, code, AT + 7 * DAY - 1)
    refusal(lambda: keyring.check_code(CONSENT, code, AT + 7 * DAY))


def test_wrong_unknown_expired_used_up_and_ill_formed_are_told_alike(keyring: Keyring) -> None:
    code = keyring.make_code(CONSENT, TERMS, AT)
    answers = {
        refusal(lambda: keyring.check_code(CONSENT, wrong(code), AT)),
        refusal(lambda: keyring.check_code(OTHER, code, AT)),
        refusal(lambda: keyring.check_code(CONSENT, code, AT + 8 * DAY)),
        refusal(lambda: keyring.check_code("nobody", code, AT)),
        refusal(lambda: keyring.check_code("\ud800", code, AT)),
        refusal(lambda: keyring.check_code(CONSENT, "", AT)),
        refusal(lambda: keyring.check_code(CONSENT, "\ud800", AT)),
        refusal(lambda: keyring.check_code(CONSENT, "١٢٣٤٥٦", AT)),
        refusal(lambda: keyring.check_code(CONSENT, code + " ", AT)),
    }
    assert len(answers) == 1


def test_a_refused_try_writes_whether_the_consent_is_known_or_not(keyring: Keyring) -> None:
    keyring.make_code(CONSENT, TERMS, AT)
    written: list[tuple[str, int]] = []
    write = keyring._store.write

    def seen(statement: object, values: object = None) -> int:
        touched = write(statement, values)  # type: ignore[arg-type]
        written.append((str(statement), touched))
        return touched

    keyring._store.write = seen  # type: ignore[method-assign]
    for consent in (CONSENT, OTHER):
        refusal(lambda consent=consent: keyring.check_code(consent, "", AT))
    assert len(written) == 2
    assert written[0] == written[1]
    assert written[0][1] == 1


def test_tries_at_nothing_use_up_nobodys_code(keyring: Keyring) -> None:
    for _ in range(9):
        refusal(lambda: keyring.check_code(OTHER, "000000", AT))
    keyring.check_code(OTHER, keyring.make_code(OTHER, TERMS, AT), AT)


def test_a_repeated_delivery_carries_the_same_code_until_it_expires(keyring: Keyring) -> None:
    code = keyring.make_code(CONSENT, TERMS, AT)
    assert keyring.make_code(CONSENT, TERMS, AT + DAY) == code
    later = {keyring.make_code(CONSENT, TERMS, AT + (8 + 8 * n) * DAY) for n in range(5)}
    assert later != {code}


def test_a_code_is_bound_to_its_consent_and_its_terms(keyring: Keyring) -> None:
    code = keyring.make_code(CONSENT, TERMS, AT)
    codes = {keyring.make_code(f"{n:032x}", TERMS, AT) for n in range(30)}
    assert len(codes) > 25
    other_terms = keyring.make_code(CONSENT, "cd" * 32, AT)
    if other_terms != code:
        refusal(lambda: keyring.check_code(CONSENT, code, AT))


def test_a_code_to_sign_in_lives_as_long_as_it_is_told(keyring: Keyring) -> None:
    code = keyring.make_code(CONSENT, "sign-in-code", AT, 10 * MINUTE)
    keyring.check_code(CONSENT, code, AT + 10 * MINUTE - 1)
    with pytest.raises(MalformedError):
        keyring.check_code(CONSENT, code, AT + 10 * MINUTE)


def test_a_try_that_is_given_back_may_be_made_again_and_no_more_than_that(keyring: Keyring) -> None:
    code = keyring.make_code(CONSENT, TERMS, AT)
    for _ in range(8):
        keyring.check_code(CONSENT, code, AT)
        keyring.give_back_try(CONSENT)
    for _ in range(5):
        keyring.check_code(CONSENT, code, AT)
    with pytest.raises(MalformedError):
        keyring.check_code(CONSENT, code, AT)


def test_codes_that_are_over_leave_the_database_and_nobodys_count_stays(keyring: Keyring, folder: Path) -> None:
    keyring.make_code(CONSENT, TERMS, AT, 10)
    with pytest.raises(MalformedError):
        keyring.check_code("f" * 32, "000000", AT)
    keyring.make_code("d2" * 16, TERMS, AT + 10)
    assert ask(folder, "SELECT consent FROM codes ORDER BY consent") == [("d2" * 16,), ("nobody",)]
