"""What a question wants: a table of things, or one short fact."""

from __future__ import annotations

import re

from wideseek_cli.core.messages import split_thinking
from wideseek_cli.settings.config import Settings

_WIDE = re.compile(
    r"\b(?:list|lists|table|tabulate|spreadsheet|rows?|columns?|each|every|compare|respectively|along with)\b"
    r"|\b(?:all|top|first|last|largest|biggest|smallest|highest|longest)\s+(?:the\s+|of\s+the\s+)?(?:\d+|two|three|"
    r"four|five|six|seven|eight|nine|ten|twelve|twenty|fifty|hundred)\b"
    r"|\ball\s+(?:the\s+|of\s+the\s+|its\s+|their\s+)?\w+s\b"
    r"|列出|列举|表格|清单|名单|所有|全部|各个|各国|各省|各州|每个|每一|每届|每年|哪些|哪几|哪[两二三四五六七八九十]|分别|汇总|整理"
    r"|(?:给出|写出|注明|列明|提供)[^。？！?!、]{1,40}、[^。？！?!]{1,100}?(?:、|和|及|与)",
    re.IGNORECASE,
)
# A word in -s after `which` or `what` is mostly several things; these are verbs, or one thing.
_NO_PLURAL = (
    r"(?!(?:is|was|has|does|\w*(?:ss|us|[aeiou]sis)|gas|news|odds|chances|coordinates|dimensions|causes|makes|"
    r"happens|means|comes|goes|gives|gets|keeps|takes|brings|drives|needs|wins|works|runs|stands|remains|lies|"
    r"lives|follows|determines|distinguishes|explains|differentiates|separates|costs|says|sets|sounds|turns|"
    r"motivates|prevents|triggers|produces|defines|looks|feels|kills|helps|holds|moves|matters)\b)"
)
_SEVERAL = _NO_PLURAL + r"(?:(?-i:[a-z])[\w-]*s|[\w-]+ies|people|women|men|children)\b"  # Texas is one thing
_ADJECTIVE = _NO_PLURAL + r"(?:other|different|major|main|(?-i:[A-Z])[\w-]*|[\w-]+(?:ed|ern|ese|ish|est|ous))"
_NUMBER = r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty)"
_WIDE_QUESTION = re.compile(
    rf"(?:^|[.?!,;:]\s)\W{{0,9}}(?:(?:in|on|at|by|from|of|for|to|through|with|under|during)\s+)?(?:"
    rf"(?:which|what)\s+(?:{_ADJECTIVE}\s+){{0,3}}{_SEVERAL}"
    rf"|(?:which|what)\s+(?:[\w-]+\s+)?{_NUMBER}\s+\w+s\b"
    rf"|(?:which|what|who)\s+(?:are|were)\s+(?:the|some|its|their)\s+(?:[\w-]+\s+){{0,3}}?{_SEVERAL}"
    rf"|which\s+of\s+(?:the|these|those)\s+(?:[\w-]+\s+){{1,5}}?(?:are|were|have)\b"
    rf")"
    # what is wanted of them is named: give A, B and C
    r"|(?:^|[.?!,;:]\s*|\b(?:and|please|also)\s+)(?:give|show|provide|include|add|state)\s+"
    r"[^.?!;,]{1,80},[^.?!;]{1,200}?\b(?:and|or)\b",
    re.IGNORECASE,
)
_NARROW = re.compile(
    r"^\W*(?:who|whom|whose|what|when|where|which|how|is|are|was|were|did|does|do|in\s+(?:which|what))\b"
    r"|谁|何时|哪一|哪个|哪座|哪位|哪里|哪年|几|多少|什么|是否",
    re.IGNORECASE,
)
_BOXED = "\\boxed{"
_MOST_SHORT = 1000


def wants_table(question: str, settings: Settings) -> bool:
    """As the user said; else a table, unless the question plainly asks for one thing."""
    if settings.columns or settings.answer == "table":
        return True
    if settings.answer == "short":
        return False
    wide = _WIDE.search(question) or _WIDE_QUESTION.search(question)
    return bool(wide) or not _NARROW.search(question)


def boxed(text: str) -> str:
    r"""What stands in the last `\boxed{…}` of an answer, braces within it balanced; empty without one."""
    spoken = split_thinking(text)[1] or text
    start = spoken.rfind(_BOXED)
    return spoken[start + len(_BOXED) : _box_end(spoken, start)].strip() if start >= 0 else ""


def unboxed(text: str) -> str:
    """The text with a table that stands in its box on lines of its own, as tables are read."""
    start = text.rfind(_BOXED)
    if start < 0 or "|" not in boxed(text):
        return text
    end = _box_end(text, start)
    return f"{text[:start]}\n{text[start + len(_BOXED) : end]}\n{text[end + 1 :]}"


def short_answer(text: str) -> str:
    """The short answer of a response: the box, or without one its words."""
    answer = boxed(text) or split_thinking(text)[1].strip()
    return answer[:_MOST_SHORT]


def _box_end(text: str, start: int) -> int:
    """Where the brace is that closes the box; the end of the text where none does."""
    depth, begin = 1, start + len(_BOXED)
    for at in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return len(text)
