"""Renders a chat template that nobody vouches for: bounded in size, time and reach."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Any, NoReturn

from jinja2 import TemplateError, nodes
from jinja2.ext import loopcontrols
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from wideseek_cli.text import clean_line

MAX_SOURCE = 64_000
MAX_GROWTH = 1_000_000  # characters a single operation or the whole page of template text may make
MAX_SECONDS = 2.0

# What chat templates in the wild use; the rest of jinja's filters are left out, padding to a width above all.
FILTERS = frozenset(
    [
        "abs",
        "capitalize",
        "count",
        "d",
        "default",
        "dictsort",
        "e",
        "escape",
        "first",
        "float",
        "forceescape",
        "int",
        "items",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "max",
        "min",
        "reject",
        "rejectattr",
        "replace",
        "reverse",
        "round",
        "safe",
        "select",
        "selectattr",
        "sort",
        "string",
        "sum",
        "title",
        "trim",
        "unique",
        "upper",
    ]
)
WIDENING = frozenset({"center", "expandtabs", "format", "format_map", "ljust", "rjust", "translate", "zfill"})


class TemplateRefused(Exception):
    """The template is broken, or did what no chat template needs to do."""


class ChatEnvironment(ImmutableSandboxedEnvironment):
    """jinja2's immutable sandbox, set up as transformers does, without the ways to make text without end."""

    intercepted_binops = frozenset(["*", "**", "%", "+"])

    def __init__(self) -> None:
        super().__init__(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
        self.filters = {name: run for name, run in self.filters.items() if name in FILTERS}
        self.filters["tojson"] = _to_json
        self.globals = {name: self.globals[name] for name in ("range", "dict", "namespace")}
        self.globals["raise_exception"] = _raise
        self.globals["strftime_now"] = lambda form: datetime.now().strftime(str(form)[:100])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "*" and (hasattr(left, "__len__") or hasattr(right, "__len__")):
            sized, times = (left, right) if hasattr(left, "__len__") else (right, left)
            _check_size(len(sized) * int(times))
        elif operator == "+" and hasattr(left, "__len__") and hasattr(right, "__len__"):
            _check_size(len(left) + len(right))
        elif operator == "**" or (operator == "%" and isinstance(left, str)):
            raise TemplateRefused(f"it uses {operator} in a way that chat templates do not")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, (str, bytes)) and attr in WIDENING:
            return False
        return super().is_safe_attribute(obj, attr, value)


class SandboxedTemplate:
    """One compiled template."""

    def __init__(self, source: str) -> None:
        if len(source) > MAX_SOURCE:
            raise TemplateRefused(f"it has {len(source)} characters; {MAX_SOURCE} are allowed")
        environment = ChatEnvironment()
        try:
            tree = environment.parse(source)
            self.variables = frozenset(find_undeclared_variables(tree))
            self.words = frozenset(n.value for n in tree.find_all(nodes.Const) if isinstance(n.value, str))
            self._template = environment.from_string(tree)
        except (TemplateError, RecursionError, ValueError, OverflowError) as error:
            raise TemplateRefused(_one_line(error)) from error

    def render(self, values: Mapping[str, Any]) -> str:
        """The text, or TemplateRefused."""
        pieces: list[str] = []
        size = 0
        budget = MAX_GROWTH + len(str(values))
        try:
            with _watched(MAX_SECONDS, budget):
                for piece in self._template.generate(**values):
                    size += len(piece)
                    _check_size(size, budget)
                    pieces.append(piece)
        except TemplateRefused:
            raise
        except Exception as error:  # template code may raise anything at all; none of it is ours
            raise TemplateRefused(_one_line(error)) from error
        return "".join(pieces)


@contextmanager
def _watched(seconds: float, budget: int) -> Iterator[None]:
    """Stops template code that loops or piles up text; it runs in this thread, so only a trace hook can."""
    end = time.monotonic() + seconds

    def each_line(frame: FrameType, event: str, arg: Any) -> Any:
        if time.monotonic() > end:
            raise TemplateRefused(f"it runs for more than {seconds:g} s")
        for value in frame.f_locals.values():
            for thing in _held(value):
                if isinstance(thing, (str, bytes, list)):
                    _check_size(len(thing), budget)
        return each_line

    def each_call(frame: FrameType, event: str, arg: Any) -> Any:
        return each_line if frame.f_code.co_filename == "<template>" else None

    before = sys.gettrace()
    sys.settrace(each_call)
    try:
        yield
    finally:
        sys.settrace(before)


def _held(value: object) -> Iterable[object]:
    """What a template variable holds: a namespace keeps its values behind its own attribute access."""
    if isinstance(value, Namespace):
        kept: dict[str, object] = object.__getattribute__(value, "_Namespace__attrs")
        return kept.values()
    return (value,)


def _check_size(size: int, limit: int = MAX_GROWTH) -> None:
    if size > limit:
        raise TemplateRefused(f"it makes {size} characters or more")


def _to_json(value: Any, ensure_ascii: bool = False, indent: int | None = None, **_: Any) -> str:
    """As transformers has it: plain JSON, no HTML escapes, nothing turned to ASCII."""
    return json.dumps(value, ensure_ascii=bool(ensure_ascii), indent=min(indent, 8) if indent else None)


def _raise(message: object) -> NoReturn:
    raise TemplateRefused(_one_line(message))


def _one_line(error: object) -> str:
    """Template authors write these; a terminal shows them."""
    return clean_line(str(error), 300) or type(error).__name__
