"""Warm worker processes and the tasks that wait for one."""

from __future__ import annotations

import asyncio
import atexit
import os
import pickle
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from wideseek_cli.core.errors import WorkerError
from wideseek_cli.core.machine import cores
from wideseek_cli.workers.process import WorkerProcess
from wideseek_cli.workers.task import TASKS, Limits, TaskFailed

_LEAST, _MOST = 3, 8  # a page that takes all its time must not hold up the others
_MOST_FACTS = 4
_JOIN_S = 1.0
KEPT = 4  # things that a worker remembers
PAGE = Limits()


class _Job:
    """One task on its way. `near`: what its worker should have dealt with before."""

    def __init__(self, name: str, request: bytes, limits: Limits, near: str) -> None:
        self.name, self.request, self.limits, self.near = name, request, limits, near
        self.future: Future[Any] = Future()
        self._lock = threading.Lock()
        self._process: WorkerProcess | None = None

    def abandon(self) -> None:
        """Nobody waits for it any more: a worker that is at it is ended."""
        if not self.future.cancel():
            with self._lock:
                if self._process is not None:
                    self._process.kill()

    def do(self, process: WorkerProcess) -> Callable[[], None]:
        """Have it done; what it returns tells who waits."""
        if not self.future.set_running_or_notify_cancel():
            return lambda: None
        with self._lock:
            self._process = process
        try:
            tell = partial(self.future.set_result, process.call(self.name, self.request, self.limits))
        except BaseException as error:  # it belongs to who waits
            tell = partial(self.future.set_exception, error)
        with self._lock:
            self._process = None
        return tell


class _Worker:
    """A process, and what it has dealt with: tasks that build on that go to it, if it is free."""

    def __init__(self, first: str) -> None:
        self.process = WorkerProcess(first)
        self.busy = False
        self.known: deque[str] = deque(maxlen=KEPT)


class Pool:
    """Up to `size` worker processes, each started when no other is free. Threads that wait for them are
    daemons, so that the end of the program waits for nobody."""

    def __init__(self, size: int = 0, first: str = "warm_pages") -> None:
        """`first`: the task by which a new worker gets ready."""
        self._first = first
        self.size = size or min(max(cores(), _LEAST), _MOST)
        self._jobs: deque[_Job] = deque()
        self._lock = threading.Condition()
        self._workers: list[_Worker] = []
        self._threads: list[threading.Thread] = []
        self._load = 0  # tasks that wait or are being done, less the workers there are
        self._closed = False

    def warm(self) -> None:
        """Start the first worker, so that it is ready when a page comes. Returns at once."""
        with self._lock:
            if not self._workers and not self._closed:
                self._add_worker()

    async def run(self, name: str, *arguments: Any, limits: Limits = PAGE, near: str = "") -> Any:
        """What the task returns. Waits for a worker as long as it takes; then the limits hold. Raises
        TaskOverran, TaskFailed, or the task's own WideseekError. Cancelling it ends its worker. Tasks that
        are `near` the same thing are done by the same worker where that is free."""
        job = self._put(name, arguments, limits, near)
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
            return [pid for worker in self._workers if (pid := worker.process.pid)]

    def close(self) -> None:
        """End all processes, whatever they are at."""
        with self._lock:
            self._closed = True
            left, self._jobs = self._jobs, deque()
            self._lock.notify_all()
        for job in left:
            if job.future.set_running_or_notify_cancel():
                job.future.set_exception(TaskFailed("closed"))
        for worker in self._workers:
            worker.process.kill()
        for thread in self._threads:
            thread.join(_JOIN_S)

    def _put(self, name: str, arguments: tuple[Any, ...], limits: Limits, near: str = "") -> _Job:
        if name not in TASKS:
            raise ValueError(f"no task {name!r}")
        job = _Job(name, pickle.dumps((name, arguments, limits), protocol=5), limits, near)
        with self._lock:
            if self._closed:
                raise TaskFailed("closed")
            self._load += 1
            if self._load > 0 and len(self._workers) < self.size:
                self._add_worker()
            self._jobs.append(job)
            self._lock.notify_all()
        return job

    def _add_worker(self) -> None:
        worker = _Worker(self._first)
        thread = threading.Thread(target=self._serve, args=(worker,), name="worker", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            hint = "free some memory, or allow more (ulimit -v, ulimit -u)"
            raise WorkerError("cannot start a thread to read pages: out of memory", hint=hint) from error
        self._workers.append(worker)
        self._threads.append(thread)
        self._load -= 1  # the new one is free

    def _serve(self, worker: _Worker) -> None:
        """A thread's life: it owns one process."""
        try:
            self._start(worker.process)
            while (job := self._next(worker)) is not None:
                tell = job.do(worker.process)
                with self._lock:
                    self._load -= 1
                    worker.busy = False
                tell()
                self._start(worker.process)  # again, if the task took it down: now, while nobody waits for it
        finally:
            worker.process.clear()

    def _next(self, worker: _Worker) -> _Job | None:
        """The first job that is this worker's to do; None when the pool is closed."""
        with self._lock:
            while not self._closed:
                if (job := next((job for job in self._jobs if self._suits(job, worker)), None)) is not None:
                    self._jobs.remove(job)
                    worker.busy = True
                    if job.near and job.near not in worker.known:
                        worker.known.append(job.near)
                    self._lock.notify_all()  # it has its hands full: what is near it may go to others
                    return job
                self._lock.wait()
            return None

    def _suits(self, job: _Job, worker: _Worker) -> bool:
        """Not if a free worker knows better."""
        free = (other for other in self._workers if not other.busy)
        return job.near in worker.known or not job.near or not any(job.near in one.known for one in free)

    def _start(self, process: WorkerProcess) -> None:
        with suppress(WorkerError):  # the call that needs it will say why it does not start
            if not self._closed:
                process.start()


_pools: dict[str, Pool] = {}
_pools_lock = threading.Lock()


def _pool_of(first: str, size: Callable[[], int] = lambda: 0) -> Pool:
    with _pools_lock:
        if first not in _pools:
            _pools[first] = Pool(size(), first)
        return _pools[first]


def shared() -> Pool:
    """This process's pool for pages and files. It ends with the process."""
    return _pool_of("warm_pages")


def facts_pool() -> Pool:
    """The pool whose workers keep what runs have read."""
    return _pool_of("warm_facts", lambda: min(cores(), _MOST_FACTS))


def close_shared() -> None:
    """End the pools' processes, if there are any; the next use starts new ones."""
    with _pools_lock:
        pools = list(_pools.values())
        _pools.clear()
    for pool in pools:
        pool.close()


def _forget() -> None:
    """In a fork: the processes are the parent's, and the threads that served them are not here."""
    global _pools, _pools_lock
    _pools, _pools_lock = {}, threading.Lock()


atexit.register(close_shared)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
