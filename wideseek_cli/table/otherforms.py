"""Tables that a model wrote as JSON or CSV although Markdown was asked for."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator

RawRows = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]

_FENCE = re.compile(
    r"^[ \t]*```[ \t]*(?:(json|jsonl|csv|tsv)[ \t]*)?\n(.*?)(?:^[ \t]*```|\Z)", re.M | re.S | re.I
)
_LONGEST = 1_000_000


def find_other_forms(text: str) -> Iterator[RawRows]:
    """(header, rows) of every JSON list of objects and every CSV fence."""
    text = text[:_LONGEST]
    fences = [(m.group(1) or "", m.group(2)) for m in _FENCE.finditer(text)]
    for kind, body in fences or [("", text)]:
        found = _json(body) if kind.lower() in ("", "json", "jsonl") else None
        if found is None and kind.lower() in ("csv", "tsv"):
            found = _csv(body, "\t" if kind.lower() == "tsv" else ",")
        if found is not None:
            yield found


def _json(body: str) -> RawRows | None:
    body = body.strip()
    if not body.startswith(("[", "{")):
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        try:
            value = [json.loads(line) for line in body.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            return None
    if isinstance(value, dict):
        value = next((v for v in value.values() if isinstance(v, list)), [value])
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    if not rows:
        return None
    header = tuple(dict.fromkeys(str(name) for row in rows for name in row))
    return header, tuple(tuple(_text(row.get(name)) for name in header) for row in rows)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _csv(body: str, mark: str) -> RawRows | None:
    try:
        lines = csv.reader(body.strip().splitlines(), delimiter=mark, skipinitialspace=True)
        rows = [tuple(row) for row in lines if row]
    except csv.Error:
        return None
    return (rows[0], tuple(rows[1:])) if len(rows) > 1 and len(rows[0]) > 1 else None
