"""The live view's frames: they fit, they say what matters, and hostile text cannot leave its place."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.ui import snapshot, story
from wideseek_cli.core import events as ev
from wideseek_cli.core.state import RunState, fold
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.table.signs import CELLS
from wideseek_cli.ui.live.frame import Screen, frame
from wideseek_cli.ui.live.tablepart import Look, table_lines
from wideseek_cli.ui.signs import plain


def shown(state: RunState, width: int = 80, height: int = 24) -> str:
    return "\n".join(line.plain for line in frame(state, Screen(width, height, state.now)))


@pytest.mark.parametrize("name", snapshot.moments())
@pytest.mark.parametrize("width", [20, 40, 79, 80, 119, 120, 160, 300])
@pytest.mark.parametrize("height", [5, 10, 24, 60])
def test_every_frame_fits_its_screen(name: str, width: int, height: int) -> None:
    state = snapshot.moments()[name]
    for now in (state.now, state.now + 4.1, state.now + 301):
        lines = frame(state, Screen(width, height, now))
        assert len(lines) == height
        assert max(line.cell_len for line in lines) <= width


def test_an_empty_state_has_a_frame() -> None:
    assert len(frame(RunState(), Screen(80, 24, 0.0))) == 24


@pytest.mark.parametrize("name", ["working", "ended", "wide"])
@pytest.mark.parametrize("width", [80, 160])
def test_pictures_are_those_that_were_looked_at(name: str, width: int) -> None:
    file = f"{name}-{width}.svg"
    kept = (snapshot.FOLDER / file).read_text(encoding="utf-8")
    assert snapshot.pictures()[file] == kept, "look at it: python tests/ui/snapshot.py, then commit"


def test_the_plan_says_who_is_at_what() -> None:
    text = shown(snapshot.moments()["working"], 160, 40)
    for said in (
        "waits for 5 subagents",
        "wave 1: 8 subtasks · 2 done · 1 failed · 3 at work",
        "thinks: …13 December 1769, so",
        'calls: …"access", "arguments":',
        "failed: its context was full",
        "waits for its turn",
        "searches 6/50 · pages 3 · tokens 21k in, 3.2k out · 31.4 tok/s",
        "0:44 / 10:00",
        "! duckduckgo was rate limited; brave answers instead",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("streamed", "said"),
    [
        ("<thi", "thinks: "),
        ("<think>The first", "thinks: The first"),
        ("<think>All found.</thi", "thinks: All found."),
        ("<think>So.</think>\nThe answer", "writes: The answer"),
        ("<think>So.</think>\n<tool_ca", "writes: "),
        ('<think>So.</think>\n<tool_call>\n{"name": 1}\n</tool_call>', 'calls: {"name": 1}'),
    ],
)
def test_tags_are_not_shown(streamed: str, said: str) -> None:
    state = fold([*story.until_delegation(), ev.TextCame("lead", streamed)])
    line = next(line for line in shown(state, 160, 40).splitlines() if "lead" in line)
    assert said in line
    assert "<" not in line


def test_rows_first_then_cells_then_the_leads_table_then_marks() -> None:
    moments = snapshot.moments()
    begun = shown(moments["begun"])
    assert "rows so far, not yet checked" in begun
    assert "Yale University" in begun
    assert "1764" not in begun
    working = shown(moments["working"])
    assert "from the reports, not yet checked" in working
    assert "1764" in working
    writing = shown(moments["writing"], 160)
    assert "the lead is writing it" in writing
    assert "1636" in writing
    ended = shown(moments["ended"])
    assert "? 1769" in ended
    assert "≠ 1740" in ended
    assert "✓ 20 proved  ~ 1 seen  ? 1 unproved  – 1 missing  ≠ 1 conflict" in ended
    assert "incomplete: 4 of 24 cells are not proved" in ended


def test_every_state_of_a_cell_has_a_sign_of_its_own() -> None:
    assert set(CELLS) == set(CellStatus)
    assert len({mark.sign for mark in CELLS.values()}) == len(CellStatus)
    assert len({plain(mark.sign) for mark in CELLS.values()}) == len(CellStatus)


def test_a_terminal_without_unicode_gets_ascii_signs() -> None:
    state = snapshot.moments()["ended"]
    lines = frame(state, Screen(80, 24, state.now))
    assert plain("\n".join(line.plain for line in lines)).isascii()


def test_a_big_table_turns_its_pages_and_counts_what_is_hidden() -> None:
    table = story.wide_table(100, 12)
    seen: set[str] = set()
    for page in range(200):
        lines = [line.plain for line in table_lines(table, 78, 12, Look(True, seconds=page * 4.0))]
        assert len(lines) <= 12
        assert "of 100; 7 more columns: " in lines[-1] or "of 100; 8 more columns: " in lines[-1]
        seen |= {line.split("?")[0].strip() for line in lines}
    names = " ".join(seen)
    assert all(f" {row.cells[0].text.split()[-1]}" in names for row in table.rows)


def test_a_streaming_table_shows_its_end() -> None:
    lines = [line.plain for line in table_lines(story.wide_table(100, 2), 60, 10, Look(False, tail=True))]
    assert "rows 94-100 of 100" in lines[-1]


def test_hostile_text_stays_text() -> None:
    evil = "[red]x[/red]\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\r\nfake line\x00"
    table = Table((Column(evil, key=True),), (Row((Cell(evil, CellStatus.PROVED),)),))
    state = fold(
        [
            ev.RunStarted("r", evil, {}, evil, evil, "1", "en", at=1.0),
            ev.AgentStarted("lead", ev.Role.LEAD, evil, at=1.0),
            ev.Delegated("lead", 1, (evil, evil), at=1.0),
            ev.AgentStarted("w1.s1", ev.Role.SUBAGENT, evil, 1, at=1.0),
            ev.TextCame("w1.s1", evil, at=1.0),
            ev.Noticed(evil, at=1.0),
            ev.TableChanged(ev.Stage.PROVED, table, at=1.0),
        ]
    )
    text = shown(state, 120, 30)
    assert "[red]x[/red]gnp.exe fake line" in text
    assert not set(text) & {chr(n) for n in (*range(32), *range(0x7F, 0xA0), 0x202E)} - {"\n"}


def test_wide_characters_are_measured_in_cells() -> None:
    table = Table((Column("国家", key=True),), (Row((Cell("中华人民共和国" * 9, CellStatus.PROVED),)),))
    for width in range(4, 40):
        assert all(cell_len(line.plain) <= width for line in table_lines(table, width, 5, Look(True)))
