"""What runs stand on, opened: the model or a server, and the sources. One of these can serve many runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wideseek_cli.agents.promptset import PromptSet, load_prompts
from wideseek_cli.config import Settings
from wideseek_cli.engine.base import Engine
from wideseek_cli.messages import Sampling
from wideseek_cli.run import Journal, Listener, Run
from wideseek_cli.state import RunState

if TYPE_CHECKING:
    from wideseek_cli.engine.fit import LoadOptions
    from wideseek_cli.engine.local import LocalEngine
    from wideseek_cli.models.choose import ModelChoice
    from wideseek_cli.models.registry import Entry
    from wideseek_cli.tools.base import Reader
    from wideseek_cli.tools.sources import SourceSet

PLAIN = "plain"
Say = Callable[[str], None]


@dataclass
class OpenEngine:
    """A loaded engine, with what its model is used to."""

    engine: Engine
    sampling: Sampling | None = None
    prompts: str = ""
    notes: tuple[str, ...] = ()  # for the user, a line each

    async def aclose(self) -> None:
        await self.engine.aclose()


@dataclass
class Opened:
    """Engine and sources for any number of runs. Use it as an async context manager."""

    settings: Settings
    model: OpenEngine
    sources: SourceSet

    def run(
        self,
        question: str,
        journal: Journal,
        listeners: Sequence[Listener] = (),
        *,
        settings: Settings | None = None,
        resume_from: RunState | None = None,
    ) -> Run:
        """A run on this engine and these sources; `settings` may differ in what is not about opening them."""
        run = Run(
            question,
            settings or self.settings,
            engine=self.model.engine,
            sources=self.sources,
            journal=journal,
            listeners=listeners,
            resume_from=resume_from,
            sampling=self.model.sampling,
            prompts=self.model.prompts,
        )
        reader = reader_for(run.settings, run.prompts, self.model.engine, run.sampling)
        run.sources = replace(self.sources, reader=reader)
        return run

    async def aclose(self) -> None:
        await self.sources.aclose()
        await self.model.aclose()

    async def __aenter__(self) -> Opened:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()


async def open_everything(settings: Settings, say: Say | None = None, *, runs: int = 1) -> Opened:
    """Sources first: they are quick to fail. `runs` is how many runs there will be at once."""
    from wideseek_cli.tools.sources import open_sources

    sources = await asyncio.to_thread(open_sources, settings, say=say)
    try:
        model = await open_engine(settings, runs=runs)
    except BaseException:
        with suppress(Exception):  # the first error is the one to tell
            await sources.aclose()
        raise
    if say is not None:
        for note in model.notes:
            say(note)
    return Opened(settings, model, sources)


async def open_engine(settings: Settings, *, runs: int = 1) -> OpenEngine:
    """The server that is named, or the model on this machine."""
    if settings.engine:
        return await _connect(settings)
    from wideseek_cli.models.choose import resolve

    choice = await asyncio.to_thread(resolve, settings.model, width=settings.width)
    engine = await asyncio.to_thread(_load, load_options(settings, choice, runs))
    return OpenEngine(engine, choice.sampling, prompts_of(choice), engine.notes)


async def _connect(settings: Settings) -> OpenEngine:
    """A server. A known model, the named one or the one that it lists, is sampled and spoken to as it would
    be here, any other as the reference does it."""
    from wideseek_cli.engine.remote import RemoteEngine, RemoteOptions

    options = RemoteOptions(
        url=settings.engine, model=settings.model, context=settings.context, grammar=settings.grammar
    )
    engine = await RemoteEngine.connect(options)
    known = served_entry(settings.model or engine.info.name)
    return OpenEngine(engine, known.sampling, prompts_of(known)) if known else OpenEngine(engine)


def served_entry(model: str) -> Entry | None:
    """The registry's entry for a server's model: by its name, or by its repo's, `owner/name`."""
    from wideseek_cli.models.registry import load_registry

    registry = load_registry()
    return registry.find(model) or registry.find(model.rpartition("/")[2])


def prompts_of(choice: ModelChoice | Entry) -> str:
    """The set a model was trained with; for one that was not, and does not reason, the plain one."""
    return choice.prompts or ("" if choice.thinking else PLAIN)


def reader_for(
    settings: Settings, prompts: PromptSet, engine: Engine, sampling: Sampling | None = None
) -> Reader:
    """Who reads pages: as the user says, else as the prompt set was made for, else by where the model runs:
    an accelerator or a server reads pages quickly, for a processor code had better pick passages."""
    from wideseek_cli.tools.reader import ExtractReader, ModelReader

    limits = prompts.limits
    by_place = "model" if engine.info.quick else "extract"
    kind = settings.reader if settings.reader != "auto" else prompts.reader or by_place
    if kind == "extract":
        return ExtractReader(limits.reader_tokens, engine.count_tokens)
    page_tokens = min(limits.page_chars // 4, engine.info.context // 2)
    return ModelReader(
        engine,
        prompts.fill("reader"),
        prompts.fill("reader_user"),
        page_budget=max(page_tokens, 256),
        sampling=sampling,
    )


def _load(options: LoadOptions) -> LocalEngine:
    from wideseek_cli.engine.local import LocalEngine

    return LocalEngine.load(options)


def load_options(settings: Settings, choice: ModelChoice, runs: int = 1) -> LoadOptions:
    """What the settings ask of the engine, for so many runs at once."""
    from wideseek_cli.engine.fit import LoadOptions
    from wideseek_cli.gguf_header import read_header

    limits = load_prompts(settings.prompts, own=prompts_of(choice)).limits
    trained = read_header(choice.path).context
    return LoadOptions(
        model=choice.path,
        name=choice.name,
        adapter=choice.adapter,
        context=settings.context,
        width=1 if settings.single else settings.width * runs,
        leads=runs,
        conversation_tokens=_smallest(choice.context, limits.context_tokens, trained),
        sampling=choice.sampling,
        kv_type=settings.kv,
        grammar=settings.grammar,
        speculate=settings.speculate,
        seed=settings.seed,
    )


def _smallest(*bounds: int) -> int:
    """The smallest bound; 0 is none."""
    return min((bound for bound in bounds if bound), default=0)
