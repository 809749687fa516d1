"""The server over HTTP on loopback: only with the token, only to programs on this machine, to no web page."""

from __future__ import annotations

import asyncio
import hmac
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

from wideseek_cli.core.errors import AddressError, ConfigError
from wideseek_cli.mcp.server import http_app
from wideseek_cli.mcp.starting import Starter

TOKEN = "WIDESEEK_MCP_TOKEN"  # noqa: S105 - the variable's name
HOST, PATH = "127.0.0.1", "/mcp"
SHORTEST = 16  # characters of a token
_GRACE = 2  # seconds for open answers when the server ends

App = Callable[[Any, Any, Any], Awaitable[None]]


class Guard:
    """Refuses what another user or a web page could send, before anything else hears of it: another host name
    (DNS rebinding), another origin, and whatever has no token."""

    def __init__(self, app: App, token: str, port: int) -> None:
        self._app, self._token = app, token.encode()
        self._hosts = {f"{name}:{port}".encode() for name in (HOST, "localhost", "[::1]")}
        self._origins = {b"http://" + host for host in self._hosts}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return None
        refused = self._refusal(scope["headers"])
        if refused is None:
            return await self._app(scope, receive, send)
        status, words = refused
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        headers += [(b"www-authenticate", b"Bearer")] if status == 401 else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": words.encode()})
        return None

    def _refusal(self, headers: list[tuple[bytes, bytes]]) -> tuple[int, str] | None:
        hosts, origins, given = (
            [value for name, value in headers if name == wanted]
            for wanted in (b"host", b"origin", b"authorization")
        )
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return 421, "this server is for programs on its own machine"
        if any(origin.lower() not in self._origins for origin in origins):
            return 403, "this server is for no web page"
        kind, _, token = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
        if kind.lower() != b"bearer" or not hmac.compare_digest(token.strip(), self._token):
            return 401, "send the token: Authorization: Bearer …"
        return None


def serve_http(starter: Starter, port: int, say: Callable[[str], None]) -> None:
    """Until it is interrupted."""
    named = os.environ.get(TOKEN, "")
    if named and (len(named) < SHORTEST or not named.isascii() or not named.isprintable()):
        raise ConfigError(
            f"{TOKEN} is not usable as a token", hint=f"{SHORTEST} printable ASCII characters or more"
        )
    token = named or secrets.token_urlsafe(32)
    with _listening(port) as place:
        port = place.getsockname()[1]
        say(f"MCP server: http://{HOST}:{port}{PATH}")
        say(f"token: {TOKEN}" if named else f"token: {token}   (send it as Authorization: Bearer TOKEN)")
        config = uvicorn.Config(
            Guard(http_app(starter), token, port),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )
        asyncio.run(uvicorn.Server(config).serve([place]))


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise AddressError(
            f"port {port} of {HOST} cannot be used: {error.strerror or error}",
            hint="choose another: --port N, or 0 for a free one",
        ) from error
