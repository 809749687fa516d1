"""What runs stand on, opened: the model or a server, and the sources. One of these can serve many runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

from wideseek_cli.agents.promptset import PromptSet, load_prompts
from wideseek_cli.core import events as ev
from wideseek_cli.core.aio import aside
from wideseek_cli.core.errors import ModelError
from wideseek_cli.core.messages import Sampling
from wideseek_cli.core.state import RunState
from wideseek_cli.core.text import clean_line
from wideseek_cli.engine.base import Engine
from wideseek_cli.pipeline.givencells import Given
from wideseek_cli.record.store import RunJournal
from wideseek_cli.run import Journal, Listener, OwnModel, Run
from wideseek_cli.settings.config import Settings

if TYPE_CHECKING:
    from wideseek_cli.engine.local.engine import LocalEngine
    from wideseek_cli.engine.local.fit import LoadOptions
    from wideseek_cli.models.choose import ModelChoice
    from wideseek_cli.models.registry import Entry
    from wideseek_cli.sources.base import Reader
    from wideseek_cli.sources.opening import SourceSet

PLAIN = "plain"
_OF_CONTEXT = 8  # a table that answers may take this part of it
CONTINUE_TEXTS = {"vllm", "sglang"}  # servers that tell no template, but would continue a text
Say = Callable[[str], None]


@dataclass
class OpenEngine:
    """A loaded engine, with what its model is used to."""

    engine: Engine
    sampling: Sampling | None = None
    prompts: str = ""
    notes: tuple[str, ...] = ()  # for the user, a line each
    hear: Callable[[Say], None] | None = None  # a server's: takes who is told what turns up later
    subagents: OpenEngine | None = None  # theirs, where they have a model of their own

    async def aclose(self) -> None:
        try:
            await self.engine.aclose()
        finally:
            if self.subagents is not None:
                await self.subagents.aclose()


@dataclass
class Opened:
    """Engine and sources for any number of runs. Use it as an async context manager."""

    settings: Settings
    model: OpenEngine
    sources: SourceSet
    abandoned: bool = False

    def run(
        self,
        question: str,
        journal: Journal,
        listeners: Sequence[Listener] = (),
        *,
        settings: Settings | None = None,
        resume_from: RunState | None = None,
        given: Given | None = None,
    ) -> Run:
        """A run on this engine and these sources; `settings` may differ in what is not about opening them."""
        theirs = self.model.subagents
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
            inbox=journal.inbox if isinstance(journal, RunJournal) else None,
            given=given,
            subagents=OwnModel(theirs.engine, theirs.prompts, theirs.sampling) if theirs else None,
        )
        engine = theirs.engine if theirs else self.model.engine  # who asks for a page reads it
        reader = reader_for(run.settings, run.subagent_prompts, engine, run.sampling)
        run.sources = replace(self.sources, reader=reader)
        for model in filter(None, (self.model, theirs)):
            if model.hear is not None:
                model.hear(_noticed_in(run))
        return run

    def abandon(self) -> None:
        """Close nothing: the process is about to end, and a model at work takes long to close."""
        self.abandoned = True

    async def aclose(self) -> None:
        if not self.abandoned:
            await self.sources.aclose()
            await self.model.aclose()

    async def __aenter__(self) -> Opened:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()


async def open_everything(settings: Settings, say: Say | None = None, *, runs: int = 1) -> Opened:
    """Sources first: they are quick to fail. `runs` is how many runs there will be at once."""
    from wideseek_cli.sources.opening import open_sources

    sources, _ = await asyncio.gather(
        asyncio.to_thread(open_sources, settings, say=say), asyncio.to_thread(_import_engine, settings)
    )
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
    """The server that is named, or the model on this machine; two, where a role has its own."""
    roles = None if settings.single else own_models(settings)
    if roles is not None:
        return await _open_two(*roles, runs)
    if settings.engine:
        return await _connect(settings)
    choice = await _chosen(settings)
    return await _open_local(settings, choice, load_options(settings, choice, runs))


def own_models(settings: Settings) -> tuple[Settings, Settings] | None:
    """The settings of the lead's model and of the subagents', where these differ."""
    lead, sub = (_with_own(settings, own) for own in (settings.lead_model, settings.sub_model))
    return None if lead == sub else (lead, sub)


def _with_own(settings: Settings, own: str) -> Settings:
    plain = replace(settings, lead_model="", sub_model="")
    if not own:
        return plain
    url = own.startswith(("http://", "https://"))
    return replace(plain, engine=own, model="") if url else replace(plain, engine="", model=own)


async def _open_two(lead: Settings, sub: Settings, runs: int) -> OpenEngine:
    """Two local models share the memory that is free now."""
    choices = [None if settings.engine else await _chosen(settings) for settings in (lead, sub)]
    options = [
        load_options(settings, choice, runs, part) if choice else None
        for settings, choice, part in zip((lead, sub), choices, ("lead", "sub"), strict=True)
    ]
    if options[0] and options[1]:
        options = list(await asyncio.to_thread(_sharing, options[0], options[1]))
    opened: list[OpenEngine] = []
    try:
        for settings, choice, wanted in zip((lead, sub), choices, options, strict=True):
            if choice is not None and wanted is not None:
                opened.append(await _open_local(settings, choice, wanted))
            else:
                opened.append(await _connect(settings))
    except BaseException:
        for model in opened:
            with suppress(Exception):  # the first error is the one to tell
                await model.aclose()
        raise
    first, second = opened
    return replace(first, notes=(*first.notes, *second.notes), subagents=second)


def _sharing(first: LoadOptions, second: LoadOptions) -> tuple[LoadOptions, LoadOptions]:
    from wideseek_cli.engine.llamacpp.devices import free_device_memory
    from wideseek_cli.engine.local.fit import free_memory, shared

    return shared(first, second, free_device_memory() or free_memory())


async def _chosen(settings: Settings) -> ModelChoice:
    from wideseek_cli.models.choose import resolve

    return await asyncio.to_thread(resolve, settings.model, width=settings.width)


async def _open_local(settings: Settings, choice: ModelChoice, options: LoadOptions) -> OpenEngine:
    if not choice.known:
        from wideseek_cli.engine.llamacpp.look import look_at

        await look_at(choice.path)
    engine = await aside(lambda: _load(options))
    notes = engine.notes if settings.prompts else (*engine.notes, *filter(None, [choice.words_note]))
    return OpenEngine(engine, choice.sampling, prompts_of(choice), notes)


async def _connect(settings: Settings) -> OpenEngine:
    """A server. A known model, the named one or the one that it lists, is sampled and spoken to as it would
    be here, any other as the reference does it."""
    from wideseek_cli.engine.remote.engine import RemoteEngine, RemoteOptions
    from wideseek_cli.models.authored import own_prompts
    from wideseek_cli.models.store import ModelStore

    options = RemoteOptions(
        url=settings.engine, model=settings.model, context=settings.context, grammar=settings.grammar
    )
    engine = await RemoteEngine.connect(options)
    known = served_entry(settings.model) or served_entry(engine.served.model)
    if known is None:
        notes = () if settings.prompts else (_unknown(engine.info.name),)
        return OpenEngine(engine, notes=notes, hear=engine.hear)
    if engine.template is None and engine.served.kind in CONTINUE_TEXTS:
        engine.use_template(await asyncio.to_thread(_template_here, known))
    prompts, note = await asyncio.to_thread(own_prompts, known, ModelStore())
    notes = (note,) if note and not settings.prompts else ()
    words = prompts_of(replace(known, prompts=prompts))
    return OpenEngine(engine, known.sampling, words, notes, hear=engine.hear)


def served_entry(model: str) -> Entry | None:
    """The registry's entry for a server's model, by any of the names that servers give it."""
    from wideseek_cli.engine.remote.listing import plain_name
    from wideseek_cli.models.registry import load_registry

    registry, plain = load_registry(), plain_name(model)
    exact = registry.find(model) or registry.find(plain)
    alike = (entry for entry in registry if plain and plain in map(plain_name, entry.names))
    return exact or next(alike, None)


def _unknown(name: str) -> str:
    return (
        f"{clean_line(name, 100)} is no model of `wideseek models list`: it gets the standard prompts and "
        "sampling. For one that does not reason add --prompts plain."
    )


def _template_here(entry: Entry) -> str:
    """A known model's chat template, out of its file if that is on this machine."""
    from wideseek_cli.core.gguf_header import read_header
    from wideseek_cli.models.registry import load_registry
    from wideseek_cli.models.store import ModelStore

    try:
        return read_header(ModelStore().path_of(load_registry().base_of(entry))).template
    except ModelError:
        return ""


def prompts_of(choice: ModelChoice | Entry) -> str:
    """The set a model was trained with; for one that was not, and does not reason, the plain one."""
    return choice.prompts or ("" if choice.thinking else PLAIN)


def reader_for(
    settings: Settings, prompts: PromptSet, engine: Engine, sampling: Sampling | None = None
) -> Reader:
    """Who reads pages: as the user says, else as the prompt set was made for, else by where the model runs:
    an accelerator or a server reads pages quickly, for a processor code had better pick passages."""
    from wideseek_cli.sources.reading.reader import BothReaders, ExtractReader, ModelReader

    limits = prompts.limits
    by_place = "model" if engine.info.quick else "extract"
    kind = settings.reader if settings.reader != "auto" else prompts.reader or by_place
    tables = max(limits.reader_tokens, engine.info.context // _OF_CONTEXT)
    extract = ExtractReader(limits.reader_tokens, engine.count_tokens, tables)
    if kind == "extract":
        return extract
    page_tokens = engine.info.context // 2
    model = ModelReader(
        engine,
        prompts.fill("reader"),
        prompts.fill("reader_user"),
        page_budget=max(page_tokens, 256),
        page_chars=limits.page_chars,
        sampling=sampling,
    )
    return BothReaders(extract, model) if kind == "both" else model


def _noticed_in(run: Run) -> Say:
    """Tells a run what its server does, as long as it goes on."""

    def notice(text: str) -> None:
        if run.bus.state.ending is None:
            run.bus.emit(ev.Noticed(text))

    return notice


def _import_engine(settings: Settings) -> None:
    """llama.cpp and its binding, while the sources wait for a process or a file."""
    if not settings.engine:
        import_module("wideseek_cli.engine.local.engine")


def _load(options: LoadOptions) -> LocalEngine:
    from wideseek_cli.engine.local.engine import LocalEngine

    return LocalEngine.load(options)


def load_options(settings: Settings, choice: ModelChoice, runs: int = 1, part: str = "") -> LoadOptions:
    """What the settings ask of the engine, for so many runs at once; `part`: for the lead or the subagents
    alone."""
    from wideseek_cli.core.gguf_header import read_header
    from wideseek_cli.engine.local.fit import LoadOptions

    limits = load_prompts(settings.prompts, own=prompts_of(choice)).limits
    trained = read_header(choice.path).context
    width = 1 if settings.single else settings.width * runs
    width = {"lead": 0, "sub": width - 1}.get(part, width)
    return LoadOptions(
        model=choice.path,
        name=choice.name,
        adapter=choice.adapter,
        context=settings.context,
        width=width,
        leads=1 if part == "sub" else runs,
        conversation_tokens=_smallest(choice.context, limits.context_tokens, trained),
        sampling=choice.sampling,
        kv_type=settings.kv,
        flash=settings.flash,
        grammar=settings.grammar,
        speculate=settings.speculate,
        seed=settings.seed,
    )


def _smallest(*bounds: int) -> int:
    """The smallest bound; 0 is none."""
    return min((bound for bound in bounds if bound), default=0)
