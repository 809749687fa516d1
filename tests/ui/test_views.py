"""The views as listeners: what reaches the terminal, how often, and what happens when it goes away."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import pytest
from rich.text import Text

from tests.record.sample import all_events
from tests.ui import snapshot, story
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import OutputError
from wideseek_cli.core.state import RunState, apply
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.ui import views as choice
from wideseek_cli.ui.closing import closing_lines
from wideseek_cli.ui.jsonl import JsonLines
from wideseek_cli.ui.lines import describe
from wideseek_cli.ui.live import screen as live
from wideseek_cli.ui.live.painter import Painter
from wideseek_cli.ui.live.screen import LiveView
from wideseek_cli.ui.plain import PlainView
from wideseek_cli.ui.streams import say
from wideseek_cli.ui.views import View, choose, open_view


class Terminal(io.StringIO):
    """A stream that says what it is."""

    encoding = "utf-8"

    def __init__(self, *, terminal: bool = True) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


class Gone(Terminal):
    """A terminal that was closed."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


def tell(view: object, events: list[ev.Event]) -> RunState:
    state = RunState()
    for event in events:
        state = apply(state, event)
        view(event, state)  # type: ignore[operator]
    return state


@pytest.mark.parametrize(
    ("given", "view"),
    [
        ({}, View.LIVE),
        ({"plain": True}, View.PLAIN),
        ({"quiet": True, "plain": True}, View.QUIET),
        ({"is_terminal": False}, View.PLAIN),
        ({"environ": {"TERM": "dumb"}}, View.PLAIN),
        ({"environ": {}}, View.PLAIN),
        ({"environ": {"TERM": "xterm", "NO_COLOR": "1"}}, View.PLAIN),
        ({"environ": {"TERM": "xterm", "NO_COLOR": ""}}, View.LIVE),
        ({"environ": {"TERM": "xterm", "CI": "true"}}, View.PLAIN),
        ({"environ": {"TERM": "xterm", "CI": "false"}}, View.LIVE),
    ],
)
def test_the_view_fits_the_place(given: dict[str, object], view: View) -> None:
    usual = {"plain": False, "quiet": False, "is_terminal": True, "environ": {"TERM": "xterm-256color"}}
    assert choose(**{**usual, **given}) is view  # type: ignore[arg-type]


def test_open_view_makes_what_was_chosen() -> None:
    assert isinstance(open_view(stream=Terminal(), environ={"TERM": "xterm"}), LiveView)
    assert type(open_view(stream=Terminal(terminal=False), environ={"TERM": "xterm"})) is PlainView


def test_plain_says_a_line_for_every_lasting_event() -> None:
    stream = Terminal()
    tell(PlainView(stream), list(story.whole_run()))
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("   0:00  run 01k2x7abc: Which universities form")
    assert "   0:15  w1.s1 searched 'Brown University founded city': 1 hit (zim:factbook)" in lines
    assert "   1:15  run ended: incomplete (4 of 24 cells are not proved)" in lines
    assert not any("TextCame" in line or line.endswith("  ") for line in lines)


def test_every_kind_of_event_has_its_words() -> None:
    for event in all_events("r1"):
        assert type(event).__name__ not in describe(event)


def test_plain_lines_are_clean_and_of_bounded_length() -> None:
    stream = Terminal()
    tell(PlainView(stream), [ev.Noticed("\x1b[31mred\nfake: line " + "x" * 5000, at=1.0)])
    (line,) = stream.getvalue().splitlines()
    assert "\x1b" not in line
    assert len(line) <= 9 + 300


def test_quiet_says_nothing() -> None:
    stream = Terminal()
    tell(open_view(quiet=True, stream=stream), all_events("r1"))
    assert stream.getvalue() == ""


@pytest.mark.parametrize("view", [PlainView, LiveView])
def test_a_terminal_that_went_away_does_not_stop_the_run(view: type) -> None:
    with view(Gone()) as listener:
        tell(listener, all_events("r1"))


def test_json_lines_hold_every_event(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    events = all_events("r1")
    with JsonLines(str(path)) as lines:
        tell(lines, events)
    parsed = [json.loads(line) for line in path.read_text().splitlines()]
    assert [one["event"] for one in parsed] == [type(event).__name__ for event in events]
    assert {one["run"] for one in parsed} == {"r1"}, "several runs may share a stream"
    assert parsed[0]["settings"]["width"] == 3
    assert next(one for one in parsed if one["event"] == "Replied")["stop"] == "end"
    table = next(one["table"] for one in parsed if one["event"] == "TableChanged")
    assert table["rows"][0]["cells"][1]["status"] == "proved"


def test_json_lines_to_a_full_disk_are_given_up_with_a_reason() -> None:
    lines = JsonLines("/dev/full")
    tell(lines, all_events("r1"))
    with pytest.raises(OutputError, match="no longer written to /dev/full: No space left"):
        lines.check()
    lines.close()


def test_a_reader_of_events_may_leave(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    lines = JsonLines(f"/dev/fd/{writer}")
    os.close(writer)
    tell(lines, all_events("r1"))
    lines.check()


def test_json_lines_to_nowhere() -> None:
    with pytest.raises(OutputError, match="cannot write /nowhere/events"):
        JsonLines("/nowhere/events")


def test_only_changed_lines_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    stream, state = Terminal(), snapshot.moments()["wide"]
    painter = Painter(stream)
    frame = snapshot.frame
    first = painter.paint(frame(state, snapshot.Screen(80, 24, state.now)), (80, 24))
    again = painter.paint(frame(state, snapshot.Screen(80, 24, state.now)), (80, 24))
    tick = painter.paint(frame(state, snapshot.Screen(80, 24, state.now + 1)), (80, 24))
    assert first > 2000
    assert again == 0
    assert 0 < tick < 300
    assert "\x1b[2J" in stream.getvalue()
    stream.truncate(0)
    painter.forget()
    assert painter.paint(frame(state, snapshot.Screen(80, 24, state.now)), (80, 24)) > 2000
    assert "\x1b[2J" not in stream.getvalue(), "it would flicker"
    painter.paint(frame(state, snapshot.Screen(60, 20, state.now)), (60, 20))
    assert "\x1b[2J" in stream.getvalue(), "a new size is painted whole"


def test_the_terminal_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    before = signal.getsignal(signal.SIGTSTP)
    view = LiveView(stream, clock=lambda: 1075.0)
    with view:
        tell(view, list(story.whole_run()))
        view.paint()
    view.stop()
    text = stream.getvalue()
    assert text.startswith("\x1b[?1049h\x1b[?25l")
    assert text.endswith("\x1b[?25h\x1b[?1049l")
    assert "Yale University" in re.sub(r"\x1b\[[^A-Za-z]*[A-Za-z]", "", text)
    assert signal.getsignal(signal.SIGTSTP) == before


@pytest.fixture
def tty() -> Iterator[tuple[int, TextIO]]:
    """A terminal's two ends: the one where somebody types and sees, and a program's stream."""
    person, program = os.openpty()
    with open(program, "w", encoding="utf-8") as stream:
        yield person, stream
    os.close(person)


def seen(person: int) -> bytes:
    """All that reached the terminal so far."""
    os.set_blocking(person, False)
    parts = []
    with suppress(BlockingIOError):
        while True:
            parts.append(os.read(person, 4096))
    return b"".join(parts)


def echoes(stream: TextIO) -> bool:
    return bool(termios.tcgetattr(stream.fileno())[3] & termios.ECHO)


def test_what_is_typed_does_not_show_on_the_view(tty: tuple[int, TextIO]) -> None:
    painter = Painter(tty[1])
    painter.enter()
    assert not echoes(tty[1])
    painter.leave()
    assert echoes(tty[1])


def test_echo_is_not_turned_on_for_who_had_it_off(tty: tuple[int, TextIO]) -> None:
    """A pager behind us, say, that reads keys."""
    mode = termios.tcgetattr(tty[1].fileno())
    mode[3] &= ~termios.ECHO
    termios.tcsetattr(tty[1].fileno(), termios.TCSANOW, mode)
    painter = Painter(tty[1])
    painter.enter()
    painter.leave()
    assert not echoes(tty[1])


def test_a_process_that_ends_at_once_gives_the_terminal_back(tty: tuple[int, TextIO]) -> None:
    view = LiveView(tty[1])
    with view:
        view.abandon()
        assert seen(tty[0]).endswith(b"\x1b[?7h\x1b[?25h\x1b[?1049l")
        assert echoes(tty[1])
        view.paint()
        assert view._painter.active is False


def test_a_job_in_the_background_does_not_paint_over_the_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "in_front", lambda stream: False)
    assert type(open_view(stream=Terminal(), environ={"TERM": "xterm"})) is PlainView
    stream, view = Terminal(), LiveView(Terminal())
    monkeypatch.setattr(view, "_stream", stream)
    monkeypatch.setattr(live, "in_front", lambda stream: False)
    view.paint()
    assert (view.frames, stream.getvalue()) == (0, "")
    monkeypatch.setattr(live, "in_front", lambda stream: True)
    view.paint()
    assert view.frames == 1


def test_painting_is_held_to_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between frames the thread waits as long as the frame's cost demands, however many events come."""
    waits: list[float] = []
    view = LiveView(Terminal())
    monkeypatch.setattr(live.time, "thread_time", iter([0.0, 0.0001, 1.0, 1.009, 2.0, 3.0]).__next__)

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        if len(waits) == 3:
            view._stopping.set()
        view._news.set()
        return True

    monkeypatch.setattr(view._stopping, "wait", wait)
    view._news.set()
    view._work()
    assert waits == [live.FASTEST, pytest.approx(0.009 / live.SHARE), 2 * live.SLOWEST]


def test_the_last_words() -> None:
    state = tell(PlainView(Terminal()), list(story.whole_run("01k2x7abc")))
    assert closing_lines(state) == [
        "◐ some cells are missing or not proved; 8 rows, 24 cells: 20 proved, 1 seen, 1 unproved, 1 missing, "
        "1 conflict; 6 searches, 3 pages, 1:15",
        "  because: 4 of 24 cells are not proved",
        "  wideseek runs show 01k2x7abc, wideseek runs why 01k2x7abc ROW COLUMN",
    ]
    assert "! " not in "".join(closing_lines(RunState()))


def test_a_terminal_without_unicode_gets_ascii_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    say("◐ some cells are missing…")
    painter = Painter(sys.stderr)
    painter.paint([Text("✓ 1 proved │ – 1 missing")], (40, 5))
    shown = sys.stderr.buffer.getvalue()
    assert shown.startswith(b"~ some cells are missing.\n")
    assert b"+ 1 proved | - 1 missing" in shown


def test_the_last_words_say_no_more_than_is_known() -> None:
    cut = closing_lines(RunState(ending=ev.Ending.INTERRUPTED))
    assert cut[0].startswith("◐ interrupted; nothing was known yet; 0 searches")
    table = Table((Column("name", key=True),), (Row((Cell("Peru", CellStatus.PROVED),)),))
    short = RunState(ending=ev.Ending.INCOMPLETE, table=table, reason="out of time")
    assert closing_lines(short)[:2] == [
        "◐ rows may be missing; 1 row, 1 cell: 1 proved, 0 seen, 0 unproved, 0 missing; "
        "0 searches, 0 pages, 0:00",
        "  because: out of time",
    ]


def test_the_last_words_of_a_run_that_has_no_end_yet() -> None:
    """A replay of one that was cut off, or goes on elsewhere."""
    lines = closing_lines(RunState(run="r1"))
    assert lines[0].startswith("◐ cut off, or still going on; 0 searches")
    assert lines[-1].endswith("wideseek resume r1")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (CellStatus.PROVED, "✓ answered; 0 searches"),
        (
            CellStatus.SEEN,
            "◐ answered, but it is only seen on a page, not stated of what was asked; 0 searches",
        ),
        (CellStatus.UNPROVED, "◐ answered, but no page that was read supports it; 0 searches"),
        (CellStatus.CONFLICT, "◐ answered, but another source says otherwise; 0 searches"),
        (None, "◐ answered, but no page that was read supports it; 0 searches"),
    ],
)
def test_a_short_answer_is_worth_what_its_cell_is(status: CellStatus | None, said: str) -> None:
    table = Table((Column("answer", key=True),), (Row((Cell("Lima", status),)),)) if status else None
    state = RunState(ending=ev.Ending.ANSWERED, table=table, answer="Lima")
    assert closing_lines(state)[0].startswith(said)


def test_a_fault_of_the_view_does_not_cost_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(live, "frame", lambda state, screen: 1 / 0)
    view = LiveView(stream)
    with view:
        tell(view, all_events("r1"))
        view._thread.join(timeout=10)
    assert stream.getvalue().endswith("the live view failed: ZeroDivisionError('division by zero')\n")
