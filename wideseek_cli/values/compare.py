"""Values by meaning: 1,636 and 1636, 8 Sept 1636 and 1636-09-08, São Paulo and Sao Paulo are the same."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from wideseek_cli.values.dates import Date, parse_date
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import Number, parse_number
from wideseek_cli.values.words import tokens, words


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
    未知 | 不详 | 不明 | 暂无 | 暂无数据 | 暂无信息 | 无数据 | 无资料 | 无信息
    未找到 | 未查到 | 未提供 | 未提及
    未公布 | 未披露 | 未说明 | 不适用 | 缺失 | 待定 | 待查 | 待确认 | 没有数据 | 查无
    数据缺失 | 无法确定 | 无法获取
    信息缺失 | 未公开 | 未获取到 | 空
""")
_NO_WORD = re.compile(r"[?…．./‐-―−\s-]*")  # `----`
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
    if _NO_WORD.fullmatch(bare) or bare in _MISSING or bare.rstrip(".。") in _MISSING:
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
