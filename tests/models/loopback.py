"""A hub on this machine that cuts connections, refuses, lies and forgets on order."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlparse


@dataclass
class HubState:
    """What the server has and how it behaves."""

    files: dict[str, bytes] = field(default_factory=dict)  # "owner/repo/name" -> content
    quantised: dict[str, list[str]] = field(default_factory=dict)  # base repo -> repos
    cuts: list[int] = field(default_factory=list)  # bytes to send before each cut
    statuses: list[int] = field(
        default_factory=list
    )  # answers to give first; the last one stays when `stuck`
    stuck: bool = False
    ranges: bool = True
    tag: str = "v1"
    revision: str = "f" * 40
    announce: int | None = None  # a wrong Content-Length
    lengths: bool = True  # whether there is a Content-Length at all
    piece: int = 0  # the most bytes a range gets; 0: all that there are
    sums: bool = True  # whether the hub tells the files' sums
    headers: dict[str, str] = field(default_factory=dict)  # more of a file's, or others
    stall: float = 0.0  # before the hub says anything of a repo
    answer: bytes | None = None  # what the hub says of any repo
    pause: float = 0.0  # between blocks
    gate: threading.Event | None = None  # nothing is sent beyond 200,000 bytes until it opens
    sent: int = 0
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, name: str) -> str:
        return f"{self.endpoint}/{name}"

    endpoint: str = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        state: HubState = self.server.state
        path = unquote(urlparse(self.path).path).lstrip("/")
        state.requests.append((self.path, dict(self.headers)))
        if state.statuses:
            status = state.statuses[0] if state.stuck else state.statuses.pop(0)
            self._plain(status, b"no")
        elif state.stall and path.startswith("api/"):
            time.sleep(state.stall)
            self.close_connection = True
        elif path == "api/models":
            self._list(state)
        elif path.startswith("api/models/"):
            self._info(state, path)
        else:
            self._file(state, path)

    def _plain(self, status: int, body: bytes, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", self.server.state.headers.get("Retry-After", "3"))
        if status == 302:
            self.send_header("Location", "file:///etc/passwd")
        self.end_headers()
        self.wfile.write(body)

    def _list(self, state: HubState) -> None:
        asked = unquote(urlparse(self.path).query)
        found = [r for base, repos in state.quantised.items() if f"quantized:{base}" in asked for r in repos]
        self._plain(200, json.dumps([{"id": r, "modelId": r} for r in found]).encode(), "application/json")

    def _info(self, state: HubState, path: str) -> None:
        if state.answer is not None:
            self._plain(200, state.answer, "application/json")
            return
        repo = "/".join(path.split("/")[2:4])
        files = {n.removeprefix(repo + "/"): d for n, d in state.files.items() if n.startswith(repo + "/")}
        if not files:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        siblings = []
        for name, data in files.items():
            lfs = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 1}
            siblings.append(
                {
                    "rfilename": name,
                    "size": len(data),
                    **({"lfs": lfs} if len(data) > 999 and state.sums else {}),
                }
            )
        info = {"id": repo, "modelId": repo, "sha": state.revision, "siblings": siblings}
        self._plain(200, json.dumps(info).encode(), "application/json")

    def _file(self, state: HubState, path: str) -> None:
        parts = path.split("/")
        name = "/".join(parts[:2] + parts[4:]) if len(parts) > 4 and parts[2] == "resolve" else path
        data = state.files.get(name)
        if data is None:
            self._plain(404, b"")
            return
        start, end = 0, len(data)
        asked, condition = self.headers.get("Range", ""), self.headers.get("If-Range")
        if state.ranges and asked and condition in (None, f'"{state.tag}"'):
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(data):
                self._plain(416, b"")
                return
            end = min(end, start + state.piece) if state.piece else end
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
        else:
            self.send_response(200)
        for name, value in {"ETag": f'"{state.tag}"', **state.headers}.items():
            self.send_header(name, value)
        length = end - start if state.announce is None else state.announce
        if state.lengths:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self._send(state, data[start:end])

    def _send(self, state: HubState, data: bytes) -> None:
        cut = state.cuts.pop(0) if state.cuts else len(data)
        self.close_connection = True
        for place in range(0, min(cut, len(data)), 16_384):
            block = data[place : min(place + 16_384, cut)]
            gate = state.gate
            if gate and state.sent > 200_000:
                gate.wait(10)
            try:
                self.wfile.write(block)
                self.wfile.flush()
            except OSError:
                return
            state.sent += len(block)
            if state.pause:
                time.sleep(state.pause)


@contextmanager
def loopback_hub() -> Iterator[HubState]:
    """Serve until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    state = HubState()
    state.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    server.state = state  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
