"""Train the adapter by reinforcement: groups of rollouts, shared credit, one on-policy step each.

    python -m models.marl.train BASE.gguf TASKS --start adapter.gguf --source zim:wiki.zim --out RUN

Run again with the same --out, it goes on from the checkpoint. TASKS is a split of `wideseek eval make`, or
factbook:train:400 for short questions over the factbook. With --held TASKS, these are answered before the
first step and after every --every steps.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from models.demo.export import restore, write_adapter
from models.demo.network import Network
from models.marl.credit import LEAD, SUBAGENT, Rollout, credited, reward
from models.marl.page import write_page
from models.marl.policy import Policy, Sample
from models.marl.rollout import Setup, roll_out
from models.marl.tasks import practice
from wideseek_cli.core.errors import WideseekError
from wideseek_cli.eval.questions.dataset import Task

CHECKPOINT, ADAPTER, LOG = "checkpoint.pt", "adapter.gguf", "steps.jsonl"


def samples_of(groups: Sequence[Sequence[Rollout]], roles: Sequence[str]) -> list[Sample]:
    """What is trained on."""
    return [
        Sample(one.agent.ids, one.turns, one.advantage, one.weight, one.agent.role, one.rollout.task)
        for one in credited(groups, roles)
    ]


class Training:
    """A policy, its tasks, and the folder in which it goes on."""

    def __init__(self, given: argparse.Namespace) -> None:
        torch.manual_seed(given.seed)
        self.given, self.out = given, Path(given.out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.tasks = practice(given.tasks, given.seed)
        self.held = practice(given.held)[: given.held_limit] if given.held else []
        self.base = hashlib.sha256(Path(given.base).read_bytes()).hexdigest()
        network = Network(given.base, given.rank, given.alpha)
        restore(network, given.start)
        if given.device == "cpu" and not short_numbers_are_faster():
            network.float()
        self.policy = Policy(network, given.rate, given.device)
        self.step = 0
        self.setup = Setup(
            Path(given.base), given.source, width=given.width, jobs=given.jobs, turns=given.turns,
            subagent_turns=given.subagent_turns, seed=given.seed,
        )  # fmt: skip
        self._resume()

    def run(self) -> None:
        """Steps until there are as many as asked for."""
        if self.step == 0 and self.held:
            self.evaluate()
        while self.step < self.given.steps:
            begun = time.monotonic()
            tasks = self._drawn()
            groups = self.rollouts(tasks, self.given.group)
            told = time.monotonic() - begun
            samples = [s for s in samples_of(groups, self.given.roles.split(",")) if s.advantage]
            figures = self.policy.update(samples, self.given.kl, self.given.updates) if samples else {}
            self.step += 1
            self.save()
            self._log(groups, figures, told, time.monotonic() - begun)
            if self.held and self.step % self.given.every == 0:
                self.evaluate()
        write_page(self.out)

    def rollouts(self, tasks: Sequence[Task], group: int) -> list[list[Rollout]]:
        adapter = self.out / ADAPTER
        write_adapter(self.policy.network, adapter)
        record = self.out / "record.sqlite"
        return asyncio.run(roll_out(tasks, self.setup, adapter, record, self.step, group))

    def evaluate(self) -> None:
        """The held-out tasks once each, under the adapter as it is."""
        groups = self.rollouts(self.held, 1)
        found = {group[0].task: group[0].item_f1 for group in groups}
        (self.out / f"held-{self.step}.json").write_text(json.dumps(found), encoding="utf-8")
        print(f"step {self.step}: held-out item F1 {statistics.fmean(found.values()):.3f}", flush=True)

    def _drawn(self) -> list[Task]:
        """The step's tasks: the same in every run with the same seed."""
        rng = random.Random(f"{self.given.seed}-{self.step}")
        return rng.sample(self.tasks, min(self.given.questions, len(self.tasks)))

    def save(self) -> None:
        """Whole or not at all: a disk that fills leaves the last one."""
        part, target = self.out / f"{CHECKPOINT}.part", self.out / CHECKPOINT
        state = {
            "base": self.base, "rank": self.given.rank, "alpha": self.given.alpha, "step": self.step,
            "now": [p.detach().cpu() for p in self.policy.parameters],
            "start": [p.cpu() for p in self.policy.start],
            "optimiser": self.policy.optimiser.state_dict(),
        }  # fmt: skip
        try:
            torch.save(state, part)
            os.replace(part, target)
        except (OSError, RuntimeError) as error:
            part.unlink(missing_ok=True)
            raise SystemExit(f"the checkpoint cannot be written ({error}); the last one is whole") from error

    def _resume(self) -> None:
        path = self.out / CHECKPOINT
        if not path.is_file():
            return
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            same = state["base"] == self.base and state["rank"] == self.given.rank
        except (OSError, RuntimeError, KeyError, ValueError, EOFError) as error:
            raise SystemExit(f"{path} is no checkpoint of this training: {error}") from error
        if not same:
            raise SystemExit(f"{path} is of another base or rank: give another --out")
        self.policy._set([p.to(self.policy.device) for p in state["now"]])
        self.policy.start = [p.to(self.policy.device) for p in state["start"]]
        self.policy.optimiser.load_state_dict(state["optimiser"])
        self.step = int(state["step"])

    def _log(
        self, groups: Sequence[Sequence[Rollout]], figures: dict[str, float], told: float, took: float
    ) -> None:
        flat = [rollout for group in groups for rollout in group]
        agents = [agent for rollout in flat for agent in rollout.agents]
        lengths = [said.end - said.start for agent in agents for said in agent.said]
        line: dict[str, Any] = {
            "step": self.step,
            "reward": _mean([reward(rollout) for rollout in flat]),
            "item_f1": _mean([rollout.item_f1 for rollout in flat]),
            "valid": _mean([float(rollout.valid) for rollout in flat]),
            "turns": _mean([float(len(agent.said)) for agent in agents if agent.role == LEAD]),
            "subagents": _mean([float(sum(a.role == SUBAGENT for a in r.agents)) for r in flat]),
            "length": _mean([float(length) for length in lengths]),
            **figures,
            "rollout_seconds": told, "seconds": took, "runs": [rollout.run for rollout in flat],
        }  # fmt: skip
        with (self.out / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        shown = ", ".join(f"{key} {value:.3g}" for key, value in line.items() if isinstance(value, float))
        print(f"step {self.step}: {shown}", flush=True)


def short_numbers_are_faster() -> bool:
    """Whether this processor multiplies bfloat16 faster than float32: with instructions for it twice as fast,
    without them many times slower."""
    took = {}
    for kind in (torch.bfloat16, torch.float32):
        left, right = torch.ones(1024, 576, dtype=kind), torch.ones(576, 1536, dtype=kind)
        left @ right
        begun = time.perf_counter()
        for _ in range(5):
            left @ right
        took[kind] = time.perf_counter() - begun
    return took[torch.bfloat16] < took[torch.float32]


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else 0.0


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path)
    parser.add_argument("tasks")
    parser.add_argument("--start", type=Path, required=True, help="the adapter to begin with, as a GGUF")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--source", required=True, help="where agents search: zim:PATH or factbook")
    parser.add_argument("--held", default="", help="tasks to measure on")
    for name, kind, value in (
        ("steps", int, 20), ("questions", int, 4), ("group", int, 8), ("width", int, 4), ("jobs", int, 4),
        ("turns", int, 4), ("subagent-turns", int, 4), ("updates", int, 1), ("every", int, 10),
        ("held-limit", int, 96), ("rate", float, 1e-5), ("kl", float, 0.001), ("rank", int, 16),
        ("alpha", float, 32.0), ("seed", int, 0), ("device", str, "cpu"), ("roles", str, "lead,subagent"),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=kind, default=value)
    return parser.parse_args(given)


def main() -> None:
    try:
        Training(arguments()).run()
    except WideseekError as error:
        raise SystemExit(f"{error}. {error.hint}".strip()) from error


if __name__ == "__main__":
    main()
