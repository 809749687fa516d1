"""Train the demo model's adapter: LoRA on all linear layers, loss on the agents' own words only.

    python -m models.demo.train BASE.gguf HARVEST.jsonl --out RUN --minutes 70

Needs PyTorch (the optional extra `train`). The learning rate falls along a cosine over the time given; the
time that counts is time in which steps were made, so a paused process loses none of its schedule; with
--until it falls along the clock instead. Run again
with the same --out, it goes on from the last checkpoint.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from models.demo.attention import Span
from models.demo.export import restore
from models.demo.network import FUSED, Network
from models.demo.packing import Pack, packs, read

LONGEST_STEP = 60.0  # seconds of a step that count; a longer one was interrupted
CHECKPOINT_EVERY = 90.0
WARM_STEPS = 8


@dataclass
class Progress:
    """How far a training is; what a checkpoint keeps besides the weights."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    epoch: int = 0
    pack: int = 0


class Training:
    """A network, its optimiser, and the stream of packs."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        torch.manual_seed(arguments.seed)
        torch.set_num_threads(arguments.threads)
        self.arguments = arguments
        if arguments.compile:
            FUSED.compile()
        self.network = Network(arguments.base, arguments.rank, arguments.alpha)
        self.device = torch.device(arguments.device)
        if arguments.start:
            restore(self.network, arguments.start)
        self.network.to(self.device)
        if arguments.precision == "f32":
            self.network.float()
        self.parameters = [p for p in self.network.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(
            self.parameters, lr=arguments.rate, betas=(0.9, 0.98), weight_decay=0.0
        )
        self.progress = Progress()
        self.out: Path = arguments.out
        self.out.mkdir(parents=True, exist_ok=True)
        self._resume()
        self.begun: tuple[float, float] = (time.time(), self.progress.seconds / (arguments.minutes * 60))

    def run(self) -> None:
        """Steps until the time is up."""
        saved = self.progress.seconds
        running = 0.0
        for pack in self._stream():
            started = time.monotonic()
            share = self._share()
            rate = self._rate(share)
            loss = self._step(pack, rate)
            took = time.monotonic() - started
            self.progress.seconds += min(took, LONGEST_STEP)
            self.progress.step += 1
            self.progress.tokens += len(pack.ids)
            running = loss if not running else 0.9 * running + 0.1 * loss
            self._log(loss, running, rate, len(pack.ids) / took)
            if self.progress.seconds - saved > CHECKPOINT_EVERY:
                saved = self.progress.seconds
                self.save()
            if self._share() >= 1.0:
                break
        self.save()

    def _stream(self) -> Iterator[Pack]:
        """Packs, epoch after epoch, from where a checkpoint left off."""
        transcripts = [t for path in self.arguments.harvest for t in read(path, self.arguments.longest)]
        while True:
            made = packs(transcripts, random.Random(f"{self.arguments.seed}-{self.progress.epoch}"))
            while self.progress.pack < len(made):
                self.progress.pack += 1
                yield made[self.progress.pack - 1]
            self.progress.epoch += 1
            self.progress.pack = 0

    def _step(self, pack: Pack, rate: float) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        loss = self.loss(pack)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return float(loss.detach())

    def loss(self, pack: Pack) -> Tensor:
        """Mean cross entropy of the agents' own words."""

        def on(values: list[int]) -> Tensor:
            return torch.tensor(values, device=self.device)

        ends = {start: end for start, end, _ in pack.spans}
        spans = [Span(s, e, (after, ends[after]) if after >= 0 else (0, 0)) for s, e, after in pack.spans]
        logits = self.network(on(pack.ids), on(pack.positions), spans, on(pack.places))
        return functional.cross_entropy(logits.float(), on(pack.targets))

    def _share(self) -> float:
        """How much of the training is behind us: by time at work, or by the clock when an end is set."""
        until: float = self.arguments.until
        minutes: float = self.arguments.minutes
        if not until:
            return min(self.progress.seconds / (minutes * 60), 1.0)
        begun, at_begin = self.begun
        passed = (time.time() - begun) / max(until - begun, 1.0)
        return min(at_begin + (1.0 - at_begin) * passed, 1.0)

    def _rate(self, share: float) -> float:
        """A short warm-up, then a cosine down to a hundredth."""
        full: float = self.arguments.rate
        warm = min((self.progress.step + 1) / WARM_STEPS, 1.0)
        return full * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))

    def _log(self, loss: float, running: float, rate: float, speed: float) -> None:
        facts = {
            "step": self.progress.step,
            "tokens": self.progress.tokens,
            "minutes": round(self.progress.seconds / 60, 2),
            "loss": round(loss, 4),
            "running": round(running, 4),
            "rate": round(rate, 6),
            "tokens_per_second": round(speed),
        }
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(facts) + "\n")

    def save(self) -> None:
        """A checkpoint, written beside the old one and then put in its place."""
        state: dict[str, Any] = {
            "adapter": {n: p.detach().cpu() for n, p in self.network.named_parameters() if p.requires_grad},
            "optimiser": self.optimiser.state_dict(),
            "progress": vars(self.progress),
            "rank": self.arguments.rank,
            "alpha": self.arguments.alpha,
        }
        draft = self.out / "checkpoint.tmp"
        torch.save(state, draft)
        draft.replace(self.out / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.out / "checkpoint.pt"
        if not path.is_file():
            return
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.network.load_state_dict(state["adapter"], strict=False)
        self.optimiser.load_state_dict(state["optimiser"])
        self.progress = Progress(**state["progress"])


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("base", type=Path)
    made.add_argument("harvest", type=Path, nargs="+")
    made.add_argument("--start", type=Path, help="an exported adapter to go on from")
    made.add_argument("--out", type=Path, required=True)
    made.add_argument("--minutes", type=float, default=70)
    made.add_argument("--until", type=float, default=0.0, help="end at this time (seconds since the epoch)")
    made.add_argument("--rate", type=float, default=1e-3)
    made.add_argument("--rank", type=int, default=16)
    made.add_argument("--alpha", type=float, default=32)
    made.add_argument("--longest", type=int, default=4000, help="leave longer transcripts out")
    made.add_argument("--threads", type=int, default=2)
    made.add_argument("--compile", action="store_true", help="fuse operations; needs a C++ compiler")
    made.add_argument(
        "--precision", choices=("bf16", "f32"), default="bf16", help="f32 is faster on some CPUs"
    )
    made.add_argument("--device", default="cpu")
    made.add_argument("--seed", type=int, default=1)
    return made


if __name__ == "__main__":
    Training(parser().parse_args()).run()
