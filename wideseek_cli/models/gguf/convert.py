"""A Qwen3 dense checkpoint as a GGUF, on the gguf package: names, shapes, vocabulary, template."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gguf

from wideseek_cli.core.errors import BuildError
from wideseek_cli.models.gguf.checkpoint import Checkpoint, Weights, read_json
from wideseek_cli.models.progress import Progress

ARCHITECTURE = "Qwen3ForCausalLM"
# How Qwen's tokenizers cut text before merging; llama.cpp knows the rule under the name `qwen2`.
_QWEN_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_FILE_TYPES = {
    "F16": gguf.LlamaFileType.MOSTLY_F16,
    "BF16": gguf.LlamaFileType.MOSTLY_BF16,
}


def write_gguf(checkpoint: Checkpoint, out: Path, kind: str, name: str, progress: Progress) -> None:
    """Write the checkpoint with matrices of `kind` (F16, BF16); norms are F32, as llama.cpp wants."""
    try:
        _write(checkpoint, out, kind, name, progress)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        raise BuildError(f"a file of the checkpoint is not as it should be: {error}") from error


def _write(checkpoint: Checkpoint, out: Path, kind: str, name: str, progress: Progress) -> None:
    planned = list(_plan(checkpoint))
    writer = gguf.GGUFWriter(out, "qwen3")
    _add_shape(writer, checkpoint.config, name)
    writer.add_file_type(_FILE_TYPES[kind])
    add_vocabulary(writer, checkpoint.folder, _count(checkpoint.config, "vocab_size"))
    for target, weights in planned:
        stored = _stored_as(weights, kind)
        size = weights.values * (4 if stored == "F32" else 2)
        dtype = gguf.GGMLQuantizationType[stored]
        writer.add_tensor_info(target, weights.shape, _placeholder(stored), size, dtype)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    total = sum(weights.values for _, weights in planned) * 2
    done = 0
    for _, weights in planned:
        writer.write_tensor_data(weights.read(_stored_as(weights, kind)))
        done += weights.values * 2
        progress.step("convert", done, total)
    writer.close()


def _placeholder(stored: str) -> Any:
    """The writer wants a NumPy type besides; for BF16, which NumPy lacks, any other than bytes will do."""
    import numpy as np

    return np.dtype(np.float32 if stored == "F32" else np.float16)


def _stored_as(weights: Weights, kind: str) -> str:
    return "F32" if len(weights.shape) == 1 else kind


def _plan(checkpoint: Checkpoint) -> Iterator[tuple[str, Weights]]:
    """Every tensor with its GGUF name, after checking that all are there and have the right shape."""
    config = checkpoint.config
    layers = _count(config, "num_hidden_layers")
    if layers > len(checkpoint.tensors):
        raise BuildError(f"config.json says {layers:,} layers, which the checkpoint does not have")
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, layers)
    expected = dict(_expected(config, layers))
    known = {*expected, "lm_head.weight"}
    strange = sorted(
        n for n in checkpoint.tensors if n not in known and not n.endswith("rotary_emb.inv_freq")
    )
    if strange:
        raise BuildError(f"the checkpoint has tensors that Qwen3 dense models lack ({strange[0]} …)")
    for name, shape in expected.items():
        weights = checkpoint.tensors.get(name)
        if weights is None:
            raise BuildError(
                f"the checkpoint lacks {name}", hint="a shard was not downloaded; run the command again"
            )
        if weights.shape != shape:
            raise BuildError(f"{name} has the shape {weights.shape}, but its config says {shape}")
        target = names.get_name(name, try_suffixes=(".weight",))
        if target is None:
            raise BuildError(f"the gguf package has no name for {name}", hint="upgrade the gguf package")
        yield target, weights


def _expected(config: Mapping[str, Any], layers: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    wide, inner = _count(config, "hidden_size"), _count(config, "intermediate_size")
    vocabulary, head = _count(config, "vocab_size"), _head_size(config)
    queries = _count(config, "num_attention_heads") * head
    keys = _count(config, "num_key_value_heads") * head
    yield "model.embed_tokens.weight", (vocabulary, wide)
    for layer in range(layers):
        for name, shape in (
            ("input_layernorm", (wide,)),
            ("self_attn.q_proj", (queries, wide)),
            ("self_attn.k_proj", (keys, wide)),
            ("self_attn.v_proj", (keys, wide)),
            ("self_attn.o_proj", (wide, queries)),
            ("self_attn.q_norm", (head,)),
            ("self_attn.k_norm", (head,)),
            ("post_attention_layernorm", (wide,)),
            ("mlp.gate_proj", (inner, wide)),
            ("mlp.up_proj", (inner, wide)),
            ("mlp.down_proj", (wide, inner)),
        ):
            yield f"model.layers.{layer}.{name}.weight", shape
    yield "model.norm.weight", (wide,)
    if not config.get("tie_word_embeddings", False):
        yield "lm_head.weight", (vocabulary, wide)


def check_supported(config: Mapping[str, Any]) -> None:
    """Refuse what would convert into a model that runs wrong."""
    said = config.get("architectures") or config.get("model_type", "nothing")
    said = said if isinstance(said, list) else [said]
    if ARCHITECTURE not in said:
        raise BuildError(
            f"only {ARCHITECTURE} checkpoints can be built; this one is {', '.join(map(str, said))}",
            hint="look for a published GGUF: wideseek models pull OWNER/REPO",
        )
    if config.get("attention_bias"):
        raise BuildError("attention biases are not supported in Qwen3 models")
    if config.get("use_sliding_window"):
        raise BuildError("sliding-window attention is not supported in Qwen3 models")
    if config.get("hidden_act", "silu") != "silu":
        raise BuildError(f"the activation {config.get('hidden_act')!r} is not supported in Qwen3 models")


def _add_shape(writer: gguf.GGUFWriter, config: Mapping[str, Any], name: str) -> None:
    writer.add_name(name)
    writer.add_block_count(_count(config, "num_hidden_layers"))
    writer.add_context_length(_count(config, "max_position_embeddings"))
    writer.add_embedding_length(_count(config, "hidden_size"))
    writer.add_feed_forward_length(_count(config, "intermediate_size"))
    writer.add_head_count(_count(config, "num_attention_heads"))
    writer.add_head_count_kv(_count(config, "num_key_value_heads"))
    writer.add_key_length(_head_size(config))
    writer.add_value_length(_head_size(config))
    writer.add_layer_norm_rms_eps(_figure(config, "rms_norm_eps", 1e-6))
    _add_rope(writer, config)


def _add_rope(writer: gguf.GGUFWriter, config: Mapping[str, Any]) -> None:
    # Newer configs keep base and scaling together; older ones have them apart.
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if not isinstance(rope, Mapping):
        raise BuildError("config.json: the rope settings are not an object")
    base = rope.get("rope_theta", config.get("rope_theta", 1e6))
    writer.add_rope_freq_base(_figure({"rope_theta": base}, "rope_theta", 1e6))
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(_figure(rope, "factor", 1.0))
        writer.add_rope_scaling_orig_ctx_len(_count(rope, "original_max_position_embeddings"))
    elif kind != "default":
        raise BuildError(f"the rope scaling {kind!r} is not supported")


def add_vocabulary(writer: gguf.GGUFWriter, folder: Path, size: int) -> None:
    """Tokens, merges, special tokens and chat template of a Qwen tokenizer."""
    tokenizer = read_json(folder / "tokenizer.json")
    model = tokenizer.get("model")
    if not isinstance(model, dict) or model.get("type") != "BPE" or _QWEN_SPLIT not in _patterns(tokenizer):
        raise BuildError("the tokenizer is not Qwen's, and llama.cpp would cut text differently")
    texts = {number: text for text, number in model["vocab"].items()}
    types = dict.fromkeys(texts, gguf.TokenType.NORMAL)
    for added in tokenizer.get("added_tokens", ()):
        texts[added["id"]] = added["content"]
        types[added["id"]] = gguf.TokenType.CONTROL if added["special"] else gguf.TokenType.USER_DEFINED
    if max(texts) >= size:
        raise BuildError(f"the tokenizer has {max(texts) + 1} tokens, the model only {size}")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([texts.get(number, f"[PAD{number}]") for number in range(size)])
    writer.add_token_types([types.get(number, gguf.TokenType.UNUSED) for number in range(size)])
    logging.getLogger("gguf").setLevel(logging.ERROR)  # it reports every field it sets
    special = gguf.SpecialVocab(folder, load_merges=True, n_vocab=size)
    if not special.merges:
        raise BuildError("the tokenizer has no merges")
    if not special.chat_template:
        raise BuildError(
            "the checkpoint has no chat template",
            hint="it needs tokenizer_config.json or chat_template.jinja",
        )
    special.add_to_gguf(writer, quiet=True)


def _patterns(tokenizer: Mapping[str, Any]) -> list[str]:
    rule = tokenizer.get("pre_tokenizer")
    parts = rule.get("pretokenizers", [rule]) if isinstance(rule, dict) else []
    found = [part.get("pattern") for part in parts if isinstance(part, dict)]
    return [str(pattern.get("Regex")) for pattern in found if isinstance(pattern, dict)]


def _head_size(config: Mapping[str, Any]) -> int:
    if config.get("head_dim"):
        return _count(config, "head_dim")
    return _count(config, "hidden_size") // _count(config, "num_attention_heads")


def _count(config: Mapping[str, Any], key: str) -> int:
    value = config.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise BuildError(f"config.json: {key} is {value!r}, not a count")
    return value


def _figure(config: Mapping[str, Any], key: str, default: float) -> float:
    value = config.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BuildError(f"config.json: {key} is {value!r}, not a number")
    return float(value)
