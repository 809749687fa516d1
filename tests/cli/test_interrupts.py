"""Signals while a run goes on, and after it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wideseek_cli.cli.shared.interrupts import FINISHING, interrupts


async def test_the_first_asks_for_an_end_and_says_so_the_second_hurries() -> None:
    asked, said = [], []
    with interrupts(lambda: asked.append(1), said.append) as signals:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(0)
        assert (len(asked), said, signals.hurried) == (1, [FINISHING], False)
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(0)
        assert (len(asked), said, signals.hurried) == (2, [FINISHING], True)


async def test_the_third_gives_the_terminal_back_and_ends_it_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[object] = []
    monkeypatch.setattr(os, "_exit", done.append)
    with interrupts(lambda: None, lambda text: None, lambda: done.append("left")):
        for _ in range(3):
            signal.raise_signal(signal.SIGINT)
    assert done == ["left", 130]


def test_what_ends_it_at_once_is_seen_in_80_columns() -> None:
    assert len(f"! {FINISHING}") <= 80


async def test_once_it_is_over_there_is_nothing_to_end_and_nothing_to_say() -> None:
    asked, said = [], []
    with interrupts(lambda: asked.append(1), said.append) as signals:
        signals.over = True
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(0)
    assert (asked, said, signals.hurried) == ([], [], True)


async def test_what_was_ignored_stays_ignored() -> None:
    """`nohup wideseek …`: the terminal closes, and the run goes on."""
    asked: list[int] = []
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupts(lambda: asked.append(1), lambda text: None) as signals:
            signal.raise_signal(signal.SIGHUP)
            await asyncio.sleep(0)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (asked, signals.seen) == ([], 0)


LOADING = """
import sys, time
from wideseek_cli.engine.local.engine import LocalEngine

def load(options):
    print("loading", flush=True)
    time.sleep(60)

LocalEngine.load = load
sys.argv = ["wideseek", "ask", "Which?", "--model", MODEL, "--source", "factbook", "--offline"]
from wideseek_cli.cli.main import main
main()
"""


@pytest.mark.slow
def test_a_model_that_is_being_loaded_is_not_waited_for(tiny_model: Path) -> None:
    script = LOADING.replace("MODEL", repr(str(tiny_model)))
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "loading\n"
        child.send_signal(signal.SIGINT)
        assert child.wait(50) == 130  # less than the loading takes


def test_an_early_ctrl_c_is_no_traceback() -> None:
    script = "import sys; sys.meta_path.insert(0, type('', (), {'find_spec': stop})); __main__.main()"
    stop = "from wideseek_cli import __main__\ndef stop(*names): raise KeyboardInterrupt\n"
    done = subprocess.run([sys.executable, "-c", stop + script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")
