"""Renders a chat template that nobody vouches for: bounded in size, time and reach."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Any, NoReturn

from jinja2 import TemplateError, nodes, pass_context
from jinja2.ext import loopcontrols
from jinja2.filters import do_round, do_sum, make_attrgetter
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from wideseek_cli.core.text import clean_line

MAX_SOURCE = 64_000
MAX_GROWTH = 1_000_000  # characters a single operation or the whole page of template text may make
MAX_MADE = 50 * MAX_GROWTH  # of all operations together: what they made may still be held
MAX_SECONDS = 2.0
A_VALUE = 16  # characters that a value in a list counts for
MAX_PLACES = 20  # of a rounded number

# What chat templates in the wild use; the rest of jinja's filters are left out, padding to a width above all.
FILTERS = frozenset({
    "abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float", "forceescape",
    "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr",
    "replace", "reverse", "round", "safe", "select", "selectattr", "sort", "string", "sum", "title", "trim",
    "unique", "upper",
})  # fmt: skip
WIDENING = frozenset({"center", "expandtabs", "format", "format_map", "ljust", "rjust", "translate", "zfill"})


class TemplateRefused(Exception):
    """The template is broken, or did what no chat template needs to do."""


class ChatEnvironment(ImmutableSandboxedEnvironment):
    """jinja2's immutable sandbox, set up as transformers does, without the ways to make text without end."""

    intercepted_binops = frozenset(["*", "**", "%", "+"])

    def __init__(self) -> None:
        super().__init__(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
        self.filters = {name: run for name, run in self.filters.items() if name in FILTERS}
        self.filters |= {
            "tojson": _to_json,
            "join": _join,
            "replace": _replace,
            "round": _round,
            "sum": _sum,
        }
        self.made = 0  # characters, by one rendering
        self.globals = {name: self.globals[name] for name in ("range", "dict", "namespace")}
        self.globals["raise_exception"] = _raise
        self.globals["strftime_now"] = lambda form: datetime.now().strftime(str(form)[:100])

    def grow(self, size: int) -> None:
        """An operation is about to make so much."""
        _check_size(size)
        self.made += size
        _check_size(self.made, MAX_MADE)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "*" and (hasattr(left, "__len__") or hasattr(right, "__len__")):
            sized, times = (left, right) if hasattr(left, "__len__") else (right, left)
            self.grow(_weight(sized) * int(times))
        elif operator == "+" and hasattr(left, "__len__") and hasattr(right, "__len__"):
            self.grow(len(left) + len(right))
        elif operator == "**" or (operator == "%" and isinstance(left, str)):
            raise TemplateRefused(f"it uses {operator} in a way that chat templates do not")
        return super().call_binop(context, operator, left, right)

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """The names are jinja2's, out of the way of a template's own; of a text's methods two make text."""
        text, name = getattr(__obj, "__self__", None), getattr(__obj, "__name__", "")
        if isinstance(text, str) and name == "replace":
            return _replace(__context, text, *args, **kwargs)
        if isinstance(text, str) and name == "join" and len(args) == 1:
            return _join(__context, args[0], text)
        return super().call(__context, __obj, *args, **kwargs)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, (str, bytes)) and attr in WIDENING:
            return False
        return super().is_safe_attribute(obj, attr, value)


class SandboxedTemplate:
    """One compiled template."""

    def __init__(self, source: str) -> None:
        if len(source) > MAX_SOURCE:
            raise TemplateRefused(f"it has {len(source)} characters; {MAX_SOURCE} are allowed")
        self._environment = ChatEnvironment()
        try:
            tree = self._environment.parse(source)
            self.variables = frozenset(find_undeclared_variables(tree))
            self.words = frozenset(n.value for n in tree.find_all(nodes.Const) if isinstance(n.value, str))
            self._template = self._environment.from_string(tree)
        except (TemplateError, RecursionError, ValueError, OverflowError) as error:
            raise TemplateRefused(_one_line(error)) from error

    def render(self, values: Mapping[str, Any]) -> str:
        """The text, or TemplateRefused."""
        pieces: list[str] = []
        size = 0
        budget = MAX_GROWTH + len(str(values))
        self._environment.made = 0
        try:
            with _watched(MAX_SECONDS, budget, self._environment.grow, {id(v) for v in values.values()}):
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
def _watched(seconds: float, budget: int, grow: Callable[[int], None], given: Set[int]) -> Iterator[None]:
    """Stops template code that loops or piles up text; it runs in this thread, so only a trace hook can. The
    seconds are the processor's: a good template is not refused because the machine is busy."""
    end = time.thread_time() + seconds

    def check_time() -> None:
        if time.thread_time() > end:
            raise TemplateRefused(f"it runs for more than {seconds:g} s")

    def each_line(frame: FrameType, event: str, arg: Any) -> Any:
        check_time()
        for value in frame.f_locals.values():
            for thing in _held(value) if id(value) not in given else ():
                _check_size(_weight(thing, budget), budget)
        return each_line

    def each_call(frame: FrameType, event: str, arg: Any) -> Any:
        check_time()  # a filter may go over a long list in one line
        if frame.f_code is str_join.__code__:
            grow(sum(len(text) for text in frame.f_locals["seq"] if isinstance(text, str)))
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


def _weight(thing: object, most: int = MAX_GROWTH) -> int:
    """Length of a text, or of all that is in a list and its lists, which may be the same one over and over;
    counted until it is more than `most`."""
    if isinstance(thing, str):
        return len(thing)
    count, rest = 0, [thing]
    while rest and count <= most:
        held = rest.pop()
        if isinstance(held, dict):
            rest.extend(held)
            rest.extend(held.values())
        elif isinstance(held, (list, tuple)):
            rest.extend(held)
        count += len(held) if isinstance(held, (str, bytes)) else A_VALUE
    return count


def _check_size(size: int, limit: int = MAX_GROWTH) -> None:
    if size > limit:
        raise TemplateRefused(f"it makes {size} characters or more")


# Filters that can make much of little. With the context as their first argument they are not run while
# a template is compiled, where nobody watches.


@pass_context
def _to_json(
    context: Context, value: Any, ensure_ascii: bool = False, indent: int | None = None, **_: Any
) -> str:
    """As transformers has it: plain JSON, no HTML escapes, nothing turned to ASCII."""
    if indent:
        encoder = json.JSONEncoder(ensure_ascii=bool(ensure_ascii), indent=min(indent, 8))
        return _joined(context, encoder.iterencode(value))
    _grow(context, _weight(value))
    return json.dumps(value, ensure_ascii=bool(ensure_ascii))


@pass_context
def _join(context: Context, values: Iterable[Any], between: object = "", attribute: Any = None) -> str:
    if attribute is not None:
        values = map(make_attrgetter(context.environment, attribute), values)
    return _joined(context, map(str, values), str(between))


@pass_context
def _replace(context: Context, text: object, old: object, new: object, count: int | None = None) -> str:
    told, was, now = str(text), str(old), str(new)
    _grow(context, len(told) + told.count(was) * len(now))
    return told.replace(was, now, -1 if count is None else count)


@pass_context
def _round(context: Context, value: Any, precision: int = 0, method: Any = "common") -> Any:
    if abs(precision) > MAX_PLACES:
        raise TemplateRefused(f"it rounds to {precision} places")
    return do_round(value, precision, method)


@pass_context
def _sum(context: Context, values: Iterable[Any], attribute: Any = None) -> Any:
    """Of numbers only: lists are made longer by `+`."""
    return do_sum(context.environment, values, attribute)


def _joined(context: Context, pieces: Iterable[str], between: str = "") -> str:
    made: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece) + len(between)
        _check_size(size)
        made.append(piece)
    _grow(context, size)
    return between.join(made)


def _grow(context: Context, size: int) -> None:
    environment = context.environment
    if isinstance(environment, ChatEnvironment):
        environment.grow(size)


def _raise(message: object) -> NoReturn:
    raise TemplateRefused(_one_line(message))


def _one_line(error: object) -> str:
    """Template authors write these; a terminal shows them."""
    return clean_line(str(error), 300) or type(error).__name__
