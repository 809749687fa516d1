"""What the live view shows of a state: lines of text for a screen of a given size. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from wideseek_cli.core.events import Role, Stage
from wideseek_cli.core.state import AgentState, RunState
from wideseek_cli.table.markdown import parse_partial
from wideseek_cli.table.model import Table
from wideseek_cli.ui.amounts import amount, clock, count, fit, fit_end, pad
from wideseek_cli.ui.live.agentpart import agent_lines
from wideseek_cli.ui.live.keys import HINT, LABEL, Prompt
from wideseek_cli.ui.live.tablepart import Look, legend, table_lines
from wideseek_cli.ui.signs import ENDINGS, STAGES

SIDE_BY_SIDE = 120  # from this width on, plan and table stand beside each other


@dataclass(frozen=True)
class Screen:
    """The room there is, the time it is, and the line that is typed; None where no keys are read."""

    width: int
    height: int
    now: float
    prompt: Prompt | None = None


def frame(state: RunState, screen: Screen) -> list[Text]:
    """At most `height` lines, each at most `width` cells."""
    top, bottom = _header(state, screen), _footer(state, screen)
    room = max(screen.height - len(top) - len(bottom), 0)
    body = (_beside if screen.width >= SIDE_BY_SIDE else _stacked)(state, screen, room)
    lines = [*top, *body[:room]]
    lines += [Text() for _ in range(screen.height - len(bottom) - len(lines))]
    lines = [*lines, *bottom][: screen.height]
    for line in lines:
        line.truncate(screen.width)
    return lines


def _header(state: RunState, screen: Screen) -> list[Text]:
    limit = _number(state, "time_s")
    time = clock(_elapsed(state, screen))
    time += f" / {clock(limit)}" if limit else ""
    question = fit(state.question, screen.width - cell_len(time) - 2)
    first = Text().append(pad(question, screen.width - cell_len(time)), "bold").append(time, "bold cyan")
    figures = [
        _with_limit(state, "searches", state.searches, "max_searches"),
        _with_limit(state, "pages", state.pages, "max_pages"),
        f"tokens {_tokens(state)}",
        f"{state.tokens_per_second:.1f} tok/s",
    ]
    left = fit(" · ".join(figures), screen.width)
    names = " · ".join(part for part in (state.run, state.model, state.source) if part)
    names = fit(names, screen.width - cell_len(left) - 2)
    gap = screen.width - cell_len(left) - cell_len(names)
    second = Text().append(left, "cyan").append(" " * max(gap, 0)).append(names, "bright_black")
    return [first, second]


def _footer(state: RunState, screen: Screen) -> list[Text]:
    """The one thing to know now: how it ended, what ran out, or the last notice."""
    if state.ending is not None:
        mark, why = ENDINGS[state.ending], state.reason or state.answer
        said = state.ending.value.replace("_", " ") + (f": {why}" if why else "")
        return [Text(fit(f"{mark.sign} {said}", screen.width), mark.style)]
    said = state.notices[-1] if state.notices else ""
    if state.budget_ended:
        said = f"the {state.budget_ended} budget is used up; finishing with what is there"
    told = [Text(fit(f"! {said}", screen.width), "yellow")] if said else []
    return [*told, *_prompt_line(state, screen)]


def _prompt_line(state: RunState, screen: Screen) -> list[Text]:
    """What is being typed, or how to begin."""
    if screen.prompt is None:
        return []
    typed = screen.prompt.text
    if typed is not None:
        room = screen.width - len(LABEL) - 1
        return [Text(LABEL, "bold").append(fit_end(typed, room)).append(" ", "reverse")]
    last = f" · told: {state.steered[-1].text}" if state.steered else ""
    return [Text(fit(HINT + last, screen.width), "bright_black")]


def _stacked(state: RunState, screen: Screen, room: int) -> list[Text]:
    table = table_of(state)
    share = room if table is None else max(room - _wanted(table), room // 2)
    plan = [
        _title("Plan", "", screen.width),
        *agent_lines(state, screen.width, share - 1),
    ]
    return [*plan[:share], *_table_part(state, table, screen, screen.width, room - len(plan[:share]))]


def _beside(state: RunState, screen: Screen, room: int) -> list[Text]:
    left_width = min(screen.width * 2 // 5, 72)
    right_width = screen.width - left_width - 3
    left = [_title("Plan", "", left_width), *agent_lines(state, left_width, room - 1)]
    right = _table_part(state, table_of(state), screen, right_width, room)
    lines = []
    for number in range(max(len(left), len(right))):
        line = left[number].copy() if number < len(left) else Text()
        line.append(" " * (left_width - line.cell_len)).append(" │ ", "bright_black")
        lines.append(line.append_text(right[number]) if number < len(right) else line)
    return lines


def _wanted(table: Table) -> int:
    return len(table.rows) + 5


def _table_part(state: RunState, table: Table | None, screen: Screen, width: int, room: int) -> list[Text]:
    if table is None:
        lines = [_title("Table", "no rows yet", width)]
        return lines if room > 0 else []
    streamed = state.table is None or table != state.shown
    stage = "the lead is writing it" if streamed else STAGES.get(state.stage or Stage.WRITTEN, "")
    size = f"{count(len(table.rows), 'row')}, {count(len(table.columns), 'column')}"
    marks = not streamed and state.stage is not None and state.stage.checked
    look = Look(marks, _elapsed(state, screen), tail=streamed)
    lines = [_title(f"Table: {size}", stage, width)]
    below = [legend(table)] if marks else []
    lines += table_lines(table, width, room - len(lines) - len(below), look)
    return [*lines, *below][:room]


def table_of(state: RunState) -> Table | None:
    """The table to show: the one the lead is just writing when it has rows, else the last one known."""
    for agent in state.agents.values():
        if agent.role is not Role.SUBAGENT and "|" in agent.streaming:
            table = _streamed(agent, state)
            if table is not None and table.rows:
                return table
    return state.shown


def _streamed(agent: AgentState, state: RunState) -> Table | None:
    columns = state.table.columns if state.table is not None else ()
    return parse_partial(agent.streaming, columns)


def _title(text: str, note: str, width: int) -> Text:
    head = f"── {fit(text, width - 6)} "
    said = fit(note, width - cell_len(head) - 4)
    line = Text().append(head, "bright_blue").append(f"({said}) " if said else "", "bright_black")
    return line.append("─" * max(width - line.cell_len, 0), "bright_blue")


def _with_limit(state: RunState, name: str, number: int, setting: str) -> str:
    limit = int(_number(state, setting))
    return f"{name} {number}/{limit}" if limit else f"{name} {number}"


def _tokens(state: RunState) -> str:
    """Read and written; only these are known of a run that is shown again."""
    written = amount(state.decode_tokens)
    return f"{amount(state.prefill_tokens)} in, {written} out" if state.prefill_tokens else written


def _elapsed(state: RunState, screen: Screen) -> float:
    """Seconds at work, up to this moment while the run goes on."""
    since = 0.0 if state.ending is not None else max(screen.now - state.now, 0.0)
    return state.active_s + since if state.now else 0.0


def _number(state: RunState, setting: str) -> float:
    value = state.settings.get(setting, 0)
    return float(value) if isinstance(value, (int, float)) else 0.0
