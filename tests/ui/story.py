"""A run told in events, for looking at and for snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause
from wideseek_cli.core.findings import Hit, PageStatus
from wideseek_cli.core.messages import Stop
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Proof, Row, Table
from wideseek_cli.values.kinds import ColumnType

SCHOOLS = [
    ("Brown University", "Providence, Rhode Island", "1764"),
    ("Columbia University", "New York City", "1754"),
    ("Cornell University", "Ithaca, New York", "1865"),
    ("Dartmouth College", "Hanover, New Hampshire", "1769"),
    ("Harvard University", "Cambridge, Massachusetts", "1636"),
    ("Princeton University", "Princeton, New Jersey", "1746"),
    ("University of Pennsylvania", "Philadelphia", "1740"),
    ("Yale University", "New Haven, Connecticut", "1701"),
]
COLUMNS = (Column("university", key=True), Column("city"), Column("founded", ColumnType.INT))
QUESTION = "Which universities form the Ivy League, in which city is each, and when was it founded?"


def written_table(rows: list[tuple[str, ...]], until: int | None = None) -> str:
    """The lead's own table, as far as it has streamed."""
    lines = [
        "| university | city | founded |",
        "| --- | --- | --- |",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    text = "<think>All reports are in.</think>\n```markdown\n" + "\n".join(lines) + "\n```"
    return text[:until]


def _cell(row: int, column: int, text: str) -> Cell:
    special = {(2, 1): CellStatus.SEEN, (3, 2): CellStatus.UNPROVED, (6, 2): CellStatus.CONFLICT}
    if (row, column) == (5, 1):
        return Cell("", CellStatus.MISSING)
    status = special.get((row, column), CellStatus.PROVED)
    proof = Proof(f"https://en.example.org/{row}", SCHOOLS[row][0], f"… {text} …", 10, 10 + len(text))
    return Cell(text, status, proof if status is CellStatus.PROVED else None, ("1741",) * (column == 2))


def proved_table() -> Table:
    """With every state of a cell in it."""
    rows = [Row(tuple(_cell(r, c, text) for c, text in enumerate(row))) for r, row in enumerate(SCHOOLS)]
    return Table(COLUMNS, tuple(rows))


def partial_table(known: int, named: int = 8) -> Table:
    """Rows are named; of `known` rows the rest has come in."""
    rows = []
    for number, row in enumerate(SCHOOLS[:named]):
        texts = row if number < known else (row[0], "", "")
        rows.append(
            Row(tuple(Cell(text, CellStatus.UNPROVED if text else CellStatus.MISSING) for text in texts))
        )
    return Table(COLUMNS, tuple(rows))


def wide_table(rows: int = 100, columns: int = 12) -> Table:
    """More than any screen holds, in several scripts."""
    heads = (
        Column("country", key=True),
        *(Column(f"figure {n} of the year", ColumnType.INT) for n in range(1, columns)),
    )
    kinds = list(CellStatus)
    names = [
        "São Tomé and Príncipe",
        "中华人民共和国",
        "Côte d'Ivoire",
        "United Kingdom of Great Britain",
        "Việt Nam",
    ]
    body = tuple(
        Row(
            (
                Cell(f"{names[r % 5]} {r}", CellStatus.PROVED),
                *(
                    Cell(f"{r * c * 1013:,}", kinds[(r + c) % 5 if r % 4 == 0 else 0])
                    for c in range(1, columns)
                ),
            )
        )
        for r in range(rows)
    )
    return Table(heads, body)


def until_delegation(run: str = "01k2x7abc") -> list[ev.Event]:
    """The lead has split its question."""
    settings = {"turns": 10, "subagent_turns": 20, "time_s": 600.0, "max_searches": 50, "max_pages": 0}
    tasks = tuple(f"Find the city and the founding year of {row[0]}" for row in SCHOOLS)
    return [
        ev.RunStarted(run, QUESTION, settings, "wideseek-r1-4b Q4_K_M", "factbook", "0.1.0", "en", at=1000.0),
        ev.AgentStarted("lead", ev.Role.LEAD, QUESTION, at=1000.1),
        ev.EngineTicked(212, 1900, 0, 9.8, at=1010.0),
        ev.Replied("lead", 1, "<think>Eight schools.</think>", (1, 2), Stop.END, 1400, 9.0, at=1012.0),
        ev.Delegated("lead", 1, tasks, at=1012.1),
        ev.TableChanged(ev.Stage.ENTITIES, partial_table(0), at=1012.2),
    ]


def subagents_at_work() -> list[ev.Event]:
    """Some done, some at it, one failed, two not begun."""
    out: list[ev.Event] = []
    times = count(1013)
    for number, (name, city, year) in enumerate(SCHOOLS[:6], 1):
        who, url = f"w1.s{number}", f"https://en.example.org/{number}"
        hits = (Hit(url, name, f"{name} in {city}", "zim:factbook"),)
        out += [
            ev.AgentStarted(
                who, ev.Role.SUBAGENT, f"Find the city and the founding year of {name}", 1, at=next(times)
            ),
            ev.Replied(who, 1, "<think>Search.</think>", (1, 2), Stop.END, 900 + number, 4.0, at=next(times)),
            ev.Searched(who, f"{name} founded city", hits, "zim:factbook", at=next(times)),
        ]
        if number % 2:
            out.append(ev.PageRead(who, url, "city, year", PageStatus.PAGE, name, "", year, at=next(times)))
            out.append(ev.DocumentSaved(Document(url, name, f"{name} was founded in {year}"), at=next(times)))
        if number in (1, 2):
            out.append(ev.AgentFinished(who, ev.Outcome.DONE, f"{name} is in {city}, {year}", at=next(times)))
    out += [
        ev.AgentFinished("w1.s3", ev.Outcome.FAILED, "", Cause.CONTEXT, at=next(times)),
        ev.TextCame(
            "w1.s4",
            "<think>The page says that Dartmouth was chartered on 13 December 1769, so",
            at=next(times),
        ),
        ev.TextCame("w1.s5", '<think>ok</think><tool_call>{"name": "access", "arguments":', at=next(times)),
        ev.TableChanged(ev.Stage.REPORTS, partial_table(2), at=next(times)),
        ev.EngineTicked(3211, 21_400, 9000, 31.4, at=next(times)),
        ev.Noticed("duckduckgo was rate limited; brave answers instead", at=next(times)),
    ]
    return out


def lead_writes() -> list[ev.Event]:
    """All reports are in, the lead's table streams."""
    done = [
        ev.AgentFinished(f"w1.s{n}", ev.Outcome.DONE, f"{SCHOOLS[n - 1][0]}: found", at=1050.0 + n)
        for n in range(4, 7)
    ]
    text = written_table(SCHOOLS)
    return [*done, ev.TextCame("lead", text[: len(text) * 3 // 4], at=1062.0)]


def end() -> list[ev.Event]:
    """The table is checked, one repair wave ran, the run ends."""
    return [
        ev.Replied("lead", 2, written_table(SCHOOLS), (1,), Stop.END, 4000, 8.0, at=1070.0),
        ev.TableChanged(ev.Stage.WRITTEN, partial_table(8), at=1070.1),
        ev.Delegated("lead", 2, ("Find the founding year of Dartmouth College",), by="repair", at=1070.2),
        ev.AgentStarted(
            "w2.s1", ev.Role.SUBAGENT, "Find the founding year of Dartmouth College", 2, at=1070.3
        ),
        ev.AgentFinished("w2.s1", ev.Outcome.PARTIAL, "1769", Cause.TURNS, at=1074.0),
        ev.AgentFinished("lead", ev.Outcome.DONE, "", at=1074.5),
        ev.TableChanged(ev.Stage.FINAL, proved_table(), at=1075.0),
        ev.RunEnded(ev.Ending.INCOMPLETE, 3, "", "4 of 24 cells are not proved", at=1075.1),
    ]


def whole_run(run: str = "01k2x7abc") -> Iterator[ev.Event]:
    """From the first event to the last."""
    yield from until_delegation(run)
    yield from subagents_at_work()
    yield from lead_writes()
    yield from end()
