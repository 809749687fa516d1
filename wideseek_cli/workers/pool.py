"""Warm worker processes and the tasks that wait for one."""

from __future__ import annotations

import asyncio
import atexit
import os
import pickle
import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from wideseek_cli.core.errors import WorkerError
from wideseek_cli.core.machine import cores
from wideseek_cli.workers.process import WorkerProcess
from wideseek_cli.workers.task import TASKS, Limits, TaskFailed

_LEAST, _MOST = 3, 8  # a page that takes all its time must not hold up the others
_JOIN_S = 1.0
PAGE = Limits()


class _Job:
    """One task on its way."""

    def __init__(self, request: bytes, limits: Limits) -> None:
        self.request, self.limits = request, limits
        self.future: Future[Any] = Future()
        self._lock = threading.Lock()
        self._process: WorkerProcess | None = None

    def abandon(self) -> None:
        """Nobody waits for it any more: a worker that is at it is ended."""
        if not self.future.cancel():
            with self._lock:
                if self._process is not None:
                    self._process.kill()

    def do(self, process: WorkerProcess) -> None:
        """Have it done, and settle the future."""
        if not self.future.set_running_or_notify_cancel():
            return
        with self._lock:
            self._process = process
        try:
            value = process.call(self.request, self.limits)
        except BaseException as error:  # it belongs to who waits
            self._free()
            self.future.set_exception(error)
        else:
            self._free()
            self.future.set_result(value)

    def _free(self) -> None:
        with self._lock:
            self._process = None


class Pool:
    """Up to `size` worker processes, each started when no other is free. Threads that wait for them are
    daemons, so that the end of the program waits for nobody."""

    def __init__(self, size: int = 0) -> None:
        self.size = size or min(max(cores(), _LEAST), _MOST)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._processes: list[WorkerProcess] = []
        self._threads: list[threading.Thread] = []
        self._load = 0  # tasks that wait or are being done, less the workers there are
        self._closed = False

    def warm(self) -> None:
        """Start the first worker, so that it is ready when a page comes. Returns at once."""
        with self._lock:
            if not self._processes and not self._closed:
                self._add_worker()

    async def run(self, name: str, *arguments: Any, limits: Limits = PAGE) -> Any:
        """What the task returns. Waits for a worker as long as it takes; then the limits hold. Raises
        TaskOverran, TaskFailed, or the task's own WideseekError. Cancelling it ends its worker."""
        job = self._put(name, arguments, limits)
        try:
            return await asyncio.wrap_future(job.future)
        except asyncio.CancelledError:
            job.abandon()
            raise

    def call(self, name: str, *arguments: Any, limits: Limits = PAGE) -> Any:
        """The same for code that is not asynchronous."""
        job = self._put(name, arguments, limits)
        try:
            return job.future.result()
        except BaseException:
            job.abandon()
            raise

    def each(
        self, name: str, calls: Iterable[tuple[Any, ...]], limits: Limits = PAGE
    ) -> Iterator[Future[Any]]:
        """Many tasks on all workers, finished futures in the order of `calls`, which is read as needed."""
        ahead: deque[_Job] = deque()
        source = iter(calls)
        try:
            while True:
                while len(ahead) < 2 * self.size and (arguments := next(source, None)) is not None:
                    ahead.append(self._put(name, arguments, limits))
                if not ahead:
                    return
                with suppress(Exception):
                    ahead[0].future.exception()  # waits
                yield ahead.popleft().future
        finally:
            for job in ahead:
                job.abandon()

    def pids(self) -> list[int]:
        """The processes that are alive."""
        with self._lock:
            return [pid for process in self._processes if (pid := process.pid)]

    def close(self) -> None:
        """End all processes, whatever they are at."""
        with self._lock:
            self._closed = True
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is not None and job.future.set_running_or_notify_cancel():
                job.future.set_exception(TaskFailed("closed"))
        for process in self._processes:
            self._jobs.put(None)
            process.kill()
        for thread in self._threads:
            thread.join(_JOIN_S)

    def _put(self, name: str, arguments: tuple[Any, ...], limits: Limits) -> _Job:
        if name not in TASKS:
            raise ValueError(f"no task {name!r}")
        job = _Job(pickle.dumps((name, arguments, limits), protocol=5), limits)
        with self._lock:
            if self._closed:
                raise TaskFailed("closed")
            self._load += 1
            if self._load > 0 and len(self._processes) < self.size:
                self._add_worker()
            self._jobs.put(job)
        return job

    def _add_worker(self) -> None:
        process = WorkerProcess()
        thread = threading.Thread(target=self._serve, args=(process,), name="worker", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            hint = "free some memory, or allow more (ulimit -v, ulimit -u)"
            raise WorkerError("cannot start a thread to read pages: out of memory", hint=hint) from error
        self._processes.append(process)
        self._threads.append(thread)
        self._load -= 1  # the new one is free

    def _serve(self, process: WorkerProcess) -> None:
        """A thread's life: it owns one process."""
        try:
            self._start(process)
            while (job := self._jobs.get()) is not None:
                job.do(process)
                with self._lock:
                    self._load -= 1
                self._start(process)  # again, if the task took it down: now, while nobody waits for it
        finally:
            process.clear()

    def _start(self, process: WorkerProcess) -> None:
        with suppress(WorkerError):  # the call that needs it will say why it does not start
            if not self._closed:
                process.start()


_shared: Pool | None = None
_shared_lock = threading.Lock()


def shared() -> Pool:
    """The pool of this process. It ends with the process."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Pool()
        return _shared


def close_shared() -> None:
    """End the shared pool's processes, if there are any; the next use starts new ones."""
    global _shared
    with _shared_lock:
        pool, _shared = _shared, None
    if pool is not None:
        pool.close()


def _forget() -> None:
    """In a fork: the processes are the parent's, and the threads that served them are not here."""
    global _shared, _shared_lock
    _shared, _shared_lock = None, threading.Lock()


atexit.register(close_shared)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
