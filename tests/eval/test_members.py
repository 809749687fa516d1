"""How often a row that does not belong is found out, over the questions of `factbook-wide`.

Each question's right rows, wrong ones among them, and what a run would have read: the lists of the regions
that the question names, and every row's own page. `pytest -m slow -s tests/eval/test_members.py` prints it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from wideseek_cli.eval.factbook import Question, members, questions
from wideseek_cli.pages.html import read_all
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.evidence import prove
from wideseek_cli.table.model import Cell, Document, Row, Table
from wideseek_cli.tools.factbook import REGIONS, country_html, load_countries


def _wrong_rows(question: Question, regions: list[str], everyone: list[str]) -> list[str]:
    """Who does not belong: of the regions but without what narrows them, or one in five from elsewhere."""
    right = {row[0] for row in question.gold}
    if question.kind == "property":
        return [country.title for country in members(regions) if country.title not in right]
    others = [name for name in everyone if name not in right]
    return Random(question.id).sample(others, max(1, len(right) // 5))


def _judged(split: str, pages: dict[str, Document]) -> Iterator[tuple[str, bool, bool]]:
    """(kind of question, the row belongs, it was found out) of every row."""
    for question in questions(split):
        if question.size == "large":
            continue
        regions = [region for region, name in REGIONS.items() if name in question.text]
        kind = f"{question.kind}, {'one list' if len(regions) == 1 else f'{len(regions)} lists'}"
        right = [row[0] for row in question.gold]
        rows = [*right, *_wrong_rows(question, regions, list(pages))]
        table = Table(parse_columns("country"), tuple(Row((Cell(name),)) for name in rows))
        lists = [_list_page(region) for region in regions]
        made = prove(table, [*lists, *(pages[name] for name in rows)], question=question.text)
        for row in made.rows:
            cell = row.cells[0]
            yield kind, cell.text in right, bool(cell.note)


def _list_page(region: str) -> Document:
    title = f"Countries of {REGIONS[region]}"
    names = "".join(f"- {country.title}\n" for country in members([region]))
    return Document(f"zim://factbook/region/{region}", title, f"# {title}\n\n{names}")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_rows_that_do_not_belong_are_found_and_no_others() -> None:
    pages = {
        country.title: Document(
            f"zim://factbook/{country.slug}",
            country.title,
            read_all(country_html(country)).text,
        )
        for country in load_countries()
    }
    counts = Counter(row for split in ("dev", "test", "zh") for row in _judged(split, pages))
    kinds = sorted({kind for kind, _, _ in counts})
    for kind in kinds:
        right, touched = counts[kind, True, False], counts[kind, True, True]
        found, wrong = counts[kind, False, True], counts[kind, False, True] + counts[kind, False, False]
        print(
            f"{kind}: {touched} of {right + touched} right rows touched, {found} of {wrong} wrong ones found"
        )
    assert sum(counts[kind, True, True] for kind in kinds) == 0
    asked = [kind for kind in kinds if kind.startswith("region") and "0 lists" not in kind]
    found, missed = (sum(counts[kind, False, was] for kind in asked) for was in (True, False))
    assert found > 0.85 * (found + missed)
