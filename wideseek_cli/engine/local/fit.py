"""How a model, its streams and the machine's memory go together; decided before anything is loaded."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from wideseek_cli.core.errors import ModelFileError, ModelMemoryError, UsageError
from wideseek_cli.core.gguf_header import Header, read_header
from wideseek_cli.core.machine import available_memory
from wideseek_cli.core.messages import Sampling
from wideseek_cli.engine.local.scheduler import Pool
from wideseek_cli.engine.local.speculate import MOST

REFERENCE_CONTEXT = 32_768  # what the reference gives an agent
LEAST_STREAM = 2048
LEAST_CONTEXT = 1024  # an agent's instructions and tools alone take most of this
MOST_STREAMS = 256  # llama.cpp's own bound
FIRST_STREAM = 2048  # for whoever runs alone: instructions, a question, an answer
PAD = 256  # llama.cpp rounds streams up to this
PASS_TOKENS, DEVICE_PASS_TOKENS = 512, 2048
DRAFT_TOKENS = MOST  # in one pass, all conversations together
KV_BYTES = {"f16": 2.0, "q8_0": 34 / 32}
AUTO = "auto"  # the first of these that fits
Q8_BLOCK = 32  # numbers that q8_0 keeps together; a head must be made of whole blocks
RESERVE = 512 * 2**20  # left to everything else
SUBAGENT_CONTEXT = 16_384  # what outgrows this moves to a lead's stream, which is as long as allowed
FLASH = (AUTO, "on", "off")
KV_SHARE = 0.7  # of what is free: other programs live here too
DEVICE_KV_SHARE = 0.9
HOST_SHARE = 0.5  # of the host memory that is left, for copies of conversations that gave up their place


@dataclass(frozen=True)
class LoadOptions:
    """What to load and how much of it."""

    model: Path
    name: str = ""  # the registry's name, for records
    adapter: Path | None = None
    context: int = 0  # tokens of KV in all; 0: fitted to the free memory
    width: int = 1  # subagents to serve at once, beside the leads
    leads: int = 1  # conversations that want a long context
    conversation_tokens: int = 0  # most a conversation may hold; 0: what the model and the memory allow
    kv: str = AUTO
    flash: str = "on"  # attention in one kernel: on, off, auto (what is faster here; see attention.py)
    sampling: Sampling = field(default_factory=Sampling)
    repack: str = "off"  # weights in the order of llama.cpp's kernels: on, off, auto (see repack.py)
    grammar: bool = True
    speculate: bool = True
    threads: int = 0  # 0: one for each core
    gpu_layers: int = -1
    seed: int | None = None
    memory: float = 0.0  # bytes it may take of what is free; 0: all
    beginnings: Path | None = None  # where computed beginnings are kept from run to run; None: nowhere


@dataclass(frozen=True)
class Layout:
    """Pools of streams, and the sizes that go with them; `notes` are for the user."""

    pools: list[Pool]
    kv_type: str
    pass_tokens: int
    draft_tokens: int
    host_tokens: int  # most that is kept in host memory, of conversations that are idle
    host_bytes: float
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The sizes in a line, for people."""
        streams: Counter[int] = Counter()
        for pool in self.pools:
            streams[pool.size] += pool.streams
        pools = " and ".join(f"{count} × {size:,}" for size, count in streams.items())
        idle = f"up to {self.host_bytes / 1e9:.1f} GB of copies of idle conversations"
        return f"{pools} tokens, KV in {self.kv_type}, {idle}"


def lay_out(options: LoadOptions, device_bytes: float = 0.0) -> Layout:
    """Pools for leads with long contexts and `width` shorter ones, within the memory that is free: a device's
    if the whole model goes there, else the machine's."""
    header = read_header(options.model)
    if options.kv != AUTO:
        return _lay_out(options, header, device_bytes)
    plain, small = (replace(options, kv=kind) for kind in KV_BYTES)
    try:
        return _lay_out(plain, header, device_bytes)
    except ModelMemoryError:
        if not _fits_q8(header) or options.flash == "off":
            raise
    layout = _lay_out(small, header, device_bytes)
    note = "the KV cache is q8_0, because f16 does not fit the memory: prompts are read more slowly"
    return replace(layout, notes=(note, *layout.notes))


def _lay_out(options: LoadOptions, header: Header, device_bytes: float) -> Layout:
    """The same for one kind of KV."""
    cap = _cap(options, header)
    per_token = max(1.0, header.kv_values_per_token * KV_BYTES[options.kv])
    on_device = device_bytes > 0 and options.gpu_layers < 0
    pass_tokens = DEVICE_PASS_TOKENS if on_device else PASS_TOKENS
    memory = device_bytes if on_device else free_memory()
    memory = min(memory, options.memory or memory)
    streams = options.width + options.leads
    if not (options.leads > 0 <= options.width and streams <= MOST_STREAMS):
        raise UsageError(
            f"a width of {options.width} with {options.leads} leads; {MOST_STREAMS} in all can run"
        )
    fixed = _fixed_bytes(header, streams, pass_tokens)
    if options.flash == "off":
        fixed += _score_bytes(header, cap, pass_tokens)
    free = max(0.0, memory - fixed)
    useful = options.leads * cap + options.width * min(cap, SUBAGENT_CONTEXT)
    share = DEVICE_KV_SHARE if on_device else KV_SHARE
    wanted = min(options.context or int(free * share / per_token), useful)
    if wanted > free / per_token or wanted < min(LEAST_CONTEXT, useful):
        wanted = max(wanted, LEAST_STREAM)
        may_q8 = options.kv == "f16" and options.flash != "off" and _fits_q8(header)
        q8 = ", or take --kv q8_0" if may_q8 else ""
        cpu = ". On the processor it may fit: ./install.sh --cpu" if on_device else ""
        raise ModelMemoryError(
            f"{options.model.name} with {wanted:,} tokens of context needs about "
            f"{(fixed + wanted * per_token) / 1e9:.1f} GB; {memory / 1e9:.1f} GB are free"
            + (" on the accelerator" if on_device else ""),
            hint=f"choose a smaller model or quantisation, or lower --ctx{q8}{cpu}",
        )
    alone = not on_device and wanted >= 8 * FIRST_STREAM
    total = wanted - FIRST_STREAM if alone and wanted < useful else wanted
    pools = _pools(total, options.width, options.leads, cap)
    host = free_memory() if not options.memory else free_memory() / 2
    spare = (host if on_device else free * 0.9 - wanted * per_token) * HOST_SHARE
    return Layout(
        pools=with_first(pools) if alone else pools,
        kv_type=options.kv,
        pass_tokens=pass_tokens,
        draft_tokens=DRAFT_TOKENS if options.speculate else 0,
        host_tokens=max(0, int(spare / per_token)),
        host_bytes=max(0.0, spare),
        notes=_over_what_is_known(options, header, cap, useful),
    )


def shared(first: LoadOptions, second: LoadOptions, free: float) -> tuple[LoadOptions, LoadOptions]:
    """Two models in one memory: each has room for its weights, and of the rest as much as its share of what
    both could use."""
    fixed, useful = [], []
    for options in (first, second):
        header = read_header(options.model)
        cap = _cap(replace(options, kv="f16"), header)
        fixed.append(_fixed_bytes(header, options.width + options.leads, PASS_TOKENS))
        tokens = options.leads * cap + options.width * min(cap, SUBAGENT_CONTEXT)
        useful.append(tokens * max(1.0, header.kv_values_per_token * KV_BYTES["f16"]))
    rest = max(0.0, free - sum(fixed))
    parts = [own + rest * use / sum(useful) for own, use in zip(fixed, useful, strict=True)]
    return replace(first, memory=parts[0]), replace(second, memory=parts[1])


def _cap(options: LoadOptions, header: Header) -> int:
    """Most tokens of one conversation. What was asked for and cannot be is told here."""
    if 0 < options.context < LEAST_CONTEXT:
        raise UsageError(
            f"a context of {options.context:,} tokens is too short for an agent; "
            f"{LEAST_CONTEXT:,} is the least",
            hint="raise --ctx, or leave it out: it is fitted to the memory",
        )
    trained = header.context or REFERENCE_CONTEXT
    if options.conversation_tokens > trained:
        raise UsageError(
            f"a context of {options.conversation_tokens:,} tokens is over the {trained:,} "
            f"that {options.model.name} was trained for",
            hint="lower it; beyond its training a model gets worse",
        )
    if options.kv not in KV_BYTES:
        raise UsageError(f"no KV type {options.kv!r}", hint=f"one of: {', '.join((AUTO, *KV_BYTES))}")
    if options.flash not in FLASH:
        raise UsageError(f"no flash attention {options.flash!r}", hint=f"one of: {', '.join(FLASH)}")
    if options.kv == "q8_0" and options.flash == "off":
        raise UsageError("a KV cache in q8_0 needs flash attention", hint="take --kv f16, or --flash auto")
    if options.kv == "q8_0" and not _fits_q8(header):
        sizes = " and ".join(str(size) for size in sorted(set(header.kv_head_sizes)))
        raise UsageError(
            f"{options.model.name} has heads of {sizes}, and q8_0 takes multiples of {Q8_BLOCK}",
            hint="take --kv f16",
        )
    if not header.architecture or not header.number("block_count"):
        raise ModelFileError(f"{options.model.name} holds no language model")
    return _padded(options.conversation_tokens or min(trained, REFERENCE_CONTEXT))


def all_alike(layout: Layout, name: str) -> Layout:
    """The same memory in equally long streams, for a model whose cells cannot be cut or go elsewhere."""
    longest = max(pool.size for pool in layout.pools)
    total = sum(pool.streams * pool.size for pool in layout.pools)
    note = f"{name} does not keep every token's cells: no drafts, and what is common is computed for each"
    pools = [Pool(total // longest, longest)]
    return replace(layout, pools=pools, draft_tokens=0, notes=(*layout.notes, note))


def _over_what_is_known(options: LoadOptions, header: Header, cap: int, useful: int) -> tuple[str, ...]:
    """What becomes of a context that was asked for and is more than one conversation, or all, can hold."""
    trained, asked = header.context or options.context, options.context
    known = f"{options.name or options.model.name} was trained for {trained:,}"
    if asked > useful:
        short = min(cap, SUBAGENT_CONTEXT)
        note = (
            f"{useful:,} of the {asked:,} tokens of context are used: {options.leads} × {cap:,} for leads "
            f"and {options.width} × {short:,} for the others"
        )
        return (f"{note}; {known}" if asked > trained else note,)
    if asked > trained:
        return (f"no conversation gets all of the {asked:,} tokens of context: {known}",)
    return ()


def _fits_q8(header: Header) -> bool:
    return all(size % Q8_BLOCK == 0 for size in header.kv_head_sizes)


def _pools(total: int, width: int, leads: int, cap: int) -> list[Pool]:
    """As long as is useful where there is room; else a third for the leads' long ones and shorter ones for
    the others. What outgrows a short stream moves to a long one, so there is always one of those."""
    short = min(cap, SUBAGENT_CONTEXT)
    if total >= leads * cap + width * short:
        return [Pool(leads, cap), *([Pool(width, short)] if width else [])]
    long = min(cap, _padded(max(total // 3 // leads, min(total, LEAST_STREAM))))
    leads = max(1, min(leads, total // 3 // long))
    rest = total - leads * long
    streams = min(width, rest // LEAST_STREAM)
    if streams < 1:
        return [Pool(1, min(cap, max(PAD, total // PAD * PAD)))]
    return [Pool(leads, long), Pool(streams, min(long, rest // streams // PAD * PAD))]


def with_first(pools: list[Pool]) -> list[Pool]:
    """With a pool of one short stream, where none is as small: a context takes its memory as a whole, seconds
    for some GB, and the first conversation would wait for it."""
    has = any(pool.streams == 1 and pool.size <= FIRST_STREAM for pool in pools)
    return pools if has else [*pools, Pool(1, min(FIRST_STREAM, pools[-1].size))]


def _fixed_bytes(header: Header, streams: int, pass_tokens: int) -> float:
    """Weights and working memory: everything but KV. Loading may hold the weights twice for a moment, but the
    file's own pages are given back under pressure, so they count once."""
    wide = header.number("embedding_length") * 8 + header.number("feed_forward_length") * 3
    passes = pass_tokens * wide * 4 + (streams + DRAFT_TOKENS) * header.vocabulary * 8
    return header.file_bytes * 1.05 + 3 * passes + RESERVE


def _score_bytes(header: Header, cap: int, pass_tokens: int) -> float:
    """What a pass without flash attention needs beside that, in the pool of the leads and in the others'."""
    longest = cap + min(cap, SUBAGENT_CONTEXT)
    return pass_tokens * header.number("attention.head_count") * longest * 4 * 1.05


def free_memory() -> float:
    """What can be had, in bytes; where the system does not tell, the loading itself finds out."""
    return float(available_memory() or sys.maxsize)


def _padded(tokens: int) -> int:
    return -(-tokens // PAD) * PAD
