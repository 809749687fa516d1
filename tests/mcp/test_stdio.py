"""The server as clients start it: a process that is spoken to on stdin and stdout."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from wideseek_cli.mcp.server import make_server
from wideseek_cli.mcp.starting import Starter
from wideseek_cli.runs import Runs

QUESTION = "List all colleges of Ardovia with city and founding year."


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "WIDESEEK_RECORD": str(folder / "r.sqlite"), **more}


@pytest.mark.slow
async def test_a_whole_session(tmp_path: Path) -> None:
    command = ["-m", "tests.mcp.scripted", "mcp"]
    server = StdioServerParameters(
        command=sys.executable, args=command, env=environment(tmp_path, SLOW="0.1")
    )
    progress: list[float] = []

    async def hear(done: float, total: float | None, message: str | None) -> None:
        progress.append(done)

    async with Client(server) as client:
        asked = {"question": f"@/etc/passwd {QUESTION}", "columns": "college, city"}  # no file is read
        begun = (await client.call_tool("research_start", asked)).structured_content
        assert (begun["columns"], begun["state"]) == (["college", "city"], "starting")
        status = await client.call_tool("research_status", {"run": begun["run"]}, progress_callback=hear)
        assert status.structured_content["state"] == "complete"
        assert status.structured_content["question"] == asked["question"]
        result = await client.call_tool("research_result", {"run": begun["run"]})
        assert result.structured_content["cells"] == {"proved": 10}
        assert result.structured_content["columns"] == ["college", "city"]
    assert progress == sorted(set(progress)), "each notification is further on"


class OlderClient:
    """Speaks a protocol of two versions ago, by hand."""

    def __init__(self, folder: Path, **world: str) -> None:
        command = [sys.executable, "-m", "tests.mcp.scripted", "mcp"]
        self.server = subprocess.Popen(
            command, env=environment(folder, **world), stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        self._id = 0
        hello = {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "x", "version": "1"},
        }
        self.hello = self.ask("initialize", hello)
        self.send({"method": "notifications/initialized"})

    def send(self, message: dict[str, Any]) -> None:
        assert self.server.stdin is not None
        self.server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.server.stdin.flush()

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        assert self.server.stdout is not None
        self._id += 1
        self.send({"id": self._id, "method": method, "params": params})
        while (answer := json.loads(self.server.stdout.readline())).get("id") != self._id:
            pass
        return answer["result"]

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        return self.ask("tools/call", {"name": tool, "arguments": arguments})["structuredContent"]

    def hang_up(self) -> tuple[int, str]:
        """In the middle of a question; what the server says of it."""
        waits = {"name": "research_status", "arguments": {"run": "@last"}}
        self.send({"id": 99, "method": "tools/call", "params": waits})
        with self.server:
            assert self.server.stdin is not None
            assert self.server.stdout is not None
            assert self.server.stderr is not None
            self.server.stdin.close()
            self.server.stdout.close()
            return self.server.wait(timeout=30), self.server.stderr.read().decode()


@pytest.mark.slow
async def test_an_older_client_hangs_up_and_finds_its_run_again(tmp_path: Path) -> None:
    client = OlderClient(tmp_path, SLOW="0.1")
    assert client.hello["protocolVersion"] == "2025-06-18"
    assert [tool["name"] for tool in client.ask("tools/list", {})["tools"]][-1] == "cancel"
    run = client.call("research_start", question=QUESTION)["run"]
    assert client.hang_up() == (0, "")
    with Runs.open(tmp_path / "r.sqlite") as runs:
        assert runs.find(run).wait() == 0  # it went on
    starter = Starter({"record": str(tmp_path / "r.sqlite")}, "")
    async with Client(make_server(starter)) as another:
        found = (await another.call_tool("list_runs", {})).structured_content["runs"]
        assert [(one["run"], one["state"]) for one in found] == [(run, "complete")]
        result = await another.call_tool("research_result", {"run": run})
        assert result.structured_content["row_count"] == 5


@pytest.mark.slow
def test_ctrl_c_ends_the_server_though_nobody_speaks(tmp_path: Path) -> None:
    client = OlderClient(tmp_path)
    with client.server as server:
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) == -signal.SIGINT
        assert server.stderr is not None
        assert server.stderr.read() == b""


@pytest.mark.slow
@pytest.mark.timeout(900)  # other programs may use the processor too
async def test_the_demo_model_answers_from_the_factbook(tmp_path: Path) -> None:
    command = ["-m", "wideseek_cli", "mcp", "-m", "demo", "--source", "factbook", "--offline"]
    server = StdioServerParameters(command=sys.executable, args=command, env=environment(tmp_path))
    question = "List the countries of South America with capital and total area in sq km"
    async with Client(server) as client:
        begun = await client.call_tool(
            "research_start", {"question": question, "columns": "country, capital, area:int"}
        )
        run, state = begun.structured_content["run"], "starting"
        while state in ("starting", "running"):
            state = (await client.call_tool("research_status", {"run": run})).structured_content["state"]
        result = (await client.call_tool("research_result", {"run": run})).structured_content
        assert (state, result["row_count"]) == ("complete", 12)
        why = (
            await client.call_tool("why", {"run": run, "row": "Peru", "column": "capital"})
        ).structured_content
        assert (why["value"], why["status"]) == ("Lima", "proved")
        assert "Lima" in why["quote"]
