"""The options that shape a run, written once for every command that has them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from wideseek_cli.cli.shared.complete import complete_model, complete_profile, complete_source

GROUPS = ("Options", "The answer", "Output", "Model", "Agents", "Sources", "Budgets", "Record and settings")
OWN, ASKING, RESULT, MODEL, AGENTS, SOURCES, BUDGETS, RUN = GROUPS


def _option(*names: str, group: str, help: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=group, **more)


# setting -> how it is given on the command line; None means not given
SETTINGS: dict[str, Any] = {
    "columns": Annotated[
        str | None,
        _option(
            "--columns", "-c", group=ASKING, help='"name, city, founded:int"; str int float date url bool'
        ),
    ],
    "where": Annotated[
        list[str] | None,
        _option("--where", group=ASKING, help='"founded < 1900": only rows that meet it; repeat for more'),
    ],
    "answer": Annotated[
        str | None,
        _option("--answer", group=ASKING, help="table or short; the question decides if not given"),
    ],
    "language": Annotated[str | None, _option("--lang", "--language", group=ASKING, help="en, zh or auto")],
    "repair": Annotated[
        int | None, _option("--repair", group=ASKING, help="waves that look again for what is not proved [1]")
    ],
    "harvest": Annotated[
        bool | None,
        _option("--harvest/--no-harvest", group=ASKING, help="take rows from a page's answering table [on]"),
    ],
    "strict": Annotated[
        bool | None,
        _option("--strict/--no-strict", group=ASKING, help="empty cells that no page read supports"),
    ],
    "model": Annotated[
        str | None,
        _option(
            "--model",
            "-m",
            group=MODEL,
            help="registry name, GGUF file or hub repo",
            autocompletion=complete_model,
        ),
    ],
    "engine": Annotated[
        str | None, _option("--engine", group=MODEL, help="URL of an OpenAI-compatible server to use instead")
    ],
    "lead_model": Annotated[
        str | None,
        _option("--lead-model", group=MODEL, help="a model or server of the lead's own"),
    ],
    "sub_model": Annotated[
        str | None,
        _option("--sub-model", group=MODEL, help="a model or server for the subagents"),
    ],
    "context": Annotated[
        int | None,
        _option("--ctx", "--context", group=MODEL, help="tokens of context in all [fitted to the memory]"),
    ],
    "kv": Annotated[
        str | None,
        _option("--kv", group=MODEL, help="f16, or q8_0: half the cache, slower on a CPU [what fits]"),
    ],
    "flash": Annotated[
        str | None,
        _option("--flash", group=MODEL, help="flash attention: on, off, auto: what is faster here [auto]"),
    ],
    "temperature": Annotated[float | None, _option("--temperature", group=MODEL, help="0 is greedy")],
    "top_p": Annotated[
        float | None, _option("--top-p", group=MODEL, help="sample from this share of the probability")
    ],
    "top_k": Annotated[
        int | None, _option("--top-k", group=MODEL, help="sample from this many tokens; 0: all")
    ],
    "min_p": Annotated[
        float | None, _option("--min-p", group=MODEL, help="drop tokens rarer than this share")
    ],
    "seed": Annotated[int | None, _option("--seed", group=MODEL, help="the same seed gives the same run")],
    "think_cap": Annotated[
        int | None, _option("--think-cap", group=MODEL, help="end reasoning after this many tokens; 0: never")
    ],
    "grammar": Annotated[
        bool | None, _option("--grammar/--no-grammar", group=MODEL, help="keep tool calls well-formed [on]")
    ],
    "speculate": Annotated[
        bool | None, _option("--speculate/--no-speculate", group=MODEL, help="draft repeated text [on]")
    ],
    "width": Annotated[int | None, _option("--width", "-w", group=AGENTS, help="subagents at once [10]")],
    "turns": Annotated[
        int | None, _option("--turns", group=AGENTS, help="turns of the lead [10], or of the one agent [50]")
    ],
    "subagent_turns": Annotated[
        int | None, _option("--subagent-turns", group=AGENTS, help="turns of a subagent [20]")
    ],
    "single": Annotated[
        bool | None,
        _option("--single", group=AGENTS, help="one agent alone, for comparison; without --repair"),
    ],
    "prompts": Annotated[
        str | None, _option("--prompts", group=AGENTS, help="a prompt set's name, or a folder of your own")
    ],
    "sources": Annotated[
        list[str] | None,
        _option(
            *("--source", "--sources", "-s"),
            group=SOURCES,
            help="ddgs, searxng:URL, factbook, zim:PATH, serper, brave; repeat for more",
            autocompletion=complete_source,
        ),
    ],
    "merge_sources": Annotated[
        bool | None, _option("--merge-sources", group=SOURCES, help="ask all sources and mix their hits")
    ],
    "offline": Annotated[
        bool | None, _option("--offline", group=SOURCES, help="no network connection but to --engine")
    ],
    "reader": Annotated[
        str | None,
        _option(
            "--reader",
            group=SOURCES,
            help="who reads pages: extract (code), model, both, auto",
        ),
    ],
    "ignore_robots": Annotated[
        bool | None, _option("--ignore-robots", group=SOURCES, help="read pages that robots.txt asks not to")
    ],
    "max_age_s": Annotated[
        str | None,
        _option("--max-age", group=SOURCES, help="read cached pages older than this again, e.g. 7d"),
    ],
    "allow_hosts": Annotated[
        list[str] | None,
        _option(
            "--allow-host",
            "--allow-hosts",
            group=SOURCES,
            help="a host that may be on a private network; repeat for more",
        ),
    ],
    "time_s": Annotated[str | None, _option("--time", group=BUDGETS, help="end after 90s, 10m, 1h30m")],
    "max_searches": Annotated[int | None, _option("--max-searches", group=BUDGETS, help="searches in all")],
    "max_pages": Annotated[int | None, _option("--max-pages", group=BUDGETS, help="pages in all")],
    "record": Annotated[str | None, _option("--record", group=RUN, help="the file that keeps runs")],
    "keep_record": Annotated[
        bool | None, _option("--keep-record/--no-record", group=RUN, help="keep this run [on]")
    ],
}
PROFILE = Annotated[
    str | None,
    _option("--profile", group=RUN, help="a profile of the config file", autocompletion=complete_profile),
]


_result = functools.partial(_option, group=RESULT)


@dataclass(frozen=True)
class Delivery:
    """How a result is written and what is told on the way; each field is an option of the command line."""

    output_format: Annotated[
        str | None, _result("--format", "-f", help="table md csv tsv json jsonl xlsx sqlite html")
    ] = None
    out: Annotated[str, _result("--output", "-o", help="a file, format by its ending; - is stdout")] = "-"
    evidence: Annotated[bool, _result("--evidence", help="add status and source columns")] = False
    raw: Annotated[bool, _result("--raw", help="keep cells that a spreadsheet would run as formulas")] = False
    plain: Annotated[bool, _result("--plain", help="a line per event, no live view")] = False
    quiet: Annotated[bool, _result("--quiet", "-q", help="nothing but the result")] = False
    events: Annotated[str, _result("--events", help="write the events as JSON lines to FILE or -")] = ""
    yes: Annotated[
        bool, _option("--yes", "-y", group=RUN, help="download a missing model without asking")
    ] = False


def takes_options(command: Callable[..., None], *, without: Sequence[str] = ()) -> Callable[..., None]:
    """Give a command the options above, as those of these parameters that it has: `flags` (by setting, None
    where not given; no setting of `without`), `profile`, and `delivery`. An option that it declares itself is
    its own."""
    # Not typing.get_type_hints: on Python 3.10 it hides what typer looks for in an Optional.
    hints = inspect.get_annotations(command, eval_str=True)
    own = dict(inspect.signature(command).parameters)
    has_flags, has_delivery = own.pop("flags", None), own.pop("delivery", None)
    taken_settings = [name for name in SETTINGS if name not in without]
    hints["profile"] = PROFILE
    options = {name: _parameter(name, hints[name], part.default) for name, part in own.items()}
    if has_delivery:
        given = inspect.get_annotations(Delivery, eval_str=True)
        shared = [_parameter(part.name, given[part.name], part.default) for part in fields(Delivery)]
        options = {**options, **{part.name: part for part in shared if part.name not in own}}
    if has_flags:
        options |= {name: _parameter(name, SETTINGS[name], None) for name in taken_settings}

    @functools.wraps(command)
    def wrapped(**given: Any) -> None:
        if has_flags:
            flags = {name: given.pop(name) for name in taken_settings}
            given["flags"] = {name: _as_given(value) for name, value in flags.items()}
        if has_delivery:
            taken = {part.name for part in fields(Delivery)} - set(own)
            given["delivery"] = Delivery(**{name: given.pop(name) for name in taken})
        command(**given)

    wrapped.__signature__ = inspect.Signature(list(options.values()))  # type: ignore[attr-defined]
    wrapped.__annotations__ = {name: part.annotation for name, part in options.items()}
    del wrapped.__wrapped__  # typer would look through it
    return wrapped


def _as_given(value: Any) -> Any:
    """None for an option that may be repeated and never was."""
    return (tuple(value) or None) if isinstance(value, list) else value


def as_arguments(flags: Mapping[str, Any]) -> list[str]:
    """Settings by name as the command line has them; None is left out."""
    words: list[str] = []
    for name, value in flags.items():
        if value is None:
            continue
        info = SETTINGS[name].__metadata__[0]  # typer keeps the first name of an option as its default
        written = next(n for n in (info.default, *info.param_decls) if n.startswith("--"))
        on, _, off = written.partition("/")
        if isinstance(value, bool):
            words += [word for word in [on if value else off] if word]
        else:
            words += [f"{on}={one}" for one in (value if isinstance(value, (list, tuple)) else [value])]
    return words


def _parameter(name: str, hint: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)


class GroupedCommand(TyperCommand):
    """Help with the options under their groups' names."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        groups: dict[str, list[tuple[str, str]]] = {title: [] for title in GROUPS}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                groups[getattr(parameter, "rich_help_panel", None) or OWN].append(record)
        for title, records in groups.items():
            if not records:
                continue
            with formatter.section(title):
                formatter.write_dl(records)
