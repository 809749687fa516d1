"""The plan and who is at it, a line each; finished waves in one line when room is short."""

from __future__ import annotations

import re
from itertools import takewhile

from rich.text import Text

from wideseek_cli.core.events import Outcome, Role
from wideseek_cli.core.messages import CALL_OPEN, THINK_CLOSE, THINK_OPEN
from wideseek_cli.core.state import AgentState, RunState, Wave
from wideseek_cli.ui.amounts import amount, count, fit, fit_end, pad
from wideseek_cli.ui.signs import AGENTS, WAITING, WORKING

_WAITS = "waits for its turn"
_LAST_TAG = re.compile(r"\s*</?\w*>?\s*$")
TURN_SETTING = {Role.LEAD: "turns", Role.SUBAGENT: "subagent_turns", Role.SINGLE: "single_turns"}


def agent_lines(state: RunState, width: int, height: int) -> list[Text]:
    """At most `height` lines: the lead, each wave's heading, its subagents; the newest wave counts most."""
    leads = [agent for agent in state.agents.values() if agent.role is not Role.SUBAGENT]
    lines = [_agent_line(state, agent, width) for agent in leads[:1]]
    if height <= len(lines):
        return lines[: max(height, 0)]
    waves = sorted(state.waves, key=lambda wave: wave.number)
    current = waves[-1] if waves else None
    older = [_wave_line(state, wave, width) for wave in waves[:-1]]
    room = height - len(lines)
    if current is None:
        return lines
    members = _member_lines(state, current, width)
    heading = _wave_line(state, current, width)
    keep = max(0, room - 1 - min(len(members), max(room - 1 - len(older), 3)))
    shown = older[-keep:] if keep else []
    lines += [*shown, heading]
    room = height - len(lines)
    if len(members) > room:
        rest = len(members) - max(room - 1, 0)
        members = [*members[: max(room - 1, 0)], Text(f"  … {rest} more", "bright_black")]
    return [*lines, *members][:height]


def _member_lines(state: RunState, wave: Wave, width: int) -> list[Text]:
    """Those at work first, then those that wait, then those that are done, each in order."""
    shared = _shared_words(wave.tasks)
    ranked: list[tuple[int, Text]] = []
    for number, task in enumerate(wave.tasks, 1):
        agent = state.agents.get(f"w{wave.number}.s{number}")
        if agent is None:
            name = f"w{wave.number}.s{number}"
            agent = AgentState(name, Role.SUBAGENT, task, wave.number, last_action=_WAITS)
        short = ("…" if shared else "") + agent.task[shared:]
        rank = 1 if agent.last_action == _WAITS else 2 if agent.outcome else 0
        ranked.append((rank, _agent_line(state, agent, width, short)))
    return [line for _, line in sorted(ranked, key=lambda pair: pair[0])]


def _shared_words(tasks: tuple[str, ...]) -> int:
    """How many characters all tasks begin with, in whole words: what tells them apart comes after."""
    if len(tasks) < 2:
        return 0
    same = (len(set(letters)) == 1 for letters in zip(*tasks, strict=False))
    shared = tasks[0][: sum(1 for _ in takewhile(bool, same))]
    cut = shared.rfind(" ") + 1 if shared.isascii() else len(shared)
    return cut if cut >= 8 else 0


def _wave_line(state: RunState, wave: Wave, width: int) -> Text:
    members = [agent for agent in state.agents.values() if agent.wave == wave.number and agent.wave]
    ended = [agent.outcome for agent in members if agent.outcome is not None]
    by = " (repair)" if wave.by == "repair" else ""
    parts = [f"wave {wave.number}{by}: {count(len(wave.tasks), 'subtask')}"]
    for outcome in Outcome:
        if ended.count(outcome):
            parts.append(f"{ended.count(outcome)} {outcome.value}")
    if len(members) > len(ended):
        parts.append(f"{len(members) - len(ended)} at work")
    return Text(fit(" · ".join(parts), width), "bright_blue")


def _agent_line(state: RunState, agent: AgentState, width: int, task: str = "") -> Text:
    started = agent.last_action != _WAITS
    mark = AGENTS[agent.outcome] if agent.outcome else WORKING if started else WAITING
    limit = state.settings.get(TURN_SETTING[agent.role], 0)
    turn = len(agent.turns) + (agent.outcome is None)
    turns = f"{turn}/{limit}" if started and limit else ""
    head = f" {pad(agent.name, 7)}{pad(turns, 6)}"
    line = (
        Text()
        .append(mark.sign, mark.style)
        .append(head[: max(width - 1, 0)], "bold" if not agent.wave else "")
    )
    room = width - line.cell_len
    if agent.role is Role.SUBAGENT and room > 44:
        share = room * 2 // 5
        line.append(pad(fit(task, share - 2), share), "bright_black")
        room -= share
    return line.append(_doing(state, agent, room), mark.style if agent.outcome is Outcome.FAILED else "")


def _doing(state: RunState, agent: AgentState, width: int) -> str:
    """The last thing this agent did, or is at."""
    if agent.outcome is not None:
        why = f"{agent.outcome.value}: {agent.why}" if agent.reason else agent.summary
        return fit(why or agent.outcome.value, width)
    if agent.streaming:
        verb, text = _writing(agent)
        return verb + fit_end(text, width - len(verb)) if width > len(verb) else ""
    waiting = _unfinished(state) if agent.role is Role.LEAD else 0
    if waiting:
        return fit(f"waits for {count(waiting, 'subagent')}", width)
    used = f"reads {amount(agent.context_tokens)} tokens" if agent.context_tokens else "reads its task"
    return fit(agent.last_action or used, width)


def _writing(agent: AgentState) -> tuple[str, str]:
    """What is being written, and its words without a tag at their end, be it whole or just begun."""
    text = agent.streaming
    _, called, call = text.rpartition(CALL_OPEN)
    if called:
        return "calls: ", _LAST_TAG.sub("", call)
    _, closed, said = text.rpartition(THINK_CLOSE)
    begins = text.strip()
    if not closed and (THINK_OPEN in text or (begins and THINK_OPEN.startswith(begins))):
        return "thinks: ", _LAST_TAG.sub("", text.replace(THINK_OPEN, ""))
    return "writes: ", _LAST_TAG.sub("", said)


def _unfinished(state: RunState) -> int:
    if not state.waves:
        return 0
    last = max(wave.number for wave in state.waves)
    tasks = next(len(wave.tasks) for wave in state.waves if wave.number == last)
    members = [agent for agent in state.agents.values() if agent.wave == last]
    return tasks - sum(agent.outcome is not None for agent in members)
