"""What the OpenAPI document says beyond single fields: conditions across members, forms, examples.

Fields stand in `schemas`; what they cannot say stands here, by the name of the component. A test compares both.
"""

from __future__ import annotations

from typing import Any

from registry.model.providers import KINDS

ID = "0123456789abcdef0123456789abcdef"
PATTERN_ID = "^[0-9a-f]{32}$"


def _one_of(*names: str) -> dict[str, Any]:
    """Exactly one of two members."""
    one, other = names
    return {"if": {"required": [one]}, "then": {"not": {"required": [other]}}, "else": {"required": [other]}}


def _with(member: str, value: str, other: str) -> dict[str, Any]:
    """Another member comes with one value of this one, and only then."""
    return {"if": {"properties": {member: {"const": value}}}, "then": {"required": [other]},
            "else": {"not": {"required": [other]}}}


def _only_where(member: str, value: str, *others: str) -> dict[str, Any]:
    """Other members may come with one value of this one, and only then."""
    return {"if": {"properties": {member: {"const": value}}}, "then": {},
            "else": {"not": {"anyOf": [{"required": [other]} for other in others]}}}


# Component -> what its schema says on top.
SCHEMAS: dict[str, dict[str, Any]] = {
    "AccountChange": {"minProperties": 1},
    "Channel": _one_of("value", "jwe"),
    "Contact": _one_of("number", "jwe"),
    "Name": {"if": {"required": ["jwe"]}, "then": {"maxProperties": 1}, "else": {"required": ["given"]}},
    # Some kinds sign with a private key of their own, some with a shared secret.
    "Provider": {"allOf": [
        _one_of("secret", "public_key"),
        {"if": {"properties": {"kind": {"enum": [name for name, one in KINDS.items() if one.secret is None]}}},
         "then": {"required": ["public_key"]}},
        {"if": {"properties": {"kind": {"enum": [name for name, one in KINDS.items() if one.public_key is None]}}},
         "then": {"required": ["secret"]}},
    ]},
    "Signature": {
        "if": {"properties": {"alg": {"const": "webauthn"}}},
        "then": {"required": ["passkey", "client_data", "authenticator_data"]}, "else": {"maxProperties": 3},
    },
    # A compensation is a sum of money, and nothing else is.
    "Settlement": {
        "if": {"properties": {"remedy": {"const": "compensation"}}},
        "then": {"required": ["amount_minor", "currency"]},
        "else": {"not": {"anyOf": [{"required": ["amount_minor"]}, {"required": ["currency"]}]}},
    },
    "NewChannel": _one_of("value", "jwe"),
    "Reachable": _one_of("channel", "new_channel"),
    # By a code to a channel, or by passkey over drafted terms.
    "MyConsent": {
        "if": {"anyOf": [{"required": ["terms"]}, {"required": ["assertion"]}]},
        "then": {"required": ["terms", "assertion"], "maxProperties": 2},
        "else": {"required": ["giver", "borrower", "scope", "notice", "method", "separate", "expires_at", "channel"]},
    },
    "MyComplaint": {"allOf": [_with("about", "lookup", "lookup"), _with("about", "agency", "agency")]},
    "CComplaint": _with("about", "lookup", "use"),
    "AnswerToUse": _with("answer", "gave-channel", "address"),
    # The line of a call, once, and who comes to a visit: of nothing else.
    "Lookup": {
        "allOf": [
            {"not": {"required": ["caller", "caller_jwe"]}},
            _only_where("mode", "call", "caller", "caller_jwe"),
            {"if": {"properties": {"about": {"const": "visit"}}}, "then": {},
             "else": {"properties": {"visitors": {"maxItems": 0}}}},
        ],
        "examples": [{
            "account": ID, "about": "contact", "purpose": "restore-contact", "mode": "number", "agent": "agent-17",
        }, {
            "account": ID, "about": "contact", "purpose": "restore-contact", "mode": "call", "agent": "agent-17",
            "caller": "+861000000001",
        }, {
            "account": ID, "about": "visit", "purpose": "contact-borrower", "mode": "number", "agent": "agent-17",
            "visitors": ["agent-17", "agent-18"],
        }],
    },
    "Move": {
        "minProperties": 1,
        "if": {"required": ["residence"]}, "then": {},
        "else": {"required": ["languages"], "not": {"required": ["time_zone"]}},
    },
    "Outcome": {"examples": [{"outcome": "relayed", "at": "2026-11-25T10:20:00+08:00", "agent": "agent-17"}]},
    "Feed": {"examples": [{"complete_through": "2026-11-25T10:00:00+08:00"}]},
    "SignOfLife": {"examples": [{"source": "payment"}]},
    "Hold": {"examples": [{"type": "dispute"}]},
    "Placement": {"examples": [{"agency": ID, "from": "2026-11-01", "until": "2027-05-01"}]},
    "Answer": {"examples": [{"answer": "object"}]},
    "Verdict": {"examples": [{
        "lookup": ID, "verdict": "deny", "log_index": 1235, "proof": "c2sp.org/tlog-proof@v1\nindex 1235\n…",
        "state": "trying", "missing": [{"code": "attempts-too-few", "have": 4, "need": 8}],
        "channels": [{"channel": ID, "medium": "voice", "counted": 4, "covered": True, "flagged": 0,
                      "last_at": "2026-11-24T06:00:00.000Z"}],
        "next": {"action": "dial", "channel": ID, "not_before": "2026-11-26T01:00:00.000Z"},
    }]},
    "Problem": {"examples": [{
        "type": "urn:consentry:problem:scope-missing", "title": "Forbidden", "status": 403,
        "detail": "this needs a token with the scope lookups", "code": "scope-missing",
    }]},
}
# (component, member) -> what the member's schema says on top.
MEMBERS: dict[tuple[str, str], dict[str, Any]] = {
    # Whatever is sent, the refusal is the same: a well-formed wrong code and nonsense are not told apart.
    ("Code", "code"): {"pattern": "^[0-9]{6}$", "examples": ["246810"]},
    ("Advance", "advance"): {"format": "duration", "examples": ["P7D"]},
    ("Problem", "type"): {"pattern": "^urn:consentry:problem:[a-z-]+$"},
    ("Problem", "status"): {"minimum": 400, "maximum": 599},
}


def refine(components: dict[str, Any]) -> None:
    """Adds the refinements to the document's schemas. One of a schema that is not there is left out: a real
    registry has no routes of a demo."""
    for name, more in SCHEMAS.items():
        if name in components:
            components[name].update(more)
    for (name, member), more in MEMBERS.items():
        if name in components:
            components[name]["properties"][member].update(more)
