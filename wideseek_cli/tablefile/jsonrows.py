"""JSON and JSONL: lists of objects, lists of lists, and the shape that this program writes itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from wideseek_cli.core.errors import EmptyTableError, RepeatedNameError, TableFileError
from wideseek_cli.core.text import clean_line
from wideseek_cli.tablefile.raw import RawTable, make_raw

_HINT = 'a list of objects: [{"name": "Peru", "city": "Lima"}, …]'


def read_json(name: str, text: str) -> RawTable:
    """A list of rows, or an object with `rows`."""
    loaded = _loaded(name, text, "")
    if isinstance(loaded, dict) and isinstance(loaded.get("rows"), list):
        loaded = loaded["rows"]
    if not isinstance(loaded, list):
        raise TableFileError(f"{name} is not a list of rows", hint=_HINT)
    return _raw(name, list(enumerate(loaded, start=1)), "row")


def read_jsonl(name: str, text: str) -> RawTable:
    """A row on each line."""
    lines = ((at, line) for at, line in enumerate(text.split("\n"), start=1) if line.strip())
    return _raw(name, [(at, _loaded(name, line, f"line {at} of ")) for at, line in lines], "line")


def _loaded(name: str, text: str, where: str) -> Any:
    """Numbers stay as they are written."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_float=str, parse_int=str)
    except RepeatedNameError as error:
        raise RepeatedNameError(f"{where}{name}: {error}", hint="give each column its own name") from error
    except RecursionError as error:
        raise TableFileError(f"{where}{name} is nested too deep", hint=_HINT) from error
    except ValueError as error:
        at = error.lineno if isinstance(error, json.JSONDecodeError) and not where else 0
        where = f"line {at} of " if at else where
        raise TableFileError(
            f"{where}{name} is not JSON: {clean_line(str(error), 80)}", hint=_HINT
        ) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise RepeatedNameError(f"an object has {clean_line(twice, 60)!r} twice")
    return made


def _raw(name: str, items: Sequence[tuple[int, Any]], unit: str) -> RawTable:
    if not items:
        raise EmptyTableError(f"{name} holds no rows", hint=_HINT)
    if all(isinstance(item, list) for _, item in items):
        lists = ((place, [_text(name, unit, place, cell) for cell in item]) for place, item in items)
        return make_raw(name, lists, unit)
    return replace(make_raw(name, _objects(name, items, unit), unit), named=True)


def _objects(name: str, items: Sequence[tuple[int, Any]], unit: str) -> Iterator[tuple[int, list[str]]]:
    """The header of all keys in the order they come, then the rows; what a row lacks is an empty cell."""
    for place, item in items:
        if not isinstance(item, dict):
            raise TableFileError(f"{unit} {place} of {name} is not an object", hint=_HINT)
    header = list(dict.fromkeys(key for _, item in items for key in item))
    yield 0, header
    for place, item in items:
        yield place, [_text(name, unit, place, item.get(key)) for key in header]


def _text(name: str, unit: str, place: int, value: Any) -> str:
    if isinstance(value, dict) and "value" in value:  # as `-f json` writes a cell
        value = value["value"]
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        raise TableFileError(f"{unit} {place} of {name} has a list or object in a cell", hint=_HINT)
    return str(value)
