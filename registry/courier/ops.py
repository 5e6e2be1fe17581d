"""What the courier's socket offers: shapes of the ops' arguments, and what each asks of the courier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from registry.courier.providers.adapters import NEUTRAL, read_credential
from registry.errors import MalformedError
from registry.model.shapes import B64URL, Fields, Optional, Shape, integer, text

if TYPE_CHECKING:
    from registry.courier.courier import Courier

Args = dict[str, Any]


def _callback(courier: Courier, args: Args) -> dict[str, Any]:
    return {"done": courier.receive_sealed(args["provider"], args["received_at"], args["jwe"])}


def _provider_secret(courier: Courier, args: Args) -> dict[str, Any]:
    courier.keep_secret(args["provider"], args["secret"], bytes.fromhex(args["salt"]), args.get("kind", NEUTRAL))
    return {}


def _credential_check(_courier: Courier, args: Args) -> dict[str, Any]:
    """Raises MalformedError for what no provider of that kind could sign with; before an officer signs it."""
    read_credential(args["kind"], args.get("secret"), args.get("public_key"))
    return {}


def _provider_status(courier: Courier, args: Args) -> dict[str, Any]:
    return courier.provider_status(args["name"])


def _wants(courier: Courier, _args: Args) -> dict[str, Any]:
    return {"wants": courier.wants()}


def _blobs(courier: Courier, args: Args) -> dict[str, Any]:
    return {"sent": courier.send_sealed(args["delivery"], args["blobs"])}


def _call_number(courier: Courier, args: Args) -> dict[str, Any]:
    """{number, expires_at} of the connection of a lookup while it stands, else {}: whose it is, the vault says."""
    return courier.calls.shown(args["lookup"])


def _check_blobs(value: object, pointer: str) -> None:
    if not isinstance(value, dict) or len(value) > 16 or not all(isinstance(one, str) for one in value.values()):
        raise MalformedError(f"{pointer}: expected base64 by name", pointer=pointer)


_NAME = text(r"[a-z0-9][a-z0-9-]{0,63}", "a provider's name or id")
_ID = text(r"[0-9a-f]{32}", "id")
_SECRET = text(r"[ -~]{1,4000}", "secret")
OPS: Mapping[str, tuple[Fields, Callable[[Courier, Args], dict[str, Any]]]] = {
    "callback": ({"item": text(r"[!-~]{1,64}", "item"), "provider": _NAME, "received_at": integer(0, 2**53 - 1),
                  "jwe": text(r"[A-Za-z0-9_.-]{1,700000}", "compact JWE")}, _callback),
    "provider-secret": ({"provider": _NAME, "secret": _SECRET, "salt": text(r"[0-9a-f]{64}", "salt"),
                         "kind": Optional(_NAME)}, _provider_secret),
    "credential-check": ({"kind": _NAME, "secret": Optional(_SECRET), "public_key": Optional(B64URL)},
                         _credential_check),
    "provider-status": ({"name": _NAME}, _provider_status),
    "wants": ({}, _wants),
    "call-number": ({"lookup": _ID}, _call_number),
    "blobs": ({"delivery": _ID, "blobs": Shape("blobs", _check_blobs)}, _blobs),
}
