"""The loss in numbers worked out by hand, and a task so small that it must be learned."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from models.demo.network import Network  # noqa: E402
from models.marl.credit import Agent, Rollout, Said  # noqa: E402
from models.marl.policy import Batch, Policy, Sample, batches, divergence, token_loss  # noqa: E402
from models.marl.train import Training, samples_of  # noqa: E402

Module: Any = torch.nn.Module


class Arms(Module):  # type: ignore[misc]
    """A network whose logits are two numbers, whatever stands before."""

    def __init__(self) -> None:
        super().__init__()
        self.logits = torch.nn.Parameter(torch.zeros(2))

    def forward(self, tokens: Any, positions: Any, spans: Any, wanted: Any) -> Any:
        return self.logits.expand(len(wanted), 2)


def tensor(*values: float) -> Any:
    return torch.tensor(values)


def test_at_the_start_the_ratio_is_one_and_the_divergence_zero() -> None:
    same = tensor(-0.7, -1.2)
    assert token_loss(same, same, same, 0.5, 0.001).tolist() == pytest.approx([-0.5, -0.5])
    policy = Policy(Arms(), 0.1)
    figures = policy.update([Sample((0, 1), (Said(1, 2),), 1.0, 1.0)], kl=0.001)
    assert figures["ratio"] == pytest.approx(1.0)
    assert figures["kl"] == pytest.approx(0.0, abs=1e-7)


def test_the_ratio_is_clipped_where_it_would_gain() -> None:
    now, old = tensor(math.log(1.5), math.log(0.5)), tensor(0.0, 0.0)
    # a gain of 1.5 is cut to 1.2; below 0.8 a good token keeps its own ratio
    assert token_loss(now, old, now, 1.0, 0.0).tolist() == pytest.approx([-1.2, -0.5])
    # a bad token: the worse of both counts
    assert token_loss(now, old, now, -1.0, 0.0).tolist() == pytest.approx([1.5, 0.8])


def test_the_divergence() -> None:
    # d = log 2: 2 - log 2 - 1; d = -log 2: 0.5 + log 2 - 1
    now, start = tensor(0.0, math.log(2)), tensor(math.log(2), 0.0)
    assert divergence(now, start).tolist() == pytest.approx([1 - math.log(2), math.log(2) - 0.5])


def test_the_loss_of_a_step_is_weighted() -> None:
    policy = Policy(Arms(), 0.0)
    samples = [Sample((0, 1, 1), (Said(1, 3),), 1.0, 0.25), Sample((0, 0), (Said(1, 2),), -1.0, 0.5)]
    assert policy.update(samples, kl=0.0)["loss"] == pytest.approx(-0.25 * 2 + 0.5)


def test_two_arms_are_learned() -> None:
    torch.manual_seed(0)
    policy = Policy(Arms(), 0.1)
    draw = torch.Generator().manual_seed(1)
    for _ in range(40):
        chance = policy.network.logits.softmax(-1).detach()
        arms = torch.multinomial(chance, 8, replacement=True, generator=draw).tolist()
        group = [
            Rollout("t", "r", (Agent("lead", "lead", (0, arm), (Said(1, 2),)),), float(arm), True, True)
            for arm in arms
        ]
        policy.update(samples_of([group], ["lead"]), kl=0.001)
    assert float(policy.network.logits.softmax(-1)[1].detach()) > 0.95


def test_a_step_that_is_no_number_stops_before_the_adapter_is_touched() -> None:
    policy = Policy(Arms(), 0.1)
    with pytest.raises(SystemExit, match="not a number"):
        policy.update([Sample((0, 1), (Said(1, 2),), math.nan, 1.0)], kl=0.0)
    assert policy.network.logits.tolist() == [0.0, 0.0]


def _training(folder: Path, base: str = "a") -> Training:
    training = Training.__new__(Training)
    training.given = SimpleNamespace(rank=1, alpha=2.0)  # type: ignore[assignment]
    training.out, training.base, training.step = folder, base, 0
    training.policy = Policy(Arms(), 0.1)
    return training


def test_a_training_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    first = _training(tmp_path)
    first.policy.update([Sample((0, 1), (Said(1, 2),), 1.0, 1.0)], kl=0.0)
    first.step = 1
    first.save()
    again = _training(tmp_path)
    again._resume()
    assert again.step == 1
    assert again.policy.network.logits.tolist() == first.policy.network.logits.tolist()
    assert again.policy.start[0].tolist() == [0.0, 0.0]
    for training in (first, again):
        training.policy.update([Sample((0, 1), (Said(1, 2),), 1.0, 1.0)], kl=0.0)
    assert again.policy.network.logits.tolist() == first.policy.network.logits.tolist()


def test_a_checkpoint_of_another_base_is_refused(tmp_path: Path) -> None:
    _training(tmp_path).save()
    with pytest.raises(SystemExit, match="another base"):
        _training(tmp_path, base="b")._resume()
    (tmp_path / "checkpoint.pt").write_bytes(b"half")
    with pytest.raises(SystemExit, match="no checkpoint"):
        _training(tmp_path)._resume()


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = _training(tmp_path)
    training.save()
    before = (tmp_path / "checkpoint.pt").read_bytes()

    def full(state: Any, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(SystemExit, match="cannot be written"):
        training.save()
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    assert not (tmp_path / "checkpoint.pt.part").exists()


def _small_model(path: Path) -> Path:
    """A llama of one layer whose weights are drawn by chance."""
    gguf = pytest.importorskip("gguf")
    numpy = pytest.importorskip("numpy")
    draw = numpy.random.default_rng(0)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_block_count(1)
    writer.add_embedding_length(16)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_vocab_size(32)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    sizes = {"attn_q": (16, 16), "attn_k": (8, 16), "attn_v": (8, 16), "attn_output": (16, 16),
             "ffn_gate": (24, 16), "ffn_up": (24, 16), "ffn_down": (16, 24), "attn_norm": (16,),
             "ffn_norm": (16,)}  # fmt: skip
    named = {f"blk.0.{name}.weight": size for name, size in sizes.items()}
    for name, size in {**named, "token_embd.weight": (32, 16), "output_norm.weight": (16,)}.items():
        writer.add_tensor(name, draw.normal(size=size).astype(numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_agents_side_by_side_are_as_each_alone(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Network(_small_model(tmp_path / "small.gguf"), rank=2).float()
    for layer in network.layers:
        torch.nn.init.normal_(layer.qkv.b[0])
    policy = Policy(network, 0.1)
    begun = (5, 6, 7, 8, 9)
    samples = [
        Sample((*begun, 1, 2, 3), (Said(5, 8),), 1.0, 0.5, "subagent", "q"),
        Sample((*begun, 4, 11, 12, 13, 14), (Said(6, 8), Said(9, 10)), -1.0, 0.25, "subagent", "q"),
        Sample((*begun, 20), (Said(5, 6),), 0.5, 1.0, "lead", "q"),
    ]
    together = batches(samples)
    assert [len(batch.pack.targets) for batch in together] == [1, 6]  # the lead apart, the subagents in one
    assert len(together[1].pack.ids) < sum(len(sample.ids) for sample in samples[:2])
    alone = [Batch.of([sample]) for sample in (samples[2], *samples[:2])]
    packed, single = torch.cat(policy.fixed(together)), torch.cat(policy.fixed(alone))
    assert packed.tolist() == pytest.approx(single.tolist(), abs=1e-4)
    for name in ("advantages", "weights"):
        sides = [torch.cat([getattr(batch, name) for batch in many]).tolist() for many in (together, alone)]
        assert sides[0] == sides[1]
