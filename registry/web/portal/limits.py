"""Rate limits that hold over all workers and restarts. The vault has its own for a line; these are for an address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from flask import request

from registry.errors import ConsentryError
from registry.model.times import HOUR, SECOND
from registry.usecases.callbacks import TooManyError
from registry.web.context import ports

# (tries, period): what a network address may try, whatever it tries it on.
# Wide enough for an office or a carrier's shared address: who guesses is stopped by the five tries of a code, who
# asks for a stranger's codes by the three an hour of a line.
ASKING = (60, HOUR)  # for a code
ENTERING = (300, HOUR)  # codes, links, passkeys, tokens
CHALLENGES = (300, HOUR)  # each is an entry in the vault's store
# A household's or an office's share of the IPv6 address space (RFC 6177); a single address there costs nothing.
PREFIX = 64


class LimitError(TooManyError):
    """Too often. `seconds`: when the next try is counted anew."""

    code = "too-many-tries"

    def __init__(self, wait: int) -> None:
        super().__init__("too many tries from this network: wait as long as Retry-After says")
        self.seconds = -(-wait // SECOND)


def count(what: str, limit: tuple[int, int]) -> None:
    """Counts a try of whoever is asking. Raises LimitError where there were too many, also for the right answer."""
    most, period = limit
    wait = ports().store.tried(what, _network(), most=most, period=period, at=ports().wall(), random=ports().random)
    if wait:
        raise LimitError(wait)


def _network() -> str:
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError as error:
        raise ConsentryError("the server does not say who is asking") from error
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address) >> (128 - PREFIX) << (128 - PREFIX)))
    return str(address)
