"""Worker processes do what they are asked, end when they overrun, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from types import UnionType
from typing import get_args

import pytest

from wideseek_cli.core.errors import WorkerError
from wideseek_cli.core.findings import Page, PageStatus
from wideseek_cli.core.plain import decoder
from wideseek_cli.sources.fetch.content import Content, read_content
from wideseek_cli.workers import Limits, Overrun, Pool, TaskFailed, TaskOverran, frames
from wideseek_cli.workers import process as process_of
from wideseek_cli.workers.task import TASKS, function_of, result_of

PARAGRAPH = "The town council met again on Tuesday to discuss the matter at length. "
ARTICLE = f"<html><title>Council</title><body>{f'<p>{PARAGRAPH * 4}</p>' * 30}</body></html>".encode()
LARGE = f"<html><body>{f'<p>{PARAGRAPH * 20}</p>' * 200}</body></html>".encode()
ADDRESS = ("text/html", "http://a.test/", "http://a.test/")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool(2)
    yield pool
    pool.close()


def _gone(pid: int) -> bool:
    """Whether a process has ended, waited for or not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    with suppress(OSError), open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "Z"
    return False


def _all_gone(pids: list[int], within: float) -> bool:
    end = time.monotonic() + within
    while not all(map(_gone, pids)):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("name", TASKS)
def test_every_task_is_a_function(name: str) -> None:
    assert callable(function_of(name))


def test_the_answer_is_the_functions_own(pool: Pool) -> None:
    assert pool.call("read_content", ARTICLE, *ADDRESS) == read_content(ARTICLE, *ADDRESS)


def test_only_listed_tasks_run(pool: Pool) -> None:
    with pytest.raises(ValueError, match="no task"):
        pool.call("os:system", "true")


@pytest.mark.parametrize(
    ("limits", "overrun"),
    [
        (Limits(seconds=0.05), Overrun.TIME),
        (Limits(cpu_s=0.05), Overrun.TIME),
        (Limits(output=100), Overrun.OUTPUT),
        pytest.param(
            Limits(memory=60_000_000),
            Overrun.MEMORY,
            marks=pytest.mark.skipif(sys.platform != "linux", reason="memory is only limited on Linux"),
        ),
    ],
)
def test_limits_hold_and_the_next_task_is_done(pool: Pool, limits: Limits, overrun: Overrun) -> None:
    data = b"a plain text\n" * 4_000_000 if overrun is Overrun.MEMORY else LARGE
    kind = "text/plain" if overrun is Overrun.MEMORY else "text/html"
    with pytest.raises(TaskOverran) as caught:
        pool.call("read_content", data, kind, *ADDRESS[1:], limits=limits)
    assert caught.value.overrun is overrun
    assert pool.call("read_content", ARTICLE, *ADDRESS).status is PageStatus.PAGE


def test_what_a_task_raises_is_named(pool: Pool) -> None:
    with pytest.raises(TaskFailed) as caught:
        pool.call("read_content", None, *ADDRESS)
    assert caught.value.kind == "AttributeError"


@pytest.mark.slow
def test_a_parent_that_holds_a_model_keeps_its_workers() -> None:
    """A worker's memory is its own, not what the process that started it has."""
    limits = Limits(worn=250_000_000)
    model = bytearray(300_000_000)
    lonely = Pool(1)
    lonely.call("read_content", ARTICLE, *ADDRESS, limits=limits)
    (first,) = lonely.pids()
    lonely.call("read_content", ARTICLE, *ADDRESS, limits=limits)
    assert lonely.pids() == [first]
    lonely.close()
    assert model


def test_a_process_that_dies_is_replaced() -> None:
    lonely = Pool(1)
    lonely.call("read_content", ARTICLE, *ADDRESS)
    os.kill(lonely.pids()[0], signal.SIGKILL)
    with pytest.raises(TaskFailed, match="SIGKILL"):
        lonely.call("read_content", ARTICLE, *ADDRESS)
    assert lonely.call("read_content", ARTICLE, *ADDRESS).status is PageStatus.PAGE
    lonely.close()


async def test_what_is_cancelled_frees_its_worker(pool: Pool) -> None:
    began = time.monotonic()
    tasks = [asyncio.create_task(pool.run("read_content", LARGE, *ADDRESS)) for _ in range(20)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    assert all(
        isinstance(error, asyncio.CancelledError)
        for error in await asyncio.gather(*tasks, return_exceptions=True)
    )
    assert (await pool.run("read_content", ARTICLE, *ADDRESS)).status is PageStatus.PAGE
    assert time.monotonic() - began < 20 * 0.5


async def test_tasks_near_each_other_go_to_one_worker(pool: Pool) -> None:
    while len(pool._workers) < 2 or not all(worker.process.ready for worker in pool._workers):
        await asyncio.gather(*(pool.run("read_content", ARTICLE, *ADDRESS) for _ in range(2)))
    for _ in range(8):
        await asyncio.gather(*(pool.run("read_content", ARTICLE, *ADDRESS, near=near) for near in "ab"))
    known = sorted(tuple(worker.known) for worker in pool._workers)
    assert known == [("a",), ("b",)]


def test_many_come_back_in_order(pool: Pool) -> None:
    calls = [(f"text {i}".encode(), "text/plain", "", f"http://a.test/{i}") for i in range(100)]
    done = [future.result().text for future in pool.each("read_content", calls)]
    assert done == [f"text {i}" for i in range(100)]


def test_one_that_fails_does_not_end_the_others(pool: Pool) -> None:
    calls = [(b"one", "text/plain", "", ""), (None, "text/plain", "", ""), (b"three", "text/plain", "", "")]
    failures = [type(future.exception()) for future in pool.each("read_content", calls)]
    assert failures == [type(None), TaskFailed, type(None)]


def test_after_close_nothing_is_left(pool: Pool) -> None:
    other = Pool(1)
    other.call("read_content", ARTICLE, *ADDRESS)
    pids = other.pids()
    other.close()
    assert _all_gone(pids, 2.0)
    with pytest.raises(TaskFailed, match="closed"):
        other.call("read_content", ARTICLE, *ADDRESS)


def test_keys_and_the_working_folder_are_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERPER_API_KEY", "secret")
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    assert "SERPER_API_KEY" not in process_of._environment()
    assert "" not in process_of._paths()


def test_what_cannot_be_started_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", fails)
    lonely = Pool(1)
    with pytest.raises(WorkerError, match="cannot start a process that reads pages"):
        lonely.call("read_content", ARTICLE, *ADDRESS)
    lonely.close()


PARENT = """
    import sys, threading, time
    from wideseek_cli.workers import Limits, shared
    page = b"<p>" + b"a b c " * 4_000_000
    for _ in range(2):
        threading.Thread(
            target=shared().call, args=("read_content", page, "text/plain", "", ""), daemon=True
        ).start()
    shared().call("read_content", b"x", "text/plain", "", "")
    print(*shared().pids(), flush=True)
    {then}
"""


@pytest.mark.slow
@pytest.mark.parametrize(("then", "kill"), [("time.sleep(60)", True), ("", False)])
def test_no_worker_outlives_its_parent(then: str, kill: bool) -> None:
    code = textwrap.dedent(PARENT.format(then=then))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert pids
        if kill:
            parent.kill()
        parent.wait(5.0)
    assert _all_gone(pids, 2.0)


# Answers hold data only

CONTENT = Content(PageStatus.PAGE, "t", text="half a pair: \ud800", links=("a", "b"))
PAGE = Page("u", "v", PageStatus.GONE)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (CONTENT, Content),
        (PAGE, Content | Page),
        (CONTENT, Page | Content),
        (None, type(None)),
        ((("a", 1), ("b", 2)), tuple[tuple[str, int], ...]),
        ((CONTENT, CONTENT), tuple[Content, ...]),
    ],
)
def test_data_comes_through(value: object, kind: object) -> None:
    assert frames.unpack(frames.pack("done", value, 7), kind) == ("done", value, 7)


@pytest.mark.parametrize("value", [None, "text", ("a",), {"status": "page", "title": ["x"]}])
def test_nothing_but_what_the_task_returns_does(value: object) -> None:
    with pytest.raises(frames.BadFrame):
        frames.unpack(frames.pack("done", value, 7), Content)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x80", b"[" * 100_000, b'["done"]', b"cos\nsystem\n(S'true'\ntR.", b'["done","Page",{},"x"]'],
)
def test_damaged_answers(data: bytes) -> None:
    with pytest.raises(frames.BadFrame):
        frames.unpack(data, Content)


@pytest.mark.parametrize("name", TASKS)
def test_what_a_task_returns_can_be_read_back(name: str) -> None:
    kind = result_of(name)
    assert all(map(decoder, get_args(kind) if isinstance(kind, UnionType) else (kind,)))


@pytest.mark.slow
def test_no_more_threads_is_said_and_the_pool_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    lonely = Pool(1)
    with monkeypatch.context() as broken:
        broken.setattr(threading.Thread, "start", fails)
        with pytest.raises(WorkerError, match="out of memory"):
            lonely.warm()
    assert lonely.call("read_content", ARTICLE, *ADDRESS).status is PageStatus.PAGE
    lonely.close()
