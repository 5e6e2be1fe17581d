"""What a reply, or a person on a call, says: stop, or anything else. Nothing more is read from it, and its words go
nowhere."""

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


# What is said on a call is a sentence: any of these anywhere in it. Rather once too often than once too seldom.
STOP_SAID = (
    "stop", "unsubscribe", "退订", "退訂", "拒收", "拒绝", "拒絕", "停止", "取消", "勿再", "不要打", "不要再", "别打",
    "別打", "别再", "別再", "do not call", "dont call", "never call", "do not contact", "dont contact",
    "never contact", "no more calls", "leave me alone", "remove me", "remove my number",
)
# And these as words: "quite" and "in the end" say nothing of the kind.
STOP_WORDS = frozenset(("cancel", "quit"))


def word_of(text: str) -> Word:
    """`stop` if the whole reply is one of the words, in any case, width, spacing or punctuation."""
    return "stop" if "".join(_words(text[:200])) in STOP else "other"


def stops(text: str) -> bool:
    """Whether what was said or pressed on a call says *stop* anywhere, in any case, width, spacing or punctuation."""
    words = _words(text)
    spaced, joined = " ".join(words), "".join(words)
    return (
        joined in STOP or not STOP_WORDS.isdisjoint(words)
        or any(one in (spaced if " " in one else joined) for one in STOP_SAID)
    )


def _words(text: str) -> list[str]:
    """The letters and digits of a text, folded, where spaces and punctuation part them; apostrophes, marks and
    invisible signs part nothing."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(_folded(one) for one in folded).split()


def _folded(one: str) -> str:
    kind = unicodedata.category(one)[0]
    if kind not in _SILENT:
        return one
    return " " if (kind in "PZS" and one not in "'’`´") or one in "\t\n\r" else ""
