"""GBNF for one tool call, made from the tools' JSON schemas: what a model writes under it always parses.

The text starts right behind `<tool_call>` and ends with `</tool_call>`, spaced as Qwen3 was trained to write
it. Everything is bounded, so that a model that loops inside a string still comes to an end. Strings hold no
raw `<`: no tag can open or close inside one (JSON has \\u003c for who needs it).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.messages import CALL_CLOSE, ToolSpec

MAX_STRING = 2000  # llama.cpp takes no longer repetition
MAX_ITEMS = 50
MAX_DIGITS = 9

CHARACTER = r'char ::= [^"\\<\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})'

Schema = Mapping[str, Any]


def tool_call_grammar(tools: Sequence[ToolSpec]) -> str:
    """GBNF whose root is exactly one call of one of the tools."""
    if not tools:
        raise UsageError("a grammar for tool calls needs at least one tool")
    writer = _Writer()
    calls = []
    for number, tool in enumerate(tools):
        name = f"call-{number}"
        arguments = writer.value(tool.parameters, tool.name)
        head = f'\n{{"name": {_json(tool.name)}, "arguments": '
        writer.rules[name] = f"{_literal(head)} {arguments} {_literal('}')}"
        calls.append(name)
    root = f"root ::= ({' | '.join(calls)}) {_literal(chr(10) + CALL_CLOSE)}"
    rules = [f"{name} ::= {body}" for name, body in writer.rules.items()]
    return "\n".join([root, *rules, CHARACTER]) + "\n"


class _Writer:
    """Collects rules; `value` returns an expression that may stand anywhere in another. It knows the kinds of
    values that our tools take."""

    def __init__(self) -> None:
        self.rules: dict[str, str] = {}

    def value(self, schema: Any, where: str) -> str:
        kind = schema.get("type") if isinstance(schema, Mapping) else None
        match kind:
            case "object":
                return self._object(schema, where)
            case "array":
                return self._array(schema, where)
            case "string":
                return self._string(schema)
            case "integer":
                return f'("-"? ("0" | [1-9] [0-9]{{0,{MAX_DIGITS - 1}}}))'
        raise UsageError(f"the schema of tool {where} has a value of type {kind!r}, which no grammar knows")

    def _object(self, schema: Schema, where: str) -> str:
        required = frozenset(schema.get("required", ()))
        members = []
        for key, part in schema.get("properties", {}).items():
            text = f"{_literal(_json(key) + ': ')} {self.value(part, f'{where}.{key}')}"
            members.append((text, key in required))
        return f"({_literal('{')} {_members(members, first=True)} {_literal('}')})"

    def _array(self, schema: Schema, where: str) -> str:
        least, most = int(schema.get("minItems", 0)), int(schema.get("maxItems", MAX_ITEMS))
        item = f"item-{len(self.rules)}"
        self.rules[item] = ""  # takes its number before what is inside it
        self.rules[item] = self.value(schema.get("items"), f"{where}[]")
        more = f"({_literal(', ')} {item}){{{max(0, least - 1)},{most - 1}}}" if most > 1 else ""
        filled = f'("[" {item} {more} "]")'
        return filled if least > 0 else f'({filled} | "[]")'

    def _string(self, schema: Schema) -> str:
        most = max(1, min(int(schema.get("maxLength", MAX_STRING)), MAX_STRING))
        name = f"string-0-{most}"
        self.rules[name] = f'"\\"" char{{0,{most}}} "\\""'
        return name


def _members(members: Sequence[tuple[str, bool]], *, first: bool) -> str:
    """The members in their order, each optional one there or not, commas only between two."""
    if not members:
        return ""
    (text, required), rest = members[0], members[1:]
    here = f"{text if first else _literal(', ') + ' ' + text}"
    after = _members(rest, first=False)
    if required:
        return f"{here} {after}".strip()
    if not first:
        return f"({here})? {after}".strip()
    without = _members(rest, first=True)
    return f"({here} {after} | {without})" if without else f"({here} {after})?"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _literal(text: str) -> str:
    """A GBNF string."""
    safe = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{safe}"'
