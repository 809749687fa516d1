"""A finished run with many rows, in events: for looking at, and for measuring the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause
from wideseek_cli.core.findings import Hit, PageStatus
from wideseek_cli.core.messages import Stop
from wideseek_cli.record.store import Store
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Doubt, Proof, Reason, Row, Table
from wideseek_cli.values.kinds import ColumnType

QUESTION = "Which lakes of the region are larger than 5 km²? Give river, area, depth, first survey."
COLUMNS = (
    Column("lake", key=True),
    Column("river"),
    Column("area (km²)", ColumnType.FLOAT),
    Column("greatest depth (m)", ColumnType.INT),
    Column("first survey", ColumnType.DATE),
    Column("remarks"),
)
_FIRST = (
    "Black",
    "Lower",
    "Upper",
    "Great",
    "Little",
    "Stony",
    "Winter",
    "Heron",
    "Saint Mary's",
    "Ölschnitz",
)
_SECOND = ("Lake", "Mere", "Tarn", "Water", "Reservoir", "See", "湖")
_HOSTILE = "</script><script>document.title='taken'</script>"


def lake(number: int) -> tuple[str, ...]:
    """The texts of a row."""
    name = f"{_FIRST[number % 10]} {_SECOND[number % 7]} {number}"
    remark = "a nature reserve, with a ferry in summer" if number % 3 else ""
    year = 1850 + number % 90
    area, depth = f"{5 + (number * 7919) % 4000 / 10:,.1f}", str(3 + (number * 31) % 240)
    return (name, f"River {_FIRST[(number // 7) % 10]}", area, depth, f"{year}-06-1{number % 10}", remark)


def url_of(number: int) -> str:
    return f"https://lakes.example.org/{number // 10}"


def page_of(number: int) -> Document:
    """The page that lists this lake and nine others."""
    first = number - number % 10
    lines = [f"| {' | '.join(lake(n))} |" for n in range(first, first + 10)]
    head = "# Lakes\n\nAll lakes of the survey, with what was measured.\n\n"
    text = head + "\n".join(lines) + "\n\nFigures are those of the state survey."
    return Document(url_of(number), f"Lakes {first} to {first + 9}", text, "2026-11-20T08:30:00Z")


def _cell(number: int, column: int) -> Cell:
    text, page = lake(number)[column], page_of(number)
    if not text:
        return Cell("", CellStatus.MISSING)
    quote = f"| {' | '.join(lake(number))} |"
    start = page.text.index(quote)
    proof = Proof(page.url, page.title, quote, start, start + len(quote), page.fetched_at)
    kind = (number * 5 + column * 3) % 23
    if kind == 4 and column:
        note = "the page or table is about 1961; the question says today"
        return Cell(text, CellStatus.SEEN, proof, (), note, (Reason(Doubt.OTHER_SCOPE, "1961", "today"),))
    if kind == 9 and column:
        return Cell(text, CellStatus.UNPROVED, note="no page that was read has it")
    if kind == 13 and column > 1:
        return Cell(text, CellStatus.CONFLICT, proof, (f"{text}9", "12"), "another page says otherwise")
    return Cell(text, CellStatus.PROVED, proof)


def table(rows: int) -> Table:
    """Cells of every state, most of them proved."""
    return Table(COLUMNS, tuple(Row(tuple(_cell(n, c) for c in range(len(COLUMNS)))) for n in range(rows)))


def events(run: str, rows: int, start: float = 1_795_000_000.0) -> Iterator[ev.Event]:
    """A lead and ten subagents."""
    pages = -(-rows // 10)
    tasks = tuple(f"List the lakes of district {n} with river, area, depth and survey" for n in range(1, 11))
    yield ev.RunStarted(run, QUESTION, {}, "wideseek-r1-4b Q4_K_M", "zim:lakes.zim", "0.1.0", "en", at=start)
    yield ev.AgentStarted("lead", ev.Role.LEAD, QUESTION, at=start + 0.2)
    yield _reply("lead", 1, "<think>Ten districts.</think>" + _call("create_sub_agents"), start + 9)
    yield ev.Delegated("lead", 1, tasks, at=start + 9.1)
    for agent, task in enumerate(tasks, 1):
        who = f"w1.s{agent}"
        yield ev.AgentStarted(who, ev.Role.SUBAGENT, task, 1, at=start + 10 + agent / 10)
    for turn in range(1, pages // 10 + 2):
        for agent in range(1, 11):
            page, at = (turn - 1) * 10 + agent - 1, start + 10 + turn * 14 + agent
            if page < pages:
                yield from _turn(f"w1.s{agent}", turn, page_of(page * 10), at)
    end = start + 30 + (pages // 10 + 1) * 14
    for agent in range(1, 11):
        outcome = ev.Outcome.PARTIAL if agent == 7 else ev.Outcome.DONE
        why = Cause.TURNS if agent == 7 else Cause.NONE
        yield ev.AgentFinished(f"w1.s{agent}", outcome, f"{rows // 10} lakes", why, at=end + agent / 5)
    yield ev.Noticed(f"brave was rate limited; mojeek answers {_HOSTILE}", at=end + 3)
    yield ev.TableChanged(ev.Stage.WRITTEN, table(rows), at=end + 40)
    yield ev.AgentFinished("lead", ev.Outcome.DONE, "", at=end + 41)
    yield ev.TableChanged(ev.Stage.FINAL, table(rows), at=end + 42)
    yield ev.RunEnded(ev.Ending.INCOMPLETE, 3, "", "some cells are not proved", at=end + 42.1)


def _call(name: str) -> str:
    return f'<tool_call>\n{{"name": "{name}", "arguments": {{}}}}\n</tool_call>'


def _reply(who: str, turn: int, text: str, at: float) -> ev.Replied:
    return ev.Replied(who, turn, text, (), Stop.END, 900 + 700 * turn, 4.0, 140, at=at)


def _turn(who: str, turn: int, page: Document, at: float) -> Iterator[ev.Event]:
    hits = (Hit(page.url, page.title + _HOSTILE, "Lakes of the survey", "zim:lakes"),)
    yield _reply(who, turn, "<think>The next list.</think>" + _call("search"), at)
    yield ev.Searched(who, f"lakes of the survey {page.title}", hits, "zim:lakes", at=at + 0.2)
    yield ev.PageRead(who, page.url, "lakes, area, depth", PageStatus.PAGE, page.title, "", "…", at=at + 0.6)
    yield ev.DocumentSaved(page, at=at + 0.6)
    yield ev.ToolAnswered(who, turn, page.text[:2000], at=at + 0.7)


def keep(path: Path, run: str, rows: int) -> None:
    """Put the run into a record."""
    with Store.open(path) as store:
        journal = store.journal(run)
        for event in events(run, rows):
            journal.commit(event)
        journal.close()
