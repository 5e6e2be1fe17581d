"""What a reply says: stop, or anything else. Nothing more is read from it, and its words go nowhere."""

from __future__ import annotations

import unicodedata
from typing import Literal

Word = Literal["stop", "other"]

# N is what our messages ask for. The others are what people are used to: the key words of CTIA's messaging principles
# (section 5.1.3) in North America; T, TD, 退订 and 拒收 under Chinese bulk messages.
STOP = frozenset((
    "n", "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "t", "td", "退订", "退訂", "拒收",
))
# Punctuation, spaces, marks and invisible signs say nothing here.
_SILENT = ("P", "Z", "C", "M", "S")


def word_of(text: str) -> Word:
    """`stop` if the whole reply is one of the words, in any case, width, spacing or punctuation."""
    folded = unicodedata.normalize("NFKC", text[:200]).casefold()
    said = "".join(one for one in folded if unicodedata.category(one)[0] not in _SILENT)
    return "stop" if said in STOP else "other"
