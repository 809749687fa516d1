"""The site over HTTP, on loopback alone, with a bound on everything that a client sends or holds."""

from __future__ import annotations

import io
import json
import secrets
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import LineTooLong
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from wideseek_cli.core.errors import NotFoundError, UsageError, ViewError, WideseekError
from wideseek_cli.core.text import clean_line
from wideseek_cli.view.guard import Guard, Refused
from wideseek_cli.view.site import Answer, Pages

HOST = "127.0.0.1"
MOST_REQUEST = 16_384  # bytes of request line and headers
REQUEST_S = 10.0  # seconds for all of a request, and for each write
MOST_CLIENTS = 32
_LOOK_S = 0.1  # seconds between looks whether it is told to end
_HEADERS = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_NOTHING = "default-src 'none'; frame-ancestors 'none'"


class _Bounded(io.RawIOBase):
    """A request that is read: so many bytes, so many seconds, no more."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._left, self._end = MOST_REQUEST, time.monotonic() + REQUEST_S

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left <= 0:
            raise LineTooLong("request")
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        self._connection.settimeout(seconds)
        view = memoryview(buffer)[: self._left]
        size = self._connection.recv_into(view)
        self._left -= size
        return size


class _Handler(BaseHTTPRequestHandler):
    """One request a connection."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "wideseek", ""
    error_content_type = "text/plain; charset=utf-8"
    error_message_format = "%(code)d %(message)s\n"

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(_Bounded(self.connection), 4096)

    def handle(self) -> None:
        """Read, check, answer. A client that has gone, or sends nothing, is no error."""
        try:
            self._handle()
        except (TimeoutError, ConnectionError):
            return

    def _handle(self) -> None:
        self.close_connection = True
        self.requestline, self.request_version, self.command = "", "HTTP/1.1", ""
        try:
            self.raw_requestline = self.rfile.readline(MOST_REQUEST + 1)
            if not self.raw_requestline or not self.parse_request():
                return
        except LineTooLong:
            self.send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        self.connection.settimeout(REQUEST_S)
        try:
            asked = self.server.guard.check(self.command, self.path, self._all_headers())
            site = self.server.site
            told = self._message(asked.told) if asked.told else ""
            answer = site.tell(asked.path, told) if asked.told else site.answer(asked.path, asked.since)
        except Refused as refused:
            self.send_error(refused.status, str(refused))
        except NotFoundError as error:
            self.send_error(HTTPStatus.NOT_FOUND, str(error))
        except UsageError as error:
            self.send_error(HTTPStatus.BAD_REQUEST, clean_line(str(error)))
        except WideseekError as error:
            self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR, clean_line(str(error)))
        else:
            self._send(answer)

    def _message(self, size: int) -> str:
        """The message in a body of so many bytes."""
        try:
            return str(json.loads(self.rfile.read(size))["message"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Refused(HTTPStatus.BAD_REQUEST, "not a message") from error

    def _all_headers(self) -> dict[str, list[str]]:
        return {name.lower(): self.headers.get_all(name, []) for name in self.headers}

    def _send(self, answer: Answer) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Security-Policy", answer.policy or _NOTHING)
        if answer.size is not None:
            self.send_header("Content-Length", str(answer.size))
        if answer.file:
            self.send_header("Content-Disposition", f'attachment; filename="{answer.file}"')
        self.end_headers()
        for piece in answer.pieces:
            if self.server.closing.is_set():
                return
            self.wfile.write(piece)

    def end_headers(self) -> None:
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the addresses hold the token."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = MOST_CLIENTS

    def __init__(self, site: Pages) -> None:
        super().__init__((HOST, 0), _Handler)
        self.site, self.closing = site, threading.Event()
        self.guard = Guard(secrets.token_urlsafe(24), self.server_port)
        self._room = threading.Semaphore(MOST_CLIENTS)

    def server_bind(self) -> None:
        """Without the look-up of our own name that HTTPServer makes: it may leave this machine."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()


class Serving:
    """A site that is served, until `close`."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self.address = f"http://{HOST}:{server.server_port}/{server.guard.token}/"
        self._thread = threading.Thread(target=server.serve_forever, args=(_LOOK_S,), daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until the process is told to end."""
        self._thread.join()

    def close(self) -> None:
        self._server.closing.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serve(site: Pages) -> Iterator[Serving]:
    """Serve on a free port of this machine, for this machine."""
    try:
        server = _Server(site)
    except OSError as error:
        hint = "write the page as a file instead: wideseek view -o page.html"
        raise ViewError(f"no port of {HOST} can be opened: {error.strerror}", hint=hint) from error
    serving = Serving(server)
    try:
        yield serving
    finally:
        serving.close()
