"""Filling a given table: real lookups, proof and agents; only the model's words and the pages are made up."""

from __future__ import annotations

import gc
import re
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from models.scripted import ScriptedEngine, by_label
from tests.agents.fakeworld import Cut, FakeSources, ListJournal, access, colleges, search
from tests.answering import run_of
from wideseek_cli.core import events as ev
from wideseek_cli.core.findings import Hit, SearchResult
from wideseek_cli.core.messages import Opening, Turn
from wideseek_cli.core.state import RunState, fold
from wideseek_cli.core.task import About
from wideseek_cli.facts.proof import prove
from wideseek_cli.facts.textindex import sentences
from wideseek_cli.pages import _blocks
from wideseek_cli.pipeline.givencells import locked, question_for
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Doubt, Reason, Row, Table
from wideseek_cli.tablefile.given import opened, table_of
from wideseek_cli.tablefile.read import read_bytes

SETTINGS = Settings(seed=1, width=5)


def given(text: str, columns: str = "", key: str = "") -> Table:
    return opened(table_of(read_bytes("t", text.encode()), key), columns, "t")


def agent(opening: Opening, turns: Sequence[Turn]) -> str:
    """Searches for the row, reads the first hit, reports its lines."""
    name = re.search(r"Find the following about (.+?)(?: \(.+\))?: ", opening.user)
    assert name is not None, opening.user
    if len(turns) == 0:
        return search(f"guide {name[1]}")
    if len(turns) == 1:
        url = re.search(r"fake://guide/\w+", turns[0].tool_result or "")
        return access(url[0]) if url else "Nothing was found."
    lines = re.findall(r"- (?:City|Founded): .+", turns[-1].tool_result or "")
    return "\n".join([f"## {name[1]}", *lines]) if lines else "Nothing was found."


@dataclass
class Filled:
    state: RunState
    events: list[ev.Event]
    engine: ScriptedEngine

    def rows(self) -> list[list[str]]:
        assert self.state.table is not None
        return [[cell.text for cell in row.cells] for row in self.state.table.rows]

    def states(self) -> list[list[str]]:
        assert self.state.table is not None
        return [[cell.status.value for cell in row.cells] for row in self.state.table.rows]


async def fill(
    table: Table, sources: FakeSources, *, check: bool = False, settings: Settings = SETTINGS, **more: object
) -> Filled:
    journal = more.pop("journal", None) or ListJournal()
    engine = ScriptedEngine(by_label({"w.s": agent}))
    run = run_of(
        question_for(table),
        settings,
        engine=engine,
        sources=sources,
        journal=journal,
        given=About(given=table, check=check),
        **more,
    )
    return Filled(await run.go(), journal.events, engine)


PLACES = colleges(12)
HALF = "college,city,founded\n" + "".join(
    f"{p.name},{p.city if n % 2 else ''},{'' if n % 2 else p.founded}\n" for n, p in enumerate(PLACES)
)


async def test_gaps_are_filled_with_proof_and_no_model() -> None:
    done = await fill(given(HALF), FakeSources(PLACES))
    assert done.rows() == [[p.name, p.city, str(p.founded)] for p in PLACES]
    for number, states in enumerate(done.states()):
        assert states == (["given", "given", "proved"] if number % 2 else ["given", "proved", "given"])
    assert done.state.ending is ev.Ending.COMPLETE
    assert not done.engine.conversations
    assert done.state.batches == 2


async def test_given_cells_stay_though_they_are_wrong_and_a_check_says_so() -> None:
    wrong = HALF.replace(PLACES[1].city, "Nowhere").replace(str(PLACES[2].founded), "1066")
    unchecked = await fill(given(wrong), FakeSources(PLACES))
    checked = await fill(given(wrong), FakeSources(PLACES), check=True)
    for done in (unchecked, checked):
        assert done.rows()[1][1] == "Nowhere"
        assert done.rows()[2][2] == "1066"
    assert unchecked.states()[1][1] == "given"
    assert checked.state.table is not None
    cell = checked.state.table.rows[1].cells[1]
    assert cell.status is CellStatus.CONFLICT
    assert PLACES[1].city in cell.alternatives
    assert cell.proof is not None
    assert cell.proof.url == PLACES[1].url
    assert [states.count("conflict") for states in checked.states()] == [0, 1, 1, *[0] * 9]
    assert {state for states in checked.states() for state in states} == {"proved", "conflict"}
    assert checked.state.exit_code == 3
    assert any("contradict: 2: " in notice for notice in checked.state.notices)
    assert not checked.engine.conversations, "a page that says otherwise is answer enough"


@pytest.mark.parametrize(
    ("given", "said", "status"),
    [
        ("Mogoton", "Mogoton 2,085 m", "seen"),
        ("Sapitwa", "Sapitwa (Mount Mlanje) 3,002 m", "seen"),
        ("Mogo", "Mogoton 2,085 m", "conflict"),
        ("12", "12,085 m", "conflict"),
        ("republic", "republic in free association", "conflict"),
    ],
)
def test_a_page_that_says_more_of_a_given_name_is_not_against_it(given: str, said: str, status: str) -> None:
    judged = Cell(given, reasons=(Reason(Doubt.OTHER_VALUE, said),), alternatives=(said,))
    before, after = (
        Table((Column("point"),), (Row((cell,)),))
        for cell in (Cell(given, CellStatus.GIVEN, given=True), judged)
    )
    cell = locked(before, after, check=True).rows[0].cells[0]
    assert (cell.text, cell.status.value, cell.given) == (given, status, True)


async def test_what_code_does_not_find_is_asked_of_agents_row_by_row() -> None:
    dead, guide = PLACES[3], "fake://guide/3"
    sources = FakeSources(
        PLACES, dead=frozenset({dead.url}), guides={guide: dead}, guide_title="Towns near {name}"
    )
    done = await fill(given(HALF), sources)
    assert done.rows()[3] == [dead.name, dead.city, str(dead.founded)]
    assert [name for name, agent in done.state.agents.items()] == ["w1.s1"]
    assert dead.name in done.state.agents["w1.s1"].task
    assert "founded" in done.state.agents["w1.s1"].task
    assert "city" not in done.state.agents["w1.s1"].task.split(":")[1], "it is given"


async def test_a_row_that_nobody_finds_is_missing_with_what_was_tried() -> None:
    done = await fill(
        given("college,city\nAtlantis College,\n" + f"{PLACES[0].name},\n"), FakeSources(PLACES)
    )
    assert done.states() == [["given", "missing"], ["given", "proved"]]
    assert done.state.table is not None
    note = done.state.table.rows[0].cells[1].note
    assert "'Atlantis College city'" in note
    assert "no page about it" in note
    assert done.state.exit_code == 3


async def test_without_repair_no_agent_is_asked() -> None:
    sources = FakeSources(PLACES, dead=frozenset({PLACES[3].url}))
    done = await fill(given(HALF), sources, settings=replace(SETTINGS, repair=0))
    assert not done.state.agents
    assert done.states()[3][2] == "missing"


@dataclass
class Namesakes(FakeSources):
    """Two towns of one name."""

    towns: dict[str, str] = field(default_factory=dict)

    async def search_for(self, query: str, count: int) -> SearchResult:
        self.searched.append(query)
        hits = [Hit(f"fake://town/{n}", title, "A town.", "fake") for n, title in enumerate(self.towns)]
        return SearchResult(query, tuple(hits[:count]) if "Cambridge" in query else (), "fake")

    async def fetch(self, url: str):
        from wideseek_cli.core.findings import Page, PageStatus

        self.fetched.append(url)
        title = list(self.towns)[int(url.rpartition("/")[2])]
        return Page(url, url, PageStatus.PAGE, title, f"# {title}\n\n{self.towns[title]}")


TOWNS = {
    "Cambridge, Massachusetts": "It lies in the United States.\n\n- Mayor: Ann Lee\n",
    "Cambridge": "It lies in England.\n\n- Mayor: Bob Hill\n",
}


@pytest.mark.parametrize("key", ["", "name, land"])
async def test_namesakes_are_told_apart_by_the_other_columns(key: str) -> None:
    for land, mayor in (("England", "Bob Hill"), ("United States", "Ann Lee"), ("USA", "Ann Lee")):
        done = await fill(given(f"name,land\nCambridge,{land}\n", "mayor", key), Namesakes([], towns=TOWNS))
        assert done.rows() == [["Cambridge", land, mayor]], (key, land)
    both = given("name,land\nCambridge,USA\nCambridge,England\n", "mayor", "name, land")
    done = await fill(both, Namesakes([], towns=TOWNS))
    assert [row[2] for row in done.rows()] == ["Ann Lee", "Bob Hill"]


async def test_a_namesake_alone_fills_nothing() -> None:
    done = await fill(
        given("name,land\nCambridge,Chile\n", "mayor", "name, land"), Namesakes([], towns=TOWNS)
    )
    assert done.rows() == [["Cambridge", "Chile", ""]]


@dataclass
class Mortal(FakeSources):
    """What a process that is dead asks for reaches nobody."""

    journal: ListJournal | None = None

    async def fetch(self, url: str):
        if self.journal is not None and len(self.journal.events) == self.journal.most:
            raise Cut
        return await super().fetch(url)


async def test_a_run_that_is_cut_anywhere_goes_on_to_the_same_table_and_asks_nothing_twice() -> None:
    def sources() -> Mortal:
        dead = frozenset({PLACES[3].url, PLACES[10].url})
        return Mortal(
            PLACES, dead=dead, guides={"fake://guide/3": PLACES[3]}, guide_title="Towns near {name}"
        )

    whole_sources = sources()
    whole = await fill(given(HALF), whole_sources)
    for most in range(2, len(whole.events), 7):
        world, journal = sources(), ListJournal(most=most)
        world.journal = journal
        with pytest.raises(Cut):
            await fill(given(HALF), world, journal=journal)
        before = [*world.searched], [*world.fetched]
        world.journal = None
        kept = fold(journal.events)
        again = ListJournal()
        again.events = list(journal.events)
        run = run_of(
            kept.question,
            SETTINGS,
            engine=ScriptedEngine(by_label({"w.s": agent})),
            sources=world,
            journal=again,
            resume_from=kept,
        )
        state = await run.go()
        assert state.table == whole.state.table, most
        new = world.fetched[len(before[1]) :]
        twice = {url for url in new if url in before[1] and url not in world.dead}
        assert len(twice) <= 4, "what was on its way when the process died may be lost"
        assert len(world.searched) <= len(whole_sources.searched) + SETTINGS.width, most
        assert fold(again.events).table == state.table


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_thousand_rows_do_not_fill_the_memory() -> None:
    places = colleges(1000)
    text = "college,city\n" + "".join(f"{p.name},\n" for p in places)
    filler = "\n\n" + "Words that say nothing of it. " * 700
    dead = frozenset(p.url for p in places[::10])
    sources = FakeSources(places, dead=dead, extra={p.url: filler for p in places})
    held: list[int] = []

    def listener(event: ev.Event, state: RunState) -> None:
        if isinstance(event, ev.RowsFilled):
            for cache in (_blocks, sentences):  # these have bounds of their own
                cache.cache_clear()
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])

    class Nothing:
        run = "test"
        events: tuple[ev.Event, ...] = ()

        def commit(self, event: ev.Event) -> None:
            """Keeps nothing, so that what is measured is the run's own."""

    tracemalloc.start()
    begun = time.process_time()
    done = await fill(given(text, "founded:int"), sources, journal=Nothing(), listeners=[listener])
    tracemalloc.stop()
    assert sum(row.count("proved") for row in done.states()) == 900
    assert time.process_time() - begun < 120, "traced, it takes several times as long"
    assert held[-1] - held[10] < 10_000_000 < 1000 * len(filler), "half of the pages' text"


def test_namesakes_in_one_list_are_told_apart_by_the_other_key() -> None:
    head = "# Grounds\n\n| Ground | Team | Seats |\n| --- | --- | --- |\n"
    page = Document(
        "https://g.example", "Grounds", f"{head}| The Park | Reds | 500 |\n| The Park | Blues | 900 |\n"
    )

    def judged(*seats: str) -> list[Cell]:
        asked = given("ground,team\nThe Park,Reds\nThe Park,Blues\n", "seats", "ground, team")
        pairs = zip(asked.rows, seats, strict=True)
        rows = (replace(row, cells=(*row.cells[:2], Cell(text))) for row, text in pairs)
        return [row.cells[2] for row in prove(replace(asked, rows=tuple(rows)), [page]).rows]

    assert [cell.status.value for cell in judged("500", "900")] == ["proved", "proved"]
    assert [cell.alternatives for cell in judged("900", "500")] == [("500",), ("900",)]
