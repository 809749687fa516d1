"""The text of one Markdown cell: what it says without its markup, and text made safe to stand in one."""

from __future__ import annotations

import html
import re

from wideseek_cli.core.text import clean_text
from wideseek_cli.values.kinds import ColumnType

MAX_CELL = 4_000
# Escaped punctuation waits in a private range while markup is removed, so that it is not taken for markup.
_SHELTER = 0xF0000
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])|[\U000f0021-\U000f007e]")
# What no kind of markup begins or ends with. Most cells hold nothing else, and a long table has thousands.
_PLAIN = re.compile(r"[A-Za-z\u00c0-\u024f0-9 .,;:'\"/%+$?=@#()-]*")
_SHELTERED = re.compile("[\U000f0021-\U000f007e]")


def clean_cell(text: str, kind: ColumnType = ColumnType.STR) -> str:
    """What a cell says, without markup: links, emphasis, code, tags, footnote marks, line breaks."""
    text = text[:MAX_CELL]
    return " ".join(text.split()) if _PLAIN.fullmatch(text) else _without_markup(text, kind)


def _without_markup(text: str, kind: ColumnType) -> str:
    text = _ESCAPED.sub(_shelter, clean_text(text))
    text = _unlink(text, kind)
    text = re.sub(r"^(?:\s|<br\s*/?>)+|(?:\s|<br\s*/?>)+$", "", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=[,;:])\s*(?:<br\s*/?>|\n)\s*", " ", text, flags=re.IGNORECASE)
    text = re.sub(r"\s*(?:<br\s*/?>|\n)\s*", "; ", text, flags=re.IGNORECASE)
    text = re.sub(r"<(ref|script|style)\b[^<>]*>[^<>]*</\1>", "", text, flags=re.IGNORECASE)
    text = re.sub(r"<sup>\s*\[?[\da-z*†‡]{1,3}\]?\s*</sup>", _superscript, text, flags=re.IGNORECASE)
    text = re.sub(r"</?[a-zA-Z][^<>]*>", "", text)
    text = re.sub(r"\[\^[^\[\]]{1,20}\]|(?<=\S)\[\d{1,3}\]|【\d+[^】]{0,20}】", "", text)
    text = re.sub(r"(\*\*|__|~~)(?=\S)([^*_~]+?)(?<=\S)\1", r"\2", text)
    text = re.sub(r"(?<![\w*])([*_])(?=[^\s*_])([^*_]+?)(?<=\S)\1(?![\w*])", r"\2", text)
    text = re.sub(r"(?<!`)(`+)([^`]+)\1", r"\2", text)
    text = re.sub(r"(?<=[^\s†‡§])\s*[†‡§]+$|(?<=[^\s*])\*{1,3}$", "", text)
    text = re.sub(r"(?<=[\d.,)%])[¹²³⁴-⁹⁰]+$", "", text)
    text = clean_text(html.unescape(text))
    text = re.sub(r"\s+", " ", text).strip()
    return _SHELTERED.sub(lambda m: chr(ord(m.group()) - _SHELTER), text)


def escape_cell(text: str) -> str:
    """Text that a Markdown reader shows as it is, inside a table."""
    text = re.sub(r"\s+", " ", clean_text(text)).strip()
    text = re.sub(r"([\\`*_|\[\]~])", r"\\\1", text)
    return re.sub(r"[<>&](?=[A-Za-z/#!])|(?<=.)>", lambda m: html.escape(m.group()), text)


def _shelter(match: re.Match[str]) -> str:
    return chr(_SHELTER + ord(match.group(1))) if match.group(1) else ""


def _superscript(match: re.Match[str]) -> str:
    """An exponent stays (km², 10³), a footnote goes."""
    before = match.string[: match.start()]
    digits = re.sub(r"\D", "", match.group())
    if digits in {"2", "3"} and re.search(r"(?:\b(?:[ckm]?m|mi|ft|in|yd)|10)$", before):
        return {"2": "²", "3": "³"}[digits]
    return ""


def _unlink(text: str, kind: ColumnType) -> str:
    """Links become their text, or their address where the column wants one."""
    part = 2 if kind is ColumnType.URL else 1
    text = re.sub(
        r"!?\[([^\[\]]*)\]\(\s{0,9}<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*)(?:[<>\s][^()]*)?\)",
        rf"\{part}",
        text,
    )
    return re.sub(r"<(https?://[^\s<>]+)>", r"\1", text)
