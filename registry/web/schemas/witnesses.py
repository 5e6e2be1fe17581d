"""How answers tell who watches the log for a fork."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

NOBODY = {"type": "string", "enum": ["none"]}
WATCHED = {
    "type": "object",
    "properties": {
        "quorum": {"type": "string", "description": "Who must cosign before anything is opened."},
        "policy": {"type": "string", "description": "SHA-256 of the policy file, in hex."},
        "cosigned": {"type": "integer", "description": "Entries covered by the last cosigned checkpoint."},
        "at": {"type": "integer", "description": "When that was, in milliseconds since 1970."},
        "silent": {"type": "array", "items": {"type": "string"}, "description": "Who did not cosign last time."},
    },
    "required": ["quorum", "policy", "cosigned", "silent"],
}


def watched_by(**options: Any) -> fields.Raw:
    """`none`, or the quorum, how far it has cosigned, and who is silent."""
    return fields.Raw(metadata={"anyOf": [NOBODY, WATCHED]}, **options)
