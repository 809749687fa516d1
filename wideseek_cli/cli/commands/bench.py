"""`wideseek bench`: time the engine on one wide task."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Annotated, Any

import typer

from wideseek_cli.cli.lazy import plain_app

app = plain_app()


@app.command()
def bench(
    model: Annotated[str, typer.Option("--model", "-m", help="registry name or GGUF path")] = "",
    width: Annotated[int, typer.Option("--width", "-w", help="subagents at once")] = 6,
    scale: Annotated[float, typer.Option("--scale", help="multiplies every length")] = 1.0,
    against: Annotated[
        str, typer.Option("--against", metavar="URL", help="replay on this llama-server too")
    ] = "",
    repeat: Annotated[int, typer.Option("--repeat", min=1, help="rounds; the fastest counts")] = 1,
    threads: Annotated[int, typer.Option("--threads", min=0, help="0: one for each core")] = 0,
    speculate: Annotated[bool, typer.Option(help="try drafts copied from the context")] = True,
    kv: Annotated[str, typer.Option("--kv", help="f16 or q8_0")] = "f16",
    flash: Annotated[str, typer.Option("--flash", help="flash attention: on, off, auto")] = "auto",
    beside: Annotated[
        int, typer.Option("--beside", min=0, metavar="N", help="time it beside N processes that compute")
    ] = 0,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="as JSON; python_share: all time outside llama.cpp and the sampler"),
    ] = False,
) -> None:
    """Time the engine on one wide task.

    A lead and its subagents read and write as many tokens as in a real run; the tokens are random.

    Example: wideseek bench --model demo --width 2
    """
    from wideseek_cli.bench.timing import Job, run
    from wideseek_cli.models.choose import resolve

    choice = resolve(model, width=width)
    if choice.note:
        sys.stderr.write(choice.note + "\n")
    job = Job(choice.path, width, scale, against, repeat, threads, speculate, kv, flash, beside)
    figures = asyncio.run(run(job))
    typer.echo(json.dumps(figures, indent=1) if as_json else _shown(figures))
    peer = figures.get("against", {}).get("model")
    if peer and peer != choice.path.name:
        sys.stderr.write(f"The server runs {peer!r}, not {choice.path.name!r}: the ratio says little.\n")


def _shown(figures: dict[str, Any]) -> str:
    rows = [
        (
            "model",
            f"{figures['model']}, width {figures['width']}, scale {figures['scale']:g}"
            + (f", beside {figures['beside']} busy processes" if figures["beside"] else ""),
        ),
        ("attention", f"flash attention {figures['flash']}"),
        ("weights", f"repacked {figures['repack']}"),
        ("wall time", f"{figures['wall_s']:.1f} s"),
        (
            "prefill",
            f"{figures['prefill_tokens']:,} tokens, {figures['prefill_per_s']:,.1f} a second",
        ),
        (
            "decode",
            f"{figures['decode_tokens']:,} tokens, {figures['decode_per_s']:,.1f} a second",
        ),
        ("shared", f"{figures['shared_tokens']:,} tokens copied instead of computed"),
        (
            "time in",
            f"prefill {figures['prefill_share']:.1%}, decode {figures['decode_share']:.1%}, "
            f"sampling {figures['sampling_share']:.1%}, our Python {figures['python_share']:.1%}",
        ),
        ("peak memory", f"{figures['peak_memory_mb']:,} MB"),
        ("llama-cpp-python", figures["llama_cpp"]),
    ]
    against = figures.get("against")
    if against:
        counts = f"{against['prefill_tokens']:,} + {against['decode_tokens']:,} tokens"
        rows.append(
            ("llama-server", f"{against['wall_s']:.1f} s, {counts}; ours takes {against['ratio']:.2f} of it")
        )
    return "\n".join(f"{name:<17} {text}" for name, text in rows)
