"""A run's result, written where it was asked for."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.protected import check_output, same_file
from wideseek_cli.core.state import RunState, whole
from wideseek_cli.core.text import clean_line, clean_text
from wideseek_cli.export.output import ensure_writable, keep_beside, write_file, write_text
from wideseek_cli.export.writing import BINARY, ExportMeta, ExportOptions, Format, export, format_of
from wideseek_cli.table.changes import as_json, as_mail, as_table, as_text, changes_of
from wideseek_cli.table.model import Table
from wideseek_cli.ui.streams import say, write_out

if TYPE_CHECKING:
    from wideseek_cli.cli.shared.options import Delivery, Written

STDOUT = "-"
_WORDS = (Format.TABLE, Format.MD, Format.JSON, Format.JSONL)


class Changes(str, Enum):
    """What is told of a table that was refreshed: itself, or how it differs from the old one."""

    NONE = "none"
    ALL = "all"
    ONLY = "only"
    MAIL = "mail"


@dataclass(frozen=True)
class Output:
    """Where the result goes and how. `taken`: stdout belongs to the event stream; `asked`: somebody named the
    format, or a file whose ending does."""

    format: Format
    target: str = STDOUT
    evidence: bool = False
    raw: bool = False
    taken: bool = False
    asked: bool = True
    changes: Changes = Changes.NONE
    in_place: bool = False  # the target is what was read: its gaps are filled, and the old one is kept
    sheet: str = ""  # of it

    @classmethod
    def ordered(cls, *, format: str, changes: str, **more: Any) -> Output:
        """As another process of ours has it."""
        return cls(Format(format), changes=Changes(changes), **more)

    @classmethod
    def as_asked(
        cls, asked: Delivery, record: Path | None = None, inputs: Mapping[str, str] | None = None
    ) -> Output:
        """As the command line says."""
        check_events(asked, record, inputs)
        return replace(cls.written(asked, record, inputs), taken=asked.events == STDOUT)

    @classmethod
    def written(
        cls, asked: Written, record: Path | None = None, inputs: Mapping[str, str] | None = None
    ) -> Output:
        """As the command line says where there are no events."""
        named = asked.output_format
        return cls.of(asked.out, named, evidence=asked.evidence, raw=asked.raw, record=record, inputs=inputs)

    @classmethod
    def of(
        cls,
        out: str,
        named: str | None,
        *,
        evidence: bool = False,
        raw: bool = False,
        record: Path | None = None,
        inputs: Mapping[str, str] | None = None,
    ) -> Output:
        """A format that is named, else the file's ending, else a table on a terminal and CSV in a pipe. What
        cannot or must not be written is told now, before anybody works for it. `record`, `inputs`: as
        `check_output` has them."""
        target = os.path.expanduser(out or STDOUT)
        if target != STDOUT:
            check_output(target, record, inputs)
            ensure_writable(Path(target))
        chosen = format_of(target, named or ("table" if target == STDOUT and _on_terminal() else ""))
        if target == STDOUT and chosen in BINARY and _on_terminal():
            raise UsageError(f"{chosen.value} is not for a terminal", hint=f"use -o table.{chosen.value}")
        return cls(chosen, target, evidence, raw, asked=bool(named) or target != STDOUT)


def check_events(asked: Delivery, record: Path | None, inputs: Mapping[str, str] | None = None) -> None:
    """Refuse a file for the events that is one of ours, or the one for the result."""
    if asked.events in ("", STDOUT):
        return
    check_output(asked.events, record, inputs)
    out = os.path.expanduser(asked.out or STDOUT)
    if out != STDOUT and not _special(out) and same_file(out, asked.events):
        raise UsageError("-o and --events name the same file", hint="name another file for one of them")


def _special(path: str) -> bool:
    """A pipe or a device, which may well take both."""
    return os.path.exists(path) and not os.path.isfile(path)


def _on_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def deliver(state: RunState, output: Output) -> None:
    """Write the table or the short answer; nothing when there is neither. A short answer is words, or its
    table of one cell where a format was asked for that has no place for mere words."""
    if output.target == STDOUT and output.taken:
        return
    if output.changes is not Changes.NONE and state.given is not None and state.table is not None:
        _put_changes(state, output)
        return
    in_words = not output.asked or output.format in _WORDS or state.table is None
    if state.answer and in_words:
        _put(_answer_text(state, output), output, state)
    elif state.table is not None and state.table.columns:
        screen = output.target == STDOUT and _on_terminal()
        width = shutil.get_terminal_size().columns if screen else 0
        color = screen and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
        if output.in_place:
            _fill_in_place(state.table, output)
            return
        options = ExportOptions(output.evidence, output.raw, width, color)
        meta = ExportMeta(state.question, state.run, whole(state))
        export(state.table, meta, output.format, output.target, options)


def _put_changes(state: RunState, output: Output) -> None:
    """How the table differs from the old one."""
    assert state.given is not None
    assert state.table is not None
    found = changes_of(state.given, state.table, only_changes=output.changes is not Changes.ALL)
    if output.changes is Changes.MAIL:
        _put(as_mail(found, state.question), output, state)
    elif output.format in (Format.JSON, Format.JSONL):
        _put(as_json(found, state.question, state.run, lines=output.format is Format.JSONL), output, state)
    elif output.format is Format.TABLE:
        _put(as_text(found), output, state)
    else:
        options = ExportOptions(raw=output.raw)
        meta = ExportMeta(state.question, state.run)
        export(as_table(found), meta, output.format, output.target, options)


def _fill_in_place(table: Table, output: Output) -> None:
    """The gaps of the file that was read; the old one is kept as `NAME.bak`."""
    from wideseek_cli.tablefile.patch import has_news, patch

    target = Path(output.target)
    if not has_news(table):
        say(f"nothing was filled; {target} is as it was")
        return
    kept = keep_beside(target)
    write_file(target, lambda part: patch(target, part, table, output.sheet, raw=output.raw))
    say(f"the old table is kept as {kept}")


def _put(text: str, output: Output, state: RunState) -> None:
    if output.target == STDOUT:
        write_out(text, kept=f"wideseek runs export {state.run}")
    else:
        write_text(Path(output.target), text)


def _answer_text(state: RunState, output: Output) -> str:
    """The short answer; with where it stands on a terminal, as an object for programs."""
    proofs = [c.proof for row in state.table.rows for c in row.cells if c.proof] if state.table else []
    status = [c.status.value for row in state.table.rows for c in row.cells][:1] if state.table else []
    if output.format in (Format.JSON, Format.JSONL):
        data = {
            "question": state.question,
            "answer": state.answer,
            "status": (status or ["unproved"])[0],
            "sources": [{"url": proof.url, "quote": proof.quote} for proof in proofs],
            "run": state.run,
        }
        return json.dumps(data, ensure_ascii=False, indent=2 if output.format is Format.JSON else None) + "\n"
    lines = [clean_text(state.answer)]
    if output.evidence or output.format in (Format.TABLE, Format.MD, Format.HTML):
        lines += [f"source: {clean_line(p.url, 300)}\n  “{clean_line(p.quote, 300)}”" for p in proofs]
        lines += [] if proofs else ["source: none was found; do not rely on it"]
    return "\n".join(lines) + "\n"
