"""What a rollout is worth, and which of its turns are trained on. Plain numbers, no torch."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Sequence
from dataclasses import dataclass

LEAD, SUBAGENT = "lead", "subagent"
FORMAT, ACCESS, LENGTH = 0.1, 0.05, 0.1
LONG, TOO_LONG = 3000, 5000  # tokens of the longest reply: from here to there the penalty grows
TINY = 1e-6


@dataclass(frozen=True)
class Said:
    """One reply: where its tokens stand in the context. `looped`: it ran to its bound, without an end."""

    start: int
    end: int
    looped: bool = False


@dataclass(frozen=True)
class Agent:
    """One agent's whole context, and what of it the agent wrote. `failed`: out of turns or context."""

    name: str
    role: str
    ids: tuple[int, ...]
    said: tuple[Said, ...]
    failed: bool = False


@dataclass(frozen=True)
class Rollout:
    """One answered question."""

    task: str
    run: str
    agents: tuple[Agent, ...]
    item_f1: float
    valid: bool  # the answer is a table of the right columns
    accessed: bool  # some page was read

    @property
    def lead_failed(self) -> bool:
        return any(agent.failed for agent in self.agents if agent.role != SUBAGENT)


def reward(rollout: Rollout) -> float:
    """Item F1 with the small terms; nothing where the format is wrong or the lead ran out."""
    if not rollout.valid or rollout.lead_failed:
        return 0.0
    longest = max((said.end - said.start for agent in rollout.agents for said in agent.said), default=0)
    over = min(max((longest - LONG) / (TOO_LONG - LONG), 0.0), 1.0)
    return rollout.item_f1 + FORMAT + ACCESS * rollout.accessed - LENGTH * over


def advantages(rewards: Sequence[float]) -> list[float]:
    """Of a question's rollouts: how far each is from their mean, in their (sample) deviations."""
    if len(rewards) < 2:
        return [0.0] * len(rewards)
    mean, spread = statistics.fmean(rewards), statistics.stdev(rewards)
    return [(one - mean) / (spread + TINY) for one in rewards]


def trained(rollout: Rollout, roles: Collection[str] = (LEAD, SUBAGENT)) -> list[tuple[Agent, list[Said]]]:
    """The turns that a rollout's advantage is given to, by agent; agents without any are left out."""
    chosen = [(agent, _of(rollout, agent)) for agent in rollout.agents if agent.role in roles]
    return [(agent, said) for agent, said in chosen if said]


def _of(rollout: Rollout, agent: Agent) -> list[Said]:
    lead = agent.role != SUBAGENT
    if rollout.valid and not rollout.lead_failed:
        return [] if agent.failed else list(agent.said)
    if rollout.valid:
        return list(agent.said) if lead and agent.failed else []
    last = [agent.said[-1]] if lead and agent.said and not rollout.lead_failed else []
    if any(said.looped for one in rollout.agents for said in one.said):
        return [said for said in agent.said if said.looped or said in last]
    return list(agent.said) if agent.failed else last


def weights(groups: Sequence[Sequence[int]]) -> list[list[float]]:
    """For each rollout's agents, given by their numbers of tokens: the weight of one token, so that a sum is
    the mean over tokens, then agents, then rollouts. Long or many agents do not dominate."""
    rollouts = sum(any(tokens) for tokens in groups)
    made = []
    for tokens in groups:
        agents = sum(count > 0 for count in tokens)
        made.append([1 / (rollouts * agents * count) if count else 0.0 for count in tokens])
    return made


@dataclass(frozen=True)
class Credit:
    """What one agent of a rollout is trained on."""

    rollout: Rollout
    agent: Agent
    turns: tuple[Said, ...]
    advantage: float
    weight: float  # of one token


def credited(groups: Sequence[Sequence[Rollout]], roles: Collection[str]) -> list[Credit]:
    """Each agent's turns that get credit, weighted by the three means over all groups."""
    flat = [
        (rollout, advantage)
        for group in groups
        for rollout, advantage in zip(group, advantages([reward(one) for one in group]), strict=True)
    ]
    chosen = [trained(rollout, roles) for rollout, _ in flat]
    counts = [[sum(said.end - said.start for said in turns) for _, turns in agents] for agents in chosen]
    made = []
    for (rollout, advantage), agents, own in zip(flat, chosen, weights(counts), strict=True):
        for (agent, turns), weight in zip(agents, own, strict=True):
            made.append(Credit(rollout, agent, tuple(turns), advantage, weight))
    return made
