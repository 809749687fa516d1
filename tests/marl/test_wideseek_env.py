"""The environment under verifiers' own evaluation: every agent's ids, the rewards, the credit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("verifiers.v1")
pytest.importorskip("llama_cpp")
pytest.importorskip("transformers")

import verifiers.v1 as vf

from models.marl.credit import LEAD
from models.marl.tasks import practice
from tests.engine.scripted_server import Script, Whole
from tests.marl.served import generated, replies

FOLDER = Path(__file__).parents[2] / "models" / "marl"


@pytest.fixture
def tokenizer(tmp_path: Path) -> Any:
    """Bytes, and the marks of ChatML."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(alphabet)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    fast = PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<|im_end|>")
    fast.save_pretrained(tmp_path / "tokenizer")
    return fast


def config(url: str, folder: Path) -> Any:
    from verifiers.v1.configs.cli.eval import EvalConfig

    renderer = {"name": "custom", "import_path": "models.marl.verbatim.Verbatim"}
    client = {
        "type": "train", "base_url": f"{url}/v1", "api_key_var": "NO_SUCH_KEY",
        "renderer": renderer, "renderer_model_name": str(folder / "tokenizer"),
    }  # fmt: skip
    agent = {"runtime": {"type": "subprocess"}, "harness": {"id": "wideseek_env", "width": 2}}
    return EvalConfig.model_validate(
        {
            "env": {"taskset": {"id": "wideseek_env", "tasks": "factbook:train:1"}, "agent": agent},
            "client": client, "model": "m", "sampling": {"max_tokens": 2400, "temperature": 1.0},
            "num_rollouts": 2, "max_concurrent": 1, "push": False, "rich": None, "output_dir": folder / "out",
        }
    )  # fmt: skip


async def test_two_rollouts_of_a_question(
    tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from verifiers.v1.cli.eval.runner import run_eval

    monkeypatch.syspath_prepend(str(FOLDER))
    (task,) = practice("factbook:train:1")
    right, wrong = replies(task), replies(task, cells="nobody knows")
    sent: dict[tuple[int, ...], tuple[int, ...]] = {}  # what was sampled, by prompt

    async def decide(asked: dict[str, Any]) -> Whole:
        prompt, first = tokenizer.decode(asked["token_ids"]), len(sent) < 6
        ids = [*tokenizer.encode((right if first else wrong)(prompt)), tokenizer.eos_token_id]
        sent[(len(sent), *asked["token_ids"])] = tuple(ids)
        return generated(ids)

    listed = {"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 60_000}]}
    async with Script([], models=listed, decide=decide) as server:  # type: ignore[arg-type]
        episodes = await run_eval(config(server.url, tmp_path))
    traces = [trace for episode in episodes for trace in episode.traces]
    assert [trace.errors for trace in traces] == [[], []]
    assert [trace.reward for trace in traces] == pytest.approx([1.1, 0.1 + traces[1].metrics["item_f1"]])
    assert traces[1].metrics["item_f1"] < 0.5
    check_ids(traces, sent)
    check_credit(traces)


def check_ids(traces: list[Any], sent: dict[tuple[int, ...], tuple[int, ...]]) -> None:
    """Each agent's context is a branch; each reply stands behind the prompt that it answered."""
    exchanges = sorted((prompt[1:], ids) for prompt, ids in sent.items())
    found = []
    for trace in traces:
        assert trace.num_branches == 3
        for branch in trace.branches:
            before: list[int] = []
            for node in branch.nodes:
                own = sum(node.mask)
                if own:
                    assert node.logprobs == [-0.5] * own
                    found.append(((*before, *node.token_ids[:-own]), tuple(node.token_ids[-own:])))
                before += node.token_ids
    assert sorted(found) == exchanges


def check_credit(traces: list[Any]) -> None:
    from wideseek_env import assign_credit

    assign_credit(traces)
    half = 0.5**0.5  # of two: their deviation is the difference by the root of two
    for trace, gain in zip(traces, (half, -half), strict=True):
        for node in (node for node in trace.nodes if node.sampled):
            assert node.advantages == pytest.approx([gain] * sum(node.mask), abs=1e-4)
        for branch in trace.branches:  # one of 2 rollouts, one of 3 agents
            assert sum(branch.loss_weights("rl")) == pytest.approx(1 / 6)
            assert [w > 0 for w in branch.loss_weights("rl")] == branch.sampled_mask
    assign_credit(traces, [LEAD])
    shares = [sum(branch.loss_weights("rl")) for trace in traces for branch in trace.branches]
    assert sorted(shares) == pytest.approx([0, 0, 0, 0, 0.5, 0.5])


def test_a_reply_is_found_by_all_that_was_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    from wideseek_env import node_of

    from wideseek_cli.core.errors import EvaluationError

    nodes = [
        vf.MessageNode(message=vf.UserMessage(content="one"), token_ids=[1], mask=[False]),
        said("same", parent=0),
        vf.MessageNode(message=vf.UserMessage(content="two"), token_ids=[3], mask=[False]),
        said("same, and a call that nobody asked for", parent=2),
    ]
    task = vf.TraceTask(type="T", data=vf.TaskData(prompt="q"))
    trace = vf.Trace(task=task, agent=vf.AgentInfo(config=vf.AgentConfig()), nodes=nodes)
    taken: set[int] = set()
    assert node_of(trace, ["two", "same"], taken) == 3
    assert node_of(trace, ["one", "same"], taken) == 1
    with pytest.raises(EvaluationError, match="not in the trace"):
        node_of(trace, ["one", "same"], taken)


def said(text: str, parent: int) -> Any:
    message = vf.AssistantMessage(content=text)
    return vf.MessageNode(message=message, parent=parent, sampled=True, token_ids=[2], mask=[True])
