"""What two ways to compute cost here: timed on a twin of a model.

With flash attention and without, the twin has the model's heads and next to nothing else; with weights as in
the file and repacked, it has matrices like the model's, and next to no heads. It computes a layer or a few,
so a model of any size is timed in a second or two, without being loaded. It runs in a process of its own: all
that computes does so on one thread (see the README), and that is not the one which loads a model.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from wideseek_cli.core.errors import EngineError
from wideseek_cli.core.gguf_header import BLOCKS, Header
from wideseek_cli.core.text import clean_line

PASS_TOKENS = 512
WIDTH = 32  # of everything but what is timed
VOCABULARY = 8
F16 = 1  # ggml's number of a type of weights
# Seconds for reading prompts and for writing, both kinds together, in rounds of which the fastest counts.
# There are two at least, and of weights four, which take less time.
PROMPT_S, TOKEN_S = 1.2, 0.6
MOST_ROUNDS = 100  # of each
BUDGET = 8e9  # products of queries and keys in a prompt: half a second for both kinds on two cores
WEIGHTS = 64e6  # bytes: more than a processor's cache holds, and read in a hundredth of a second
WIDEST, DEEPEST = 4096, 16_384  # matrices: larger ones are as fast
TIMEOUT_S = 60.0
_CODE = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from wideseek_cli.engine.llamacpp.twin import main; main(sys.argv[1])"
)
# What the heads of these look like is not in the five numbers, or differs from layer to layer.
_OTHER_ATTENTION = ("attention.sliding_window", "attention.kv_lora_rank", "attn_logit_softcapping")


@dataclass(frozen=True)
class Heads:
    """The shape of a model's attention."""

    layers: int
    queries: int
    keys: int
    size: int  # numbers in one, of keys and of values

    @classmethod
    def of(cls, header: Header) -> Heads | None:
        """None for attention of another kind."""
        queries = header.number("attention.head_count")
        keys = header.number("attention.head_count_kv", queries)
        size, other = header.kv_head_sizes
        found = cls(header.number("block_count"), queries, keys, size)
        plain = size == other and not any(header.number(key) for key in _OTHER_ATTENTION)
        whole = all(astuple(found)) and queries % keys == 0 and size % 2 == 0
        return found if plain and whole else None

    @property
    def kv_bytes(self) -> int:
        """Of one token in f16."""
        return 2 * self.layers * self.keys * 2 * self.size


@dataclass(frozen=True)
class Weights:
    """The type and the sides of a layer's large matrices."""

    kind: int = F16
    width: int = WIDTH
    forward: int = WIDTH

    @classmethod
    def of(cls, header: Header) -> Weights | None:
        """None where the file does not say, or is of a type that we do not know."""
        block, _ = BLOCKS.get(header.kind, (0, 0))
        wide, forward = header.number("embedding_length"), header.number("feed_forward_length")
        if not block or min(wide, forward) < block:
            return None
        width, deep = min(wide, WIDEST), min(forward, DEEPEST)
        return cls(header.kind, width // block * block, deep // block * block)

    @property
    def bytes(self) -> float:
        """Of a layer."""
        block, size = BLOCKS[self.kind]
        return 3 * self.width * self.forward / block * size


@dataclass(frozen=True)
class Setup:
    """What to time: so many conversations of so many tokens, on so many threads. With `weights` these are
    timed, as they are in the file and repacked; else attention, in one kernel and not."""

    heads: Heads
    streams: int
    tokens: int
    threads: int
    weights: Weights | None = None

    @property
    def least_rounds(self) -> int:
        return 2 if self.weights is None else 4

    @property
    def layers(self) -> int:
        """As many of the model's as can be timed in about a second."""
        if self.weights is not None:
            enough = WEIGHTS / self.weights.bytes
        else:
            enough = BUDGET / (self.heads.queries * 2 * self.heads.size * self.tokens**2)
        return max(1, min(self.heads.layers, round(enough)))


@dataclass(frozen=True)
class Seconds:
    """Of the processor, for all of the model's layers: reading a prompt, and one more token for each
    conversation. Not by the clock: what others take of the machine must not choose for us."""

    prompt: float
    token: float


def measure(setup: Setup) -> tuple[Seconds, Seconds]:
    """The two ways, timed in a process of its own: with flash attention and without; or weights as they are
    in the file and repacked."""
    command = [sys.executable, "-c", _CODE, json.dumps(astuple(setup)), *sys.path]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=True, text=True)
        one, other = (Seconds(*pair) for pair in json.loads(done.stdout))
    except subprocess.CalledProcessError as error:
        told = error.stderr.strip().rpartition("\n")[2] or str(error)
        raise EngineError(f"it could not be timed: {clean_line(told, 200)}") from error
    except (OSError, subprocess.TimeoutExpired, ValueError, TypeError) as error:
        raise EngineError(f"it could not be timed: {clean_line(type(error).__name__)}") from error
    return one, other


def main(text: str) -> None:
    """In that process: the figures, as JSON."""
    heads, streams, tokens, threads, weights = json.loads(text)
    setup = Setup(Heads(*heads), streams, tokens, threads, Weights(*weights) if weights else None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "twin.gguf"
        write(path, setup)
        json.dump([astuple(seconds) for seconds in _timed(path, setup)], sys.stdout)


def write(path: Path, setup: Setup) -> None:
    """The twin as a file."""
    import gguf
    import numpy as np

    heads, weights, random = setup.heads, setup.weights or Weights(), np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(setup.layers)
    writer.add_context_length(setup.tokens + PASS_TOKENS)
    writer.add_embedding_length(weights.width)
    writer.add_feed_forward_length(weights.forward)
    writer.add_head_count(heads.queries)
    writer.add_head_count_kv(heads.keys)
    writer.add_key_length(heads.size)
    writer.add_value_length(heads.size)
    writer.add_rope_dimension_count(heads.size)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("none")
    for name, columns, rows in _tensors(setup.layers, heads, weights):
        if "ffn_" in name and rows > 1 and weights.kind != F16:
            block, size = BLOCKS[weights.kind]  # zeros: they take as long as any
            zeros = np.zeros((rows, columns // block * size), np.uint8)
            writer.add_tensor(name, zeros, raw_dtype=gguf.GGMLQuantizationType(weights.kind))
            continue
        values = random.standard_normal((rows, columns), np.float32) / np.sqrt(columns)
        writer.add_tensor(name, values.astype(np.float16) if rows > 1 else np.ones(columns, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tensors(layers: int, heads: Heads, weights: Weights) -> list[tuple[str, int, int]]:
    """Name, columns and rows of each; a single row is a norm."""
    width, forward = weights.width, weights.forward
    parts = [
        *(("attn_norm", width, 1), ("ffn_norm", width, 1)),
        ("attn_q", width, heads.queries * heads.size),
        ("attn_k", width, heads.keys * heads.size),
        ("attn_v", width, heads.keys * heads.size),
        ("attn_output", heads.queries * heads.size, width),
        *(("ffn_gate", width, forward), ("ffn_up", width, forward), ("ffn_down", forward, width)),
    ]
    matrices = (
        (f"blk.{layer}.{name}.weight", columns, rows)
        for layer in range(layers)
        for name, columns, rows in parts
    )
    return [("token_embd.weight", width, VOCABULARY), *matrices, ("output_norm.weight", width, 1)]


def _timed(path: Path, setup: Setup) -> Sequence[Seconds]:
    """Both ways in turn, so that what else the machine does meets both."""
    from wideseek_cli.engine.llamacpp.context import Context, ContextShape

    size = setup.tokens + PASS_TOKENS
    shape = ContextShape(setup.streams, size, PASS_TOKENS, setup.streams, threads=setup.threads)
    with ExitStack() as stack:
        plain, contexts = _loaded(path, stack, repack=False), []
        if setup.weights is None:
            ways = [(plain, shape), (plain, replace(shape, flash=False))]
        else:
            ways = [(plain, shape), (_loaded(path, stack, repack=True), shape)]
        for model, shape in ways:
            contexts.append(stack.enter_context(closing(Context(model, shape))))
            contexts[-1].open()  # its time is none of the passes'
        prompts, tokens = _prompts(contexts, setup), _tokens(contexts, setup)
    part = setup.heads.layers / setup.layers
    return [Seconds(prompt * part, token * part) for prompt, token in zip(prompts, tokens, strict=True)]


def _loaded(path: Path, stack: ExitStack, *, repack: bool) -> Any:
    """The twin. Not as a `Model`, which reads the vocabulary that this one does not have."""
    from wideseek_cli.engine.llamacpp.binding import llama_cpp
    from wideseek_cli.engine.llamacpp.llama import LOG, load_weights

    LOG.install()
    handle = load_weights(path, gpu_layers=0, repack=repack)
    if not handle:
        raise EngineError(f"the twin cannot be loaded: {LOG.last()}")
    stack.callback(llama_cpp.llama_model_free, handle)
    return SimpleNamespace(handle=handle, vocab_size=VOCABULARY, plain_cells=True, adapter=None)


def _prompts(contexts: Sequence[Any], setup: Setup) -> list[float]:
    """Seconds in which each reads a prompt. Afterwards all of its streams hold it."""
    from wideseek_cli.engine.llamacpp.context import Row

    def read(context: Any, round_: int) -> None:
        context.trim(0, 0)
        for start in range(0, setup.tokens, PASS_TOKENS):
            end = min(start + PASS_TOKENS, setup.tokens)
            context.decode([Row(0, start, [at % VOCABULARY for at in range(start, end)], 1)])

    for context in contexts:
        context.decode([Row(0, 0, [0], 1)])  # the first pass makes the threads
    best = _fastest(contexts, read, PROMPT_S, setup.least_rounds)
    for context in contexts:
        saved = context.save(0)
        for stream in range(1, setup.streams):
            context.restore(stream, saved, setup.tokens)
    return best


def _tokens(contexts: Sequence[Any], setup: Setup) -> list[float]:
    """Seconds of a pass that writes a token in each stream."""
    from wideseek_cli.engine.llamacpp.context import Row

    def write_one(context: Any, round_: int) -> None:
        at = setup.tokens + round_
        context.decode([Row(stream, at, [at % VOCABULARY], 1) for stream in range(setup.streams)])

    return _fastest(contexts, write_one, TOKEN_S, setup.least_rounds)


def _fastest(
    contexts: Sequence[Any], work: Callable[[Any, int], None], seconds: float, least: int
) -> list[float]:
    """The least time of the processor that each takes, in rounds for so many seconds."""
    best, begun = [float("inf") for _ in contexts], time.perf_counter()
    for round_ in range(MOST_ROUNDS):
        if round_ >= least and time.perf_counter() - begun > seconds:
            break
        for number, context in enumerate(contexts):
            began = time.process_time()
            work(context, round_)
            best[number] = min(best[number], time.process_time() - began)
    return best
