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
from wideseek_cli.runs import RecordedRun, Runs
from wideseek_cli.view import downloads
from wideseek_cli.view.document import make_document, page_begun, page_ended, policy, to_json
from wideseek_cli.view.rundata import RunData, listed, states

MOST_RUNS = 500  # in the list
LIST_LOOK = 1.0  # seconds between two looks at the list
BEAT = 10.0  # seconds after which a silent stream says that it is there, and so learns who has left
_HERE = b": still here\n\n"
HTML, EVENTS = "text/html; charset=utf-8", "text/event-stream; charset=utf-8"
_RUN = "[0-9a-z]{1,32}"  # nothing that could lead out of a folder
_TOLD = re.compile(f"run/(?P<run>{_RUN})/(?P<what>steer|stop)")
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
        match = _TOLD.fullmatch(path)
        if match is None:
            raise NotFoundError("there is no such page")
        with Runs.open(self._record) as runs:
            run = runs.find(match["run"])
            if match["what"] == "stop":
                run.stop()
                said = "it stops and keeps what it has; once more stops it at once"
            else:
                done = run.steer(message)
                said = f"told: {done}" if done else "told; the lead hears it with its next tool result"
        return Answer((_bytes(to_json({"done": said})),), "application/json")

    def _answer(self, name: str, since: int, run: str = "", format: str = "") -> Answer:
        if name == "runs_events":
            return Answer(self._listing(), EVENTS)
        with Runs.open(self._record) as runs:
            if name == "runs":
                return _page(list_page(runs))
            found = runs.find(run)
            if name == "run":
                return Answer(self._run_page(found.entry.question, run), HTML, whole_policy(policy()))
            if name == "table":
                return _table(found, format)
        return Answer(self._following(run, since), EVENTS)

    def _run_page(self, title: str, run: str) -> Iterator[bytes]:
        """Its beginning at once, since the data takes the record some time."""
        yield _bytes(page_begun(title))
        try:
            with Runs.open(self._record) as runs:
                data = _run_data(runs.find(run))
        except WideseekError as error:
            data = {"error": clean_line(str(error))}
        yield _bytes(page_ended(data))

    def _following(self, run: str, since: int) -> Iterator[bytes]:
        """What the page does not know yet, then what happens, until no process is at the run."""
        told = time.monotonic()
        with Runs.open(self._record) as runs:
            found = runs.find(run)
            data = RunData(found)
            found.look(data.hear, before=since)
            data.news()  # the page has it
            for new in found.follow(data.hear):
                if new:
                    yield _event(data.news(), found.upto)
                elif time.monotonic() - told < BEAT:
                    continue
                else:
                    yield _HERE
                told = time.monotonic()
            yield _event({**data.news(), "over": True})

    def _listing(self) -> Iterator[bytes]:
        """The list whenever it has changed; also when a run's process was killed, which writes nothing."""
        last, told = None, time.monotonic()
        with Runs.open(self._record) as runs:
            while True:
                now = listed(runs.latest(MOST_RUNS))
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


def _table(run: RecordedRun, name: str) -> Answer:
    format = next((one for one in Format if one.value == name), None)
    if format is None or run.state.table is None:
        raise NotFoundError("there is no such file of this run")
    described = downloads.described(format, run.id)
    return Answer((downloads.file_of(run.state, format),), described["type"], file=described["file"])


def list_page(runs: Runs) -> Document:
    """The list of runs."""
    data = {"kind": "list", "runs": listed(runs.latest(MOST_RUNS)), "live": "events"}
    return make_document("Runs", data)


def run_page(runs: Runs, wanted: str) -> Document:
    """A run's page that needs no server."""
    run = runs.find(wanted)
    return make_document(run.entry.question, _run_data(run, alone=True))


def _run_data(run: RecordedRun, *, alone: bool = False) -> dict[str, Any]:
    """Of a run that nobody has looked at."""
    data = RunData(run)
    run.look(data.hear)
    told = data.news()
    files: list[dict[str, Any]] = []
    if told.get("table") or run.running:
        files = downloads.packed(run.state) if alone else downloads.linked(run.id)
    live = run.running and not alone  # what comes later is streamed
    more = {"live": f"{run.id}/events?since={run.upto}" if live else "", "home": not alone}
    more["tell"] = f"{run.id}/" if live else ""
    return {"kind": "run", "states": states(), "downloads": files, "update": told, **more}
