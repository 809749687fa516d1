"""The options that shape a run, written once for every command that has them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from wideseek_cli.cli.shared.complete import complete_model, complete_profile, complete_run, complete_source

GROUPS = ("Options", "The answer", "Output", "Model", "Agents", "Sources", "Budgets", "Record and settings")
OWN, ASKING, RESULT, MODEL, AGENTS, SOURCES, BUDGETS, RUN = GROUPS

# group -> setting -> its type, how it is given on the command line, and what is said of it
_TABLE: dict[str, dict[str, tuple[Any, str, str]]] = {
    ASKING: {
        "columns": (str, "--columns -c", '"name, city, founded:int"; str int float date url bool'),
        "where": (list[str], "--where", '"founded < 1900": only rows that meet it; repeat for more'),
        "answer": (str, "--answer", "table or short; the question decides if not given"),
        "language": (str, "--lang --language", "en, zh or auto"),
        "repair": (int, "--repair", "waves that look again for what is not proved [1]"),
        "harvest": (bool, "--harvest/--no-harvest", "take rows from a page's answering table [on]"),
        "strict": (bool, "--strict/--no-strict", "empty cells that no page read supports"),
    },
    MODEL: {
        "model": (str, "--model -m", "registry name, GGUF file or hub repo"),
        "engine": (str, "--engine", "URL of an OpenAI-compatible server to use instead"),
        "lead_model": (str, "--lead-model", "a model or server of the lead's own"),
        "sub_model": (str, "--sub-model", "a model or server for the subagents"),
        "context": (int, "--ctx --context", "tokens of context in all [fitted to the memory]"),
        "kv": (str, "--kv", "f16, or q8_0: half the cache, slower on a CPU [what fits]"),
        "flash": (str, "--flash", "flash attention: on, off, auto: what is faster here [auto]"),
        "temperature": (float, "--temperature", "0 is greedy"),
        "top_p": (float, "--top-p", "sample from this share of the probability"),
        "top_k": (int, "--top-k", "sample from this many tokens; 0: all"),
        "min_p": (float, "--min-p", "drop tokens rarer than this share"),
        "seed": (int, "--seed", "the same seed gives the same run"),
        "think_cap": (int, "--think-cap", "end reasoning after this many tokens; 0: never"),
        "grammar": (bool, "--grammar/--no-grammar", "keep tool calls well-formed [on]"),
        "speculate": (bool, "--speculate/--no-speculate", "draft repeated text [on]"),
    },
    AGENTS: {
        "width": (int, "--width -w", "subagents at once [10]"),
        "turns": (int, "--turns", "turns of the lead [10], or of the one agent [50]"),
        "subagent_turns": (int, "--subagent-turns", "turns of a subagent [20]"),
        "single": (bool, "--single", "one agent alone, for comparison; without --repair"),
        "prompts": (str, "--prompts", "a prompt set's name, or a folder of your own"),
    },
    SOURCES: {
        "sources": (list[str], "--source --sources -s", "{sources}; repeat for more"),
        "merge_sources": (bool, "--merge-sources", "ask all sources and mix their hits"),
        "offline": (bool, "--offline", "no network connection but to --engine"),
        "reader": (str, "--reader", "who reads pages: extract (code), model, both, auto"),
        "ignore_robots": (bool, "--ignore-robots", "read pages that robots.txt asks not to"),
        "max_age_s": (str, "--max-age", "read cached pages older than this again, e.g. 7d"),
        "allow_hosts": (
            list[str],
            "--allow-host --allow-hosts",
            "a host that may be on a private network; repeat for more",
        ),
    },
    BUDGETS: {
        "time_s": (str, "--time", "end after 90s, 10m, 1h30m"),
        "max_searches": (int, "--max-searches", "searches in all"),
        "max_pages": (int, "--max-pages", "pages in all"),
    },
    RUN: {
        "record": (str, "--record", "the file that keeps runs"),
        "keep_record": (bool, "--keep-record/--no-record", "keep this run [on]"),
    },
}
_COMPLETED = {"model": complete_model, "sources": complete_source}


def option(names: str, group: str, help: str, **more: Any) -> Any:
    """An option under a group's name."""
    return typer.Option(*names.split(), help=help, rich_help_panel=group, **more)


def _annotated(kind: Any, option: Any) -> Any:
    """None means not given."""
    return Annotated[kind | None, option]


SETTINGS: dict[str, Any] = {
    name: _annotated(kind, option(names, group, help, autocompletion=_COMPLETED.get(name)))
    for group, settings in _TABLE.items()
    for name, (kind, names, help) in settings.items()
}
PROFILE = _annotated(
    str, option("--profile", RUN, "a profile of the config file", autocompletion=complete_profile)
)

# what several commands have beside these
OF_QUESTIONS = ("columns", "where", "answer", "harvest", "single", "turns", "language")
Detach = Annotated[bool, option("--detach", ASKING, "run in the background, print the run's id")]
AsJson = Annotated[bool, typer.Option("--json", help="as JSON")]
RecordFile = Annotated[Path | None, typer.Option("--record", help="the record file")]
RunId = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="its id, the beginning or end of it, or @last", autocompletion=complete_run
    ),
]


@dataclass(frozen=True)
class Written:
    """Where a result is written, and how; each field is an option of the command line."""

    output_format: Annotated[str | None, option("--format -f", RESULT, "{formats}")] = None
    out: Annotated[str, option("--output -o", RESULT, "a file, format by its ending; - is stdout")] = "-"
    evidence: Annotated[bool, option("--evidence", RESULT, "add status and source columns")] = False
    raw: Annotated[bool, option("--raw", RESULT, "keep cells that a spreadsheet would run as formulas")] = (
        False
    )


@dataclass(frozen=True)
class Delivery(Written):
    """The same, and what is told on the way."""

    plain: Annotated[bool, option("--plain", RESULT, "a line per event, no live view")] = False
    quiet: Annotated[bool, option("--quiet -q", RESULT, "nothing but the result")] = False
    events: Annotated[str, option("--events", RESULT, "write the events as JSON lines to FILE or -")] = ""
    yes: Annotated[bool, option("--yes -y", RUN, "download a missing model without asking")] = False


@dataclass(frozen=True)
class OldTable:
    """How a table that is there already is read, and gone on with."""

    key: Annotated[
        str, option("--key", ASKING, 'what names a row, with what tells it apart: "name, country"')
    ] = ""
    header: Annotated[str, option("--header", ASKING, "the columns' names, if the first line has none")] = ""
    lead: Annotated[bool, option("--lead", ASKING, "a lead plans or finds the rows that code cannot")] = False
    sheet: Annotated[str, option("--sheet", ASKING, "of a workbook")] = ""


def takes_options(
    command: Callable[..., None], *, without: Sequence[str] = (), only: Sequence[str] = ()
) -> Callable[..., None]:
    """Give a command the options above, as those of these parameters that it has: `flags` (by setting, None
    where not given; no setting of `without`, or `only` some), `profile`, and those that are dataclasses of
    options, as Delivery is. An option that it declares itself is its own."""
    # Not typing.get_type_hints: on Python 3.10 it hides what typer looks for in an Optional.
    hints = inspect.get_annotations(command, eval_str=True)
    own = dict(inspect.signature(command).parameters)
    has_flags = own.pop("flags", None)
    bundles = {name: hints[name] for name in list(own) if is_dataclass(hints[name]) and own.pop(name)}
    taken_settings = [name for name in only or SETTINGS if name not in without]
    hints["profile"] = PROFILE
    options = {name: _parameter(name, hints[name], part.default) for name, part in own.items()}
    for kind in bundles.values():
        given = {
            n: h for part in kind.__mro__ for n, h in inspect.get_annotations(part, eval_str=True).items()
        }
        shared = [_parameter(part.name, given[part.name], part.default) for part in fields(kind)]
        options |= {part.name: part for part in shared if part.name not in own}
    if has_flags:
        options |= {name: _parameter(name, SETTINGS[name], None) for name in taken_settings}

    @functools.wraps(command)
    def wrapped(**given: Any) -> None:
        if has_flags:
            flags = {name: given.pop(name) for name in taken_settings}
            given["flags"] = {name: _as_given(value) for name, value in flags.items()}
        for bundle, kind in bundles.items():
            taken = {part.name for part in fields(kind)} - set(own)
            given[bundle] = kind(**{name: given.pop(name) for name in taken})
        command(**given)

    wrapped.__signature__ = inspect.Signature(list(options.values()))  # type: ignore[attr-defined]
    wrapped.__annotations__ = {name: part.annotation for name, part in options.items()}
    del wrapped.__wrapped__  # typer would look through it
    return wrapped


def _as_given(value: Any) -> Any:
    """None for an option that may be repeated and never was."""
    return (tuple(value) or None) if isinstance(value, list) else value


def _parameter(name: str, hint: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)


class GroupedCommand(TyperCommand):
    """Help with the options under their groups' names."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        groups: dict[str, list[tuple[str, str]]] = {title: [] for title in GROUPS}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                group = getattr(parameter, "rich_help_panel", None) or OWN
                groups[group].append((record[0], _from_registries(record[1])))
        for title, records in groups.items():
            if not records:
                continue
            with formatter.section(title):
                formatter.write_dl(records)


def _from_registries(help: str) -> str:
    """A help text with what there is to choose from, which is looked up only where it is shown."""
    if "{formats}" in help:
        from wideseek_cli.export.writing import Format

        help = help.replace("{formats}", " ".join(known.value for known in Format))
    if "{sources}" in help:
        from wideseek_cli.sources.opening import KINDS

        help = help.replace("{sources}", ", ".join(KINDS))
    return help
