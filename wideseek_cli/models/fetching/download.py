"""One file over HTTP: resumed after any cut, never under its final name before it is whole and right."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import httpx

from wideseek_cli.core.errors import ConfigError, DownloadError
from wideseek_cli.models.fetching.files import check_space, one_writer, os_errors, publish
from wideseek_cli.models.progress import Progress
from wideseek_cli.settings.proxies import certificates, readable_proxies

_TIMEOUT = httpx.Timeout(30.0, connect=8.0)
ATTEMPTS = 5  # in a row without a single new byte
LONGEST_WAIT = 60.0
_MOST_DIGITS = 18  # of a number in a header; a longer one is none
_USABLE = (
    httpx.codes.OK,
    httpx.codes.PARTIAL_CONTENT,
    httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE,  # what is here may be too long
)
_FINAL = {
    401: ("wants a login", "set HF_TOKEN to a token of your account"),
    403: ("refuses this account", "accept the model's licence on its page, then set HF_TOKEN"),
    404: ("has no such file", "the file was moved or removed; see wideseek models list for other sources"),
    410: ("has no such file any more", ""),
}


@dataclass(frozen=True)
class Remote:
    """A file on a server, as far as it is known beforehand."""

    url: str
    sha256: str = ""
    size: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


class _CutError(Exception):
    """The transfer broke off; what came is kept. `wait` is what the server asked for."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass
class _Part:
    """The half-done file and the tag that says which version of which remote file it is of."""

    path: Path

    @property
    def tag_path(self) -> Path:
        return self.path.with_name(self.path.name + ".tag")

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def kept_of(self, remote: Remote) -> tuple[int, str]:
        """Bytes that are here of just this file, and the tag they came with; none of another's."""
        try:
            known = json.loads(self.tag_path.read_text(encoding="utf-8"))
            tag = str(known["tag"]) if known["url"] == remote.url else ""
            same = tag or (remote.sha256 and known["sha256"] == remote.sha256)
        except (OSError, ValueError, KeyError, TypeError):
            return 0, ""
        return (self.size if same else 0), tag

    def start_over(self, remote: Remote, tag: str) -> None:
        self.path.unlink(missing_ok=True)
        told = {"url": remote.url, "tag": tag, "sha256": remote.sha256}
        self.tag_path.write_text(json.dumps(told), encoding="utf-8")

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
        self.tag_path.unlink(missing_ok=True)


class Downloader:
    """Fetches files with one client. `sleep` is a seam for tests."""

    def __init__(
        self,
        progress: Progress,
        client: httpx.Client | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._progress = progress
        self._client = client or _client(_TIMEOUT)
        self._sleep = sleep or time.sleep

    def close(self) -> None:
        self._client.close()

    def fetch(self, remote: Remote, target: Path, work: Path) -> str:
        """Download to `target` by way of `work`; its sum. A second process waits and finds it done."""
        with one_writer(work / f"{target.name}.lock", self._progress, target.name):
            if target.is_file():
                return ""
            part = _Part(work / f"{target.name}.part")
            check_space(work, remote.size - part.size, target.name)
            self._complete(remote, part, target.name)
            total = remote.size or part.size
            found = publish(part.path, target, sha256=remote.sha256, size=total, progress=self._progress)
            part.forget()
            return found

    def _complete(self, remote: Remote, part: _Part, name: str) -> None:
        """Try until the part is whole; every try that brings bytes makes the count start anew."""
        failures = 0
        while True:
            before = part.size
            try:
                with os_errors(name, part.path.parent):
                    self._transfer(remote, part, name)
                return
            except _CutError as cut:
                failures = 0 if part.size > before else failures + 1
                if failures >= ATTEMPTS:
                    raise DownloadError(
                        f"{name}: {cut}", hint="run the same command again; it continues where it stopped"
                    ) from cut
                self._sleep(min(cut.wait or 2.0**failures - 0.5, LONGEST_WAIT))

    def _transfer(self, remote: Remote, part: _Part, name: str) -> None:
        have, tag = part.kept_of(remote)
        if remote.size and have == remote.size:
            return
        headers = {**remote.headers, "Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if tag:
                headers["If-Range"] = tag
        try:
            with self._client.stream("GET", remote.url, headers=headers) as response:
                self._receive(remote, part, name, response, have)
        except httpx.UnsupportedProtocol as error:
            raise DownloadError(
                f"{name}: the server redirects to something that is not a web address"
            ) from error
        except httpx.TransportError as error:
            raise _CutError(f"the connection broke off ({type(error).__name__})") from error
        except httpx.TooManyRedirects as error:
            raise DownloadError(f"{name}: the server redirects in a circle") from error
        except httpx.InvalidURL as error:
            raise DownloadError(f"{name}: {remote.url} is not a URL that can be fetched") from error

    def _receive(self, remote: Remote, part: _Part, name: str, response: httpx.Response, have: int) -> None:
        _check_status(response, name)
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.forget()
            raise _CutError("the server's file has changed; starting over")
        start = _start_of(response)
        if start is not None and start != have:
            part.forget()
            raise _CutError("the server sent another part than was asked for; starting over")
        left = _number(response.headers.get("Content-Length", ""))
        if start is None:
            have = 0
        total = _whole_of(response) or (have + left if left else remote.size)
        if remote.size and total != remote.size:
            part.forget()
            raise DownloadError(f"{name}: the server's file has {total:,} bytes, not {remote.size:,}")
        check_space(part.path.parent, max(total - have, 0), name)
        if not have:
            part.start_over(remote, _tag_of(response))
        with part.path.open("ab") as file:
            self._copy(response, file, name, total)
        if total and part.size < total:
            raise _CutError("the connection broke off early")

    def _copy(self, response: httpx.Response, file: BinaryIO, name: str, total: int) -> None:
        done = file.tell()
        # As the pieces come: with a fixed size, what came before a cut would be lost with it.
        for block in response.iter_raw():
            done += len(block)
            if total and done > total:
                raise DownloadError(f"{name}: the server sends more than the {total:,} bytes it announced")
            file.write(block)
            self._progress.step(name, done, total)


def reachable(url: str) -> bool:
    """Whether anybody answers there, whatever the answer."""
    with _client(httpx.Timeout(_TIMEOUT.connect)) as client:
        try:
            client.head(url, follow_redirects=False)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
    return True


def _client(timeout: httpx.Timeout) -> httpx.Client:
    """With the environment's proxies. A bad one fails the download, not what needs no client of ours."""
    try:
        with readable_proxies():
            return httpx.Client(verify=certificates(), timeout=timeout, follow_redirects=True)
    except ConfigError as error:
        raise DownloadError(str(error), hint=error.hint) from error


def _check_status(response: httpx.Response, name: str) -> None:
    status, host = response.status_code, response.url.host
    if status in _FINAL:
        what, hint = _FINAL[status]
        raise DownloadError(f"{name}: {host} {what} ({status})", hint=hint)
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise _CutError(f"{host} answers {status}", float(_number(response.headers.get("Retry-After", ""))))
    if status not in _USABLE:
        raise DownloadError(f"{name}: {host} answers {status}")
    packed = response.headers.get("Content-Encoding", "identity")
    if packed.strip().lower() not in ("", "identity"):
        raise DownloadError(f"{name}: {host} sends it packed ({packed:.20}), which was not asked for")


def _start_of(response: httpx.Response) -> int | None:
    """First byte of a partial answer; None when the whole file comes."""
    if response.status_code != httpx.codes.PARTIAL_CONTENT:
        return None
    span = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return _number(span) if span.isdigit() else -1


def _whole_of(response: httpx.Response) -> int:
    """What a partial answer says of the whole file's size: it need not reach the end. 0: nothing."""
    return _number(response.headers.get("Content-Range", "").rpartition("/")[2])


def _tag_of(response: httpx.Response) -> str:
    """A validator fit for If-Range: a strong ETag, else the date."""
    tag = str(response.headers.get("ETag", ""))
    tag = tag if tag and not tag.startswith("W/") else str(response.headers.get("Last-Modified", ""))
    return tag if tag.isascii() else ""  # another one could not be sent back


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0
