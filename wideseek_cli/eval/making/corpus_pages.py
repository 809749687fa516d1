"""The pages of a corpus, a ZIM file or a folder, each with its structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from urllib.parse import unquote

from wideseek_cli.core.errors import NotFoundError, SourceUnreachableError
from wideseek_cli.core.findings import Page
from wideseek_cli.core.text import clean_line
from wideseek_cli.pages.codec import from_text
from wideseek_cli.pages.markdown import read_text
from wideseek_cli.pages.model import Block, Field, Grid
from wideseek_cli.sources.fetch.content import Content
from wideseek_cli.sources.offline import task as zimtask
from wideseek_cli.sources.offline.corpus import zim_name
from wideseek_cli.sources.offline.zim import SCHEME
from wideseek_cli.workers import Limits, TaskFailed, TaskOverran, shared

_SUFFIXES = {
    ".html": "text/html", ".htm": "text/html", ".xhtml": "text/html",
    ".md": "text/markdown", ".markdown": "text/markdown", ".txt": "text/plain",
}  # fmt: skip
_MOST_BYTES = 20_000_000

_ALL = Limits(seconds=600.0, cpu_s=600.0)  # to list a file's pages


@dataclass
class SourcePage:
    """One page, read when it is first asked for: once by its markup, once by the text that agents see."""

    path: str
    read: Callable[[], Content | Page] = field(repr=False)

    @cached_property
    def _content(self) -> tuple[str, str, tuple[Block, ...]]:
        """In a worker; what cannot be read there has no text."""
        try:
            content = self.read()
        except (TaskFailed, TaskOverran, SourceUnreachableError):
            return "", "", ()
        packed = content.structure
        return content.title, content.text, from_text(packed, content.text) if packed else ()

    @property
    def title(self) -> str:
        return clean_line(self._content[0], 200)

    @cached_property
    def in_text(self) -> tuple[Block, ...]:
        """The blocks of the text that agents see."""
        return read_text(self._content[1]).blocks

    @cached_property
    def in_markup(self) -> tuple[Block, ...]:
        """The blocks of the markup; of a page without markup, those of its text."""
        return self._content[2] or self.in_text

    @property
    def grids(self) -> Iterator[Grid]:
        return (block for block in self.in_markup if isinstance(block, Grid))

    @property
    def fields(self) -> Iterator[Field]:
        return (block for block in self.in_markup if isinstance(block, Field))


def open_corpus(path: Path) -> list[SourcePage]:
    """Every page of a corpus that has text."""
    if path.is_dir():
        return list(_folder(path))
    if path.suffix == ".zim" and path.is_file():
        return list(_zim(path))
    raise NotFoundError(
        f"{path} is not a corpus", hint="give a .zim file, or a folder of HTML or Markdown pages"
    )


def _folder(folder: Path) -> Iterator[SourcePage]:
    root = folder.resolve()
    for path in sorted(folder.rglob("*")):
        kind = _SUFFIXES.get(path.suffix.lower())
        if not kind or not path.is_file() or not path.resolve().is_relative_to(root):
            continue
        if path.stat().st_size <= _MOST_BYTES:
            name = path.relative_to(folder).as_posix()
            yield SourcePage(name, partial(_file, path, kind, name))


def _file(path: Path, kind: str, name: str) -> Content:
    read: Content = shared().call("read_content", path.read_bytes(), kind, f"https://corpus/{name}", name)
    return read


def _zim(path: Path) -> Iterator[SourcePage]:
    name = zim_name(path)
    for url in zimtask.call("zim_list", path, name, limits=_ALL):
        entry = unquote(url.removeprefix(f"{SCHEME}{name}/"))
        yield SourcePage(entry, partial(zimtask.call, "zim_read", path, name, url))
