"""Questions in many phrasings. Each names what the rows are, and the columns word for word."""

from __future__ import annotations

import random
from collections.abc import Sequence

from wideseek_cli.eval.making.intents import Intent

# {subject} {key} {fields} {condition}
_PHRASINGS = (
    "{subject}: list every {key} with {fields}.{condition}",
    "List all entries of “{subject}” with {fields}.{condition}",
    "I need a table of {subject}. For each {key} give {fields}.{condition}",
    "For each {key} in {subject}, find out {fields}.{condition}",
    "What is on the list “{subject}”? Give {fields} for each {key}.{condition}",
    "Make a complete table for {subject}: one row for each {key}, with {fields}.{condition}",
    "Find {fields} of every {key} of {subject}.{condition}",
    "Compile {subject} as a table by {key}, stating {fields}.{condition}",
    "Please look up, for {subject}, each {key} together with {fields}.{condition}",
    "What does the record say about {subject}? Give {fields} for every {key}.{condition}",
    "Research {subject}. The table should have one {key} a row, and {fields}.{condition}",
    "Give me the full list for {subject} ({key}, {fields}).{condition}",
    "{subject}: who or what is on the list? State {fields} of each {key}.{condition}",
    "Collect for {subject}: {key}, {fields}. Leave none out.{condition}",
)
_CONDITIONS = (
    " Only those whose {column} is {value}.",
    " Take just the rows where {column} is “{value}”.",
    " I want only those with {column}: {value}.",
    " Leave out all whose {column} is not {value}.",
)
_COLUMNS = (
    " Columns: {names}.",
    " The columns are {names}.",
    " Use the columns {names}.",
    " Table columns: {names}.",
)


def question_of(intent: Intent, rng: random.Random) -> str:
    """One question in one of the phrasings."""
    column, value = intent.condition
    condition = rng.choice(_CONDITIONS).format(column=column, value=value) if column else ""
    words = {
        "subject": intent.subject.rstrip(".:"),
        "key": intent.key.lower() if intent.key.istitle() else intent.key,
        "fields": _listed([f"the {label.lower() if label.istitle() else label}" for label in intent.columns]),
        "condition": condition,
    }
    text = rng.choice(_PHRASINGS).format(**words)
    names = ", ".join((intent.key, *intent.columns))
    return text[0].upper() + text[1:] + rng.choice(_COLUMNS).format(names=names)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
