"""Named texts out of Python source, by its syntax tree: nothing is imported or run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wideseek_cli.core.errors import ModelWordsError

_PLACE = re.compile(r"\{\{|\}\}|\{\}")


class SourceTexts:
    """What some files call by name: `NAME`, `function.variable`, or `function#N` for its Nth returned text.

    `words` says what the places in the files' f-strings are called in a prompt set.
    """

    def __init__(self, files: Sequence[str], words: Mapping[str, str]) -> None:
        self._words = words
        self._known: dict[str, ast.expr] = {}
        for file in files:
            try:
                tree = ast.parse(file)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                raise ModelWordsError(f"a file of texts is not Python that can be read: {error}") from error
            self._known.update(_named(tree))

    def text(self, name: str, places: Sequence[str] = ()) -> str:
        """The text of that name. Bare `{}` in it become `places`, in order, and each place must be there."""
        if name not in self._known:
            raise ModelWordsError(f"{name} is not in the authors' files any more")
        text = self._string(name, self._known[name])
        if places and "{}" in text:
            text = _filled(name, text, places)
        for place in places:
            if "{" + place + "}" not in text:
                raise ModelWordsError(f"{name} has no place for {place} any more")
        return text

    def tools(self, name: str, wanted: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
        """Descriptions of tools and their arguments, from a table of function schemas."""
        if name not in self._known:
            raise ModelWordsError(f"{name or 'the table of tools'} is not in the authors' files any more")
        try:
            table = ast.literal_eval(self._known[name])
            functions = {tool: table[tool]["function"] for tool in wanted}
            found = {tool: {"description": f["description"]} for tool, f in functions.items()}
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ModelWordsError(f"{name} is not a table of tools any more: {error!r}") from error
        for tool, keys in wanted.items():
            told = dict(_descriptions(functions[tool].get("parameters")))
            for key in keys:
                if not isinstance(told.get(key), str):
                    raise ModelWordsError(f"{name}: {tool} no longer describes {key}")
                found[tool][key] = told[key]
        return found

    def _string(self, name: str, node: ast.expr) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.JoinedStr):
            return "".join(self._piece(name, part) for part in node.values)
        raise ModelWordsError(f"{name} is not a plain text any more")

    def _piece(self, name: str, part: ast.expr) -> str:
        if isinstance(part, ast.Constant):
            return str(part.value)
        if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name):
            return "{" + self._words.get(part.value.id, part.value.id) + "}"
        raise ModelWordsError(f"{name} is put together in a way that cannot be read")


def _filled(name: str, text: str, places: Sequence[str]) -> str:
    """As `str.format` reads it: `{}` is the next place, doubled braces are one."""
    rest = list(places)

    def one(match: re.Match[str]) -> str:
        if match[0] != "{}":
            return match[0][0]
        if not rest:
            raise ModelWordsError(f"{name} has more places than {', '.join(places)}")
        return "{" + rest.pop(0) + "}"

    return _PLACE.sub(one, text)


def _named(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    yield from _assigned(tree.body, "")
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield from _assigned(node.body, f"{node.name}.")
            for number, value in enumerate(_returned(node.body), start=1):
                yield f"{node.name}#{number}", value


def _assigned(body: Sequence[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield prefix + target.id, node.value


def _returned(body: Sequence[ast.stmt]) -> Iterator[ast.expr]:
    for node in body:
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value
        elif isinstance(node, ast.If):
            yield from _returned(node.body)
            yield from _returned(node.orelse)


def _descriptions(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every property of a JSON schema, however deep, with its description."""
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties")
    for key, value in properties.items() if isinstance(properties, dict) else ():
        if isinstance(value, dict):
            yield str(key), value.get("description")
            yield from _descriptions(value)
            yield from _descriptions(value.get("items"))
