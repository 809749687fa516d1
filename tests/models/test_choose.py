"""Which model a run gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.ggufs import small_gguf
from wideseek_cli.core.errors import (
    ModelFileError,
    ModelMemoryError,
    ModelMissingError,
    NotFoundError,
    UsageError,
)
from wideseek_cli.models.choose import Wanted, entry_memory, find, is_repo, on_disk, resolve
from wideseek_cli.models.registry import Registry, load_registry
from wideseek_cli.models.store import ModelStore

GB = 1_000_000_000


@pytest.fixture
def registry() -> Registry:
    return load_registry(Path("/nonexistent"))


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    store = ModelStore(tmp_path / "models")
    store.folder.mkdir()
    return store


def _put(store: ModelStore, name: str, **fields: object) -> Path:
    path = store.folder / name
    path.write_bytes(small_gguf(dict(fields)))
    return path


def _best(registry: Registry, store: ModelStore, memory: float, width: int = 10) -> Wanted:
    return find("", registry, store, width=width, memory=int(memory * GB))


def test_with_room_the_best_is_chosen(registry: Registry, store: ModelStore) -> None:
    wanted = _best(registry, store, 24)
    assert wanted.name == "wideseek-r1-4b"
    assert wanted.note == "model: wideseek-r1-4b (the best that fits 24 GB of memory)"


def test_width_counts(registry: Registry, store: ModelStore) -> None:
    assert _best(registry, store, 5, width=2).name == "wideseek-r1-4b"
    assert _best(registry, store, 5, width=10).name == "qwen2.5-coder-1.5b"


def test_what_is_here_goes_before_what_is_better(registry: Registry, store: ModelStore) -> None:
    _put(store, "qwen3-4b.q4_k_m.gguf")
    wanted = _best(registry, store, 24)
    assert wanted.name == "qwen3-4b"
    assert "wideseek models pull wideseek-r1-4b" in wanted.note


def test_a_tight_fit_is_said(registry: Registry, store: ModelStore) -> None:
    small = registry.get("qwen2.5-coder-1.5b")
    memory = (entry_memory(small, 0) + 1) / GB
    wanted = _best(registry, store, memory)
    assert wanted.name == small.name
    assert "memory is tight for 10 agents" in wanted.note


def test_with_no_room_the_number_is_said(registry: Registry, store: ModelStore) -> None:
    with pytest.raises(ModelMemoryError, match=r"1\.0 GB of memory"):
        _best(registry, store, 1)


def test_the_demo_model_is_never_chosen_unasked(registry: Registry, store: ModelStore) -> None:
    _put(store, "smollm2-135m.gguf")
    assert _best(registry, store, 24).name == "wideseek-r1-4b"


def test_an_entry_that_is_here(registry: Registry, store: ModelStore) -> None:
    path = _put(store, "wideseek-r1-4b.q4_k_m.gguf")
    choice = resolve("wideseek-r1-4b", store=store)
    assert (choice.path, choice.adapter, choice.thinking, choice.context) == (path, None, True, 32_000)
    assert "lead" in choice.roles


def test_one_that_is_not_says_the_command(store: ModelStore) -> None:
    with pytest.raises(ModelMissingError) as caught:
        resolve("wideseek-r1-4b", store=store)
    assert caught.value.hint == "download it: wideseek models pull wideseek-r1-4b"
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("template", ["… <think> …", "plain"])
def test_any_gguf_works(store: ModelStore, tmp_path: Path, template: str) -> None:
    path = tmp_path / "any.gguf"
    path.write_bytes(small_gguf({"tokenizer.chat_template": template}))
    choice = resolve(str(path), store=store)
    assert (choice.name, choice.path, choice.context) == ("any", path, 0)
    assert choice.thinking == ("<think>" in template)


def test_a_file_of_the_folder_by_its_name(store: ModelStore) -> None:
    path = _put(store, "odd.gguf")
    assert resolve("odd.gguf", store=store).path == path


def test_a_repo_that_was_fetched(registry: Registry, store: ModelStore) -> None:
    path = _put(store, "o--r.q8_0.gguf")
    assert resolve("o/r", store=store).path == path
    with pytest.raises(ModelMissingError, match="the model o/other is not on this machine"):
        on_disk(find("o/other", registry, store), registry, store)


def test_a_longer_name_is_another_repo(registry: Registry, store: ModelStore) -> None:
    _put(store, "deepseek-ai--DeepSeek-V3.1.q4_k_m.gguf")
    with pytest.raises(ModelMissingError):
        on_disk(find("deepseek-ai/DeepSeek-V3", registry, store), registry, store)
    exact = _put(store, "deepseek-ai--DeepSeek-V3.q8_0.gguf")
    assert resolve("deepseek-ai/DeepSeek-V3", store=store).path == exact


def test_nonsense(store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no model or file is called 'nonsense'"):
        resolve("nonsense", store=store)
    with pytest.raises(NotFoundError, match="no model or file is called 'nnn"):
        resolve("n" * 300, store=store)  # longer than a file's name can be
    with pytest.raises(UsageError, match="no user has this name"):
        resolve("~nobody-of-this-name/m.gguf", store=store)
    (tmp_path / "page.gguf").write_text("<html>")
    with pytest.raises(ModelFileError, match="is not a GGUF file"):
        resolve(str(tmp_path / "page.gguf"), store=store)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("o/r", True), ("./r", False), ("a/b/c", False), ("~/r", False), ("x/y.gguf", False), ("r", False)],
)
def test_repos_and_paths_are_told_apart(text: str, is_one: bool) -> None:
    assert is_repo(text) == is_one
