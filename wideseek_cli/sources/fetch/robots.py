"""robots.txt as RFC 9309 reads it: the longest match wins, `*` and `$` in paths, one spelling. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote

_MAX_LINES = 20_000
_MAX_RULES = 10_000
_MAX_DELAY = 20.0
_PLAIN = re.compile(r"[A-Za-z0-9/._~*$-]*")
_SAFE = "/:@!$&'()*+,;=~-._%?"
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


@dataclass(frozen=True)
class Rule:
    """One path pattern, split at its `*`. Of those that match the longest counts. `anchored`: to the end."""

    allow: bool
    parts: tuple[str, ...]
    anchored: bool
    length: int

    def matches(self, path: str) -> bool:
        """Each part at its first place from the left: a later place would only leave the others less room."""
        first, *rest = self.parts
        if not path.startswith(first):
            return False
        if not rest:
            return not self.anchored or path == first
        place, last = len(first), rest.pop() if self.anchored else ""
        for part in rest:
            found = path.find(part, place)
            if found < 0:
                return False
            place = found + len(part)
        return path.endswith(last, place)


@dataclass(frozen=True)
class Robots:
    """What one site asks of us."""

    rules: tuple[Rule, ...] = ()  # those that count most first
    delay: float = 0.0

    def allows(self, path: str) -> bool:
        """Whether a path (with its query) may be read; at equal length allowing wins."""
        spelled = _spelled(path).replace("*", "%2A").replace("$", "%24")
        return next((rule.allow for rule in self.rules if rule.matches(spelled)), True)


@dataclass
class _Group:
    agents: list[str] = field(default_factory=list)
    rules: list[tuple[bool, str]] = field(default_factory=list)  # (allow, path pattern)
    delay: float = 0.0


def parse_robots(text: str, agent: str) -> Robots:
    """The rules for us: those of our own group when there is one, else those for everybody."""
    groups = _groups(text)
    name = agent.lower()
    mine = [g for g in groups if name in g.agents] or [g for g in groups if "*" in g.agents]
    asked = dict.fromkeys(rule for group in mine for rule in group.rules)
    rules = [_rule(allow, pattern) for allow, pattern in list(asked)[:_MAX_RULES]]
    rules.sort(key=lambda rule: (rule.length, rule.allow), reverse=True)
    return Robots(tuple(rules), max((group.delay for group in mine), default=0.0))


def _groups(text: str) -> list[_Group]:
    groups: list[_Group] = []
    open_group = False  # user-agent lines in a row share a group
    for line in text.splitlines()[:_MAX_LINES]:
        key, colon, value = line.split("#", 1)[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if not colon:
            continue
        if key == "user-agent":
            if not open_group:
                groups.append(_Group())
            groups[-1].agents.append(value.lower().split("/", 1)[0])
            open_group = True
        elif groups:
            open_group = False
            _add_rule(groups[-1], key, value)
    return groups


def _add_rule(group: _Group, key: str, value: str) -> None:
    if key in ("allow", "disallow") and value:
        group.rules.append((key == "allow", value))
    elif key == "crawl-delay" and re.fullmatch(r"\d{1,4}(\.\d{1,3})?", value):
        group.delay = min(float(value), _MAX_DELAY)


def _rule(allow: bool, pattern: str) -> Rule:
    """A pattern ready for matching. Its `*` and last `$` are signs; those meant as themselves are escaped."""
    spelled = _spelled(re.sub(r"\*+", "*", pattern))
    anchored = spelled.endswith("$")
    body = spelled[:-1] if anchored else spelled
    return Rule(allow, tuple(body.replace("$", "%24").split("*")), anchored, len(spelled))


def _spelled(path: str) -> str:
    """One spelling of a path: escapes only where they must be, in upper case."""
    if _PLAIN.fullmatch(path):
        return path
    return re.sub(r"%([0-9A-Fa-f]{2})", _settled, quote(path, safe=_SAFE, errors="replace"))


def _settled(escape: re.Match[str]) -> str:
    char = chr(int(escape[1], 16))
    return char if _UNRESERVED.fullmatch(char) else escape[0].upper()


EVERYTHING = Robots()
NOTHING = Robots((_rule(False, "/"),))
