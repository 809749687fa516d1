"""The line that is typed in the live view, and the keyboard it comes from."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.ui import snapshot, story
from wideseek_cli.core import events as ev
from wideseek_cli.core.state import fold
from wideseek_cli.record.store import Store
from wideseek_cli.ui.live.frame import frame
from wideseek_cli.ui.live.keys import HINT, LABEL, Prompt


@pytest.mark.parametrize(
    ("keys", "text", "sent"),
    [
        ("xq", None, []),
        ("s", "", []),
        ("salso", "also", []),
        ("sss", "ss", []),
        ("sab\x7fc", "ac", []),
        ("sab\x15c", "c", []),
        ("s\x7f", "", []),
        ("sab\x1b", None, []),
        ("s\n", None, []),
        ("s  drop row X \n", None, ["drop row X"]),
        ("sone\nstwo\r", None, ["one", "two"]),
        ("sa\x1b[A\x1b[<64;1;1Mb\x1bOB", "ab", []),
        ("s创始人\n", None, ["创始人"]),
        ("sa\x00\x07b", "ab", []),
    ],
)
def test_keys_make_a_line(keys: str, text: str | None, sent: list[str]) -> None:
    assert Prompt().after(keys) == (Prompt(text), sent)


def test_a_line_has_an_end() -> None:
    assert len(Prompt().after("s" + "x" * 5000)[0].text or "") == 1000


def test_the_frame_shows_what_is_typed() -> None:
    state = fold([event for event in story.whole_run() if not isinstance(event, ev.RunEnded)])

    def last(prompt: Prompt | None) -> str:
        lines = frame(state, snapshot.Screen(60, 20, state.now, prompt=prompt))
        assert len(lines) == 20
        return lines[-1].plain

    assert last(Prompt()).startswith(HINT)
    assert last(Prompt("also \x1b[31mgive")) == f"{LABEL}also give "
    assert last(Prompt("x" * 100 + " end")).rstrip().endswith("end")
    assert HINT not in last(None)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The program with a scripted engine, on a terminal of its own."""
    person, program = os.openpty()
    fcntl.ioctl(person, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    world = {"WIDESEEK_RECORD": str(tmp_path / "r.sqlite"), "SLOW": "0.3", "TERM": "xterm", "CI": ""}
    environ = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    words = ["ask", "List all colleges of Ardovia with city and founding year.", "-c", "college, city"]
    command = [sys.executable, "-m", "tests.cli.scripted", *words]
    ends = {"stdin": program, "stdout": subprocess.DEVNULL, "stderr": program}
    with subprocess.Popen(command, env={**environ, **world}, start_new_session=True, **ends) as process:
        os.close(program)
        yield process, person
        process.kill()
    os.close(person)


@pytest.mark.slow
def test_a_run_is_steered_from_its_view(run: tuple[subprocess.Popen[bytes], int], tmp_path: Path) -> None:
    process, person = run
    before = termios.tcgetattr(person)
    seen = b""
    while b"tell the run something" not in seen:
        seen += os.read(person, 4096)
    assert not termios.tcgetattr(person)[3] & termios.ICANON
    os.write(person, b"salso give the motto\n")
    while b"told: also give the motto" not in seen:
        seen += os.read(person, 4096)
    with suppress(OSError):  # the program has ended
        while os.read(person, 4096):
            pass
    assert process.wait(timeout=30) == 3  # the motto is on no page
    assert termios.tcgetattr(person) == before
    with Store.open(tmp_path / "r.sqlite", read_only=True) as store:
        state = store.state(store.find("@last"))
    assert [one.text for one in state.steered] == ["also give the motto"]
    assert state.table is not None
    assert [column.name for column in state.table.columns] == ["college", "city", "motto"]
