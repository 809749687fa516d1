"""Outside text made safe to show. Everything that pages, models or files said goes through here."""

from __future__ import annotations

import re

# Escape sequences go whole, so that no "[31m" is left behind; an unfinished one ends with its line.
_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # OSC: titles, links, clipboard
    r"|\x1b[PX^_][^\x1b\n]*(?:\x1b\\)?"  # DCS, SOS, PM, APC
    r"|\x1b\[[0-?]*[ -/]*[@-~]?"  # CSI
    r"|\x1b[ -/]*[0-~]?"  # two-byte escapes
    r"|\x9b[0-?]*[ -/]*[@-~]?"  # CSI as one C1 byte
    r"|[\x90\x98\x9d-\x9f][^\x07\x1b\x9c\n]*(?:\x07|\x9c|\x1b\\)?"
)
# Reordering and invisible marks can make a line read as something it is not. The joiners that
# Persian, Indic scripts and emoji need (200c, 200d) stay.
_HIDDEN = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e0fff]")
_ROUND_CHARS, _ROUND_LEAST = 80, 40  # what is repeated at most, and all of it at least
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")  # the last two are in no XML
_SURROGATES = re.compile("[\ud800-\udfff]")
_CREDENTIALS = re.compile(r"^(\w+://)[^/?#]*@")
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def clean_text(text: str) -> str:
    """Without terminal escapes, control characters and reordering marks; line ends and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", _ESCAPES.sub("", text))
    text = _HIDDEN.sub("", _CONTROLS.sub("", text))
    return text.encode("utf-8", "replace").decode("utf-8") if _has_surrogates(text) else text


def clean_line(text: str, limit: int = 0) -> str:
    """As `clean_text`, on one line, spaces collapsed, cut to `limit` characters with an ellipsis."""
    line = " ".join(clean_text(text[: 8 * limit] if limit else text).split())
    return line[: limit - 1].rstrip() + "…" if limit and len(line) > limit else line


def without_password(url: str) -> str:
    """An address as it may be shown."""
    return _CREDENTIALS.sub(r"\1…@", url)


def _has_surrogates(text: str) -> bool:
    return not text.isascii() and _SURROGATES.search(text) is not None


def once_round(text: str) -> str:
    """A text that was cut off while it went round, with what it repeats at its end only once."""
    for size in range(1, _ROUND_CHARS + 1):
        end = len(text) - size
        part, start = text[end:], end
        while start >= size and text[start - size : start] == part:
            start -= size
        if len(text) - start >= max(_ROUND_LEAST, 8 * size):
            return text[:start] + part
    return text
