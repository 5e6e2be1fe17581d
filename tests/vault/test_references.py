"""What an act names must be there, belong together and be in time: whoever signed it, the vault refuses it else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError, UnauthorizedError
from registry.model.times import DAY, MINUTE, date_of, stamp
from registry.vault.arguments import BLOBS, CONTACT_BLOBS, INSTANT, OBJECT, bytes_of
from registry.vault.clock import DemoClock, SystemClock
from registry.vault.founding import Founding
from tests.vault.test_authority import Samples, _key, fresh
from tests.world import World


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Samples]:
    world = World(tmp_path_factory.mktemp("references"))
    yield Samples(world)
    world.vault.close()


def refused(samples: Samples, kind: str, *, signed: bool = True, **changes: Any) -> ConsentryError:
    """A sound entry of a kind with some members changed (None: left out), signed by an officer or by nobody."""
    body, ident = samples.of(kind)
    changed = {name: value for name, value in {**body, **changes}.items() if value is not None}
    size = samples.world.vault.desk.log.size
    write = samples.world.sign if signed else partial(samples.world.append, by=samples.world.lender)
    with pytest.raises(ConsentryError) as caught:
        write(kind, changed, ident=ident)
    assert samples.world.vault.desk.log.size == size
    return caught.value


OFFICERS: list[tuple[str, str, Mapping[str, Any], type[ConsentryError], str]] = [
    ("a provider's name is another's", "provider-registered/1", {"name": "dialler"}, ConflictError, "name-taken"),
    ("a provider signs in no way", "provider-registered/1", {"secret_commitment": None}, MalformedError,
     "one of them"),
    ("a provider signs in two ways", "provider-registered/1", {"public_key": "AAAA"}, MalformedError, "one of them"),
    ("a shared secret is no grade A", "provider-registered/1", {"grade": "A"}, MalformedError, "public key"),
    ("this carrier signs with a key", "provider-registered/1", {"adapter": "telnyx"}, MalformedError, "Telnyx"),
    ("an account is owned by nobody known", "provider-registered/1", {"owner_party": fresh()}, MalformedError,
     "none of the registered"),
    ("a gap is of nobody known", "provider-gap-accepted/1", {"provider": fresh()}, NotFoundError, ""),
    ("a gap ends before it begins", "provider-gap-accepted/1", {"from_seq": 4, "through_seq": 3}, MalformedError,
     "ends after it begins"),
    ("a gap lies beyond all that arrived", "provider-gap-accepted/1", {"through_seq": 2**53 - 1}, MalformedError,
     "below the highest"),
    ("nobody's account is suspended", "provider-suspended/1", {"provider": fresh()}, NotFoundError, ""),
    ("a provider is suspended from some day to come on", "provider-suspended/1",
     {"since": "2099-01-01T00:00:00.000Z"}, MalformedError, "at once"),
    ("nobody's account is taken up again", "provider-resumed/1", {"provider": fresh()}, NotFoundError, ""),
    ("a provider that was not suspended is taken up again", "provider-resumed/1", {}, ConflictError,
     "provider-not-suspended"),
    ("a key is no point of the curve", "party-registered/1", {"enc_key": {**_key(), "y": "AAAA"}}, ConsentryError,
     ""),
    ("a key of nobody known", "party-key-changed/1", {"party": fresh()}, NotFoundError, ""),
    ("nobody known is suspended", "party-suspended/1", {"party": fresh()}, NotFoundError, ""),
    ("nobody known is approved", "agency-approved/1", {"agency": fresh()}, MalformedError, "register"),
    ("an approval is longer than a year", "agency-approved/1", {"until": "2099-01-01T00:00:00.000Z"}, MalformedError,
     "365 days"),
    ("a pack is another than its digest", "pack-activated/1", {"sha256": "0" * 64}, MalformedError, "digest"),
    ("a pack took effect before", "pack-activated/1", {"effective_from": "2020-01-01T00:00:00.000Z"}, MalformedError,
     "not in the past"),
    ("a pack has another name", "pack-activated/1", {"name": "other"}, MalformedError, "/name and /version"),
]


@pytest.mark.parametrize(("kind", "changes", "error", "words"), [one[1:] for one in OFFICERS],
                         ids=[one[0] for one in OFFICERS])
def test_what_an_officer_signs_is_refused_where(
    samples: Samples, kind: str, changes: Mapping[str, Any], error: type[ConsentryError], words: str,
) -> None:
    found = refused(samples, kind, **changes)
    assert isinstance(found, error)
    assert words in found.detail or words == found.code


def test_the_lender_alone_speaks_of_its_borrowers_and_of_what_is_there(samples: Samples) -> None:
    world = samples.world
    tomorrow = date_of(world.clock.at // DAY + 1)
    for kind, changes, error in (
        ("placed/1", {"from": tomorrow, "until": date_of(world.clock.at // DAY)}, MalformedError),
        ("placed/1", {"agency": world.lender.id}, MalformedError),
        ("placed/1", {"agency": fresh()}, MalformedError),
        ("placed/1", {"lender": world.agency.id}, NotFoundError),
        ("account-opened/1", {"lender": world.agency.id}, NotFoundError),
        ("account-opened/1", {"borrower": fresh()}, NotFoundError),
        ("feed-complete/1", {"lender": world.agency.id}, MalformedError),
        ("feed-complete/1", {"lender": fresh()}, MalformedError),
        ("feed-complete/1", {"complete_through": stamp(world.clock.at + DAY)}, MalformedError),
    ):
        assert isinstance(refused(samples, kind, signed=False, **changes), error), (kind, changes)


def test_a_placement_is_recalled_for_its_own_account(samples: Samples) -> None:
    world, one = samples.world, samples.other
    first = one.account, one.placement
    world.account(one)
    second = one.account
    one.account, one.placement = first
    with pytest.raises(NotFoundError):
        world.append("recalled/1", {"placement": one.placement, "account": second, "borrower": one.borrower},
                     world.lender)


def test_a_contact_is_informed_on_the_line_that_is_his(samples: Samples) -> None:
    world = samples.world
    body, _ = samples.of("contact-informed/1")
    for changes in ({"line": world.entry(samples.other.contact).body["line"]}, {"contact": samples.other.contact},
                    {"borrower": samples.other.borrower}):
        with pytest.raises(NotFoundError):
            world.vouch("contact-informed/1", {**body, **changes})


def test_nobody_erased_is_written_about_again(samples: Samples) -> None:
    world = samples.world
    gone = world.borrower()
    world.append("erasure-requested/1", {
        "subject": gone.borrower, "role": "borrower", "borrower": gone.borrower,
    }, world.lender)
    with pytest.raises(NotFoundError):
        world.account(gone)
    with pytest.raises(ConsentryError):
        world.append("erasure-requested/1", {
            "subject": samples.person.borrower, "role": "borrower", "borrower": gone.borrower,
        }, world.lender)


def test_a_lender_does_not_suspend_another_lender(samples: Samples) -> None:
    world = samples.world
    second = world._party("lender", "Second Lender")
    for by, party in ((world.lender, second.id), (second, world.lender.id), (second, world.agency.id)):
        with pytest.raises(NotFoundError):
            world.append("party-suspended/1", {"party": party}, by)


def test_a_hold_of_another_borrowers_is_not_lifted(samples: Samples) -> None:
    assert isinstance(refused(samples, "hold-lifted/1", borrower=samples.person.borrower), NotFoundError)


def test_a_contacts_consent_is_never_a_lenders_word(samples: Samples) -> None:
    world = samples.world
    given = next(one for one in world.entries("consent-given/1") if one.body["giver"] == "contact")
    body = {**given.body, "consent": fresh(), "assurance": "recorded"}
    with pytest.raises(UnauthorizedError):
        world.append("consent-given/1", body, world.lender, body["consent"])


# Shapes of arguments, and clocks.


@pytest.mark.parametrize(("shape", "value", "words"), [
    (INSTANT, "2026-06-01", "RFC 3339"), (INSTANT, 5, "RFC 3339"), (OBJECT, [], "an object"),
    (BLOBS, [], "sealed values by name"), (BLOBS, {"a": "%"}, "base64"), (BLOBS, {"a": 1}, "base64"),
    (BLOBS, {str(one): "AAAA" for one in range(65)}, "sealed values by name"),
    (CONTACT_BLOBS, "x", "sealed values by contact"), (CONTACT_BLOBS, {"no id": {}}, "id"),
    (CONTACT_BLOBS, {"0" * 32: []}, "sealed values by name"),
])
def test_an_argument_of_another_shape_is_refused(shape: Any, value: object, words: str) -> None:
    with pytest.raises(MalformedError, match=words):
        shape.check(value, "/x")


def test_arguments_of_the_right_shape_are_taken() -> None:
    for shape, value in ((INSTANT, "2026-06-01T10:00:00+08:00"), (OBJECT, {}), (BLOBS, {"a": "AAAA"}),
                         (CONTACT_BLOBS, {"0" * 32: {"a": "AAAA"}})):
        shape.check(value, "/x")  # type: ignore[attr-defined]
    assert bytes_of("AAAA") == bytes(3)
    with pytest.raises(MalformedError, match="base64"):
        bytes_of("AAA")


def test_a_demos_clock_goes_on_from_where_its_log_ended_and_a_real_ones_is_the_machines() -> None:
    demo, real = DemoClock(5 * DAY), SystemClock()
    assert 5 * DAY <= demo.now() < 5 * DAY + MINUTE
    demo.advance(3600)
    assert 5 * DAY + 60 * MINUTE <= demo.now() < 5 * DAY + 61 * MINUTE
    for seconds in (0, -1):
        with pytest.raises(ValueError, match="forward"):
            demo.advance(seconds)
    assert abs(real.now() - real.wall()) < MINUTE
    assert abs(demo.wall() - real.wall()) < MINUTE


@pytest.mark.parametrize(("origin", "demo"), [("demo.invalid/log", False), ("registry.invalid/log", True)])
def test_a_log_whose_origin_does_not_tell_what_it_is_is_not_founded(origin: str, demo: bool) -> None:
    with pytest.raises(ConflictError) as refusal:
        Founding(origin, demo, "AAAA", {}, ()).genesis(None, bytes)  # type: ignore[arg-type]
    assert refusal.value.code == "demo-mismatch"
