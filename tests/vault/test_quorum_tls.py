"""Witnesses behind TLS: their certificates are checked against the machine's authorities, or SSL_CERT_FILE's."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from registry.vault.log.feeder_line import SILENCE, Line
from registry.vault.log.feeder_ports import Reply
from tests.courier.carriers import Authority, authority
from tests.vault.test_quorum_http import server, until_published, witness_of
from tests.vault.test_quorum_line import FINE, keeps
from tests.vault.test_server import served
from tests.world import World

SECONDS = 10.0  # for one answer; none is waited for


def asked(url: str, count: int = 1) -> list[Reply]:
    """What comes of so many submissions on one line."""
    line, found = Line(url, SECONDS), []
    for _ in range(count):
        line.begin(b"old 0\n\nnote")
        found.append(line.end())
    line.close()
    return found


@pytest.fixture
def own(tmp_path: Path) -> Authority:
    return authority(tmp_path / "own")


@pytest.fixture
def trusted(own: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    monkeypatch.setenv("SSL_CERT_FILE", str(own.ca_file))
    return own


def test_a_witness_whose_authority_the_machine_trusts_is_heard_again_and_again(trusted: Authority) -> None:
    with server(keeps, trusted.context) as url:
        assert asked(url, 3) == [FINE, FINE, FINE]


def test_a_certificate_by_nobody_whom_the_machine_trusts_is_refused_in_words(own: Authority) -> None:
    with server(keeps, own.context) as url:
        (reply,) = asked(url)
    assert reply == SILENCE
    assert reply.trouble == "its certificate is not trusted: unable to get local issuer certificate"


def test_a_certificate_for_another_host_is_refused_in_words(trusted: Authority) -> None:
    with server(keeps, trusted.context) as url:
        (reply,) = asked(url.replace("127.0.0.1", "localhost"))
    assert reply == SILENCE
    assert "certificate is not valid for 'localhost'" in reply.trouble


def test_a_vault_publishes_what_a_trusted_witness_cosigned(
    world: World, tmp_path: Path, trusted: Authority,
) -> None:
    person = world.unreachable()
    world.alive()
    with witness_of(world, trusted.context), served(world, tmp_path / "v.sock") as vault:
        until_published(vault.client())
        assert vault.client().call("lookup", world.asked(person))["verdict"] == "permit"


def test_the_operator_reads_whose_certificate_is_not_trusted(world: World, own: Authority) -> None:
    with capture_logs() as lines, witness_of(world, own.context):
        pass
    assert [(one["event"], one["witness"], one["why"]) for one in lines if "witness" in one] == [
        ("not cosigned", "w", "its certificate is not trusted: unable to get local issuer certificate")]
