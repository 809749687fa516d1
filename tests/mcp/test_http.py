"""Who may reach the server over HTTP, and two clients that do."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from wideseek_cli.core.errors import AddressError, ConfigError
from wideseek_cli.mcp.http import TOKEN, Guard, serve_http
from wideseek_cli.mcp.starting import Starter

QUESTION = "List all colleges of Ardovia with city and founding year."
SECRET = "a-token-of-the-test"
GOOD = {"host": "127.0.0.1:8765", "authorization": f"Bearer {SECRET}"}


async def answer(headers: list[tuple[bytes, bytes]], kind: str = "http") -> int:
    """The status that a request gets; 200 from the application behind."""
    sent: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    guard = Guard(application, SECRET, 8765)
    await guard({"type": kind, "headers": headers}, None, send)
    return int(sent[0]["status"]) if sent else 0


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 200),
        ({"host": "localhost:8765"}, 200),
        ({"host": "[::1]:8765", "origin": "http://localhost:8765"}, 200),
        ({"authorization": f"bearer {SECRET}"}, 200),
        ({"host": "evil.example:8765"}, 421),  # DNS rebinding
        ({"host": "127.0.0.1.evil.example:8765"}, 421),
        ({"host": "127.0.0.1:80"}, 421),
        ({"host": "127.0.0.1"}, 421),
        ({"host": None}, 421),
        ({"origin": "https://evil.example"}, 403),  # a page somewhere
        ({"origin": "http://localhost:8765.evil.example"}, 403),
        ({"origin": "http://localhost:3000"}, 403),
        ({"origin": "null"}, 403),
        ({"authorization": None}, 401),  # another user of this machine
        ({"authorization": "Bearer "}, 401),
        ({"authorization": f"Bearer {SECRET}x"}, 401),
        ({"authorization": f"Basic {SECRET}"}, 401),
        ({"authorization": "Bearer ü"}, 401),
    ],
)
async def test_only_programs_with_the_token_are_answered(changed: dict[str, str | None], status: int) -> None:
    headers = {**GOOD, **changed}
    raw = [(name.encode(), value.encode()) for name, value in headers.items() if value is not None]
    assert await answer(raw) == status


async def test_two_of_a_header_are_none() -> None:
    raw = [(name.encode(), value.encode()) for name, value in GOOD.items()]
    assert await answer([*raw, (b"host", b"evil.example")]) == 421
    assert await answer([*raw, (b"authorization", b"Bearer x")]) == 401
    assert await answer(raw, "websocket") == 0


def test_a_port_in_use_and_a_weak_token_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    starter = Starter({}, "")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(AddressError):
        serve_http(starter, taken.getsockname()[1], print)
    monkeypatch.setenv(TOKEN, "short")
    with pytest.raises(ConfigError):
        serve_http(starter, 0, print)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server in a process of its own."""
    environ = {**os.environ, "WIDESEEK_RECORD": str(tmp_path / "r.sqlite"), TOKEN: SECRET, "SLOW": "0.1"}
    command = [sys.executable, "-m", "tests.mcp.scripted", "mcp", "--http", "--port", "0"]
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        yield server.stderr.readline().split()[-1]
        server.terminate()
        said = server.stderr.read()
    assert SECRET not in said
    assert "Traceback" not in said


@asynccontextmanager
async def connected(address: str) -> Any:
    import httpx2
    from mcp import Client  # takes a second, in every process that collects the tests
    from mcp.client.streamable_http import streamable_http_client

    headers = {"Authorization": f"Bearer {SECRET}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as http,
        Client(streamable_http_client(address, http_client=http)) as client,
    ):
        yield client


@pytest.mark.slow
async def test_a_real_server_refuses_and_answers(address: str) -> None:
    import httpx2

    async with httpx2.AsyncClient(trust_env=False) as http:
        for headers, status in (
            ({}, 401),
            ({"authorization": f"Bearer {SECRET}", "origin": "https://evil.example"}, 403),
            ({"authorization": f"Bearer {SECRET}", "host": "evil.example"}, 421),
        ):
            assert (await http.post(address, json={}, headers=headers)).status_code == status
    async with connected(address) as client:
        assert (await client.call_tool("list_runs", {})).structured_content == {"runs": []}


@pytest.mark.slow
async def test_two_clients_use_one_engine_in_turn(address: str) -> None:
    async def ask(client: Any) -> tuple[str, dict[str, Any]]:
        begun = await client.call_tool("research_start", {"question": QUESTION, "columns": "college, city"})
        run = begun.structured_content["run"]
        status = await client.call_tool("research_status", {"run": run})
        return run, status.structured_content

    async with connected(address) as one, connected(address) as two:
        (first, done), (second, also) = await asyncio.gather(ask(one), ask(two))
        assert first != second
        assert (done["state"], also["state"]) == ("complete", "complete")
        result = await one.call_tool("research_result", {"run": second})  # any client finds any run
        assert result.structured_content["row_count"] == 5
