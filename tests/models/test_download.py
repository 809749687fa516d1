"""Downloads over a bad line: the right file or a clear error, never a bad file under the final name."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.models.loopback import HubState, loopback_hub
from wideseek_cli.core.errors import DownloadError, ModelFileError
from wideseek_cli.models.fetching import download
from wideseek_cli.models.fetching.download import Downloader, Remote
from wideseek_cli.models.progress import Silent

DATA = random.Random(1).randbytes(700_000)
SUM = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def hub() -> Iterator[HubState]:
    with loopback_hub() as state:
        state.files["o/r/model.bin"] = DATA
        yield state


class Line:
    """A downloader that waits in no time and remembers for how long it would have."""

    def __init__(self, folder: Path, hub: HubState) -> None:
        self.waits: list[float] = []
        self.target, self.work, self.hub = folder / "model.bin", folder / "work", hub

    def fetch(self, sha256: str = SUM, size: int = len(DATA)) -> str:
        loader = Downloader(Silent(), sleep=self.waits.append)
        try:
            return loader.fetch(Remote(self.hub.url("o/r/model.bin"), sha256, size), self.target, self.work)
        finally:
            loader.close()


@pytest.fixture
def line(tmp_path: Path, hub: HubState) -> Line:
    return Line(tmp_path, hub)


def test_whole(line: Line) -> None:
    assert line.fetch() == SUM
    assert line.target.read_bytes() == DATA
    assert [p.name for p in line.work.iterdir()] == ["model.bin.lock"]


def test_twenty_cuts_at_random_bytes(line: Line, hub: HubState) -> None:
    hub.cuts = [random.Random(2).randint(1, len(DATA) // 21) for _ in range(20)]
    assert line.fetch() == SUM
    assert line.target.read_bytes() == DATA
    assert len(hub.requests) == 21
    assert hub.sent == len(DATA)  # nothing came twice


def test_runs_each_cut_then_resumed(tmp_path: Path, hub: HubState) -> None:
    rng = random.Random(3)
    for number in range(6):
        line = Line(tmp_path / str(number), hub)
        hub.cuts, hub.sent = [rng.randint(0, len(DATA) - 1)] + [0] * 4 * download.ATTEMPTS, 0
        with pytest.raises(DownloadError, match="broke off"):
            line.fetch()
        assert not line.target.exists()
        hub.cuts = []
        assert line.fetch() == SUM
        assert hub.sent == len(DATA)


def test_a_cut_that_no_length_gives_away(line: Line, hub: HubState) -> None:
    """Without a Content-Length the connection just ends; the size that the hub told is what counts."""
    hub.lengths, hub.cuts = False, [300_000, 200_000]
    assert line.fetch() == SUM
    assert len(hub.requests) == 3
    assert hub.sent == len(DATA)


def test_a_changed_file_is_fetched_anew(line: Line, hub: HubState) -> None:
    hub.cuts = [100_000] + [0] * download.ATTEMPTS
    with pytest.raises(DownloadError):
        line.fetch("", 0)
    other = DATA[::-1]
    hub.files["o/r/model.bin"], hub.tag, hub.cuts = other, "v2", []
    line.fetch("", 0)
    assert line.target.read_bytes() == other


def test_ranges_that_end_before_the_file_does(line: Line, hub: HubState) -> None:
    hub.cuts, hub.piece = [100_000], 250_000
    assert line.fetch("", 0) == SUM
    assert [headers.get("Range") for _, headers in hub.requests] == [
        None,
        "bytes=100000-",
        "bytes=350000-",
        "bytes=600000-",
    ]


def test_the_half_of_another_file_is_not_gone_on_with(line: Line, hub: HubState) -> None:
    """Two repos publish the same model in different files: the first was cut, then the second is taken."""
    hub.cuts = [100_000] + [0] * download.ATTEMPTS
    with pytest.raises(DownloadError):
        line.fetch()
    other = DATA[::-1]
    hub.files["o/other/model.bin"], hub.cuts = other, []
    loader = Downloader(Silent())
    remote = Remote(hub.url("o/other/model.bin"), hashlib.sha256(other).hexdigest(), len(other))
    loader.fetch(remote, line.target, line.work)
    loader.close()
    assert line.target.read_bytes() == other


def test_the_same_file_from_a_mirror_is_gone_on_with(line: Line, hub: HubState) -> None:
    hub.cuts = [100_000] + [0] * download.ATTEMPTS
    with pytest.raises(DownloadError):
        line.fetch()
    hub.files["mirror/r/model.bin"], hub.cuts = DATA, []
    loader = Downloader(Silent())
    loader.fetch(Remote(hub.url("mirror/r/model.bin"), SUM, len(DATA)), line.target, line.work)
    loader.close()
    assert hub.requests[-1][1]["Range"] == "bytes=100000-"


def test_a_tag_that_cannot_be_sent_back(line: Line, hub: HubState) -> None:
    hub.headers, hub.cuts = {"ETag": '"é"'}, [100_000]
    assert line.fetch() == SUM


def test_a_server_without_ranges(line: Line, hub: HubState) -> None:
    hub.ranges, hub.cuts = False, [300_000]
    assert line.fetch() == SUM
    assert line.target.read_bytes() == DATA


def test_a_wrong_sum_is_deleted(line: Line, hub: HubState) -> None:
    hub.files["o/r/model.bin"] = DATA[:-1] + b"!"
    with pytest.raises(DownloadError, match="wrong sum"):
        line.fetch()
    assert not line.target.exists()
    assert not (line.work / "model.bin.part").exists()


def test_what_is_no_model_never_has_a_models_name(
    hub: HubState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login page answered with 200, whose sum nobody knows."""
    hub.files["o/r/model.gguf"] = b"<html>" * 500
    monkeypatch.setattr(Path, "replace", lambda *_: pytest.fail("it was given the name"))
    loader = Downloader(Silent())
    with pytest.raises(ModelFileError, match="is not a GGUF file"):
        loader.fetch(Remote(hub.url("o/r/model.gguf")), tmp_path / "model.gguf", tmp_path / "work")
    loader.close()
    assert not list(tmp_path.rglob("*.part"))


def test_a_wrong_size_is_refused_before_it_is_fetched(line: Line, hub: HubState) -> None:
    with pytest.raises(DownloadError, match=r"has 700,000 bytes, not 5"):
        line.fetch(SUM, 5)
    assert not line.target.exists()


def test_more_than_announced(line: Line, hub: HubState) -> None:
    hub.announce = 1000
    with pytest.raises(DownloadError, match=r"more than the 1,000 bytes|wrong sum"):
        line.fetch(SUM, 0)
    assert not line.target.exists()


@pytest.mark.parametrize(
    ("status", "said", "hinted"),
    [
        (401, "wants a login", True),
        (403, "refuses this account", True),
        (404, "has no such file", True),
        (204, "answers 204", False),
        (304, "answers 304", False),
        (302, "the server redirects to something that is not a web address", False),
    ],
)
def test_refusals_end_at_once(line: Line, hub: HubState, status: int, said: str, hinted: bool) -> None:
    hub.statuses = [status]
    with pytest.raises(DownloadError, match=said) as caught:
        line.fetch("", 0)
    assert bool(caught.value.hint) == hinted
    assert len(hub.requests) == 1
    assert not line.target.exists()


def test_what_is_packed_is_refused(line: Line, hub: HubState) -> None:
    hub.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(DownloadError, match="sends it packed"):
        line.fetch("", 0)
    assert not line.target.exists()


@pytest.mark.parametrize("digits", [400, 5000])
def test_an_absurd_wait_is_not_believed(line: Line, hub: HubState, digits: int) -> None:
    hub.statuses, hub.headers = [429], {"Retry-After": "9" * digits}
    assert line.fetch() == SUM
    assert line.waits == [1.5]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_trouble_is_waited_out(line: Line, hub: HubState, status: int) -> None:
    hub.statuses = [status, status]
    assert line.fetch() == SUM
    assert line.waits[0] == (3.0 if status == 429 else pytest.approx(1.5))


@pytest.mark.parametrize("status", [429, 500])
def test_lasting_trouble_is_told(line: Line, hub: HubState, status: int) -> None:
    hub.statuses, hub.stuck = [status], True
    with pytest.raises(DownloadError, match=f"answers {status}"):
        line.fetch()
    assert len(hub.requests) == download.ATTEMPTS
    assert not line.target.exists()


def test_nobody_there(tmp_path: Path) -> None:
    loader = Downloader(Silent(), sleep=lambda _: None)
    with pytest.raises(DownloadError, match="ConnectError"):
        loader.fetch(Remote("http://127.0.0.1:9/x"), tmp_path / "x", tmp_path / "work")
    loader.close()


def test_redirects_in_a_circle(tmp_path: Path) -> None:
    circle = httpx.MockTransport(lambda request: httpx.Response(302, headers={"Location": str(request.url)}))
    client = httpx.Client(transport=circle, follow_redirects=True)
    loader = Downloader(Silent(), client, sleep=lambda _: pytest.fail("there is nothing to wait for"))
    with pytest.raises(DownloadError, match="x: the server redirects in a circle"):
        loader.fetch(Remote("http://model.test/x"), tmp_path / "x", tmp_path / "work")
    loader.close()


def test_no_space_is_said_before_the_first_byte(
    line: Line, hub: HubState, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 65_000_000 - 400_000))
    with pytest.raises(
        DownloadError, match=r"not enough disk space for model.bin: 700 kB needed, 65 MB free"
    ):
        line.fetch()
    assert not hub.requests
    assert not line.target.exists()


def test_a_disk_that_fills_up(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Downloader._copy

    def fills(self: Downloader, *arguments: object) -> None:
        real(self, *arguments)  # type: ignore[arg-type]
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Downloader, "_copy", fills)
    with pytest.raises(DownloadError, match="No space left on device") as caught:
        line.fetch()
    assert "continues where it stopped" in caught.value.hint
    assert not line.target.exists()


def test_no_permission(line: Line, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        with pytest.raises(DownloadError, match="Permission denied") as caught:
            line.fetch()
    finally:
        if root:
            os.seteuid(0)
        tmp_path.chmod(0o700)
    assert "WIDESEEK_MODELS" in caught.value.hint


CHILD = """
import sys
from pathlib import Path
from wideseek_cli.models.fetching.download import Downloader, Remote
from wideseek_cli.models.progress import Silent

class Loud(Silent):
    def step(self, label, done, total):
        if done > 100_000:
            print("going", flush=True)

url, sha, folder = sys.argv[1:]
Downloader(Loud()).fetch(Remote(url, sha, 700_000), Path(folder, "model.bin"), Path(folder, "work"))
"""


def _child(hub: HubState, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, hub.url("o/r/model.bin"), SUM, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_kill_9_in_the_middle(line: Line, hub: HubState, tmp_path: Path) -> None:
    hub.pause = 0.02
    with _child(hub, tmp_path) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "going\n"
        child.send_signal(signal.SIGKILL)
    assert not line.target.exists()
    kept = (line.work / "model.bin.part").stat().st_size
    assert kept >= 100_000
    hub.pause = 0
    assert line.fetch() == SUM
    assert hub.requests[-1][1]["Range"] == f"bytes={kept}-"


class Second(Silent):
    """A second process: does something as soon as it is told that it has to wait."""

    def __init__(self, then: Callable[[], None]) -> None:
        self._then = then

    def say(self, text: str) -> None:
        assert text == "another process is downloading model.bin; waiting for it"
        self._then()


def _second(hub: HubState, folder: Path, then: Callable[[], None]) -> str:
    """Pull beside a child that has begun and cannot end before `then` lets it."""
    loader = Downloader(Second(then), sleep=lambda _: None)
    try:
        remote = Remote(hub.url("o/r/model.bin"), SUM, len(DATA))
        return loader.fetch(remote, folder / "model.bin", folder / "work")
    finally:
        loader.close()


def test_two_pulls_at_once_fetch_once(hub: HubState, tmp_path: Path) -> None:
    hub.gate = threading.Event()
    with _child(hub, tmp_path) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "going\n"
        assert _second(hub, tmp_path, hub.gate.set) == ""  # found it done
        child.communicate(timeout=30)
    assert child.returncode == 0
    assert (tmp_path / "model.bin").read_bytes() == DATA
    assert hub.sent == len(DATA)


def test_the_second_goes_on_where_the_first_was_killed(hub: HubState, tmp_path: Path) -> None:
    hub.gate = threading.Event()

    def kill() -> None:
        child.kill()
        child.communicate()
        hub.gate = None

    with _child(hub, tmp_path) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "going\n"
        assert _second(hub, tmp_path, kill) == SUM
    assert (tmp_path / "model.bin").read_bytes() == DATA
    assert int(hub.requests[-1][1]["Range"].removeprefix("bytes=").rstrip("-")) > 100_000
