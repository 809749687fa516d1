"""What may be asked of the facts of a run's pages, in the worker process that has read them.

A worker remembers the pages of a few runs. What it is asked of others, it answers with what it lacks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from wideseek_cli.facts.pagefacts import Shelf
from wideseek_cli.facts.proof import prove
from wideseek_cli.facts.rows.completeness import expected_rows, lists_by_site, lists_read
from wideseek_cli.facts.rows.dated import Candidates, dates_about
from wideseek_cli.facts.rows.harvest import Harvest, harvest, nearest, shape_of, with_lacking
from wideseek_cli.facts.rows.headed import HeadedList, headed_list
from wideseek_cli.facts.rows.lists import NameList, lists_on, names_listed
from wideseek_cli.facts.rows.onecell import cell_asked
from wideseek_cli.facts.verdicts import compared, shown
from wideseek_cli.question.condition import Condition
from wideseek_cli.question.reading import Question, read_question
from wideseek_cli.question.spelling import vocabulary
from wideseek_cli.table.expected import Expected
from wideseek_cli.table.model import Cell, Column, Document, Row, Table

KEPT = 4  # runs


@dataclass(frozen=True)
class Answer:
    """What was asked, as plain data; or the numbers of the documents that this worker was never given."""

    said: object = None
    lacking: tuple[int, ...] = ()


class _Run:
    """The documents of one run by their numbers, and their facts."""

    def __init__(self) -> None:
        self.documents: dict[int, Document] = {}
        self.shelf = Shelf()


_RUNS: OrderedDict[str, _Run] = OrderedDict()


def ask_facts(
    run: str, given: dict[int, Document], wanted: tuple[int, ...], name: str, arguments: tuple[Any, ...]
) -> Answer:
    """Answer a question of `QUESTIONS` by the documents that are wanted, of which some are given here."""
    known = _RUNS.setdefault(run, _Run())
    _RUNS.move_to_end(run)
    while len(_RUNS) > KEPT:
        _RUNS.popitem(last=False)
    known.documents.update(given)
    if lacking := tuple(number for number in wanted if number not in known.documents):
        return Answer(lacking=lacking)
    documents = [known.documents[number] for number in wanted]
    return Answer(QUESTIONS[name](known.shelf, documents, *arguments))


def forget_others(shelf: Shelf, documents: Sequence[Document]) -> None:
    """Only these documents' facts are needed from now on."""
    shelf.keep(documents)
    kept = set(map(id, documents))
    for run in _RUNS.values():
        if run.shelf is shelf:
            run.documents = {n: one for n, one in run.documents.items() if id(one) in kept}


def take(shelf: Shelf, documents: Sequence[Document]) -> None:
    """Read the documents into facts."""
    shelf.take(documents)


def proved(
    shelf: Shelf, documents: Sequence[Document], table: Table, question: str, given: bool = True
) -> Table:
    return prove(table, documents, question=question, shelf=shelf, given=given)


def harvested(
    shelf: Shelf, documents: Sequence[Document], question: Question, columns: tuple[Column, ...]
) -> Harvest | None:
    """The rows of a table that answers, in these columns or in those that the question names."""
    pages = shelf.take(documents)
    shape = columns or shape_of(question, pages)
    found = harvest(question, shape, pages, guessed=not columns) if shape else None
    return with_lacking(found, question) if found and not columns else found


def one_cell(shelf: Shelf, documents: Sequence[Document], question: Question) -> Table | None:
    """The cell that answers a question after one fact, with its row's name."""
    return cell_asked(question, shelf.take(documents))


def vocabulary_of(shelf: Shelf, documents: Sequence[Document]) -> tuple[str, ...]:
    """The words of titles, headings and labels."""
    pages = shelf.take(documents)
    texts = [page.document.title for page in pages]
    texts += [text for page in pages for grid in page.grids for text in (*grid.headings, *grid.labels)]
    return tuple(vocabulary(dict.fromkeys(texts)))


def nearest_list(
    shelf: Shelf, documents: Sequence[Document], question: Question, columns: tuple[Column, ...]
) -> tuple[str, str] | None:
    """The title of the list that is nearest to the one asked for, and the words that it lacks."""
    return nearest(question, columns, shelf.take(documents))


def lists(
    shelf: Shelf, documents: Sequence[Document], question: Question, columns: tuple[Column, ...]
) -> tuple[NameList, ...]:
    """The names of each page's table that answers, else of the lists that do; not of those that have more
    than the question asks for."""
    found = lists_read(question, columns, shelf.take(documents))
    return tuple(one for one in found if set(question.implied) <= set(one.met))


def listed(
    shelf: Shelf, documents: Sequence[Document], question: Question, columns: tuple[Column, ...]
) -> NameList | None:
    """The names of the lists that answer."""
    return names_listed(question, columns, shelf.take(documents))


def headed(
    shelf: Shelf, documents: Sequence[Document], question: Question, columns: tuple[Column, ...]
) -> HeadedList | None:
    """The rows of the list under the heading that the question means."""
    return headed_list(question, columns, shelf.take(documents))


def name_lists(shelf: Shelf, documents: Sequence[Document]) -> tuple[NameList, ...]:
    """All lists of names."""
    return tuple(one for page in shelf.take(documents) for one in lists_on(page))


def dated(shelf: Shelf, documents: Sequence[Document], table: Table) -> tuple[Candidates, ...]:
    """Dates that are to be tried in empty cells."""
    return tuple(dates_about(table, shelf.take(documents)))


def expected(
    shelf: Shelf,
    documents: Sequence[Document],
    question: Question,
    table: Table,
    left_out: Sequence[str],
    named: Sequence[str],
) -> tuple[Expected, ...]:
    return expected_rows(question, table, shelf.take(documents), left_out, named)


def sites(
    shelf: Shelf, documents: Sequence[Document], question: Question, table: Table, left_out: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    return tuple(lists_by_site(question, table, shelf.take(documents), left_out))


def verdicts(
    shelf: Shelf, documents: Sequence[Document], condition: Condition, table: Table
) -> tuple[Cell, ...]:
    return tuple(shown(condition, table, shelf.take(documents)))


def comparisons(
    shelf: Shelf, documents: Sequence[Document], condition: Condition, table: Table
) -> tuple[Cell, ...]:
    return tuple(compared(condition, table, shelf.take(documents)))


def about(shelf: Shelf, documents: Sequence[Document], names: Sequence[frozenset[str]]) -> tuple[str, ...]:
    """For each row, by the forms of its name, the address of the first page about it, or nothing."""
    pages = shelf.take(documents)
    return tuple(next((p.document.url for p in pages if p.is_about(forms)), "") for forms in names)


def having(
    shelf: Shelf, documents: Sequence[Document], names: Sequence[frozenset[str]]
) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """By the documents' addresses, which of these rows they have in tables and lists or are about; a row is
    given by the forms of its name."""
    return tuple(
        (page.document.url, tuple(n for n, forms in enumerate(names) if page.has_row(forms)))
        for page in shelf.take(documents)
    )


def warm_up() -> None:
    """Load what the questions need."""
    page = Document("", "Peru", "Peru: the capital is Lima.\n\nThe capital of Peru is Lima.")
    table = Table((Column("country", key=True), Column("capital")), (Row((Cell("Peru"), Cell("Lima"))),))
    for question, arguments in (
        (proved, (table, "")),
        (expected, (read_question("list the countries"), table, (), ())),
    ):
        question(Shelf(), [page], *arguments)


QUESTIONS: dict[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (
        *(
            forget_others,
            take,
            proved,
            harvested,
            one_cell,
            vocabulary_of,
            nearest_list,
            lists,
            listed,
            headed,
            name_lists,
        ),
        *(dated, expected, sites, verdicts, comparisons, about, having),
    )
}
