"""What there is under each address: the list of runs, a run, its table as a file, its events as they come."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from wideseek_cli.core.errors import NotFoundError, WideseekError
from wideseek_cli.core.text import clean_line
from wideseek_cli.export.document import Document, whole_policy
from wideseek_cli.export.writing import Format
from wideseek_cli.record.detached import tell
from wideseek_cli.record.follow import batches
from wideseek_cli.record.lock import is_running
from wideseek_cli.record.store import Store
from wideseek_cli.view import downloads
from wideseek_cli.view.document import make_document, page_begun, page_ended, policy, to_json
from wideseek_cli.view.rundata import RunData, listed, states

MOST_RUNS = 500  # in the list
LIST_LOOK = 1.0  # seconds between two looks at the list
BEAT = 10.0  # seconds after which a silent stream says that it is there, and so learns who has left
_HERE = b": still here\n\n"
HTML, EVENTS = "text/html; charset=utf-8", "text/event-stream; charset=utf-8"
_RUN = "[0-9a-z]{1,32}"  # nothing that could lead out of a folder
_STEER = re.compile(f"run/(?P<run>{_RUN})/steer")
_ROUTES = {
    name: re.compile(pattern)
    for name, pattern in {
        "runs": "",
        "runs_events": "events",
        "run": f"run/(?P<run>{_RUN})",
        "run_events": f"run/(?P<run>{_RUN})/events",
        "table": f"run/(?P<run>{_RUN})/table/(?P<format>[a-z]{{1,16}})",
    }.items()
}


@dataclass(frozen=True)
class Answer:
    """Bytes in pieces: a tuple of them that is there, or an iterator of them as they come. `file`: the name
    under which they are to be saved."""

    pieces: Iterable[bytes]
    type: str
    policy: str = ""
    file: str = ""

    @property
    def size(self) -> int | None:
        """None while it goes on."""
        return sum(map(len, self.pieces)) if isinstance(self.pieces, tuple) else None


class Pages(Protocol):
    """What can be served."""

    def answer(self, path: str, since: int = 0) -> Answer:
        """What stands under a path, or NotFoundError. `since`: the first event that a page does not know."""

    def tell(self, path: str, message: str) -> Answer:
        """Take a message for the run under a path, or NotFoundError."""


class OnePage:
    """A page that is there already."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def answer(self, path: str, since: int = 0) -> Answer:
        if path:
            raise NotFoundError("there is no such page")
        return _page(self._document)

    def tell(self, path: str, message: str) -> Answer:
        raise NotFoundError("there is no run here")


class Site:
    """Reads one record, and takes messages for its runs. Each answer opens it for itself, as threads must."""

    def __init__(self, record: Path) -> None:
        self._record = record

    def answer(self, path: str, since: int = 0) -> Answer:
        for name, pattern in _ROUTES.items():
            if match := pattern.fullmatch(path):
                return self._answer(name, since, **match.groupdict())
        raise NotFoundError("there is no such page")

    def tell(self, path: str, message: str) -> Answer:
        match = _STEER.fullmatch(path)
        if match is None:
            raise NotFoundError("there is no such page")
        with self._store() as store:
            if match["run"] not in store.ids():
                raise NotFoundError("no such run is recorded")
            done = tell(store, match["run"], message)[1]
        said = {"done": f"told: {done}" if done else "told; the lead hears it with its next tool result"}
        return Answer((_bytes(to_json(said)),), "application/json")

    def _answer(self, name: str, since: int, run: str = "", format: str = "") -> Answer:
        if name == "runs_events":
            return Answer(self._listing(), EVENTS)
        with self._store() as store:
            if name == "runs":
                return _page(list_page(store))
            if run not in store.ids():
                raise NotFoundError("no such run is recorded")
            if name == "run":
                title = store.entry(run).question
                return Answer(self._run_page(title, run), HTML, whole_policy(policy()))
            if name == "table":
                return _table(store, run, format)
        return Answer(self._following(run, since), EVENTS)

    def _store(self) -> Store:
        return Store.open(self._record, read_only=True)

    def _run_page(self, title: str, run: str) -> Iterator[bytes]:
        """Its beginning at once, since the data takes the record some time."""
        yield _bytes(page_begun(title))
        try:
            with self._store() as store:
                data = _run_data(store, run)
        except WideseekError as error:
            data = {"error": clean_line(str(error))}
        yield _bytes(page_ended(data))

    def _following(self, run: str, since: int) -> Iterator[bytes]:
        """What the page does not know yet, then what happens, until no process is at the run."""
        data, told = RunData(), time.monotonic()
        with self._store() as store:
            data.hear(store.numbered(run, before=since)[0])
            data.news(running=True)  # the page has it
            for batch in batches(store, run, since):
                if batch.events:
                    data.hear(batch.events)
                    ahead = 0 if data.state.begun else store.ahead(run)
                    yield _event(data.news(running=True, ahead=ahead), batch.upto)
                elif time.monotonic() - told < BEAT:
                    continue
                else:
                    yield _HERE
                told = time.monotonic()
        yield _event({**data.news(running=False), "over": True})

    def _listing(self) -> Iterator[bytes]:
        """The list whenever it has changed; also when a run's process was killed, which writes nothing."""
        last, told = None, time.monotonic()
        with self._store() as store:
            while True:
                now = listed(store.runs(MOST_RUNS))
                if now != last:
                    last = now
                    yield _event({"runs": now})
                elif time.monotonic() - told < BEAT:
                    time.sleep(LIST_LOOK)
                    continue
                else:
                    yield _HERE
                told = time.monotonic()


def _event(data: dict[str, Any], number: int | None = None) -> bytes:
    named = "" if number is None else f"id: {number}\n"
    return _bytes(f"{named}data: {to_json(data)}\n\n")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _page(document: Document) -> Answer:
    return Answer((_bytes(document.html),), HTML, document.policy)


def _table(store: Store, run: str, name: str) -> Answer:
    format = next((one for one in Format if one.value == name), None)
    state = store.state(run)
    if format is None or state.table is None:
        raise NotFoundError("there is no such file of this run")
    described = downloads.described(format, run)
    return Answer((downloads.file_of(state, format),), described["type"], file=described["file"])


def list_page(store: Store) -> Document:
    """The list of runs."""
    data = {"kind": "list", "runs": listed(store.runs(MOST_RUNS)), "live": "events"}
    return make_document("Runs", data)


def run_page(store: Store, run: str) -> Document:
    """A run's page that needs no server."""
    return make_document(store.entry(run).question, _run_data(store, run, alone=True))


def _run_data(store: Store, run: str, *, alone: bool = False) -> dict[str, Any]:
    running = is_running(store.path, run)  # before its events: what comes later is streamed
    events, upto = store.numbered(run)
    data = RunData()
    data.hear(events)
    told = data.news(running=running, ahead=0 if data.state.begun else store.ahead(run))
    files: list[dict[str, Any]] = []
    if told.get("table") or running:
        files = downloads.packed(data.state) if alone else downloads.linked(run)
    live = running and not alone
    more = {"live": f"{run}/events?since={upto}" if live else "", "home": not alone}
    more["steer"] = f"{run}/steer" if live else ""
    return {"kind": "run", "states": states(), "downloads": files, "update": told, **more}
