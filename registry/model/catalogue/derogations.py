"""The kind by which the floor is loosened: one parameter, for a while, for one lender or beside one pack."""

from __future__ import annotations

from registry.model.kinds import Authority as A
from registry.model.kinds import Kind
from registry.model.shapes import DIGEST, ID_SHAPE, TIME, WORD, Optional, text

DEROGATIONS = [
    # `value`: JSON as a pack would write it. `floor_sha256`: the floor it loosens; another floor ends it. `reason`:
    # the commitment to the officers' words, which stay sealed. Two officers sign; exactly one of lender and pack.
    Kind("derogation-granted/1", A.OFFICER, {
        "derogation": ID_SHAPE, "parameter": text(r"[a-z0-9_.]{1,64}", "parameter"),
        "value": text(r"[ -~]{1,200}", "JSON"), "lender": Optional(ID_SHAPE), "pack": Optional(WORD),
        "floor_sha256": DIGEST, "effective_from": TIME, "until": TIME, "reason": DIGEST,
    }, directory=True),
]
