"""Finding models on the hub, and getting them by way of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.models.ggufs import small_gguf
from tests.models.loopback import HubState, loopback_hub
from wideseek_cli.core.errors import DownloadError
from wideseek_cli.models.fetching import hub as hub_module
from wideseek_cli.models.fetching.fetch import Fetcher
from wideseek_cli.models.fetching.hub import Hub, HubFile, pick_gguf, quant_of
from wideseek_cli.models.progress import Silent
from wideseek_cli.models.registry import Entry, Registry, Shape, Source, load_registry
from wideseek_cli.models.store import ModelStore

GGUF = small_gguf(padding=300_000)


class News(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubState]:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with loopback_hub() as state:
        yield state


@pytest.fixture
def news() -> News:
    return News()


@pytest.fixture
def fetcher(state: HubState, tmp_path: Path, news: News) -> Fetcher:
    return Fetcher(ModelStore(tmp_path / "models"), news, hub=Hub(state.endpoint))


def _files(*names: str) -> list[HubFile]:
    return [HubFile("o/r", name, "main", 10) for name in names]


@pytest.mark.parametrize(
    ("names", "wanted", "found"),
    [
        (["m-Q4_K_S.gguf", "m-Q4_K_M.gguf", "m-Q8_0.gguf"], "q4_k_m", "m-Q4_K_M.gguf"),
        (["m.Q4_0.gguf", "m.q8_0.gguf"], "q4_k_m", "m.q8_0.gguf"),
        (["mmproj-Q4_K_M.gguf", "imatrix-Q4_K_M.gguf", "m-Q4_K_M.gguf"], "q4_k_m", "m-Q4_K_M.gguf"),
        (["m-Q4_K_M-00001-of-00002.gguf", "m-Q4_K_M-00002-of-00002.gguf"], "q4_k_m", None),
        (["only.gguf", "README.md"], "q4_k_m", "only.gguf"),
        (["m-Q4_K.gguf", "m-IQ4_XS.gguf"], "q4_k_m", None),
        (["README.md"], "q4_k_m", None),
    ],
)
def test_picks_by_quantisation(names: list[str], wanted: str, found: str | None) -> None:
    picked = pick_gguf(_files(*names), wanted)
    assert (picked.name if picked else None) == found


def test_exact_takes_nothing_else() -> None:
    assert pick_gguf(_files("m-Q8_0.gguf"), "q4_k_m", exact=True) is None


@pytest.mark.parametrize(
    ("name", "quant"), [("m-Q4_K_M.gguf", "q4_k_m"), ("m.f16.gguf", "f16"), ("m.gguf", "gguf")]
)
def test_reads_the_quantisation_off_a_name(name: str, quant: str) -> None:
    assert quant_of(name) == quant


def test_a_repo_without_an_entry(fetcher: Fetcher, state: HubState) -> None:
    state.files = {"o/r-GGUF/r-Q8_0.gguf": GGUF, "o/r-GGUF/r-Q4_K_M.gguf": GGUF, "o/r-GGUF/README.md": b"hi"}
    path = fetcher.repo("o/r-GGUF")
    assert path.name == "o--r-GGUF.q4_k_m.gguf"
    assert path.read_bytes() == GGUF
    asked = len(state.requests)
    assert fetcher.repo("o/r-GGUF") == path
    assert len(state.requests) == asked


def test_a_weights_repo_leads_to_what_is_published_of_it(fetcher: Fetcher, state: HubState) -> None:
    state.files = {
        "o/w/model.safetensors": b"x" * 2000,
        "q/w-GGUF/w.Q4_K_M.gguf": GGUF,
        "o/w-gg/w.Q4_K_M.gguf": GGUF,
    }
    state.quantised = {"o/w": ["q/w-GGUF", "o/w-gg"]}
    assert fetcher.repo("o/w").read_bytes() == GGUF
    fetched = [path for path, _ in state.requests if "resolve" in path]
    assert fetched == [f"/o/w-gg/resolve/{'f' * 40}/w.Q4_K_M.gguf"]  # the owner's own goes first


def test_the_token_goes_to_the_hub(fetcher: Fetcher, state: HubState) -> None:
    state.files = {"o/r/r.Q4_K_M.gguf": GGUF}
    fetcher.repo("o/r")
    first, *others = (
        headers.get("Authorization", headers.get("authorization")) for _, headers in state.requests
    )
    assert first is None  # only asks whether anybody is there
    assert set(others) == {"Bearer hf_secret"}


def test_a_file_that_is_no_gguf_is_not_kept(fetcher: Fetcher, state: HubState, tmp_path: Path) -> None:
    from wideseek_cli.core.errors import ModelFileError

    state.files = {"o/r/r.Q4_K_M.gguf": b"<html>" * 1000}
    with pytest.raises(ModelFileError, match="not a GGUF"):
        fetcher.repo("o/r")
    assert not list((tmp_path / "models").glob("*.gguf"))


def test_what_the_hub_library_has_is_linked(
    fetcher: Fetcher, state: HubState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = tmp_path / "blob"
    cached.write_bytes(GGUF)
    monkeypatch.setattr(hub_module.Hub, "cached", lambda self, file: cached)
    state.files = {"o/r/r.Q4_K_M.gguf": GGUF, "o/s/s.Q4_K_M.gguf": GGUF[:-1] + b"!"}
    path = fetcher.repo("o/r")
    assert path.resolve() == cached
    assert not any("resolve" in path for path, _ in state.requests)
    assert not fetcher.repo("o/s").is_symlink()  # as long, but another file


def _entry(*sources: Source) -> Entry:
    return Entry("m", file="m.gguf", quant="q4_k_m", sources=sources)


def test_sources_are_tried_in_order(fetcher: Fetcher, state: HubState, news: News, tmp_path: Path) -> None:
    state.files = {"b/y/y-Q4_K_M.gguf": GGUF, "a/x/x-Q8_0.gguf": GGUF}
    entry = _entry(
        Source("hub-search", base="no/body"), Source("hub-gguf", repo="a/x"), Source("hub-gguf", repo="b/y")
    )
    assert fetcher.entry(entry) == tmp_path / "models" / "m.gguf"
    assert news.lines[:4] == [
        "m: hub search no/body",
        "  no q4_k_m GGUF is published for no/body",
        "m: hub a/x",
        "  no q4_k_m GGUF is published for a/x",
    ]
    origin = ModelStore(tmp_path / "models").origin(tmp_path / "models" / "m.gguf")
    assert origin is not None
    assert origin.source == f"hub b/y/y-Q4_K_M.gguf@{'f' * 40}"


def test_a_file_of_another_model_is_not_kept(fetcher: Fetcher, state: HubState, tmp_path: Path) -> None:
    state.files = {"b/y/y-Q4_K_M.gguf": GGUF}
    entry = replace(_entry(Source("hub-gguf", repo="b/y")), shape=Shape(36, 8, 128))
    with pytest.raises(DownloadError, match="what b/y publishes is not m"):
        fetcher.entry(entry)
    assert not list((tmp_path / "models").glob("*.gguf*"))


def test_the_registrys_sum_counts_where_the_hub_tells_none(
    fetcher: Fetcher, state: HubState, tmp_path: Path
) -> None:
    state.files, state.sums = {"b/y/y-Q4_K_M.gguf": GGUF}, False
    with pytest.raises(DownloadError, match="has the wrong sum"):
        fetcher.entry(replace(_entry(Source("hub-gguf", repo="b/y")), sha256="0" * 64))
    assert not list((tmp_path / "models").glob("*.gguf*"))


def test_when_every_source_fails_each_is_told(fetcher: Fetcher, state: HubState) -> None:
    entry = _entry(Source("hub-gguf", repo="a/x"), Source("url", url=state.url("gone.gguf")))
    with pytest.raises(DownloadError, match=r"the hub has no repo a/x; m.gguf: 127.0.0.1 has no such file"):
        fetcher.entry(entry)


def test_a_path_is_linked_and_a_url_is_fetched(fetcher: Fetcher, state: HubState, tmp_path: Path) -> None:
    (tmp_path / "mine.gguf").write_bytes(GGUF)
    state.files = {"some/where/m.gguf": GGUF}
    linked = fetcher.entry(_entry(Source("path", path=str(tmp_path / "mine.gguf"))))
    assert linked.is_symlink()
    (tmp_path / "mine.gguf").rename(tmp_path / "moved.gguf")
    again = fetcher.entry(_entry(Source("path", path=str(tmp_path / "moved.gguf"))))
    assert again == linked
    assert again.resolve() == (tmp_path / "moved.gguf").resolve()
    other = Entry("n", file="n.gguf", sources=(Source("url", url=state.url("some/where/m.gguf")),))
    assert fetcher.entry(other).read_bytes() == GGUF


@pytest.mark.parametrize(
    ("statuses", "said"),
    [([401], "hub"), ([403], "answers 403"), ([429], "429"), ([500], "500"), ([404], "hub")],
)
def test_a_hub_in_trouble(
    state: HubState, statuses: list[int], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.statuses, state.stuck = statuses, True
    with pytest.raises(DownloadError, match=said) as caught:
        Hub(state.endpoint).files("o/r")
    assert caught.value.hint


def test_no_hub_at_all() -> None:
    with pytest.raises(DownloadError, match="cannot be reached"):
        Hub("http://127.0.0.1:9").files("o/r")


def test_the_offline_switch(state: HubState, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadError, match="HF_HUB_OFFLINE"):
        Hub(state.endpoint).remote(HubFile("o/r", "x.gguf", "main", 1))


@pytest.mark.parametrize("name", ["o/r/x", "/no/such/folder"])
def test_a_bad_name(name: str) -> None:
    with pytest.raises(DownloadError, match="not the name of a hub repo") as caught:
        Hub("http://127.0.0.1:9").files(name)
    assert caught.value.hint


@pytest.mark.parametrize(
    "answer",
    [
        b"[1, 2]",
        b'{"id": "o/r", "siblings": [{"size": 5}]}',
        b'{"id": "o/r", "siblings": [{"rfilename": "m-Q4_K_M.gguf", "lfs": {"sha256": 7}}]}',
    ],
)
def test_an_answer_that_is_none(state: HubState, answer: bytes) -> None:
    state.answer = answer
    with pytest.raises(DownloadError, match="the hub's answer for o/r cannot be understood"):
        Hub(state.endpoint).files("o/r")


def test_a_file_name_that_leads_elsewhere(fetcher: Fetcher, state: HubState, tmp_path: Path) -> None:
    state.files = {"o/r/../../../x-Q4_K_M.gguf": GGUF}
    with pytest.raises(DownloadError, match="hub"):
        fetcher.repo("o/r")


def test_names_from_the_hub_cannot_write_to_the_terminal(
    fetcher: Fetcher, state: HubState, news: News, tmp_path: Path
) -> None:
    """Neither a repo that a search finds nor a file of it."""
    state.files = {"b/y/\x1b[2J\x9b31my-Q4_K_M.gguf": GGUF, "o/w/model.safetensors": b"x" * 2000}
    state.quantised = {"o/w": ["b\x1b]0;owned\x07/y", "b/y"]}
    told = news.lines
    for repo in ("b/y", "o/w"):
        try:
            fetcher.repo(repo)
        except DownloadError as error:
            told.append(str(error))
    assert told
    assert not any(char in line for line in told for char in "\x1b\x07\x9b")


def test_a_token_that_is_none(state: HubState) -> None:
    with pytest.raises(DownloadError, match="HF_TOKEN is not a token") as caught:
        Hub(state.endpoint, "“hf_x”").files("o/r")
    assert "without quotes" in caught.value.hint
    assert not state.requests


def test_a_hub_that_falls_silent(state: HubState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "_PATIENCE", 0.05)
    state.stall = 0.5
    with pytest.raises(DownloadError, match="cannot be reached"):
        Hub(state.endpoint).files("o/r")


def test_the_default_model_is_searched_before_it_is_built() -> None:
    registry: Registry = load_registry(Path("/nonexistent"))
    kinds = [source.kind for source in registry.get("wideseek-r1-4b").sources]
    assert kinds == sorted(kinds, key=["hub-search", "hub-build"].index)
