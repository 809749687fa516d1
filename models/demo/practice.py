"""What practice asks of the factbook: every fact of its pages that development and test do not ask for.

A model that has met few names of facts learns to look for these; one that has met some hundreds learns to
compare a name with the headings and labels of a page.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import lru_cache

from wideseek_cli.eval.questions.factbook_fields import FIELDS, Field
from wideseek_cli.sources.offline.factbook import load_countries

_OFTEN = 0.7  # of the pages have a fact that is asked
_LONGEST_NAME = 44
_LONGEST_VALUE = 70
_MEASURES = ("rate", "ratio", "ratios", "density", "index", "coefficient", "structure", "strengths")
_YEAR = re.compile(r"(.+) (\d{4})$")
_HELD_OUT = frozenset(field.path[1] for split in ("dev", "test") for field in FIELDS[split])


def draw_fields(rng: random.Random, regions: tuple[str, ...]) -> tuple[Field, ...]:
    """The training split's fields, and the other facts of these regions' pages under names that vary."""
    own = {field.path for field in FIELDS["train"]}
    paths = [path for path in _paths(regions) if path not in own]
    meant = Counter(name for path in paths for name in set(_names(path)))
    named = {field.name: field for field in FIELDS["train"]}
    for path in paths:
        names = [
            name for name in _names(path) if meant[name] == 1
        ]  # what may mean two facts asks for neither
        if names:
            name = rng.choice(names)
            named.setdefault(name, Field(name, "", path, str.strip))
    return tuple(named.values())


@lru_cache(maxsize=4)
def _paths(regions: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """Where facts stand that many pages have, short enough for a report."""
    pages = [country for country in load_countries() if country.region in regions and country.sovereign]
    often: Counter[tuple[str, str, str]] = Counter()
    long: Counter[tuple[str, str, str]] = Counter()
    for page in pages:
        for section, facts in page.sections.items():
            for title, values in facts.items():
                for label, text in values.items():
                    often[section, title, label] += 1
                    long[section, title, label] += len(text.split("\n")[0].split(";")[0]) > _LONGEST_VALUE
    return tuple(
        path
        for path, count in often.items()
        if count >= _OFTEN * len(pages)
        and 4 * long[path] < count
        and path[1] not in _HELD_OUT
        and not path[2].startswith("note")
        and _names(path)
    )


def _names(path: tuple[str, str, str]) -> list[str]:
    """How a question may call a fact, from its heading and its label."""
    heading, label = (_plain(text) for text in path[1:])
    dated = _YEAR.match(label)
    if not label:
        names = [heading, heading, *_shorter(heading)]
    elif dated and dated[1] == heading:
        names = [label, f"{heading} in {dated[2]}"]
    elif set(heading.split()) & set(label.split()):
        names = [label]
    elif label in ("total", "total population"):
        names = [heading, f"total {heading}", *_shorter(heading)]
    else:
        names = [f"{label} {heading}", f"{heading} {label}", f"{heading} ({label})"]
    return [name for name in names if len(name) <= _LONGEST_NAME]


def _shorter(heading: str) -> list[str]:
    """The heading without its last word, where that says only how it is measured: `maternal mortality`."""
    name, _, last = heading.rpartition(" ")
    return [name] if " " in name and last in _MEASURES else []


def _plain(text: str) -> str:
    """Lower case, without brackets and signs: a subtask parts what it needs by commas."""
    text = re.sub(r"\s*\([^)]*\)", "", text.lower())
    return " ".join(re.sub(r"[,:;–]| - ", " ", text).split())
