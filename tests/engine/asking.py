"""Asks a scripted server for one reply."""

from __future__ import annotations

from tests.engine.scripted_server import Script
from wideseek_cli.core.messages import Opening, Reply, ReplyLimits, ToolSpec
from wideseek_cli.engine.remote.engine import RemoteEngine, RemoteOptions

LOOK = ToolSpec("look", "Find.", {"type": "object", "properties": {"q": {"type": "string"}}})


OPENING = Opening("You look.", "# Task\nGo", [LOOK])


VLLM = {"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 32_000}]}


async def reply_of(script: Script, opening: Opening = OPENING, limits: ReplyLimits | None = None) -> Reply:
    async with script:
        engine = await RemoteEngine.connect(RemoteOptions(script.url, first_wait=0.0001))
        try:
            return await (await engine.open(opening)).reply(limits)
        finally:
            await engine.aclose()
