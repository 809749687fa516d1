"""The `wideseek` command: a table of subcommands, each imported only when it is called."""

from __future__ import annotations

import errno
import os
import sys
import threading
from contextlib import suppress
from typing import Any

import typer

from wideseek_cli import __version__
from wideseek_cli.cli.lazy import Commands, group
from wideseek_cli.core.errors import ExitCode, WideseekError
from wideseek_cli.core.text import clean_line

COMMANDS: Commands = {
    "ask": ("ask", "Answer a broad question with a sourced table."),
    "fill": ("fill", "Fill the gaps of a table you have, with proof."),
    "refresh": ("refresh", "What has changed since a table was made."),
    "batch": ("batch.command", "Answer many questions with one engine."),
    "resume": ("resume", "Continue a run that was cut off."),
    "steer": ("steer", "Tell a run something on its way."),
    "runs": ("runs", "List, show, explain and export past runs."),
    "view": ("view", "Look at runs in the browser: table, evidence, timeline."),
    "replay": ("replay", "Show a finished run again, live and offline."),
    "demo": ("demo", "See it work: demo model, built-in pages, no web search."),
    "mcp": ("mcp", "Let other assistants research tables (MCP server)."),
    "search": ("sources.search", "Show what a search gives the agents."),
    "read": ("sources.read", "Show what reading a page gives the agents."),
    "corpus": ("sources.corpus", "Make an offline source from a folder or the factbook."),
    "cache": ("sources.cache", "Look at or clear what is kept between runs."),
    "models": ("models.command", "List, fetch, build, check and remove models."),
    "eval": ("eval", "Score tables, run benchmarks, plot the width curve."),
    "bench": ("bench", "Time the engine on one wide task."),
    "config": ("config.command", "Show and change settings."),
    "doctor": ("doctor.command", "Check this machine: llama.cpp, memory, models, search."),
    "help": ("help", "Read about a topic: cells, formats, models, sources, …"),
}


# Denied, full, or a name that no file can have: no fault of ours, wherever it comes from.
_BARRED = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENAMETOOLONG, errno.ELOOP}
)


_NO_MEMORY = ("start new thread", "failed to map segment", "annot allocate memory")
_MORE_MEMORY = "free some, raise the limit (ulimit -v, ulimit -u), or use a smaller --model or --context"


app = group("wideseek_cli.cli.commands", COMMANDS, add_completion=True)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"wideseek {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="show the version"
    ),
) -> None:
    """Ask a broad question, get a filled and sourced table, on your own machine."""


def _ensure_streams() -> None:
    """A stream that was closed before we began (`>&-`) becomes one that leads nowhere."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115


def _tell(line: str) -> None:
    """To stderr, if there is one: the exit code says it too."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"{line}\n")


def _run() -> Any:
    """The exit code of what was asked for; our errors become a line."""
    try:
        app()
    except SystemExit as end:
        return end.code
    except WideseekError as error:
        _tell(f"wideseek: {clean_line(str(error))}")
        if error.hint:
            _tell(f"  {clean_line(error.hint)}")
        return error.exit_code
    except OSError as error:
        if error.errno == errno.ENOMEM:
            _tell(f"wideseek: out of memory\n  {_MORE_MEMORY}")
            return ExitCode.FAILED
        if error.errno in (errno.EMFILE, errno.ENFILE):
            _tell("wideseek: the limit on open files is too low\n  raise it: ulimit -n 1024")
            return ExitCode.FAILED
        if error.filename is None:  # a stream's
            return _not_written(error)
        if error.errno not in _BARRED:  # a fault of ours
            raise
        _tell(f"wideseek: {clean_line(str(error.filename))}: {(error.strerror or str(error)).lower()}")
        return ExitCode.FAILED
    except (MemoryError, RuntimeError, ImportError) as error:
        if not _of_memory(error):
            raise
        _tell(
            f"wideseek: out of memory ({clean_line(str(error), 80) or 'no more is given'})\n  {_MORE_MEMORY}"
        )
        return ExitCode.FAILED
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    return ExitCode.OK


def _of_memory(error: BaseException) -> bool:
    """Whether it, or what it came of, is that no memory is left, which is said in many ways."""
    here: BaseException | None = error
    while here is not None:
        if isinstance(here, MemoryError) or any(word in str(here) for word in _NO_MEMORY):
            return True
        here = here.__cause__ or here.__context__
    return False


def _not_written(error: OSError) -> int:
    _tell(f"wideseek: cannot write: {(error.strerror or str(error)).lower()}")
    return ExitCode.FAILED


def _flushed(code: Any) -> Any:
    """Write what is still in a buffer; if that failed at the interpreter's end, the code would be 120."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        _silence(sys.stdout)
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):  # a reader may leave
            code = code or _not_written(error)
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        _silence(sys.stderr)
    return code


def _silence(stream: Any) -> None:
    from wideseek_cli.export.output import silence

    silence(stream)


def main() -> None:
    """Run, and turn our errors into one line and an exit code."""
    _ensure_streams()
    code = _flushed(_run())
    if (workers := sys.modules.get("wideseek_cli.workers")) is not None:
        workers.close_shared()
    if threading.active_count() > 1:
        # what a thread is still at (a model being loaded, a proof) is not worth waiting for
        os._exit(code if isinstance(code, int) else int(code is not None))
    sys.exit(code)
