"""The same replay on somebody's llama-server, used well: token ids in, one slot for each agent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from wideseek_cli.bench.player import Counts
from wideseek_cli.core.errors import RemoteError

# Seconds. Writing a long table on a small machine takes minutes; a server that is not there says so at once.
TIMEOUT = httpx.Timeout(3600, connect=5)

# The whole distribution, as our own replay samples: no other sampler stands in the way.
SAMPLING = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "samplers": ["temperature"]}


class LlamaServer:
    """A running llama-server."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT, limits=httpx.Limits(max_connections=None), trust_env=False
        )
        self._slots = 0
        self._next_slot = 0
        self._prefilled = self._written = 0

    async def connect(self) -> str:
        """Ask what it runs: the model's file name."""
        properties = await self.ask("GET", "/props")
        self._slots = int(properties.get("total_slots", 0))
        return str(properties.get("model_path", "")).rpartition("/")[2]

    async def enter(self, prompt: Sequence[int]) -> _Slot:
        slot = self._next_slot if self._next_slot < self._slots else -1
        self._next_slot += 1
        return _Slot(self, slot, prompt)

    @property
    def counts(self) -> Counts:
        return Counts(self._prefilled, self._written)

    def reset(self) -> None:
        self._next_slot = self._prefilled = self._written = 0

    def count(self, timings: Any) -> None:
        if isinstance(timings, dict):
            self._prefilled += int(timings.get("prompt_n", 0))
            self._written += int(timings.get("predicted_n", 0))

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = await self._client.request(method, self._url + path, json=body)
            answer.raise_for_status()
            told = answer.json()
        except httpx.HTTPStatusError as error:
            text = "".join(c for c in error.response.text[:200] if c.isprintable())
            raise RemoteError(f"{self._url}{path} answered {error.response.status_code}: {text}") from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise RemoteError(
                f"no llama-server answers at {self._url} ({type(error).__name__})",
                hint="start one on the same model: llama-server -m MODEL.gguf -np 7 -no-kvu -fa on",
            ) from error
        if not isinstance(told, dict):
            raise RemoteError(f"{self._url}{path} did not answer like a llama-server")
        return told

    async def aclose(self) -> None:
        await self._client.aclose()


class _Slot:
    """One agent, which comes back to the same slot so that the server still holds its beginning."""

    def __init__(self, server: LlamaServer, slot: int, prompt: Sequence[int]) -> None:
        self._server = server
        self._slot = slot
        self._tokens = list(prompt)

    async def write_tokens(self, count: int) -> None:
        body = {"prompt": self._tokens, "n_predict": count, "id_slot": self._slot, "ignore_eos": True}
        body |= {"cache_prompt": True, "return_tokens": True, "stream": False, **SAMPLING}
        told = await self._server.ask("POST", "/completion", body)
        tokens = told.get("tokens")
        if not isinstance(tokens, list) or len(tokens) != count:
            got = len(tokens) if isinstance(tokens, list) else 0
            raise RemoteError(
                f"the server wrote {got} tokens where {count} were asked for",
                hint="its slots may be too small: start it with a larger -c",
            )
        self._tokens += tokens
        self._server.count(told.get("timings"))

    def append_tokens(self, tokens: Sequence[int]) -> None:
        self._tokens += tokens

    def close(self) -> None:
        """A slot is the server's: nothing to give back."""
