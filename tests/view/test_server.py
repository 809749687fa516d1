"""Who gets an answer: another user, another page, another name for this machine, and malformed requests."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.ui import story
from wideseek_cli.core import events as ev
from wideseek_cli.export.writing import Format
from wideseek_cli.record.inbox import Inbox
from wideseek_cli.record.store import Store
from wideseek_cli.view import server
from wideseek_cli.view.guard import Guard, Refused
from wideseek_cli.view.server import Serving, serve
from wideseek_cli.view.site import Site

RUN = "01k2x7abc"
GUARD = Guard("secret-token", 4000)
OURS = {"host": ["127.0.0.1:4000"]}


@pytest.fixture(autouse=True)
def _ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_LOOK_S", 0.005)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "runs.sqlite"
    with Store.open(path) as store:
        journal = store.journal(RUN)
        for event in story.whole_run(RUN):
            journal.commit(event)
        journal.close()
    return path


@pytest.fixture
def serving(record: Path) -> Iterator[Serving]:
    with serve(Site(record)) as served:
        yield served


def raw(serving: Serving, request: bytes, *, until: bytes = b"") -> bytes:
    """What comes back for these very bytes; with `until`, no more than that."""
    parts = urlsplit(serving.address)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(request)
        got = b""
        while not (until and until in got) and (piece := connection.recv(65_536)):
            got += piece
    return got


def get(
    serving: Serving, path: str, *more: str, method: str = "GET", host: str = ""
) -> tuple[int, str, bytes]:
    """Status, headers and body of a path behind the token."""
    parts = urlsplit(serving.address)
    target = path if path.startswith("/") else parts.path + path
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host or parts.netloc}", *more, "", ""]
    head, _, body = raw(serving, "\r\n".join(lines).encode()).partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body


def test_pages_and_files(serving: Serving) -> None:
    status, _, body = get(serving, "")
    assert (status, b"Ivy League" in body) == (200, True)
    status, head, body = get(serving, f"run/{RUN}")
    assert status == 200
    policy = re.search(r"Content-Security-Policy: (.*)", head)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    assert "frame-ancestors 'none'" in policy[1]
    assert "Referrer-Policy: no-referrer" in head
    for format in Format:
        status, head, body = get(serving, f"run/{RUN}/table/{format.value}")
        assert (status, bool(body)) == (200, True), format
        assert f'attachment; filename="wideseek-{RUN}.' in head


def test_the_record_is_only_read(serving: Serving, record: Path) -> None:
    before = record.read_bytes()
    get(serving, f"run/{RUN}")
    get(serving, f"run/{RUN}/events?since=3")
    assert record.read_bytes() == before


def test_another_user_has_no_token(serving: Serving) -> None:
    token = urlsplit(serving.address).path.strip("/")
    assert len(token) >= 32
    for path in ("/", f"/run/{RUN}", f"/{token[:-1]}x/", f"/{token}", f"/{token}x/", f"/x{token}/", "//"):
        status, _, body = get(serving, path)
        assert status == HTTPStatus.FORBIDDEN, path
        assert token.encode() not in body
        assert b"Ivy" not in body


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "0.0.0.0:{port}"]
)
def test_a_foreign_name_that_leads_here_gets_nothing(serving: Serving, host: str) -> None:
    """DNS rebinding: the page of another host whose name was made to mean this machine."""
    host = host.format(port=urlsplit(serving.address).port)
    assert get(serving, f"run/{RUN}", host=host)[0] == HTTPStatus.MISDIRECTED_REQUEST


@pytest.mark.parametrize(
    "header",
    [
        "Origin: http://evil.example",
        "Origin: null",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
    ],
)
def test_another_page_gets_nothing(serving: Serving, header: str) -> None:
    assert get(serving, f"run/{RUN}", header)[0] == HTTPStatus.FORBIDDEN
    assert get(serving, "events", header)[0] == HTTPStatus.FORBIDDEN


def test_our_own_page_and_a_link_are_answered() -> None:
    for more in (
        {"origin": ["http://127.0.0.1:4000"]},
        {"sec-fetch-site": ["same-origin"]},
        {"sec-fetch-site": ["cross-site"], "sec-fetch-mode": ["navigate"], "sec-fetch-dest": ["document"]},
    ):
        assert GUARD.check("GET", "/secret-token/run/x", OURS | more).path == "run/x"
    framed = {"sec-fetch-site": ["cross-site"], "sec-fetch-mode": ["navigate"], "sec-fetch-dest": ["iframe"]}
    with pytest.raises(Refused):
        GUARD.check("GET", "/secret-token/run/x", OURS | framed)


@pytest.mark.parametrize("headers", [{}, {"host": []}, {"host": ["127.0.0.1:4000", "evil.example"]}])
def test_one_host_and_no_more(headers: dict[str, list[str]]) -> None:
    with pytest.raises(Refused):
        GUARD.check("GET", "/secret-token/", headers)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PATCH", "get"])
def test_no_other_method(serving: Serving, method: str) -> None:
    assert get(serving, "", method=method)[0] == HTTPStatus.METHOD_NOT_ALLOWED


BUSY = "04running"


def post(serving: Serving, path: str, body: bytes, **changed: str) -> tuple[int, bytes]:
    """What our own page gets for a message; `changed`: its headers, where they are others."""
    parts = urlsplit(serving.address)
    headers = {
        "host": parts.netloc,
        "origin": f"http://{parts.netloc}",
        "content-type": "application/json",
        "content-length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    lines = [f"POST {parts.path}{path} HTTP/1.1", *(f"{n}: {v}" for n, v in headers.items() if v), "", ""]
    head, _, said = raw(serving, "\r\n".join(lines).encode() + body).partition(b"\r\n\r\n")
    return int(head.split()[1]), said


@pytest.fixture
def busy(record: Path) -> Iterator[Inbox]:
    """A run that goes on; what it is told."""
    with Store.open(record) as store:
        journal = store.journal(BUSY)
        journal.commit(replace(next(iter(story.whole_run(BUSY))), run=BUSY))
        yield journal.inbox
        journal.close()


def test_the_page_tells_a_run_something(serving: Serving, busy: Inbox) -> None:
    status, said = post(serving, f"run/{BUSY}/steer", b'{"message": "also give the motto; be nice"}')
    assert (status, json.loads(said)["done"].split(";")[0]) == (200, "told: add column motto")
    assert [letter.text for letter in busy.take()] == ["also give the motto; be nice"]


def test_the_page_stops_a_run(serving: Serving, busy: Inbox) -> None:
    status, said = post(serving, f"run/{BUSY}/stop", b'{"message": "stop"}')
    assert (status, "keeps" in json.loads(said)["done"]) == (200, True)
    assert [letter.kind for letter in busy.take()] == ["stop"]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"origin": ""}, HTTPStatus.FORBIDDEN),  # no browser leaves it out
        ({"origin": "http://evil.example"}, HTTPStatus.FORBIDDEN),
        ({"origin": "null"}, HTTPStatus.FORBIDDEN),
        ({"content_type": "text/plain"}, HTTPStatus.FORBIDDEN),  # what a form elsewhere could send
        ({"content_type": "application/x-www-form-urlencoded"}, HTTPStatus.FORBIDDEN),
        ({"content_type": ""}, HTTPStatus.FORBIDDEN),
        ({"sec_fetch_site": "cross-site"}, HTTPStatus.FORBIDDEN),
        (
            {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
            | {"origin": ""},
            HTTPStatus.FORBIDDEN,
        ),
        ({"host": "evil.example"}, HTTPStatus.MISDIRECTED_REQUEST),
        ({"content_length": ""}, HTTPStatus.LENGTH_REQUIRED),
        ({"content_length": "-1"}, HTTPStatus.LENGTH_REQUIRED),
        ({"transfer_encoding": "chunked"}, HTTPStatus.LENGTH_REQUIRED),
        ({"content_length": "9000"}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        ({"content_length": "0"}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    ],
)
def test_nobody_else_tells_a_run_anything(
    serving: Serving, busy: Inbox, changed: dict[str, str], status: int
) -> None:
    for what in ("steer", "stop"):
        assert post(serving, f"run/{BUSY}/{what}", b'{"message": "stop"}', **changed)[0] == status
    assert busy.take() == []


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"no json", b"\xff", b'{"message": ""}', b'{"message": "%s"}']
)
def test_what_is_no_message_is_refused(serving: Serving, busy: Inbox, body: bytes) -> None:
    status, said = post(serving, f"run/{BUSY}/steer", body.replace(b"%s", b"x" * 1001))
    assert status == HTTPStatus.BAD_REQUEST
    assert b"<" not in said
    assert busy.take() == []


@pytest.mark.parametrize("path", [f"run/{RUN}/steer", "run/nonesuch/steer", "run/../steer", "steer", ""])
def test_only_a_run_that_goes_on_is_told(serving: Serving, path: str) -> None:
    assert post(serving, path, b'{"message": "stop"}')[0] == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    "path",
    [
        "run/../../../etc/passwd",
        "run/..%2f..%2fruns.sqlite",
        "run/%2e%2e",
        f"run/{RUN}/../{RUN}",
        f"run/{RUN}/table/../csv",
        f"run/{RUN}/table/exe",
        f"run/{RUN}x",
        "run/@last",
        "run/",
        "page.js",
        "run/01K2X7ABC",
    ],
)
def test_nothing_else_is_there(serving: Serving, path: str) -> None:
    status, _, body = get(serving, path)
    assert status == HTTPStatus.NOT_FOUND
    assert b"<" not in body


@pytest.mark.parametrize("since", ["x", "-1", "²", "9" * 40, ""])
def test_a_number_that_is_none_begins_at_the_beginning(since: str) -> None:
    assert GUARD.check("GET", "/secret-token/events", OURS | {"last-event-id": [since]}).since == 0


def test_where_a_stream_goes_on() -> None:
    assert GUARD.check("GET", "/secret-token/events?since=12", OURS).since == 12
    assert GUARD.check("GET", "/secret-token/events?since=12", OURS | {"last-event-id": ["15"]}).since == 15


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 5_000 + b"\r\n",
    ],
)
def test_a_request_is_bounded(serving: Serving, request_: bytes) -> None:
    assert b" 431 " in raw(serving, request_[: server.MOST_REQUEST + 1]).split(b"\r\n")[0]


@pytest.mark.parametrize(
    "request_", [b"\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\xff\xfe\r\n\r\n"]
)
def test_what_is_no_request_harms_nobody(serving: Serving, request_: bytes) -> None:
    assert b"Ivy" not in raw(serving, request_)
    assert get(serving, "")[0] == 200


def test_a_client_that_sends_nothing_is_let_go(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "REQUEST_S", 0.2)
    assert raw(serving, b"GET / HT") == b""


def test_clients_are_bounded(serving: Serving) -> None:
    parts = urlsplit(serving.address)
    place = (parts.hostname, parts.port)
    held = [socket.create_connection(place, timeout=20) for _ in range(server.MOST_CLIENTS)]
    assert not answered(serving)
    for connection in held:
        connection.close()
    end = time.monotonic() + 20  # their threads end one by one
    while not answered(serving):
        assert time.monotonic() < end


def answered(serving: Serving) -> bool:
    try:
        return raw(serving, b"GET / HTTP/1.1\r\n\r\n") != b""
    except ConnectionError:
        return False


def messages(body: bytes) -> list[dict[str, object]]:
    text = body.decode()
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


def test_a_finished_run_is_told_from_where_the_page_stands(serving: Serving) -> None:
    whole = messages(get(serving, f"run/{RUN}/events")[2])
    assert len(whole[0]["agents"]) == 10  # type: ignore[arg-type]
    end = messages(get(serving, f"run/{RUN}/events?since=36")[2])
    assert "searches" not in end[0]
    assert end[-1]["over"] is True


def test_a_running_run_is_told_as_it_goes(record: Path) -> None:
    run = "04running"
    told = [
        replace(event, run=run) if isinstance(event, ev.RunStarted) else event
        for event in story.whole_run(run)
    ]
    with Store.open(record) as store, serve(Site(record)) as serving:
        journal = store.journal(run)
        for event in told[:6]:
            journal.commit(event)
        got: list[bytes] = []
        path = urlsplit(serving.address).path + f"run/{run}/events?since=0"
        request = f"GET {path} HTTP/1.1\r\nHost: {urlsplit(serving.address).netloc}\r\n\r\n".encode()
        reader = threading.Thread(target=lambda: got.append(raw(serving, request)))
        first = raw(serving, request, until=b"\n\n")
        assert b"text/event-stream" in first
        assert messages(first)[0]["head"]["state"] == "running"  # type: ignore[index]
        reader.start()
        for event in told[6:]:
            journal.commit(event)
        journal.close()
        reader.join(20)
    last = messages(got[0])[-1]
    assert last["over"] is True
    assert last["head"]["state"] == "incomplete"  # type: ignore[index]
