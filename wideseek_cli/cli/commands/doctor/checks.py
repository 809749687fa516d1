"""What `wideseek doctor` looks at. Each check says how a thing stands and what to do; none raises."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from wideseek_cli import __version__
from wideseek_cli.core.errors import WideseekError
from wideseek_cli.core.text import clean_line
from wideseek_cli.settings.config import Settings

if TYPE_CHECKING:
    from wideseek_cli.models.choose import ModelChoice

SEARCH_SECONDS = 15.0
SMALL_CORES, SMALL_MEMORY = 4, 4_000_000_000
# Without the flag what is installed stays, however it was built.
REBUILD = "./install.sh --compile"
WANTED_FEATURES = ("AVX2", "NEON")  # one of them, or the CPU does its sums one by one


class State(str, Enum):
    """How a thing stands."""

    OK = "ok"
    NOTE = "note"  # works, could be better
    MISSING = "missing"  # nothing works without it


@dataclass(frozen=True)
class Check:
    """One line of the report."""

    name: str
    state: State
    text: str
    advice: str = ""


Look = Callable[[Settings], list[Check]]


def check_program(settings: Settings) -> list[Check]:
    """This program and its Python."""
    text = f"{__version__} on Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return [Check("wideseek", State.OK, text)]


def check_llama(settings: Settings) -> list[Check]:
    """llama.cpp: its build, what it uses of the processor, and accelerators."""
    try:
        from wideseek_cli.engine.llamacpp.devices import device_summary, free_device_memory, supports_offload

        built = version("llama-cpp-python")
        summary = device_summary()
    except (ImportError, OSError, RuntimeError, PackageNotFoundError) as error:
        advice = f"Build it again: {REBUILD}; or ask with --engine URL of a server."
        return [Check("llama.cpp", State.MISSING, f"cannot be loaded: {clean_line(str(error), 200)}", advice)]
    features = sorted(
        part.split("=")[0].split(":")[-1].strip() for part in summary.split("|") if "= 1" in part
    )
    fast = any(feature in WANTED_FEATURES for feature in features) or platform.machine() in (
        "arm64",
        "aarch64",
    )
    build = Check(
        "llama.cpp",
        State.OK if fast else State.NOTE,
        f"llama-cpp-python {built}: {' '.join(features) or 'no features told'}",
        "" if fast else f"Built for any machine, slow on this one. Build it for this processor: {REBUILD}.",
    )
    waiting = _check_waiting()
    if supports_offload():
        free = free_device_memory()
        return [build, *waiting, Check("accelerator", State.OK, f"used; {free / 1e9:.1f} GB free")]
    return [build, *waiting, _without_accelerator()]


def _check_waiting() -> list[Check]:
    """A setting of the user's that lets threads spin while they wait."""
    from wideseek_cli.engine.llamacpp.waiting import slow_waiting

    slow = slow_waiting()
    if not slow:
        return []
    advice = f"Unset {slow.partition('=')[0]}: runs beside other programs take several times as long with it."
    return [Check("threads", State.NOTE, f"{slow} makes waiting threads keep their cores", advice)]


def _without_accelerator() -> Check:
    card = (
        "an NVIDIA card" if Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") else ""
    )
    if sys.platform == "darwin" and platform.machine() == "arm64":
        card = "Apple's GPU"
    if not card:
        return Check("accelerator", State.OK, "none found; models run on the processor")
    advice = "Run ./install.sh again"
    if "NVIDIA" in card and not _cuda_compiler():
        advice = "Install the CUDA toolkit (it brings nvcc), then run ./install.sh again"
    return Check("accelerator", State.NOTE, f"{card} is here, but this llama.cpp cannot use it", f"{advice}.")


def _cuda_compiler() -> bool:
    """Where install.sh looks for it, too: the toolkit does not put itself on the PATH."""
    home = Path(os.environ.get("CUDA_HOME", "/usr/local/cuda"))
    return bool(shutil.which("nvcc")) or (home / "bin/nvcc").exists()


def check_machine(settings: Settings) -> list[Check]:
    """Cores and memory."""
    from wideseek_cli.core.machine import available_memory, cores

    count, memory = cores(), available_memory()
    few, little = count < SMALL_CORES, memory < SMALL_MEMORY
    return [
        Check(
            "cores",
            State.NOTE if few else State.OK,
            f"{count} to compute on ({os.cpu_count()} processors)",
            "A wide question will take long; --width 3 or --engine URL of a faster machine help."
            if few
            else "",
        ),
        Check(
            "memory",
            State.NOTE if little else State.OK,
            f"{memory / 1e9:.1f} GB free",
            "A 4B model wants 4 GB; close other programs, or take a smaller model." if little else "",
        ),
    ]


def check_models(settings: Settings) -> list[Check]:
    """What is in the models folder, and what `ask` would take."""
    from wideseek_cli.models.choose import resolve
    from wideseek_cli.models.store import ModelStore

    if settings.engine:
        return []
    store = ModelStore()
    files = [f"{path.name} ({path.stat().st_size / 1e9:.1f} GB)" for path in store.files()]
    text = ", ".join(clean_line(name) for name in files) or "none"
    checks = [Check("models", State.OK if files else State.NOTE, f"{text}; in {store.folder}")]
    try:
        choice = resolve(settings.model, width=settings.width)
    except WideseekError as error:
        return [*checks, Check("model", State.MISSING, clean_line(str(error)), clean_line(error.hint))]
    model = Check("model", State.OK, f"{choice.name} ({choice.path})", choice.note)
    return [*checks, model, *_check_context(settings, choice)]


def _check_context(settings: Settings, choice: ModelChoice) -> list[Check]:
    """The contexts that `ask` would make in the memory that is free now."""
    from wideseek_cli.opening import memory_plan

    try:
        layout, flash, repack = memory_plan(settings, choice)
    except (ImportError, OSError, RuntimeError):
        return []  # llama.cpp's own line tells it
    except WideseekError as error:
        return [Check("context", State.MISSING, clean_line(str(error)), clean_line(error.hint))]
    state = State.NOTE if layout.notes else State.OK
    advice = "; ".join(layout.notes)
    return [
        Check("context", state, layout.summary, clean_line(advice, 300)),
        Check("flash", State.OK, clean_line(f"attention {flash}", 300)),
        Check("repack", State.OK, clean_line(f"weights {repack}", 300)),
    ]


def check_server(settings: Settings) -> list[Check]:
    """The server that is set, if one is."""
    if not settings.engine:
        return []
    from wideseek_cli.engine.remote.engine import RemoteEngine, RemoteOptions

    async def look() -> str:
        engine = await RemoteEngine.connect(RemoteOptions(settings.engine, model=settings.model, timeout=30))
        try:
            return f"{engine.info.name}, {engine.info.context:,} tokens of context, {engine.info.detail}"
        finally:
            await engine.aclose()

    try:
        return [Check("server", State.OK, clean_line(asyncio.run(look())))]
    except WideseekError as error:
        return [Check("server", State.MISSING, clean_line(str(error)), clean_line(error.hint))]


def check_proxies(settings: Settings) -> list[Check]:
    """Proxies of the environment: searches take them, pages do not."""
    from wideseek_cli.settings import proxies

    try:
        proxies.check_proxies()
    except WideseekError as error:
        return [Check("proxy", State.NOTE, clean_line(str(error)), clean_line(error.hint))]
    names = ", ".join(sorted(proxies.set_proxies()))
    if not names:
        return []
    text = f"{names} is for searches, servers and downloads; pages are read without a proxy"
    advice = "Where only a proxy leads outside, no page is read: --source factbook or zim:FILE need none."
    return [Check("proxy", State.NOTE, text, advice)]


def check_search(settings: Settings) -> list[Check]:
    """Whether the sources that are set answer a search."""
    from wideseek_cli.sources.opening import open_sources

    names = ", ".join(settings.sources or ("ddgs",))

    async def look() -> str:
        sources = await asyncio.to_thread(open_sources, settings)
        try:
            found = await asyncio.wait_for(sources.search.search("capital of France", 3), SEARCH_SECONDS)
            return f"{names}: {len(found.hits)} hits from {found.engine}"
        finally:
            await sources.aclose()

    advice = "Without it: --source factbook (offline), --source zim:FILE, or --source searxng:URL."
    try:
        return [Check("search", State.OK, clean_line(asyncio.run(look())))]
    except WideseekError as error:
        return [Check("search", State.NOTE, f"{names}: {clean_line(str(error))}", advice)]
    except asyncio.TimeoutError:  # not the built-in one before Python 3.11
        return [Check("search", State.NOTE, f"{names}: no answer in {SEARCH_SECONDS:.0f} s", advice)]


def check_places(settings: Settings) -> list[Check]:
    """Whether runs can be kept where they would be."""
    from wideseek_cli.core.paths import record_file

    if not settings.keep_record:
        return [Check("records", State.OK, "none are kept, by the settings")]
    file = (settings.record or record_file()).absolute()
    folder = next(place for place in file.parents if place.exists())
    there = [place for place in (file, folder) if place.exists()]
    if file.is_dir() or not folder.is_dir() or not all(os.access(place, os.W_OK) for place in there):
        advice = f"Make {there[0]} writable, or name another file: wideseek config set record FILE."
        return [Check("records", State.MISSING, f"{file} cannot be written", advice)]
    free = shutil.disk_usage(folder).free
    return [Check("records", State.OK, f"{file}, {free / 1e9:.0f} GB free on its disk")]


EVERYTHING: tuple[Look, ...] = (
    check_program,
    check_llama,
    check_machine,
    check_models,
    check_server,
    check_proxies,
    check_search,
    check_places,
)
