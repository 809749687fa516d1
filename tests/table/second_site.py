"""Another site beside the labelled set: the same facts in other words and rounded, some of them wrong."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.table.labelled import DEVELOPMENT, FLOAT, HELD_BACK, INT, Case, FieldSpec, value_of, world
from wideseek_cli.table.evidence import prove
from wideseek_cli.table.model import CellStatus, Document
from wideseek_cli.table.values import parse_number, same_value
from wideseek_cli.tools.factbook import Country

_SPECS = {spec.column: spec for spec in (*DEVELOPMENT, *HELD_BACK)}
_WRONG = 0.2
_ABSENT = 0.3


@dataclass(frozen=True)
class Beside:
    """Right cells by what the other site says of them, and how many of them are called a conflict."""

    agreeing: int
    agreeing_in_conflict: int
    contradicted: int
    contradicted_in_conflict: int


def measure_beside(cases: Sequence[Case], seed: int) -> Beside:
    """Prove every table with both sites and count."""
    rng = random.Random(seed)
    count: Counter[tuple[bool, bool]] = Counter()
    for case in cases:
        documents, wrong = _site(case, rng)
        table = prove(case.table, (*case.documents, *documents))
        for row, truths in zip(table.rows, case.right, strict=True):
            for column, cell, right in zip(table.columns[1:], row.cells[1:], truths, strict=True):
                if right:
                    contradicted = (row.cells[0].text, column.name) in wrong
                    count[contradicted, cell.status is CellStatus.CONFLICT] += 1
    return Beside(
        count[False, True] + count[False, False],
        count[False, True],
        count[True, True] + count[True, False],
        count[True, True],
    )


def _site(case: Case, rng: random.Random) -> tuple[list[Document], set[tuple[str, str]]]:
    """A page of facts for half of the rows; lists, one a column, for the others; and what is wrong there."""
    countries = {country.title: country for country in world()[0]}
    rows = [countries[row.cells[0].text] for row in case.table.rows]
    wrong: set[tuple[str, str]] = set()
    facts: dict[tuple[str, str], str] = {}
    for spec in (_SPECS[column.name] for column in case.table.columns[1:]):
        for country in rows:
            text, is_wrong = _told(country, spec, rows, rng)
            if text:
                facts[country.title, spec.column] = text
            if is_wrong:
                wrong.add((country.title, spec.column))
    documents = []
    for country in rows[::2]:
        lines = [f"| {field} | {text} |" for (name, field), text in facts.items() if name == country.title]
        text = f"# {country.title}\n\n| Name | {country.title} |\n|---|---|\n" + "\n".join(lines)
        documents.append(Document(f"https://facts.example/{country.slug}", country.title, text))
    for spec in (_SPECS[column.name] for column in case.table.columns[1:]):
        lines = [f"| {c.title} | {facts.get((c.title, spec.column), '')} |" for c in rows[1::2]]
        text = f"# Lists\n\n| Country | {spec.column} |\n|---|---|\n" + "\n".join(lines)
        documents.append(Document(f"https://facts.example/by/{spec.column}", "Lists", text))
    return documents, wrong


def _told(country: Country, spec: FieldSpec, rows: Sequence[Country], rng: random.Random) -> tuple[str, bool]:
    gold, chance = value_of(country, spec), rng.random()
    if not gold or chance < _ABSENT:
        return "", False
    if chance < _ABSENT + _WRONG:
        for neighbour in rng.sample(list(rows), len(rows)):
            text = value_of(neighbour, spec)
            if text and not same_value(text, gold, spec.kind):
                return text, True
    return _rounded(gold, spec, rng), False


def _rounded(text: str, spec: FieldSpec, rng: random.Random) -> str:
    number = parse_number(text) if spec.kind in (INT, FLOAT) else None
    if number is None or rng.random() < 0.4:
        return text
    if number.value >= 1_000_000:
        return f"{number.value / 1e6:.1f} million"
    if number.value >= 10_000:
        return f"{round(number.value, -3):,.0f}"
    return f"about {text}" if rng.random() < 0.5 else text
