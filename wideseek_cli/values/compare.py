"""Values by meaning: 1,636 and 1636, 8 Sept 1636 and 1636-09-08, São Paulo and Sao Paulo are the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from urllib.parse import unquote, urlsplit

from wideseek_cli.values.dates import Date, parse_date, scan_dates
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import Number, parse_number, scan_number_words, scan_numbers
from wideseek_cli.values.words import tokens, words

__all__ = [
    "Date",
    "Number",
    "find_value",
    "guess_type",
    "is_missing",
    "list_items",
    "name_forms",
    "parse_bool",
    "parse_date",
    "parse_number",
    "parse_value",
    "same_name",
    "same_value",
]


def _listed(lines: str) -> frozenset[str]:
    return frozenset(part.strip() for line in lines.splitlines() for part in line.split("|"))


_MISSING = _listed("""
    n/a | n.a. | n.a | #n/a | null | nan | unknown | missing | unavailable | undisclosed | tbd
    tba | tbc | empty
    not available | not applicable | not found | not known | not specified | not given | not provided
    not mentioned | not stated | not disclosed | not reported | not listed
    to be determined | to be confirmed
    no data | no information | no info | no data available | no information available | no information found
    data not available | information not available | information not found | not publicly available
    ? | ?? | ??? | … | ... | ．．． | ‐ | - | -- | --- | – | — | —— | ―― | / | //
    未知 | 不详 | 不明 | 暂无 | 暂无数据 | 暂无信息 | 无数据 | 无资料 | 无信息
    未找到 | 未查到 | 未提供 | 未提及
    未公布 | 未披露 | 未说明 | 不适用 | 缺失 | 待定 | 待查 | 待确认 | 没有数据 | 查无
    数据缺失 | 无法确定 | 无法获取
    信息缺失 | 未公开 | 未获取到 | 空
""")
_MISSING_UNLESS_TEXT = _listed("na | none | nil | no | nothing | 无 | 没有 | 没")
_TRUE = _listed("yes | y | true | t | 1 | ✓ | ✔ | ✅ | ☑ | on | 是 | 有 | 对 | 真 | oui | ja | sí | si")
_FALSE = _listed(
    "no | n | false | f | 0 | ✗ | ✘ | ❌ | ☒ | × | off | 否 | 无 | 没有 | 不是 | 假 | non | nein"
)
# What stands in brackets says something beside the name; but `Tongan(s)` is one word.
ENDING = re.compile(r"(?<=[a-z])\((?:e?s|e?n|e)\)")
_ASIDE = re.compile(rf"(?!{ENDING.pattern})(?<!\s)\s*[(（\[].{{0,300}}?[)）\]]")
_SPLIT = re.compile(
    r"(?<!\s)\s*(?:[;；、/|]|,(?!\d{3}(?!\d))|，|(?<=\s)(?:and|und|et|y|e)(?=\s)|[&+])\s*", re.IGNORECASE
)
_ALIASES = (
    ("united states", "united states of america", "us", "usa"),
    ("united kingdom", "united kingdom of great britain and northern ireland", "uk"),
    ("united arab emirates", "uae"),
    ("european union", "eu"),
    ("democratic republic of congo", "dr congo", "drc", "congo kinshasa"),
    ("republic of congo", "congo brazzaville"),
    ("czech republic", "czechia"),
    ("ivory coast", "cote d ivoire"),
    ("burma", "myanmar"),
    ("turkey", "turkiye"),
    ("east timor", "timor leste"),
    ("cape verde", "cabo verde"),
    ("china", "people s republic of china", "prc"),
    ("taiwan", "republic of china"),
    ("swaziland", "eswatini"),
    ("south korea", "republic of korea", "korea rep"),
    ("north korea", "democratic people s republic of korea", "dprk", "korea dem people s rep"),
    ("russia", "russian federation"),
    ("iran", "islamic republic of iran", "iran islamic rep"),
    ("syria", "syrian arab republic"),
    ("laos", "lao people s democratic republic", "lao pdr"),
    ("vietnam", "viet nam"),
    ("moldova", "republic of moldova"),
    ("tanzania", "united republic of tanzania"),
    ("bolivia", "plurinational state of bolivia"),
    ("venezuela", "bolivarian republic of venezuela", "venezuela rb"),
    ("brunei", "brunei darussalam"),
    ("micronesia", "federated states of micronesia"),
    ("kyrgyzstan", "kyrgyz republic"),
    ("slovakia", "slovak republic"),
    ("egypt", "arab republic of egypt", "egypt arab rep"),
)
_ALIAS_OF = {name: group for group in _ALIASES for name in group}

Value = Number | Date | bool | str


def is_missing(text: str, kind: ColumnType = ColumnType.STR) -> bool:
    """Whether a cell says that there is no value, in English or Chinese."""
    bare = re.sub(r"\s+", " ", text.strip().strip("()（）[]*_ ").casefold()).strip()
    if bare in _MISSING or bare.rstrip(".。") in _MISSING:
        return True
    return kind not in (ColumnType.STR, ColumnType.BOOL) and bare in _MISSING_UNLESS_TEXT


def parse_bool(text: str) -> bool | None:
    """Yes, no, or neither."""
    bare = text.strip().strip(".!").casefold()
    return True if bare in _TRUE else False if bare in _FALSE else None


@lru_cache(maxsize=50_000)
def parse_value(text: str, kind: ColumnType = ColumnType.STR) -> Value | None:
    """What a cell states: a number, date or truth where it does, else its text; None when missing."""
    text = text.strip()
    if is_missing(text, kind):
        return None
    if kind is ColumnType.BOOL:
        truth = parse_bool(text)
        return text if truth is None else truth
    if kind is ColumnType.URL:
        return text
    date = parse_date(text)
    if date is not None and (
        kind is ColumnType.DATE or date.year < 0 or (kind is ColumnType.STR and date.month)
    ):
        return date
    if kind is ColumnType.DATE:
        return text
    number = parse_number(text)
    return text if number is None else number


def guess_type(values: Sequence[str]) -> ColumnType:
    """A type that every value of a column has, or text."""
    present = [v for v in values if not is_missing(v)]
    if not present:
        return ColumnType.STR
    if all(re.match(r"https?://\S+$", v) for v in present):
        return ColumnType.URL
    numbers = list(takewhile(lambda number: number is not None, map(_bare_number, present)))
    if len(numbers) == len(present):
        if any(re.match(r"0\d", v) for v in present):
            return ColumnType.STR  # a code
        whole = all(n is not None and n.step >= 1 for n in numbers)
        return ColumnType.INT if whole else ColumnType.FLOAT
    if all((date := parse_date(v)) is not None and date.month for v in present):
        return ColumnType.DATE
    if {v.casefold() for v in present} <= {"yes", "no", "true", "false", "是", "否"}:
        return ColumnType.BOOL
    return ColumnType.STR


def _bare_number(text: str) -> Number | None:
    """The number that a cell holds and nothing else."""
    number = parse_number(text)
    return number if number and not number.unit and (number.start, number.end) == (0, len(text)) else None


def same_value(a: str, b: str, kind: ColumnType = ColumnType.STR) -> bool:
    """Whether two cells say the same; the coarser one decides how closely."""
    left, right = parse_value(a, kind), parse_value(b, kind)
    if left is None or right is None:
        return left is right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Number) and isinstance(right, Number):
        return _same_number(left, right)
    if isinstance(left, Date) and isinstance(right, Date):
        return left.backs(right) or right.backs(left)
    if isinstance(left, Date) or isinstance(right, Date):
        return _date_and_year(left, right)
    if kind is ColumnType.URL:
        return url_key(a) == url_key(b)
    return same_name(a, b)


def _same_number(a: Number, b: Number) -> bool:
    if a.backs(b) or b.backs(a):
        return True
    if {a.unit, b.unit} == {"%", ""}:
        share, other = (a, b) if a.unit == "%" else (b, a)
        return abs(share.value / 100 - other.value) <= 1e-9 * max(1.0, abs(other.value))
    return False


def _date_and_year(left: Value, right: Value) -> bool:
    date, other = (left, right) if isinstance(left, Date) else (right, left)
    return isinstance(date, Date) and isinstance(other, Number) and other.plain and date.year == other.value


def same_name(a: str, b: str) -> bool:
    """Whether two names or lists of names are the same: accents, case, `the`, punctuation, order."""
    if set(name_forms(a)) & set(name_forms(b)) or a.strip().casefold() == b.strip().casefold():
        return True
    items, others = list_items(a), list_items(b)
    if len(items) < 2 or len(items) != len(others):
        return False
    return {min(name_forms(i), default="") for i in items} == {min(name_forms(o), default="") for o in others}


@lru_cache(maxsize=100_000)
def name_forms(name: str) -> tuple[str, ...]:
    """A name's comparable forms, blank between words: whole, without brackets, the bracket if it is
    a short name, turned round at the comma (`Korea, South`), and other names of a few countries."""
    forms: dict[str, None] = {}
    aside = any(mark in name for mark in "(（[")
    bare = _ASIDE.sub(" ", name) if aside else name
    for text in {name: 0, bare: 0}:
        _add_form(forms, text)
    head, comma, tail = bare.partition(",")
    if comma and tail.strip() and "," not in tail:
        _add_form(forms, f"{tail} {head}")
    for inner in re.findall(r"[(（\[](.{2,40}?)[)）\]]", name) if aside else ():
        if inner[:1].isupper() and not re.search(r"\d", inner):
            _add_form(forms, inner)
    for form in list(forms):
        for other in _ALIAS_OF.get(form, ()):
            forms.setdefault(other)
    return tuple(forms)


def _add_form(forms: dict[str, None], text: str) -> None:
    parts = words(text)
    if len(parts) > 1:
        parts = [w for w in parts if w != "the"] or parts
    if parts:
        forms.setdefault(" ".join(parts))


def list_items(text: str) -> list[str]:
    """The parts of a cell that lists several things."""
    return [part for part in _SPLIT.split(text) if part and words(part)]


def url_key(url: str) -> str:
    """An address for comparing: no scheme, www, trailing slash, fragment or case of the host."""
    text = url.strip()
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return text.casefold()
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{unquote(parts.path).rstrip('/')}{query}"


def find_value(text: str, value: str, kind: ColumnType = ColumnType.STR) -> list[tuple[int, int]]:
    """Where a text states a value: (start, end) of each place."""
    parsed = parse_value(value, kind)
    if parsed is None:
        return []
    if isinstance(parsed, bool):
        return [(s, e) for word, s, e in tokens(text) if parse_bool(word) is parsed and word.isalpha()]
    if isinstance(parsed, Number):
        rounded = kind is ColumnType.INT
        numbers = [*scan_numbers(text), *scan_number_words(text)]
        return [(n.start, n.end) for n in numbers if n.backs(parsed, rounded=rounded)]
    if isinstance(parsed, Date):
        return [(d.start, d.end) for d in scan_dates(text) if d.backs(parsed)]
    if kind is ColumnType.URL:
        return find_url(text, value)
    return find_name(text, value)


def find_url(text: str, url: str) -> list[tuple[int, int]]:
    """Addresses in a text that are the same address."""
    key = url_key(url)
    if not key:
        return []
    pattern = r"(?<![\w.-])(?:https?://)?(?:[\w-]{1,63}\.)+[a-z]{2,}(?::\d+)?(?:/[^\s<>()\[\]|\"']*)?"
    return [
        m.span() for m in re.finditer(pattern, text, re.IGNORECASE) if url_key(m.group().rstrip(".,;")) == key
    ]


def find_name(text: str, name: str) -> list[tuple[int, int]]:
    """Places where the words of a name stand together."""
    spoken = tokens(text)
    bare = [token for token in spoken if token[0] != "the"]  # as in the forms of a name
    spans: dict[tuple[int, int], None] = {}
    for form in name_forms(name):
        wanted = form.split(" ")
        found = spoken if "the" in wanted else bare
        plain = [word for word, _, _ in found]
        size = len(wanted)
        for at in range(len(plain) - size + 1):
            if plain[at] == wanted[0] and plain[at : at + size] == wanted:
                spans.setdefault((found[at][1], found[at + size - 1][2]))
    return sorted(spans)


@dataclass(frozen=True)
class Names:
    """Names and their forms, for looking many up: which of these is this one?"""

    forms: dict[str, str]

    @classmethod
    def of(cls, names: Sequence[str]) -> Names:
        """The first name of a form keeps it."""
        forms: dict[str, str] = {}
        for name in names:
            for form in name_forms(name):
                forms.setdefault(form, name)
        return cls(forms)

    def find(self, name: str) -> str | None:
        """The listed name that is the same as this one."""
        return next((self.forms[form] for form in name_forms(name) if form in self.forms), None)
