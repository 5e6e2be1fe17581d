"""What Twilio's voice and message webhooks share: HMAC-SHA1 with the account's token (evidence grade B).

Source: twilio.com/docs/usage/security ("Validating requests"), checked against Twilio's own helper library and its
test vectors (github.com/twilio/twilio-python, twilio/request_validator.py).

What is signed is the address with all parameters, sorted by name, each name and value written one after the other
*without any delimiter*: who has one signed request can move bytes between names and values, and it still verifies.
So it is read only where it can be read in one way: `parameters` refuses every form in which a name that matters
occurs anywhere but as that name, and the values that matter have grammars that cannot be cut elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from registry.courier.providers import credentials
from registry.courier.providers.event import Callback, RefusedEvent, Signed
from registry.courier.providers.members import header, made_id, member
from registry.courier.providers.webhooks import MAX_BODY

HEADERS = ("x-twilio-signature",)
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
BODY_DIGEST = "bodySHA256"
MOST_PARAMETERS = 100
NUMBERS = ("To+", "From+")
PARENT = "ParentCallSid"  # Twilio's own, though the name of another parameter stands in it

_ACCOUNT = re.compile(r"AC[0-9a-f]{32}\Z", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}\Z", re.ASCII)
_TOKEN = re.compile(r"[0-9A-Za-z]{32,128}\Z", re.ASCII)
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}\Z", re.ASCII)
Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuthToken:
    """An account and the token it signs with. Whoever owns the account knows it."""

    account: str
    token: bytes = field(repr=False)

    def sign(self, content: bytes) -> str:
        """The value of X-Twilio-Signature for an address followed by its parameters."""
        return base64.b64encode(hmac.digest(self.token, content, hashlib.sha1)).decode("ascii")


def secret(text: str) -> AuthToken:
    """{"account_sid", "auth_token"}. Raises MalformedError `secret-malformed`."""
    found = credentials.members(text, ("account_sid", "auth_token"))
    if _ACCOUNT.match(found["account_sid"]) is None:
        raise credentials.malformed("account_sid is AC and 32 hexadecimal digits")
    if _TOKEN.match(found["auth_token"]) is None:
        raise credentials.malformed("auth_token has 32 letters and digits or more")
    return AuthToken(found["account_sid"], found["auth_token"].encode("ascii"))


def verify(credential: AuthToken, callback: Callback, names: tuple[str, ...]) -> Signed:
    """Who sent this, or RefusedEvent. `names`: the parameters of the kind that are read.

    1. The body is not too long. 2. The signature is the account's, over the address and all parameters, or over the
    address and, in it, the digest of a JSON body. 3. It names that account. Nothing signed says when it was sent:
    `at` is the caller's to set. The id is a digest of what is signed.
    """
    # 1
    if len(callback.body) > MAX_BODY:
        raise RefusedEvent("the body is over 64 KiB", code="body-too-long")
    # 2
    given = header(callback, "x-twilio-signature")
    if callback.content_type.partition(";")[0].strip().lower() == JSON:
        content, form = _json_digest(callback), None
    else:
        form = parameters(callback, names)
        content = "".join(name + form[name] for name in sorted(form)).encode()
    wanted = (credential.sign(url.encode() + content) for url in spellings(callback.url))
    if not any(hmac.compare_digest(one.encode(), given.encode()) for one in wanted):
        raise RefusedEvent("X-Twilio-Signature does not verify", code="signature-invalid")
    # 3
    if form is not None and form.get("AccountSid") != credential.account:
        raise RefusedEvent("AccountSid is another account's", code="signature-invalid")
    return Signed(made_id(callback.url.encode(), content or callback.body), 0, content or callback.body)


def parameters(callback: Callback, names: tuple[str, ...]) -> Form:
    """The form in a body, where it can be read in one way only. Raises RefusedEvent.

    The names that matter (AccountSid and `names`) occur nowhere else, neither in another parameter nor in the query;
    no name stands twice.
    """
    if callback.content_type.partition(";")[0].strip().lower() != FORM:
        raise RefusedEvent("the body is neither a form nor JSON", code="headers-malformed")
    try:
        pairs = parse_qsl(
            callback.body.decode("ascii"), keep_blank_values=True, strict_parsing=True, encoding="utf-8",
            errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError as error:
        raise RefusedEvent("the body is no form in UTF-8") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise RefusedEvent("a parameter stands twice")
    if not all(_NAME.match(name) for name in form):
        raise RefusedEvent("a parameter's name is none of Twilio's")
    elsewhere = [urlsplit(callback.url).query, *_others(form, names)]
    if any(name in text for name in ("AccountSid", *names, *NUMBERS) for text in elsewhere):
        raise RefusedEvent("a parameter's name stands inside another parameter", code="form-ambiguous")
    return form


def _others(form: Form, names: tuple[str, ...]) -> Iterator[str]:
    """Every text in which a name that matters must not occur: all values, and all names but those themselves."""
    known = {"AccountSid", PARENT, *names}
    for name, value in form.items():
        yield value
        if name not in known:
            yield name


def spellings(url: str) -> tuple[str, ...]:
    """The address as Twilio may have written it: with and without the port (its helper libraries try both)."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname is None:
        return (url,)
    other = parts.hostname if parts.port is not None else f"{parts.hostname}:443"
    return url, urlunsplit(parts._replace(netloc=other))


def number(form: Form, name: str) -> str:
    """A telephone number in E.164. Raises RefusedEvent for anything else, as a client or a SIP address."""
    return member(form, name, _NUMBER)


def _json_digest(callback: Callback) -> bytes:
    """Nothing is appended to the address of a JSON body: its digest stands in the query. Raises RefusedEvent."""
    query = parse_qsl(urlsplit(callback.url).query, keep_blank_values=True)
    digests = [value for name, value in query if name == BODY_DIGEST]
    if len(digests) != 1:
        raise RefusedEvent("the address of a JSON body names its digest once", code="headers-malformed")
    if not hmac.compare_digest(digests[0].encode(), hashlib.sha256(callback.body).hexdigest().encode()):
        raise RefusedEvent("the body is not that of bodySHA256", code="signature-invalid")
    return b""
