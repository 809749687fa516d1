"""What somebody tells a run on its way, and what of it code can obey at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.text import clean_line

MOST = 1_000  # characters of one message: it has to fit a tool result
TO_LEAD = "Message from the user: "

_HOST = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}"
_DROP = r"(?:drop|remove|delete|omit|exclude|leave out|without)"
_ADD = r"(?:add|give|include|show|find|list|get|look up)"
_ARTICLE = r"(?:(?:the|their|its|all|a|an) )?"
_PARTS = re.compile(
    r"[;\n]+|\.\s+|\.$|(?:,|\band\b)\s*(?:then\s+)?(?=(?:write the table|stop|use only|also)\b)", re.I
)
_NAMES = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+", re.I)
_STOP = re.compile(
    r"(?:stop|end|finish)(?: now)?|(?:stop|end|finish|no more) (?:the )?(?:search\w*|reading|research\w*)"
    r"|write (?:up )?the table(?: now)?",
    re.I,
)
_ONLY = re.compile(
    rf"(?:(?:use|search|read|cite|trust) )?only (?:pages (?:of|from|on) )?(?P<names>{_HOST}.*)", re.I
)
_AVOID = re.compile(
    rf"(?:do not|don't|never) (?:use|search|read|cite|trust) (?P<names>{_HOST}.*)|avoid (?P<more>{_HOST}.*)",
    re.I,
)
_BUDGET = re.compile(
    r"(?:use |make |read )?(?:at most|no more than|max(?:imum)?) (?P<most>\d{1,6}) (?P<kind>searches|pages)",
    re.I,
)
_COLUMN_OUT = re.compile(
    rf"{_DROP} (?:the )?columns? (?P<names>.+)|{_DROP} (?:the )?(?P<more>.+?) columns?", re.I
)
_ROW_OUT = re.compile(rf"{_DROP} (?:the )?rows? (?P<names>.+)", re.I)
_OUT = re.compile(rf"{_DROP} {_ARTICLE}(?P<names>.+)", re.I)
_COLUMN_IN = re.compile(
    rf"(?:also )?{_ADD} (?:a |the )?columns? (?:for |with )?{_ARTICLE}(?P<names>.+)", re.I
)
_ALSO = re.compile(rf"(?:also {_ADD}|{_ADD} also) {_ARTICLE}(?P<names>.+)", re.I)


@dataclass(frozen=True)
class Orders:
    """What code can obey. `drop`: rows or columns of that name, as the table has it."""

    add_columns: tuple[str, ...] = ()
    drop_columns: tuple[str, ...] = ()
    drop_rows: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    only_hosts: tuple[str, ...] = ()
    not_hosts: tuple[str, ...] = ()
    max_searches: int = 0
    max_pages: int = 0
    stop: bool = False
    for_lead: tuple[str, ...] = ()  # parts of the message that no code understands


def checked(text: str) -> str:
    """A message as it is kept, or a UsageError."""
    text = clean_line(text.strip(), MOST + 1)
    if not text:
        raise UsageError("the message is empty", hint='for example: wideseek steer "also give the founder"')
    if len(text) > MOST:
        raise UsageError(f"the message is longer than {MOST} characters", hint="say it in fewer words")
    return text


def read_orders(text: str) -> Orders:
    """The orders in a message.

    >>> read_orders("also give the founder").add_columns
    ('founder',)
    >>> read_orders("use only britannica.com; stop searching, write the table").only_hosts
    ('britannica.com',)
    """
    found: dict[str, list[str]] = {}
    numbers: dict[str, int] = {}
    for part in _PARTS.split(text):
        said = " ".join((part or "").split()).strip(" ,.!")
        said = re.sub(r"^(?:please|now|then|and) ", "", said, flags=re.I)
        if not said:
            continue
        if _STOP.fullmatch(said):
            numbers["stop"] = 1
        elif match := _BUDGET.fullmatch(said):
            numbers[f"max_{match['kind'].lower()}"] = int(match["most"])
        elif name_and_match := _first(said):
            name, names = name_and_match
            found.setdefault(name, []).extend(names)
        else:
            found.setdefault("for_lead", []).append(said)
    lists = {name: tuple(dict.fromkeys(names)) for name, names in found.items()}
    return Orders(
        **lists,
        stop=bool(numbers.get("stop")),
        max_searches=numbers.get("max_searches", 0),
        max_pages=numbers.get("max_pages", 0),
    )


_KINDS = (
    ("only_hosts", _ONLY),
    ("not_hosts", _AVOID),
    ("drop_columns", _COLUMN_OUT),
    ("drop_rows", _ROW_OUT),
    ("drop", _OUT),
    ("add_columns", _COLUMN_IN),
    ("add_columns", _ALSO),
)


def _first(said: str) -> tuple[str, list[str]] | None:
    for name, pattern in _KINDS:
        match = pattern.fullmatch(said)
        if match is None:
            continue
        text = next(group for group in match.groups() if group)
        if name.endswith("hosts"):
            names = [host.lower() for host in re.findall(_HOST, text, re.I)]
        else:
            names = [part.strip(" \"'“”") for part in _NAMES.split(text)]
        if all(names) and (name != "add_columns" or all(len(n.split()) <= 5 for n in names)):
            return name, names
    return None


def in_words(orders: Orders) -> str:
    """What code does about a message, and what is left to the lead."""
    said = [
        f"{words} {', '.join(names)}"
        for words, names in (
            ("add column", orders.add_columns),
            ("drop column", orders.drop_columns),
            ("drop row", orders.drop_rows),
            ("drop row or column", orders.drop),
            ("use only", orders.only_hosts),
            ("do not use", orders.not_hosts),
        )
        if names
    ]
    said += [f"at most {orders.max_searches} searches"] if orders.max_searches else []
    said += [f"at most {orders.max_pages} pages"] if orders.max_pages else []
    said += ["stop searching"] if orders.stop else []
    said += [f"only the lead can do this, and may not: {part}" for part in orders.for_lead]
    return "; ".join(said)


def permits(orders: Iterable[Orders], url: str) -> bool:
    """Whether an address may be used; the latest `use only` counts."""
    host = (urlsplit(url).hostname or "").lower()
    only: Sequence[str] = ()
    for one in orders:
        only = one.only_hosts or only
        if any(_within(host, name) for name in one.not_hosts):
            return False
    return not only or any(_within(host, name) for name in only)


def _within(host: str, name: str) -> bool:
    return host == name or host.endswith("." + name)
