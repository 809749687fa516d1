"""The replay on the local engine."""

from __future__ import annotations

from collections.abc import Sequence

from wideseek_cli.bench.plan import WideTask
from wideseek_cli.bench.player import Counts
from wideseek_cli.core.aio import aside
from wideseek_cli.engine.base import EngineStats
from wideseek_cli.engine.local.engine import LocalConversation, LocalEngine
from wideseek_cli.engine.local.fit import LoadOptions


class Ours:
    """The local engine with a stream for every agent of the task."""

    def __init__(self, engine: LocalEngine) -> None:
        self._engine = engine
        self._before = EngineStats()

    @classmethod
    async def load(cls, options: LoadOptions) -> Ours:
        return cls(await aside(lambda: LocalEngine.load(options)))

    async def enter(self, prompt: Sequence[int]) -> LocalConversation:
        return self._engine.open_tokens(prompt)

    @property
    def chosen(self) -> dict[str, str]:
        """Whether attention is computed in one kernel, whether weights are repacked, and why."""
        return {"flash": str(self._engine.flash), "repack": str(self._engine.repack)}

    @property
    def counts(self) -> Counts:
        now, before = self._engine.stats, self._before
        return Counts(
            prefill_tokens=now.prefill_tokens - before.prefill_tokens,
            decode_tokens=now.decode_tokens - before.decode_tokens,
            shared_tokens=now.shared_tokens - before.shared_tokens,
            model_seconds=now.decode_seconds - before.decode_seconds,
            prefill_seconds=now.prefill_seconds - before.prefill_seconds,
            sampling_seconds=now.sample_seconds - before.sample_seconds,
        )

    def reset(self) -> None:
        self._before = self._engine.stats

    async def aclose(self) -> None:
        await self._engine.aclose()


def longest(task: WideTask) -> int:
    """Tokens of the longest context of a task."""
    return max(part.tokens for part in (task.lead, *task.subagents))
