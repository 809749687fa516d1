"""A built GGUF says what transformers says of the same weights. Needs torch and transformers; by hand."""

from __future__ import annotations

import ctypes
import json
import random
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.models.checkpoints import Shape, write_checkpoint
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.models.gguf.build import build_gguf
from wideseek_cli.models.progress import Silent

pytestmark = [
    pytest.mark.big,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore"),
]
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
llama_cpp = pytest.importorskip("llama_cpp")

# Ranges of many scripts, and the marks and emoji that break careless tokenizers.
SCRIPTS = [
    *[(0x20, 0x7E), (0xA0, 0x17F), (0x370, 0x3FF), (0x400, 0x4FF), (0x530, 0x58F), (0x5D0, 0x5EA)],
    *[(0x620, 0x64A), (0x905, 0x939), (0x985, 0x9B9), (0xE01, 0xE30), (0x10A0, 0x10FF), (0x1200, 0x1240)],
    *[(0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0x1F300, 0x1F64F)],
]
PROMPTS = [
    "The capital of Peru is",
    "List the countries of South America with capital and area.",
    "南美洲有哪些国家？它们的首都分别是什么？",
    "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n<think>\n",
    '<tool_call>\n{"name": "search", "arguments": {"queries": [{"query": "x"}]}}\n</tool_call>',
    "1, 2, 3, 5, 8, 13,",
    "| country | capital |\n| --- | --- |\n| Peru | Lima |\n|",
    "Привет, мир! Столица Франции",
    "東京は日本の首都です。",
    "def add(a, b):\n    return a",
    "Ελλάδα: πρωτεύουσα η",
    "عاصمة مصر هي",
    "서울은 대한민국의",
    "भारत की राजधानी",
    "https://example.org/a?b=c#d",
    "x" * 50,
    "  \n\n\t mixed \r\n white   space ",
    "Emoji 🎉🧪👩‍🔬 and more",
    "Zürich, São Paulo, Łódź, Reykjavík",
    "the the the the the the the the",
]


class Model:
    """A GGUF in llama.cpp, for one text at a time."""

    def __init__(self, path: Path) -> None:
        llama_cpp.llama_backend_init()
        params = llama_cpp.llama_model_default_params()
        params.n_gpu_layers = 0
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
        assert self.model
        context = llama_cpp.llama_context_default_params()
        context.n_ctx = context.n_batch = context.n_ubatch = 512
        context.type_k = context.type_v = 0  # f32, so that only the weights' type counts
        context.flash_attn_type = 0
        self.context = llama_cpp.llama_init_from_model(self.model, context)
        self.vocabulary = llama_cpp.llama_model_get_vocab(self.model)
        self.size = llama_cpp.llama_vocab_n_tokens(self.vocabulary)

    def tokens(self, text: str) -> list[int]:
        data = text.encode()
        out = (llama_cpp.llama_token * (len(data) + 8))()
        count = llama_cpp.llama_tokenize(self.vocabulary, data, len(data), out, len(out), False, True)
        return list(out[:count])

    def logits(self, ids: list[int]) -> Any:
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        array = (llama_cpp.llama_token * len(ids))(*ids)
        assert llama_cpp.llama_decode(self.context, llama_cpp.llama_batch_get_one(array, len(ids))) == 0
        raw = llama_cpp.llama_get_logits_ith(self.context, -1)
        return np.ctypeslib.as_array(ctypes.cast(raw, ctypes.POINTER(ctypes.c_float)), (self.size,)).copy()

    def close(self) -> None:
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory, qwen3_folder: Path) -> Path:
    """Random weights saved by transformers itself, in two shards."""
    folder = tmp_path_factory.mktemp("made") / "random-qwen3"
    shape = Shape(layers=4, width=256, inner=512, heads=4, kv_heads=2, head=64)
    torch.manual_seed(3)
    config = transformers.Qwen3Config(**{k: v for k, v in shape.config.items() if k != "architectures"})
    model = transformers.Qwen3ForCausalLM(config)
    for name, weight in model.named_parameters():
        if "norm" in name:
            torch.nn.init.normal_(weight, 1.0, 0.1)
        else:
            torch.nn.init.normal_(weight, 0.0, 2.0 / weight.shape[-1] ** 0.5)
    model.to(torch.bfloat16).save_pretrained(folder, max_shard_size="60MB")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_bytes((qwen3_folder / name).read_bytes())
    assert len(list(folder.glob("*.safetensors"))) == 2
    return folder


@pytest.fixture(scope="module")
def built(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint in f16, q8_0 and q4_k_m."""
    out = tmp_path_factory.mktemp("gguf")
    for quant in ("f16", "q8_0", "q4_k_m"):
        build_gguf(checkpoint, out / f"{quant}.gguf", quant, out / "work", Silent())
    return out


@pytest.fixture
def model(built: Path) -> Iterator[Model]:
    model = Model(built / "f16.gguf")
    yield model
    model.close()


def test_logits_agree(checkpoint: Path, model: Model, capsys: pytest.CaptureFixture[str]) -> None:
    reference = transformers.Qwen3ForCausalLM.from_pretrained(checkpoint, dtype=torch.float32).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)
    worst, spread, agreed = 0.0, 0.0, 0
    for prompt in PROMPTS:
        ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            expected = reference(torch.tensor([ids])).logits[0, -1].numpy()
        found = model.logits(ids)
        worst = max(worst, float(np.abs(expected - found).max()))
        spread = max(spread, float(expected.std()))
        agreed += int(expected.argmax() == found.argmax())
    with capsys.disabled():
        print(f"\nlogits: max difference {worst:.4f} (spread {spread:.2f}), top-1 {agreed}/{len(PROMPTS)}")
    assert worst < 0.02 * spread
    assert agreed == len(PROMPTS)


def test_tokens_agree(checkpoint: Path, model: Model) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)
    for text in _texts(500):
        assert model.tokens(text) == tokenizer(text, add_special_tokens=False)["input_ids"], repr(text)


def _texts(count: int) -> Iterator[str]:
    rng = random.Random(11)
    yield from PROMPTS
    for _ in range(count - len(PROMPTS)):
        words = []
        for low, high in rng.choices(SCRIPTS, k=rng.randint(1, 6)):
            words.append("".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 8))))
        joined = rng.choice([" ", "", "\n", "  ", ", ", "\t", "1"]).join(words)
        # Qwen's tokenizer composes first and llama.cpp does not: text that is composed already is the same.
        yield unicodedata.normalize("NFC", joined)


def test_template_renders_the_same(checkpoint: Path, built: Path) -> None:
    import jinja2.sandbox

    tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    # as transformers has it: no escaping of non-ASCII or HTML
    environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
    template = environment.from_string(read_header(built / "q4_k_m.gguf").template)
    tools = [
        {"type": "function", "function": {"name": "search", "description": "Find <pages>.", "parameters": {}}}
    ]
    messages = [
        {"role": "system", "content": "You lead."},
        {"role": "user", "content": "列出国家 & capitals"},
        {"role": "assistant", "content": "<think>\nsplit\n</think>\n\nok"},
        {"role": "tool", "content": "found"},
    ]
    expected = tokenizer.apply_chat_template(
        messages, tools=tools, tokenize=False, add_generation_prompt=True
    )
    assert template.render(messages=messages, tools=tools, add_generation_prompt=True) == expected


@pytest.mark.parametrize("quant", ["q8_0", "q4_k_m"])
def test_quantised_files_generate(built: Path, quant: str) -> None:
    full, small = Model(built / "f16.gguf"), Model(built / f"{quant}.gguf")
    try:
        ids = full.tokens(PROMPTS[1])
        for _ in range(8):
            logits = small.logits(ids)
            assert np.isfinite(logits).all()
            ids.append(int(logits.argmax()))
        close = np.corrcoef(full.logits(ids), small.logits(ids))[0, 1]
        assert close > (0.99 if quant == "q8_0" else 0.8)
    finally:
        full.close()
        small.close()


@pytest.mark.parametrize(("dtype", "tied"), [("F32", True), ("F16", False), ("BF16", False)])
def test_other_types_agree(tmp_path: Path, qwen3_folder: Path, dtype: str, tied: bool) -> None:
    folder = write_checkpoint(tmp_path / "ck", qwen3_folder, Shape(tied=tied), dtype=dtype, shards=1)
    build_gguf(folder, tmp_path / "out.gguf", "f16", tmp_path / "work", Silent())
    reference = transformers.Qwen3ForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    model = Model(tmp_path / "out.gguf")
    try:
        ids = model.tokens(PROMPTS[0])
        with torch.no_grad():
            expected = reference(torch.tensor([ids])).logits[0, -1].numpy()
        assert np.abs(expected - model.logits(ids)).max() < 0.02 * expected.std()
    finally:
        model.close()
