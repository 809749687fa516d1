"""Decode one token with the llama.cpp that is installed here: `python try_llama.py`.

A build for another processor loads and then dies of an instruction that this one lacks, at the first product
of matrices. So this writes a model of a few kilobytes and runs it; the exit status says how that went.
"""

from __future__ import annotations

import math
import random
import struct
import sys
import tempfile
from pathlib import Path

WIDTH, WORDS, HEADS, INNER = 256, 64, 4, 512
F32, Q8_0 = 0, 8  # ggml's numbers for kinds of tensors
ALIGNMENT, BLOCK = 32, 32
NORMS = ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm")
MATRICES = {
    "token_embd": (WIDTH, WORDS),
    "blk.0.attn_q": (WIDTH, WIDTH),
    "blk.0.attn_k": (WIDTH, WIDTH),
    "blk.0.attn_v": (WIDTH, WIDTH),
    "blk.0.attn_output": (WIDTH, WIDTH),
    "blk.0.ffn_gate": (WIDTH, INNER),
    "blk.0.ffn_up": (WIDTH, INNER),
    "blk.0.ffn_down": (INNER, WIDTH),
}
NUMBERS = {
    "context_length": 64,
    "embedding_length": WIDTH,
    "block_count": 1,
    "feed_forward_length": INNER,
    "attention.head_count": HEADS,
    "vocab_size": WORDS,
}


def write_model(path: Path) -> None:
    """A GGUF of one layer with random weights, and no words."""
    values = [_text_value("general.architecture", "llama"), _text_value("tokenizer.ggml.model", "no_vocab")]
    values += [_text(f"llama.{name}") + struct.pack("<II", 4, number) for name, number in NUMBERS.items()]
    values.append(_text("llama.attention.layer_norm_rms_epsilon") + struct.pack("<If", 6, 1e-5))
    infos, data = b"", b""
    for name, dimensions in [*((name, (WIDTH,)) for name in NORMS), *MATRICES.items()]:
        kind = F32 if len(dimensions) == 1 else Q8_0
        infos += _text(f"{name}.weight") + struct.pack("<I", len(dimensions))
        infos += struct.pack(f"<{len(dimensions)}QIQ", *dimensions, kind, len(data))
        data += _padded(_ones(WIDTH) if kind == F32 else _blocks(math.prod(dimensions)))
    head = b"GGUF" + struct.pack("<IQQ", 3, len(NORMS) + len(MATRICES), len(values))
    path.write_bytes(_padded(head + b"".join(values) + infos) + data)


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _text_value(key: str, text: str) -> bytes:
    return _text(key) + struct.pack("<I", 8) + _text(text)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNMENT)


def _ones(count: int) -> bytes:
    return struct.pack(f"<{count}f", *[1.0] * count)


def _blocks(count: int) -> bytes:
    draw = random.Random(count)
    return b"".join(struct.pack("<e", 0.01) + draw.randbytes(BLOCK) for _ in range(count // BLOCK))


def decode(path: Path) -> str:
    """Run a short prompt and one token more; what went wrong, or nothing."""
    import llama_cpp

    llama_cpp.llama_backend_init()
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
    if not model:
        return "the model was not loaded"
    params = llama_cpp.llama_context_default_params()
    params.n_ctx = NUMBERS["context_length"]
    context = llama_cpp.llama_init_from_model(model, params)
    if not context:
        return "no context was made"
    for tokens in ([1, 2, 3, 4, 5, 6, 7, 8], [9]):
        array = (llama_cpp.llama_token * len(tokens))(*tokens)
        if llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(array, len(tokens))) != 0:
            return "a token was not decoded"
    logits = llama_cpp.llama_get_logits_ith(context, -1)[:WORDS]
    return "" if all(map(math.isfinite, logits)) and len(set(logits)) > 1 else "the logits are no numbers"


def main() -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one-layer.gguf"
        write_model(path)
        return decode(path)


if __name__ == "__main__":
    sys.exit(main() or 0)
