"""JSON as models write it: what is plain is read as it was meant, the rest is said to be unreadable."""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import Any

_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_CLOSES = re.compile(
    r'\s*(?:[:}\]]|,\s*(?:["{\[\d-]|true\b|false\b|null\b)|$)'
)  # what follows a text's last quote
_FUNCTION = re.compile(r"<function=([\w.]+)>(.*?)(?:</function>|$)", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=(\w+)>(.*?)(?:</parameter>|(?=<parameter=)|$)", re.DOTALL)


def values_of(body: str) -> list[Any]:
    """The JSON values of a text, one after another or in a list; a ValueError says what is wrong with it."""
    body = _without_fence(body)
    if body.startswith("<function=") and (functions := list(_FUNCTION.finditer(body))):
        return [_as_object(function) for function in functions]
    values: list[Any] = []
    rest = body
    while rest:
        try:
            value, end = json.JSONDecoder(strict=False).raw_decode(rest)
        except (ValueError, RecursionError):
            value, end = _mended(rest), len(rest)
        values.extend(value if isinstance(value, list) else [value])
        rest = rest[end:].lstrip(" \t\r\n,;}])")
        if not rest.startswith(("{", "[")):
            break
    if not values:
        raise ValueError("it is empty")
    return values


def _without_fence(body: str) -> str:
    if not body.startswith("```"):
        return body
    inner = body.partition("\n")[2]
    head, closed, _ = inner.rpartition("```")
    return (head if closed else inner).strip()


def unpacked(text: str) -> Any:
    """What a text that is JSON again stands for; any other text is itself."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return _mended(text.strip())
    except ValueError:
        return text


def _mended(body: str) -> Any:
    """A value with small slips: trailing commas, Python quotes, brackets lost at the end, quotes in texts."""
    candidate = _TRAILING_COMMA.sub(r"\1", body)
    for text in (candidate, candidate + _missing_brackets(candidate)):
        try:
            return json.loads(text, strict=False)
        except (ValueError, RecursionError):
            pass
        value = _python_literal(text)
        if value is not None:
            return value
    try:
        return json.loads(_with_quotes_escaped(candidate), strict=False)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    except ValueError as error:
        raise ValueError(f"it is not valid JSON ({error})") from error


def _python_literal(text: str) -> Any:
    """A dict or list as Python writes it; None when it is not one. Python's own complaints stay here."""
    if not text.startswith(("{", "[")):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return None


def _missing_brackets(text: str) -> str:
    """What would close the brackets that are open at the end; nothing inside an unfinished string."""
    open_brackets: list[str] = []
    in_string = escaped = False
    for char in text:
        if in_string:
            in_string = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            in_string = True
        elif char in "{[":
            open_brackets.append("}" if char == "{" else "]")
        elif char in "}]" and open_brackets:
            open_brackets.pop()
    return "" if in_string else "".join(reversed(open_brackets))


def _with_quotes_escaped(text: str) -> str:
    """With those quotes escaped behind which their text goes on: `{"query": "the "big" one"}`."""
    made: list[str] = []
    in_string = escaped = False
    for at, char in enumerate(text):
        if char == '"' and not escaped:
            inner = in_string and not _CLOSES.match(text, at + 1)
            in_string = inner or not in_string
            char = '\\"' if inner else char
        escaped = char == "\\" and not escaped
        made.append(char)
    return "".join(made)


def _as_object(function: re.Match[str]) -> dict[str, Any]:
    """`<function=search><parameter=query>…</parameter></function>`, as some models were trained to call."""
    arguments = {name: unpacked(value.strip()) for name, value in _PARAMETER.findall(function[2])}
    return {"name": function[1], "arguments": arguments}
