"""No GGUF is published: the weights are fetched and built, and every stage goes on where it was cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models.checkpoints import Shape, small_tokenizer, write_checkpoint
from tests.models.loopback import HubState, loopback_hub
from wideseek_cli.core.errors import BuildError, DownloadError
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.models.fetching import download
from wideseek_cli.models.fetching.fetch import Fetcher
from wideseek_cli.models.fetching.hub import Hub
from wideseek_cli.models.progress import Silent
from wideseek_cli.models.registry import Entry, Source
from wideseek_cli.models.store import ModelStore, Origin

ENTRY = Entry(
    "made",
    file="made.bf16.gguf",
    quant="bf16",
    sources=(Source("hub-search", base="o/weights"), Source("hub-build", repo="o/weights")),
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A small checkpoint as a repository."""
    made = tmp_path_factory.mktemp("weights")
    shape = Shape(width=64, inner=128, head=32, vocabulary=300)
    folder = write_checkpoint(made / "origin", small_tokenizer(made / "tokenizer"), shape)
    return {f"o/weights/{path.name}": path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def hub(weights: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubState]:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setattr(download.time, "sleep", lambda _: None)
    with loopback_hub() as state:
        state.files = {**weights, "o/weights/README.md": b"not needed"}
        yield state


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def _fetcher(store: ModelStore, hub: HubState) -> Fetcher:
    return Fetcher(store, Silent(), hub=Hub(hub.endpoint))


def _fetched(hub: HubState) -> list[str]:
    return [path.rpartition("/")[2] for path, _ in hub.requests if "/resolve/" in path]


def test_searched_then_built(store: ModelStore, hub: HubState) -> None:
    path = _fetcher(store, hub).entry(ENTRY)
    assert path == store.folder / "made.bf16.gguf"
    header = read_header(path)
    assert header.fields["general.name"] == "weights"
    assert header.tensors == 2 + 2 * 11
    assert _fetched(hub) == [
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "model.safetensors.index.json",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    ]
    origin = store.origin(path)
    assert origin is not None
    assert origin.source.startswith("built from o/weights@")
    left = [p.name for p in store.work.rglob("*") if p.is_file() and p.suffix != ".lock"]
    assert left == []  # the weights are gone


def test_a_cut_in_the_second_shard(store: ModelStore, hub: HubState) -> None:
    whole = sum(len(data) for name, data in hub.files.items() if not name.endswith(".md"))
    hub.cuts = [10**9] * 5 + [1000] + [0] * download.ATTEMPTS
    with pytest.raises(DownloadError, match="broke off"):
        _fetcher(store, hub).entry(ENTRY)
    assert not list(store.folder.glob("*.gguf"))
    hub.cuts = []
    assert _fetcher(store, hub).entry(ENTRY).is_file()
    assert hub.sent == whole  # nothing came twice


OTHER = Entry("small-q8", file="small-q8.gguf", quant="q8_0", sources=(Source("made", base="small"),))


def _known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """A registry with `small` and its one source."""
    (tmp_path / "models.toml").write_text(
        f'[models.small]\nfile = "small.gguf"\nsources = [{{ {source} }}]\n'
    )
    monkeypatch.setenv("WIDESEEK_REGISTRY", str(tmp_path / "models.toml"))


def test_another_form_of_a_known_model(
    store: ModelStore, hub: HubState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _fetcher(store, hub).entry(ENTRY)
    _known(tmp_path, monkeypatch, f'kind = "path", path = "{whole}"')
    before, another = store.folder / "small-q8-0123.gguf", store.folder / "small-q8-mine.gguf"
    before.write_bytes(b"made with an older adapter")
    another.write_bytes(b"brought by somebody")
    store.note(before, Origin("made of small", "", before.stat().st_size))
    path = _fetcher(store, hub).entry(OTHER)
    assert not before.exists()
    assert another.is_file()
    assert (store.folder / "small.gguf").is_file()  # was brought here first
    assert read_header(path).tensors == read_header(whole).tensors
    assert path.stat().st_size < 0.7 * whole.stat().st_size
    origin = store.origin(path)
    assert origin is not None
    assert origin.source == "made of small"
    assert [p.name for p in store.work.rglob("*.part")] == []


def test_what_is_made_cannot_be_made_of_what_is_made(
    store: ModelStore, hub: HubState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _known(tmp_path, monkeypatch, 'kind = "made", base = "small-q8"')
    with pytest.raises(
        DownloadError, match="small-q8 cannot be made of small: only q8_0, of what is fetched"
    ):
        _fetcher(store, hub).entry(OTHER)


def test_a_repo_of_weights_by_its_name(store: ModelStore, hub: HubState) -> None:
    assert _fetcher(store, hub).repo("o/weights", "f16").name == "o--weights.f16.gguf"


def test_a_repo_without_weights(store: ModelStore, hub: HubState) -> None:
    hub.files = {"o/empty/README.md": b"hi"}
    with pytest.raises(DownloadError, match="no safetensors weights"):
        _fetcher(store, hub).repo("o/empty")


def test_of_two_copies_of_the_weights_one_is_fetched(store: ModelStore, hub: HubState) -> None:
    hub.files["o/weights/model.safetensors"] = b"not looked into"
    with pytest.raises(BuildError, match=r"model.safetensors is not a safetensors file"):
        _fetcher(store, hub).repo("o/weights")
    assert [name for name in _fetched(hub) if name.endswith("safetensors")] == ["model.safetensors"]


def test_what_cannot_be_built_is_not_fetched(store: ModelStore, hub: HubState) -> None:
    config = hub.files["o/weights/config.json"]
    hub.files["o/weights/config.json"] = config.replace(b"Qwen3ForCausalLM", b"LlamaForCausalLM")
    with pytest.raises(BuildError, match="only Qwen3ForCausalLM"):
        _fetcher(store, hub).repo("o/weights")
    assert _fetched(hub) == ["config.json"]


def test_weights_of_another_revision_are_not_mixed_in(store: ModelStore, hub: HubState) -> None:
    hub.cuts = [10**9] * 5 + [1000] + [0] * download.ATTEMPTS
    with pytest.raises(DownloadError, match="broke off"):
        _fetcher(store, hub).entry(ENTRY)
    hub.cuts, hub.revision = [], "a" * 40
    asked = len(_fetched(hub))
    assert _fetcher(store, hub).entry(ENTRY).is_file()
    assert len(_fetched(hub)) - asked == 6
