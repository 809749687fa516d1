"""`wideseek models`: what there is, what is here, and how to get it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from wideseek_cli.cli.commands.models.modelview import Row, entry_row, facts_of, file_row
from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.complete import complete_model
from wideseek_cli.cli.shared.fetching import pull, shown_progress
from wideseek_cli.cli.shared.options import AsJson
from wideseek_cli.core.errors import ModelError, ModelFileError, ModelMissingError, NotFoundError, UsageError
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.core.machine import available_memory
from wideseek_cli.core.paths import expanded
from wideseek_cli.models.authored import fetch_words, words_folder, words_trouble
from wideseek_cli.models.choose import DEFAULT_QUANT, ModelChoice, Wanted, find, on_disk
from wideseek_cli.models.fetching.files import gigabytes
from wideseek_cli.models.needed import ASK_ABOVE, download_size
from wideseek_cli.models.registry import Entry, Registry, load_registry
from wideseek_cli.models.store import ModelStore, file_name, sha256_of

app = plain_app(
    no_args_is_help=True,
    help="list, fetch, build, check and remove models",
)

_Width = Annotated[int, typer.Option("--width", min=1, help="agents at once to estimate memory for")]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask")]


@app.command("list")
def list_models(width: _Width = 10, as_json: AsJson = False) -> None:
    """The known models, and the files in the models folder.

    Example: wideseek models list
    """
    registry, store, memory = load_registry(), ModelStore(), available_memory()
    rows = [entry_row(entry, registry, store, width, memory) for entry in registry]
    rows += [file_row(path, width, memory) for path in store.strangers(registry)]
    if as_json:
        typer.echo(json.dumps([vars(row) for row in rows], indent=1, ensure_ascii=False))
        return
    titles = Row("MODEL", "HERE", "SIZE", "QUANT", "CONTEXT", "LICENCE", "FITS", "WHAT IT IS")
    table = [list(vars(row).values()) for row in (titles, *rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]) - 1)]
    for row in table:
        typer.echo("  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]]))
    typer.echo(
        f"folder: {store.folder}; memory free: {gigabytes(memory)}; estimated for width {width}", err=True
    )


@app.command("pull")
def pull_model(
    name: Annotated[
        str, typer.Argument(help="a known model, or a hub repo (owner/name)", autocompletion=complete_model)
    ],
    yes: _Yes = False,
) -> None:
    """Download a model; one published only as weights is built. Continues where it was cut off.

    Example: wideseek models pull wideseek-r1-4b
    """
    registry, store = load_registry(), ModelStore()
    wanted = find(name, registry, store)
    try:
        path = on_disk(wanted, registry, store).path
        if wanted.entry is not None:
            with shown_progress() as progress:
                fetch_words(wanted.entry, store, progress)
    except ModelMissingError:
        if wanted.entry is None or registry.base_of(wanted.entry).to_fetch > ASK_ABOVE:
            typer.echo(f"{wanted.name}: {download_size(wanted, registry)}", err=True)
        _confirm_build(wanted, registry, yes)
        pull(wanted, registry, store)
        path = on_disk(wanted, registry, store).path
    typer.echo(str(path))


def _confirm_build(wanted: Wanted, registry: Registry, yes: bool) -> None:
    """`pull` is itself the wish for the download; only the eight gigabytes of a build are asked for."""
    entry = registry.base_of(wanted.entry) if wanted.entry else None
    heavy = max((source.size for source in entry.sources), default=0) if entry else 0
    if (
        heavy > ASK_ABOVE
        and not yes
        and sys.stdin.isatty()
        and not typer.confirm("Go on?", default=True, err=True)
    ):
        raise typer.Exit(1)


@app.command("path")
def show_path(
    name: Annotated[
        str, typer.Argument(help="a model; without it the models folder", autocompletion=complete_model)
    ] = "",
) -> None:
    """Print where a model's file is (for scripts).

    Example: wideseek models path demo
    """
    if not name:
        typer.echo(str(ModelStore().folder))
        return
    typer.echo(str(_chosen(name)))


def _chosen(name: str) -> Path:
    return _choice(name, load_registry(), ModelStore()).path


def _choice(name: str, registry: Registry, store: ModelStore) -> ModelChoice:
    return on_disk(find(name, registry, store), registry, store)


@app.command("info")
def show_info(
    name: Annotated[str, typer.Argument(help="a model or a GGUF file", autocompletion=complete_model)],
    width: _Width = 10,
    context: Annotated[
        int, typer.Option("--context", help="tokens an agent; 0: what the model was trained for")
    ] = 0,
    template: Annotated[bool, typer.Option("--template", help="print the whole chat template")] = False,
) -> None:
    """What a GGUF says of itself, and the memory it needs.

    Example: wideseek models info demo
    """
    path = _chosen(name)
    header = read_header(path)
    if template:
        from wideseek_cli.core.text import clean_text

        typer.echo(clean_text(header.template))
        return
    for label, text in facts_of(path, header, width, context):
        typer.echo(f"{label:<14}{text}")


@app.command("rm")
def remove_model(
    names: Annotated[
        list[str] | None, typer.Argument(help="models or file names", autocompletion=complete_model)
    ] = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="delete partial downloads and builds")
    ] = False,
    yes: _Yes = False,
) -> None:
    """Delete model files from the models folder.

    Example: wideseek models rm qwen3-4b
    """
    registry, store = load_registry(), ModelStore()
    if not names and not unfinished:
        raise UsageError("say which model to delete", hint="see wideseek models list")
    for name in names or ():
        path = _own_file(name, registry, store)
        if not yes and sys.stdin.isatty() and not typer.confirm(f"Delete {path}?", err=True):
            raise typer.Exit(1)
        typer.echo(f"{path} removed, {gigabytes(store.remove(path))} free again", err=True)
    if unfinished:
        typer.echo(f"partial downloads removed, {gigabytes(store.clear_work())} free again", err=True)


def _own_file(name: str, registry: Registry, store: ModelStore) -> Path:
    """Only files in the models folder are ours to delete."""
    entry = registry.find(name)
    if entry is not None and entry.base:
        raise NotFoundError(f"{name} uses the file of {entry.base}", hint=f"wideseek models rm {entry.base}")
    file = entry.file if entry else next((p.name for p in store.names() if name in (p.name, p.stem)), "")
    if not file or not os.path.lexists(store.folder / file):
        raise NotFoundError(f"{name} is not in {store.folder}", hint="see wideseek models list")
    return store.folder / file


@app.command("build")
def build_model(
    source: Annotated[str, typer.Argument(help="a hub repo, or a folder with config.json and safetensors")],
    quant: Annotated[str, typer.Option("--quant", help="q4_k_m, q5_k_m, q6_k, q8_0, f16 …")] = DEFAULT_QUANT,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="target; default: the models folder")
    ] = None,
    keep_weights: Annotated[
        bool, typer.Option("--keep-weights", help="keep the downloaded safetensors")
    ] = False,
) -> None:
    """Make a GGUF from safetensors (Qwen3 dense models) and quantise it. Resumable at every stage.

    Example: wideseek models build RLinf/WideSeek-R1-4b --quant q4_k_m
    """
    from wideseek_cli.models.fetching.fetch import Fetcher
    from wideseek_cli.models.gguf.build import build_gguf, check_quant

    check_quant(quant)
    store, folder = ModelStore(), expanded(source)
    name = file_name(folder.resolve().name if folder.is_dir() else source, quant)
    entry = next((e for e in load_registry() if e.quant == quant.lower() and _builds(e, source)), None)
    target = output or store.folder / (entry.file if entry else name)
    with shown_progress() as progress:
        if folder.is_dir():
            build_gguf(folder, target, quant, store.work, progress)
        else:
            Fetcher(store, progress).build(source, quant, target, keep_weights=keep_weights)
    typer.echo(str(target))


def _builds(entry: Entry, repo: str) -> bool:
    return any(source.kind == "hub-build" and source.repo == repo for source in entry.sources)


@app.command("verify")
def verify_models(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="models or files; without any: all on this machine", autocompletion=complete_model
        ),
    ] = None,
) -> None:
    """Check files against the sums they must have. Exit code 5 when one is wrong.

    Example: wideseek models verify
    """
    registry, store = load_registry(), ModelStore()
    choices = [_choice(name, registry, store) for name in names or ()]
    paths = [path for choice in choices for path in (choice.path, choice.adapter) if path]
    paths = paths or [*store.files(), *store.adapters(registry)]
    if not paths:
        raise ModelMissingError(f"no models in {store.folder}", hint="wideseek models list")
    bad = 0
    for path in paths:
        verdict, good = _verdict(path, registry, store)
        typer.echo(f"{path.name}: {verdict}")
        bad += not good
    bad += _check_words(choices, registry, store)
    if bad:
        raise ModelFileError(
            f"damaged files: {bad}", hint="download them again: wideseek models rm NAME, then pull NAME"
        )


def _check_words(choices: list[ModelChoice], registry: Registry, store: ModelStore) -> int:
    """Say how the prompts of each model's authors are; those that never came are no fault of a file."""
    entries = [registry.find(choice.name) for choice in choices] or list(registry)
    bad = 0
    for entry in entries:
        if entry is None or entry.words is None or not words_folder(entry, store).is_dir():
            continue
        trouble = words_trouble(entry, store)
        typer.echo(f"{words_folder(entry, store).name}: {trouble or f'right, from {entry.words.origin}'}")
        bad += bool(trouble)
    return bad


def _verdict(path: Path, registry: Registry, store: ModelStore) -> tuple[str, bool]:
    entry = next((e for e in registry if e.file == path.name), None)
    origin = store.origin(path)
    known = entry.sha256 if entry and entry.sha256 else origin.sha256 if origin else store.shipped_sum(path)
    try:
        read_header(path)
    except ModelError as error:
        return str(error), False
    found = sha256_of(path)
    if not known:
        return f"readable; no sum is known for it ({found})", True
    whence = f", from {origin.source}" if origin else ""
    if found != known:
        return f"WRONG sum: {found}, not {known}", False
    return f"right ({found[:12]}…{whence})", True
