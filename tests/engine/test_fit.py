"""Files and memory are judged before anything is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.ggufs import small_gguf
from wideseek_cli.core.errors import ModelMemoryError, UsageError
from wideseek_cli.engine.local import fit
from wideseek_cli.engine.local.fit import LoadOptions, lay_out, shared

GB = 1e9


def gguf(path: Path, context: int = 40_960, head: int = 128) -> Path:
    """A head as Qwen3-4B's, and a file as long as it claims."""
    numbers = {
        "block_count": 36,
        "context_length": context,
        "embedding_length": 2560,
        "feed_forward_length": 9728,
        "attention.head_count": 32,
        "attention.head_count_kv": 8,
        "attention.key_length": head,
        "attention.value_length": head,
    }
    fields = {f"qwen3.{name}": value for name, value in numbers.items()}
    fields["tokenizer.ggml.tokens"] = [f"t{number}" for number in range(100)]
    path.write_bytes(small_gguf(fields, tensor_bytes=4096))
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return gguf(tmp_path / "model.gguf")


def have(monkeypatch: pytest.MonkeyPatch, free: float) -> None:
    monkeypatch.setattr(fit, "available_memory", lambda: free)


def test_with_much_memory_streams_are_as_long_as_they_are_of_use(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, 200 * GB)
    pools = lay_out(LoadOptions(model, width=10)).pools
    assert [(pool.streams, pool.size) for pool in pools] == [(1, 32_768), (10, 16_384), (1, 2048)]
    pools = lay_out(LoadOptions(model, width=10, conversation_tokens=8192)).pools
    assert [(pool.streams, pool.size) for pool in pools] == [(1, 8192), (10, 8192), (1, 2048)]
    pools = lay_out(LoadOptions(model, width=10, conversation_tokens=2048)).pools
    assert [(pool.streams, pool.size) for pool in pools] == [(1, 2048), (10, 2048)]


def test_with_little_memory_the_lead_has_a_long_stream_and_the_others_shorter_ones(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, 9 * GB)
    lead, others, first = lay_out(LoadOptions(model, width=6)).pools
    assert (lead.streams, others.streams, first.streams) == (1, 6, 1)
    assert lead.size > 2 * others.size >= 4096
    assert first.size < others.size
    used = (lead.size + 6 * others.size + first.size) * 147_456
    assert used < 9 * GB


def test_an_accelerator_takes_all_memory_at_once_so_its_streams_stay_together(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, 200 * GB)
    pools = lay_out(LoadOptions(model, width=6), 24 * GB).pools
    assert [pool.streams for pool in pools] == [1, 6]


def test_width_gives_way_before_streams_become_useless(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, 4 * GB)
    layout = lay_out(LoadOptions(model, width=10))
    assert all(pool.size >= 2048 for pool in layout.pools)
    assert sum(pool.streams for pool in layout.pools) < 11


def test_too_little_memory_is_said_with_the_number(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, 0.7 * GB)
    with pytest.raises(ModelMemoryError, match=r"needs about \d\.\d GB; 0\.7 GB are free"):
        lay_out(LoadOptions(model, width=4))


def test_an_accelerator_that_is_too_small_is_said_to_be_that(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's own memory would do, and only another build uses that."""
    have(monkeypatch, 200 * GB)
    with pytest.raises(ModelMemoryError, match=r"0\.7 GB are free on the accelerator$") as caught:
        lay_out(LoadOptions(model, width=4), 0.7 * GB)
    assert caught.value.hint.endswith("lower --ctx. On the processor it may fit: ./install.sh --cpu")


def test_a_context_that_was_asked_for_must_fit(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, 9 * GB)
    with pytest.raises(ModelMemoryError, match=r"100,000 tokens .* about 15\.\d GB") as caught:
        lay_out(LoadOptions(model, width=10, context=100_000, kv="f16"))
    assert caught.value.hint.endswith("or take --kv q8_0")
    with pytest.raises(ModelMemoryError, match=r"190,000 tokens .* about 15\.\d GB") as caught:
        lay_out(LoadOptions(model, width=10, context=190_000))
    assert "--kv" not in caught.value.hint


def test_q8_0_is_taken_only_where_f16_does_not_fit(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, 9 * GB)
    small, plain = (lay_out(LoadOptions(model, width=10, context=tokens)) for tokens in (100_000, 40_000))
    assert (small.kv_type, plain.kv_type) == ("q8_0", "f16")
    assert "q8_0, because f16 does not fit" in small.notes[0]
    assert plain.notes == ()
    asked = lay_out(LoadOptions(model, width=10, context=40_000, kv="q8_0"))
    assert (asked.kv_type, asked.notes) == ("q8_0", ())


def test_heads_that_q8_0_cannot_cut_keep_f16(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, 9 * GB)
    odd = gguf(tmp_path / "odd.gguf", head=80)
    with pytest.raises(UsageError, match="heads of 80, and q8_0 takes multiples of 32"):
        lay_out(LoadOptions(odd, kv="q8_0"))
    with pytest.raises(ModelMemoryError) as caught:
        lay_out(LoadOptions(odd, width=10, context=150_000))
    assert "--kv" not in caught.value.hint
    with pytest.raises(UsageError, match="no KV type 'q4'"):
        lay_out(LoadOptions(odd, kv="q4"))


def test_a_context_over_the_training_is_refused(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, 200 * GB)
    with pytest.raises(UsageError, match=r"50,000 tokens is over the 40,960"):
        lay_out(LoadOptions(model, conversation_tokens=50_000))


@pytest.mark.parametrize(
    ("context", "note"),
    [
        (30_000, ""),
        (50_000, "no conversation gets all of the 50,000 tokens of context: qwen was trained for 40,960"),
        (
            70_000,
            "65,536 of the 70,000 tokens of context are used: 1 × 32,768 for leads and 2 × 16,384 for the "
            "others; qwen was trained for 40,960",
        ),
    ],
)
def test_a_context_in_all_that_is_over_the_training_is_said(
    model: Path, monkeypatch: pytest.MonkeyPatch, context: int, note: str
) -> None:
    have(monkeypatch, 200 * GB)
    layout = lay_out(LoadOptions(model, name="qwen", width=2, context=context))
    assert layout.notes == ((note,) if note else ())
    assert max(pool.size for pool in layout.pools) <= 32_768


@pytest.mark.parametrize("tokens", [1, 512, 1023])
def test_a_context_too_short_for_an_agent_is_no_matter_of_memory(
    model: Path, monkeypatch: pytest.MonkeyPatch, tokens: int
) -> None:
    have(monkeypatch, 200 * GB)
    with pytest.raises(UsageError, match=rf"{tokens:,} tokens is too short.* 1,024 is the least") as caught:
        lay_out(LoadOptions(model, context=tokens))
    assert "--ctx" in caught.value.hint
    (pool,) = lay_out(LoadOptions(model, width=0, context=1024)).pools
    assert (pool.streams, pool.size) == (1, 1024)


def test_a_model_trained_for_little_gets_what_it_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, 200 * GB)
    pools = lay_out(LoadOptions(gguf(tmp_path / "short.gguf", context=256), width=1)).pools
    assert [(pool.streams, pool.size) for pool in pools] == [(1, 256), (1, 256)]


def test_where_the_system_tells_nothing_the_loading_finds_out(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, 0)
    assert sum(pool.streams for pool in lay_out(LoadOptions(model, width=10)).pools) == 12


def test_q8_holds_nearly_twice_as_much(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, 9 * GB)
    plain, small = (
        sum(p.streams * p.size for p in lay_out(LoadOptions(model, width=6, kv=kind)).pools)
        for kind in ("f16", "q8_0")
    )
    assert 1.7 < small / plain < 1.95


def test_two_models_share_the_memory_by_what_each_can_use(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, 12 * GB)
    lead, sub = shared(LoadOptions(model, width=0), LoadOptions(model, width=5), 12 * GB)
    assert lead.memory + sub.memory == pytest.approx(12 * GB)
    (alone,) = lay_out(lead).pools
    pools = lay_out(sub).pools
    assert alone.streams == 1
    assert [pool.streams for pool in pools] == [1, 5, 1]
    total = sum(pool.streams * pool.size for pool in pools)
    # one context of 32,768 against that and five of 16,384
    assert total / alone.size == pytest.approx((32_768 + 5 * 16_384) / 32_768, rel=0.15)


def test_two_models_that_cannot_both_be_loaded_are_told(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, 1 * GB)
    lead, _ = shared(LoadOptions(model, width=0), LoadOptions(model, width=5), 1 * GB)
    with pytest.raises(ModelMemoryError):
        lay_out(lead)
