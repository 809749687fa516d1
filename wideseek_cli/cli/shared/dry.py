"""`--dry-run`: what a run would use and say, without running it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wideseek_cli.agents.kind import wants_table
from wideseek_cli.agents.promptset import load_prompts
from wideseek_cli.agents.shapes import language_of, main_task, system_text, tools_for, user_text
from wideseek_cli.core.errors import ModelError, WideseekError
from wideseek_cli.core.events import Role
from wideseek_cli.core.paths import record_file
from wideseek_cli.core.text import clean_line
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.convert import public_name
from wideseek_cli.settings.layers import Loaded, to_plain, written
from wideseek_cli.ui.amounts import count
from wideseek_cli.ui.streams import write_out

_CHARS_PER_TOKEN = 4


def show_plan(question: str, loaded: Loaded) -> None:
    """Question, settings, model, sources, limits and the sizes of the prompts, a line each."""
    settings = loaded.settings
    model, own_prompts = _model(settings)
    language = settings.language if settings.language != "auto" else language_of(question)
    prompts = load_prompts(settings.prompts, language, own=own_prompts)
    table = wants_table(question, settings)
    task = main_task(question, prompts, settings.columns)
    lines = [
        ("question", question),
        ("answer", "a table" if table else "a short answer"),
        ("columns", ", ".join(f"{c.name}:{c.type.value}" for c in settings.columns) or "chosen by the lead"),
        ("model", model),
        *_context(settings),
        ("sources", ", ".join(settings.sources) or "ddgs"),
        ("prompts", f"{prompts.name} ({prompts.language})"),
        ("agents", _agents(prompts.within(settings))),
        ("budgets", _budgets(settings)),
        ("record", str(settings.record or record_file()) if settings.keep_record else "none"),
        ("settings", "; ".join(_chosen(loaded)) or "the defaults"),
    ]
    for role, turns in ((Role.LEAD, settings.turns), (Role.SUBAGENT, settings.subagent_turns)):
        shown = tools_for(role, prompts) if prompts.show_tools else ()
        tools = sum(len(str(tool.as_function())) for tool in shown)
        size = len(system_text(role, prompts, table)) + len(user_text(role, prompts, task, turns)) + tools
        lines.append((f"{role.value} prompt", f"about {size // _CHARS_PER_TOKEN} tokens"))
    write_out("".join(f"{name + ':':<17}{value}\n" for name, value in lines))


def _chosen(loaded: Loaded) -> Iterator[str]:
    """What is not left at its default, and where it was set."""
    for name, value in to_plain(loaded.settings).items():
        origin = loaded.origins[name]
        if origin.kind != "default":
            yield f"{public_name(name)} = {written(value)} ({clean_line(origin.where)})"


def _model(settings: Settings) -> tuple[str, str]:
    """The model's name and prompt set; a missing one is shown as such."""
    from wideseek_cli.models.choose import resolve
    from wideseek_cli.opening import own_models, prompts_of, served_entry

    roles = own_models(settings)
    if roles is not None:
        (lead, prompts), (sub, _) = map(_model, roles)
        return f"{lead}; subagents: {sub}", prompts
    known = served_entry(settings.model)
    prompts = prompts_of(known) if known else ""
    if settings.engine:
        return f"{settings.model or 'as served'} at {settings.engine}", prompts
    try:
        choice = resolve(settings.model, width=settings.width)
    except ModelError as error:
        return f"{error} ({error.hint})" if error.hint else str(error), prompts
    where = choice.path if Path(choice.path).is_file() else "not fetched yet"
    return f"{choice.name} ({where})", prompts_of(choice)


def _context(settings: Settings) -> Iterator[tuple[str, str]]:
    """The contexts that a model on this machine would get in the memory that is free now."""
    from wideseek_cli.models.choose import resolve
    from wideseek_cli.opening import memory_plan

    if settings.engine:
        return
    try:
        choice = resolve(settings.model, width=settings.width)
    except ModelError:
        return  # told as the model's line
    if not Path(choice.path).is_file():
        return
    try:
        layout, flash, _ = memory_plan(settings, choice)
        text = f"{layout.summary}, flash attention {'on' if flash.on else 'off'}"
    except WideseekError as error:
        text = clean_line(f"{error} ({error.hint})" if error.hint else str(error))
    yield "context", text


def _agents(settings: Settings) -> str:
    if settings.single:
        return f"one agent, {settings.single_turns} turns"
    return (
        f"a lead of {settings.turns} turns, up to {settings.width} subagents at once of "
        f"{settings.subagent_turns} turns, {count(settings.repair, 'repair wave')}"
    )


def _budgets(settings: Settings) -> str:
    given = [
        f"{settings.time_s:g} s" if settings.time_s else "",
        f"{settings.max_searches} searches" if settings.max_searches else "",
        f"{settings.max_pages} pages" if settings.max_pages else "",
    ]
    return ", ".join(filter(None, given)) or "none"
