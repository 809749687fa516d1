"""Settings as people write them, in files, variables and flags, made into the types they have."""

from __future__ import annotations

import dataclasses
import functools
import math
import re
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from types import UnionType
from typing import Any

from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.paths import expanded
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.model import Column

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_TRUE, _FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}
# the other names that a setting has on the command line
_ALIASES = {
    "source": "sources",
    "lang": "language",
    "time": "time_s",
    "max_age": "max_age_s",
    "ctx": "context",
    "allow_host": "allow_hosts",
}

# setting -> (what holds for a good value, how to say it)
_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "width": (lambda n: 1 <= n <= 100, "from 1 to 100"),
    "turns": (lambda n: 1 <= n <= 1000, "from 1 to 1000"),
    "subagent_turns": (lambda n: 1 <= n <= 1000, "from 1 to 1000"),
    "single_turns": (lambda n: 1 <= n <= 1000, "from 1 to 1000"),
    "context": (lambda n: n >= 0, "0 or more"),
    "max_reply_tokens": (lambda n: n >= 1, "1 or more"),
    "think_cap": (lambda n: n >= 0, "0 or more"),
    "temperature": (lambda x: x is None or 0 <= x <= 10, "from 0 to 10"),
    "top_p": (lambda x: x is None or 0 < x <= 1, "above 0, at most 1"),
    "min_p": (lambda x: x is None or 0 <= x <= 1, "from 0 to 1"),
    "top_k": (lambda n: n is None or n >= 0, "0 or more"),
    "time_s": (lambda x: x >= 0, "0 or more"),
    "max_age_s": (lambda x: x is None or x >= 0, "0 or more"),
    "max_searches": (lambda n: n >= 0, "0 or more"),
    "max_pages": (lambda n: n >= 0, "0 or more"),
    "repair": (lambda n: 0 <= n <= 100, "from 0 to 100"),
    "kv": (lambda s: s in {"auto", "f16", "q8_0"}, "auto, f16 or q8_0"),
    "flash": (lambda s: s in {"auto", "on", "off"}, "auto, on or off"),
    "language": (lambda s: s in {"auto", "en", "zh"}, "auto, en or zh"),
    "answer": (lambda s: s in {"auto", "table", "short"}, "auto, table or short"),
    "reader": (lambda s: s in {"auto", "extract", "model", "both"}, "auto, extract, model or both"),
    "engine": (lambda s: not s or s.startswith(("http://", "https://")), "a URL that begins with http"),
}


def parse_duration(text: str) -> float:
    """Seconds of `90`, `90s`, `10m`, `1h30m`, `7d`."""
    plain = text.strip().lower().replace(" ", "")
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        return float(plain)
    if not re.fullmatch(r"(\d+(\.\d+)?[smhdw])+", plain):
        raise UsageError(f"{text!r} is not a length of time", hint="write it like 90s, 10m, 1h30m or 7d")
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)([smhdw])", plain))


def setting_names() -> tuple[str, ...]:
    """Every setting, as people write it."""
    return tuple(public_name(part.name) for part in dataclasses.fields(Settings))


def public_name(name: str) -> str:
    """How a setting is called outside: `time` for `time_s`."""
    return name.removesuffix("_s")


def field_name(written: str) -> str | None:
    """The field of Settings that is meant; None when there is none."""
    name = written.strip().lower().replace("-", "_")
    name = _ALIASES.get(name, name)
    return name if name in _hints() else None


def convert(name: str, value: object) -> Any:
    """A value for the field `name`, checked. UsageError says what it should have been."""
    made = _make(name, _hints()[name], value)
    holds, wanted = _RULES.get(name, (lambda _: True, ""))
    if isinstance(made, float) and not math.isfinite(made):
        raise UsageError("must be a finite number")
    if not holds(made):
        raise UsageError(f"must be {wanted}, not {value!r}")
    return made


@functools.cache
def _hints() -> dict[str, Any]:
    return typing.get_type_hints(Settings)


def _make(name: str, kind: Any, value: object) -> Any:
    if typing.get_origin(kind) in (typing.Union, UnionType):
        if value is None or value == "":
            return None
        (kind,) = (part for part in typing.get_args(kind) if part is not type(None))
    if name.endswith("_s") and isinstance(value, str):
        return parse_duration(value)
    if typing.get_origin(kind) is tuple:
        return _make_columns(value) if typing.get_args(kind)[0] is Column else _make_texts(value)
    if typing.get_origin(kind) is dict:
        if not isinstance(value, Mapping):
            raise UsageError("must be a table of texts")
        return {str(key): str(item) for key, item in value.items()}
    return _make_one(kind, value)


def _make_one(kind: Any, value: object) -> Any:
    if kind is bool:
        word = str(value).lower()
        if word in _TRUE | _FALSE:
            return word in _TRUE
        raise UsageError(f"must be true or false, not {value!r}")
    if kind in (int, float):
        return _make_number(kind, value)
    if not isinstance(value, (str, Path)):
        raise UsageError(f"must be a text, not {value!r}")
    return expanded(value) if kind is Path else str(value)


def _make_number(kind: Any, value: object) -> Any:
    if not isinstance(value, bool) and isinstance(value, (int, float, str)):
        try:
            number = kind(value.replace("_", "") if isinstance(value, str) else value)
        except (ValueError, OverflowError):
            number = None
        if number is not None and (isinstance(value, str) or number == value):
            return number
    raise UsageError(f"must be a {'whole ' if kind is int else ''}number, not {value!r}")


def _make_texts(value: object) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
        raise UsageError(f"must be a list of texts, not {value!r}")
    return tuple(item.strip() for item in items if item.strip())


def _make_columns(value: object) -> tuple[Column, ...]:
    if isinstance(value, tuple) and all(isinstance(item, Column) for item in value):
        return value
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        value = ",".join(value)
    if not isinstance(value, str):
        raise UsageError('must be a text like "name, city, founded:int"')
    return parse_columns(value) if value.strip() else ()
