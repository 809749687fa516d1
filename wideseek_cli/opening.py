"""The model that settings name, opened: on this machine or a server's; two, where a role has its own."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wideseek_cli.agents.promptset import PromptSet, load_prompts
from wideseek_cli.core import paths
from wideseek_cli.core.aio import aside, begin_aside
from wideseek_cli.core.errors import ModelError, WideseekError
from wideseek_cli.core.messages import Sampling
from wideseek_cli.core.plain import alike
from wideseek_cli.core.text import clean_line
from wideseek_cli.engine.base import Engine
from wideseek_cli.engine.opened import OpenEngine
from wideseek_cli.settings.config import Settings

if TYPE_CHECKING:
    from wideseek_cli.engine.local.engine import LocalEngine
    from wideseek_cli.engine.local.fit import Layout, LoadOptions
    from wideseek_cli.engine.local.timed import Choice
    from wideseek_cli.models.choose import ModelChoice
    from wideseek_cli.models.registry import Entry
    from wideseek_cli.sources.base import Reader

PLAIN = "plain"
_OF_CONTEXT = 8  # a table that answers may take this part of it
CONTINUE_TEXTS = {"vllm", "sglang"}  # servers that tell no template, but would continue a text


@dataclass(frozen=True)
class Ahead:
    """A model that is being loaded while the rest of the program is still imported."""

    options: LoadOptions
    engine: Future[LocalEngine]


def load_ahead(settings: Settings) -> Ahead | None:
    """Begin to load the model that these settings will ask for. None where that is not to be decided here: a
    server, a model for each role, one that is not here yet, or a file that has to be looked at first."""
    from wideseek_cli.engine.llamacpp.look import was_sound
    from wideseek_cli.models.choose import resolve

    if settings.engine or own_models(settings) is not None:
        return None
    try:
        choice = resolve(settings.model, width=settings.width)
        options = load_options(settings, choice)
        import wideseek_cli.engine.local.engine  # noqa: F401 here, and not in the thread, beside other imports
    except WideseekError:  # whoever opens it says so, once the rest is known to be right
        return None
    if not (choice.known or was_sound(choice.path)):
        return None
    return Ahead(options, begin_aside(lambda: _load(options)))


async def open_engine(settings: Settings, *, runs: int = 1, ahead: Ahead | None = None) -> OpenEngine:
    """The server that is named, or the model on this machine; two, where a role has its own."""
    roles = own_models(settings)
    if roles is not None:
        return await _open_two(*roles, runs)
    if settings.engine:
        return await _connect(settings)
    choice = await _chosen(settings)
    options = load_options(settings, choice, runs)
    if ahead is not None and ahead.options != options:
        await (await asyncio.wrap_future(ahead.engine)).aclose()
        ahead = None
    return await _open_local(settings, choice, options, ahead)


def own_models(settings: Settings) -> tuple[Settings, Settings] | None:
    """The settings of the lead's model and of the subagents', where these differ."""
    if settings.single:
        return None
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


async def _open_local(
    settings: Settings, choice: ModelChoice, options: LoadOptions, ahead: Ahead | None = None
) -> OpenEngine:
    if not choice.known:
        from wideseek_cli.engine.llamacpp.look import look_at

        await look_at(choice.path)
    engine = await (asyncio.wrap_future(ahead.engine) if ahead else aside(lambda: _load(options)))
    notes = engine.notes if settings.prompts else (*engine.notes, *filter(None, [choice.words_note]))
    return OpenEngine(engine, choice.sampling, prompts_of(choice), notes)


async def _connect(settings: Settings) -> OpenEngine:
    """A server. A known model, the named one or the one that it lists, is sampled and spoken to as it would
    be here, any other as the reference does it."""
    from wideseek_cli.engine.remote.engine import RemoteEngine, RemoteOptions
    from wideseek_cli.models.authored import own_prompts
    from wideseek_cli.models.store import ModelStore

    options = alike(RemoteOptions, settings)
    engine = await RemoteEngine.connect(RemoteOptions(url=settings.engine, **options))
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
    own = {
        "model": choice.path,
        "name": choice.name,
        "adapter": choice.adapter,
        "width": width,
        "leads": 1 if part == "sub" else runs,
        "conversation_tokens": _smallest(choice.context, limits.context_tokens, trained),
        "sampling": choice.sampling,
        "repack": "auto",
        "beginnings": paths.beginnings_dir(),
    }
    return LoadOptions(**{**alike(LoadOptions, settings), **own})


def memory_plan(settings: Settings, choice: ModelChoice) -> tuple[Layout, Choice, Choice]:
    """The contexts that a model would get in the memory that is free now, whether with flash attention, and
    whether with repacked weights; nothing is measured."""
    from wideseek_cli.engine.llamacpp.devices import free_device_memory
    from wideseek_cli.engine.local.attention import planned
    from wideseek_cli.engine.local.repack import repacked

    options, device = load_options(settings, choice), free_device_memory()
    layout, flash = planned(options, device, may_measure=False)
    return layout, flash, repacked(options, device, may_measure=False)


def _smallest(*bounds: int) -> int:
    """The smallest bound; 0 is none."""
    return min((bound for bound in bounds if bound), default=0)
