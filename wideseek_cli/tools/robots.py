"""robots.txt as RFC 9309 reads it: longest match wins, `*` and `$` in paths. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

_MAX_LINES = 20_000
_MAX_DELAY = 20.0


@dataclass
class _Group:
    agents: list[str] = field(default_factory=list)
    rules: list[tuple[bool, str]] = field(default_factory=list)  # (allow, path pattern)
    delay: float = 0.0


@dataclass(frozen=True)
class Robots:
    """What one site asks of us."""

    rules: tuple[tuple[bool, str], ...] = ()
    delay: float = 0.0

    def allows(self, path: str) -> bool:
        """Whether a path (with its query) may be read; at equal length allowing wins."""
        best = (-1, True)
        for allow, pattern in self.rules:
            if len(pattern) >= best[0] and _matcher(pattern).match(path):
                best = max(best, (len(pattern), allow))
        return best[1]


EVERYTHING = Robots()
NOTHING = Robots(((False, "/"),))


def parse_robots(text: str, agent: str) -> Robots:
    """The rules for us: those of our own group when there is one, else those for everybody."""
    groups = _groups(text)
    name = agent.lower()
    mine = [g for g in groups if name in g.agents] or [g for g in groups if "*" in g.agents]
    rules = tuple(rule for group in mine for rule in group.rules)
    return Robots(rules, max((group.delay for group in mine), default=0.0))


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
        group.rules.append((key == "allow", value[:500]))
    elif key == "crawl-delay" and re.fullmatch(r"\d{1,4}(\.\d{1,3})?", value):
        group.delay = min(float(value), _MAX_DELAY)


@lru_cache(maxsize=2048)
def _matcher(pattern: str) -> re.Pattern[str]:
    """A path pattern as a regular expression; runs of `*` count once, so matching stays linear enough."""
    anchored = pattern.endswith("$")
    body = re.sub(r"\*+", "*", pattern[:-1] if anchored else pattern)
    parts = [re.escape(part) for part in body.split("*")[:12]]
    return re.compile(".*?".join(parts) + ("$" if anchored else ""), re.DOTALL)
