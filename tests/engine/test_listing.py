"""One model has many names, and a server lists more than models that write."""

from __future__ import annotations

import pytest

from tests.engine.asking import OPENING
from tests.engine.scripted_server import Say, Script
from wideseek_cli.engine.remote.engine import RemoteEngine, RemoteOptions
from wideseek_cli.engine.remote.listing import plain_name, writes


@pytest.mark.parametrize(
    "name",
    [
        *("wideseek-r1-4b.q4_k_m", "/srv/models/wideseek-r1-4b.q4_k_m.gguf", "RLinf/WideSeek-R1-4b"),
        *("wideseek-r1-4b@q4_k_m", "WideSeek-R1-4b.i1-IQ4_XS.gguf", "C:\\models\\WideSeek-R1-4b-GGUF"),
        *("hf.co/x/WideSeek-R1-4b-GGUF:Q4_K_M", "wideseek-r1:4b", "WideSeek-R1-4b-MLX-4bit"),
        *("WideSeek-R1-4b-AWQ", "wideseek-r1-4b:latest"),
        *("WideSeek-R1-4b-UD-Q4_K_XL.gguf", "/models/WideSeek-R1-4b/", "WideSeek-R1-4b-FP8"),
    ],
)  # fmt: skip
def test_one_model_has_many_names(name: str) -> None:
    assert plain_name(name) == "wideseek-r1-4b"


def test_other_models_keep_their_names() -> None:
    assert plain_name("Qwen/Qwen3-4B-Instruct-2507") == "qwen3-4b-instruct-2507"
    assert plain_name("Qwen/Qwen3-4B-Base") == "qwen3-4b-base"
    assert plain_name("") == plain_name("/") == ""
    assert writes("qwen3:4b")
    assert not any(map(writes, ("nomic-embed-text:latest", "BAAI/bge-m3", "Qwen3-Reranker-4B", "whisper_1")))


@pytest.mark.parametrize(
    ("asked", "listed", "used"),
    [
        ("wideseek-r1-4b", ["other", "RLinf/WideSeek-R1-4b"], "RLinf/WideSeek-R1-4b"),
        ("qwen3-4b", ["Qwen3-4B-Q8_0", "qwen3-4b"], "qwen3-4b"),
        ("unheard-of", ["other"], "unheard-of"),
        ("", ["nomic-embed-text:latest", "qwen3:4b"], "qwen3:4b"),
        ("", ["text-embedding-3-small"], "text-embedding-3-small"),
    ],
)
async def test_which_of_the_listed_models_is_meant(asked: str, listed: list[str], used: str) -> None:
    models = {"data": [{"id": id, "owned_by": "vllm", "max_model_len": 8000} for id in listed]}
    script = Script([Say(["ok"])], models=models)
    async with script:
        engine = await RemoteEngine.connect(RemoteOptions(script.url, model=asked))
        assert engine.context == (8000 if used in listed else 32_768)
        await (await engine.open(OPENING)).reply()
        await engine.aclose()
    assert script.asked[0][1]["model"] == used


@pytest.mark.parametrize(
    ("listed", "asked", "meant"),
    [
        (("qwen2.5-7b", "qwen2.5-7b-instruct"), "Qwen/Qwen2.5-7B-Instruct", "qwen2.5-7b-instruct"),
        (("m-q4_0", "m-q8_0"), "m-q8_0", "m-q8_0"),
        (("m-q4_0", "m-q8_0"), "m", "m-q4_0"),
        (("other",), "m", "m"),
    ],
)
async def test_of_models_named_alike_the_nearest_is_meant(
    listed: tuple[str, ...], asked: str, meant: str
) -> None:
    models = {"object": "list", "data": [{"id": name, "owned_by": "vllm"} for name in listed]}
    async with Script([], models=models) as script:
        engine = await RemoteEngine.connect(RemoteOptions(script.url, model=asked))
        await engine.aclose()
    assert engine.served.model == meant
