"""The folder that holds model files, and what is known of each."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from wideseek_cli.core.errors import DownloadError, ModelFileError, ModelMissingError
from wideseek_cli.core.paths import data_dir, expanded
from wideseek_cli.models.registry import Entry, Registry

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Origin:
    """Written beside a model file: where it came from and what it must sum to."""

    source: str
    sha256: str
    size: int


class ModelStore:
    """Finds and removes model files. Nothing is created until something is stored."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()

    @property
    def work(self) -> Path:
        """Half-done downloads and builds. They can be deleted at any time."""
        return self.folder / ".work"

    def path_of(self, entry: Entry) -> Path:
        """Where the entry's file is or will be."""
        return self.folder / entry.file

    def has(self, entry: Entry) -> bool:
        return self.path_of(entry).is_file()

    def adapter_of(self, entry: Entry) -> Path | None:
        """The adapter that is loaded beside the entry's base, or an error when this installation lacks it."""
        return self.shipped(entry.adapter, entry.name) if entry.adapter else None

    def shipped(self, adapter: str, name: str) -> Path:
        """An adapter of the model `name`, or an error when this installation lacks it."""
        given = expanded(adapter)
        places = (given,) if given.is_absolute() else tuple(root / given for root in _shipped_roots())
        for place in places:
            if place.is_file():
                return place
        raise ModelMissingError(
            f"the adapter of {name} is not in this installation ({adapter})",
            hint="install wideseek again",
        )

    def adapters(self, registry: Registry) -> Iterator[Path]:
        """Every adapter of the registry that this installation has."""
        for entry in registry:
            with suppress(ModelMissingError):
                adapter = self.adapter_of(entry)
                if adapter:
                    yield adapter

    def shipped_sum(self, path: Path) -> str:
        """What a file that comes with the project must sum to: written beside it, as sha256sum does."""
        try:
            words = path.with_suffix(".sha256").read_text(encoding="utf-8").split()
        except OSError:
            return ""
        return words[0] if words else ""

    def files(self) -> Iterator[Path]:
        """Every model file in the folder."""
        return (path for path in self.names() if path.is_file())

    def names(self) -> Iterator[Path]:
        """Also links whose file is gone."""
        if self.folder.is_dir():
            yield from sorted(self.folder.glob("*.gguf"))

    def strangers(self, registry: Registry) -> Iterator[Path]:
        """Files that no entry names."""
        known = {entry.file for entry in registry}
        return (path for path in self.files() if path.name not in known)

    def origin(self, path: Path) -> Origin | None:
        """What was noted when the file was stored; None when nothing was."""
        try:
            return Origin(**json.loads(_note(path).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def note(self, path: Path, origin: Origin) -> None:
        """Keep where a file came from."""
        _note(path).write_text(json.dumps(asdict(origin), indent=1) + "\n", encoding="utf-8")

    def remove(self, path: Path) -> int:
        """Delete a model file and its note; the bytes that came free."""
        try:
            size = path.lstat().st_size  # of a link to another program's file only the link goes
            path.unlink()
            _note(path).unlink(missing_ok=True)
        except OSError as error:
            raise DownloadError(f"{path} cannot be removed: {error.strerror}") from error
        return size

    def clear_work(self) -> int:
        """Delete what half-done downloads and builds left; the bytes that came free."""
        size = sum(p.lstat().st_size for p in self.work.rglob("*") if p.is_file())
        try:
            if self.work.is_dir():
                shutil.rmtree(self.work)
        except OSError as error:
            raise DownloadError(f"{self.work} cannot be removed: {error.strerror}") from error
        return size


def default_folder() -> Path:
    """WIDESEEK_MODELS, else `models` in the user's data directory."""
    asked = os.environ.get("WIDESEEK_MODELS")
    return expanded(asked) if asked else data_dir() / "models"


def file_name(repo: str, quant: str) -> str:
    """A safe name for a model that has no entry: owner--name.quant.gguf."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", repo.replace("/", "--")).strip(".-") + f".{quant.lower()}.gguf"


def weights_folder(repo: str, revision: str) -> str:
    """Where a repo's safetensors wait for the build; those of another revision are not mixed in."""
    return file_name(repo, f"{revision[:12]}.weights").removesuffix(".gguf")


def sha256_of(path: Path, on_bytes: Callable[[int], None] | None = None) -> str:
    """The sum of a file, block by block."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                if on_bytes:
                    on_bytes(len(block))
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror}") from error
    return digest.hexdigest()


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _shipped_roots() -> tuple[Path, ...]:
    """Where the project's own small files lie: inside the installed package, or in a checkout beside it."""
    package = Path(__file__).parent
    return package, package.parent.parent / "models"
