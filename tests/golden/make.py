#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT
"""Writes every case of this folder: config.json, model.safetensors, expected.safetensors.

    python make.py [case ...]          writes; the same files every time, with the versions of requirements.txt
    python make.py --compare           writes nothing: how far this machine's PyTorch is from the files

Each case is also judged: against a second way of computing it, tensor by tensor (does any of them not matter?), and
against well-known mistakes. README.md says what is in the files.
"""
import argparse
import json
import math
import pathlib
import zlib
from unittest import mock

import numpy as np
import safetensors.torch
import torch

import baselines
import transxssm

HERE = pathlib.Path(__file__).resolve().parent
BATCH = 2

# As the checkpoints that people have spell it (transformers 4). Infinity is not JSON, but it is what they hold.
LLAMA = dict(
    architectures=["LlamaForCausalLM"], model_type="llama", vocab_size=90, hidden_size=64, intermediate_size=96,
    num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, head_dim=32, hidden_act="silu", rms_norm_eps=1e-5,
    attention_bias=False, mlp_bias=False, max_position_embeddings=768, rope_theta=500000.0,
    rope_scaling=dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                      original_max_position_embeddings=96),
    tie_word_embeddings=False, bos_token_id=1, eos_token_id=2, torch_dtype="float32")
MAMBA2 = dict(
    architectures=["Mamba2ForCausalLM"], model_type="mamba2", vocab_size=90, hidden_size=32, num_hidden_layers=3,
    expand=2, num_heads=8, head_dim=8, state_size=16, n_groups=2, conv_kernel=4, chunk_size=16, hidden_act="silu",
    layer_norm_epsilon=1e-5, use_bias=False, use_conv_bias=True, residual_in_fp32=True, rms_norm=True,
    time_step_rank=2, time_step_min=0.001, time_step_max=0.1, time_step_floor=1e-4, time_step_limit=[0.0, math.inf],
    tie_word_embeddings=True, bos_token_id=0, eos_token_id=0, pad_token_id=0, torch_dtype="float32")
BAMBA = dict(
    architectures=["BambaForCausalLM"], model_type="bamba", vocab_size=90, hidden_size=64, intermediate_size=96,
    num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2, attn_layer_indices=[1, 3], attn_rotary_emb=8,
    hidden_act="silu", rms_norm_eps=1e-5, attention_bias=False, mlp_bias=False, max_position_embeddings=256,
    rope_theta=10000.0, rope_scaling=None, mamba_n_heads=8, mamba_d_head=16, mamba_expand=2, mamba_n_groups=2,
    mamba_d_state=16, mamba_d_conv=4, mamba_chunk_size=16, mamba_conv_bias=True, mamba_proj_bias=False,
    tie_word_embeddings=False, bos_token_id=1, eos_token_id=2, pad_token_id=0, torch_dtype="float32")

OURS = dict(
    model_type="transxssm", vocab_size=90, d_model=40, n_layers=8, pattern="SSSSSSSA", n_heads=4, n_kv_heads=2,
    head_dim=10, ssd_heads=4, ssd_head_dim=10, d_state=10, n_groups=4, d_ff=56, norm_eps=1e-6, tie_word_embeddings=True,
    learned_residual=True, A_is_log=True, rope=dict(base=10000.0, pairing="half_split", scaling=None))
NTK = dict(type="dynamic_ntk", factor=4.0, trained_length=24, declared_length=64)


def rope(pairing: str, scaling: dict | None = None) -> dict:
    return dict(base=10000.0, pairing=pairing, scaling=scaling)


AUTHORS = dict(
    architectures=["TransXSSMForCausalLM"], model_type="TransXSSM", vocab_size=90, hidden_size=40, intermediate_size=56,
    num_hidden_layers=8, num_attention_heads=4, num_key_value_heads=2, hidden_act="silu", hidden_bias=False,
    hidden_dropout=0.0, attention_dropout=0.0, dynamic_mask_ratio=0.0, rms_norm_eps=1e-6, max_position_embeddings=2048,
    rope_theta=10000.0, rope_scaling=dict(rope_type="dynamic", factor=4.0, original_max_position_embeddings=2048),
    ssd_chunk_size=256, attn_layer_period=8, attn_layer_offset=7, tie_word_embeddings=True, torch_dtype="float32")

CASES = {  # name: (seed, T, config)
    "llama": (1, 61, LLAMA),
    "mamba2": (2, 53, MAMBA2),
    "bamba": (3, 45, BAMBA),
    "transxssm_half_split": (4, 61, OURS),
    "transxssm_half_split_ntk": (5, 61, OURS | dict(tie_word_embeddings=False, rope=rope("half_split", NTK))),
    "transxssm_interleaved": (6, 61, OURS | dict(tie_word_embeddings=False, n_groups=2, rope=rope("interleaved"))),
    "transxssm_interleaved_ntk": (7, 61, OURS | dict(rope=rope("interleaved", NTK))),
    "transxssm_shared_group": (8, 61, OURS | dict(tie_word_embeddings=False, learned_residual=False, n_kv_heads=1,
                                                  n_groups=1, d_state=20, ssd_head_dim=12, rope=rope("interleaved"))),
    "transxssm_raw_decay": (9, 24, AUTHORS),
}


def random_tensor(name: str, shape: tuple[int, ...], seed: int) -> torch.Tensor:
    """Nothing is left at 1 or 0. Every value is a bfloat16, so that the checkpoint stored as BF16 has the same logits."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    if "norm" in name or "residual" in name:
        x = rng.uniform(0.5, 1.5, shape)
    elif name.endswith("ssd.A_log"):
        x = np.log(10 ** rng.uniform(-2, 0, shape))                   # dt is near 0.7: memories of 2 to 150 steps
    elif name.endswith("A_log"):
        x = np.log(10 ** rng.uniform(-0.5, 1, shape))
    elif name.endswith("ssd.A"):
        x = rng.uniform(-0.5, 0.5, shape)                             # raw: the positive ones grow
    elif name.endswith("dt_bias"):
        x = np.log(np.expm1(10 ** rng.uniform(-2, 0, shape)))         # dt from 0.01 to 1
    elif name.endswith(".D"):
        x = rng.normal(1, 0.5, shape)
    elif name.endswith("conv1d.bias"):
        x = rng.normal(0, 0.3, shape)
    elif name.endswith("conv1d.weight"):
        x = rng.normal(0, 0.6, shape)
    elif "embed" in name:
        x = rng.normal(0, 1, shape)
    else:                                                             # a projection (outputs, inputs)
        gain = 1.5 if "q_proj" in name or "k_proj" in name else 1.0   # so that attention looks somewhere
        if name.endswith("ssd.out_proj.weight"):
            gain = 0.15                                               # many steps summed: not to drown the rest
        x = rng.normal(0, gain / math.sqrt(shape[-1]), shape)
    return torch.from_numpy(x).to(torch.bfloat16).to(torch.float32)


def difference(a: torch.Tensor, b: torch.Tensor) -> float:
    """Relative, in L2."""
    return float((a.double() - b.double()).norm() / b.double().norm())


def neutral(name: str, w: torch.Tensor) -> torch.Tensor:
    """What a reader who forgets this tensor has in its place."""
    ones = any(word in name for word in ("norm", "residual")) or name.endswith((".D", "ssd.A"))
    return torch.ones_like(w) if ones else torch.zeros_like(w)


def judge(name: str, truth: torch.Tensor, of, weights: dict[str, torch.Tensor], wrong: dict) -> None:
    """Every tensor matters, and so does every convention."""
    least = min((difference(of(weights | {n: neutral(n, w)}), truth), n) for n, w in weights.items())
    print(f"  forgotten tensors: logits off by {least[0]:.1e} or more ({least[1]})")
    far = {mistake: difference(result, truth) for mistake, result in wrong.items()}
    print("  mistakes:", ", ".join(f"{mistake} {x:.1e}" for mistake, x in far.items()))
    assert min([least[0], *far.values()]) > 1e-2, f"{name} cannot tell"


def close(what: str, a: torch.Tensor, b: torch.Tensor, bound: float) -> None:
    off = difference(a, b)
    print(f"  {what}: {off:.1e}")
    assert off <= bound, f"{what}: {off:.1e}, expected at most {bound:.0e}"


def transxssm_case(name: str, config: dict, seed: int, ids: torch.Tensor):
    c = transxssm.of_the_authors(config) if config["model_type"] == "TransXSSM" else config
    weights = {n: random_tensor(n, shape, seed) for n, shape in transxssm.shapes(c).items()}
    single, truth = (transxssm.logits(c, weights, ids, dtype) for dtype in (torch.float32, torch.float64))
    recurrent = transxssm.logits(c, weights, ids, torch.float64, "recurrent")
    close("quadratic against recurrent, float64", recurrent, truth, 1e-13)
    close("float32 against float64", single, truth, 1e-5)

    def under(**other) -> torch.Tensor:
        return transxssm.logits(c | {"rope": c["rope"] | other}, weights, ids, torch.float64)

    pairing, scaling = c["rope"]["pairing"], c["rope"]["scaling"]
    wrong = {"other_pairing": under(pairing="half_split" if pairing == "interleaved" else "interleaved")}
    if scaling:
        wrong["unscaled_rotary"] = under(scaling=None)
        wrong["length_of_input"] = under(scaling=NTK | {"declared_length": ids.shape[1]})
    if c["n_kv_heads"] > 1:
        with mock.patch.object(torch.Tensor, "repeat_interleave", lambda x, times, dim: x.tile(1, 1, times, 1)):
            wrong["tiled_heads"] = under()
    judge(name, truth, lambda w: transxssm.logits(c, w, ids, torch.float64), weights, wrong)
    return weights, {"logits": truth, "logits32": single}


def huggingface_case(name: str, config: dict, seed: int, ids: torch.Tensor, folder: pathlib.Path):
    import huggingface
    weights = {n: random_tensor(n, shape, seed) for n, shape in huggingface.shapes(folder).items()}
    store(folder / "model.safetensors", weights)
    model = huggingface.load(folder)
    single, double = huggingface.logits(model, ids), huggingface.logits64(model, ids)
    truth = baselines.logits(config, weights, ids)
    wrong = {mistake: baselines.logits(config, weights, ids, mistake) for mistake in baselines.MISTAKES[name]}
    close("transformers in double against token by token", double, truth, 1e-13)
    close("transformers in float against token by token", single, truth, 1e-5)
    judge(name, truth, lambda w: baselines.logits(config, w, ids), weights, wrong)
    (folder / "config_transformers5.json").write_text(model.config.to_json_string())
    tensors = {"logits": single, "logits64": truth}
    if "norm_over_all" in wrong:                                      # what transformers 4 gives
        tensors["logits64_norm_over_all"] = wrong["norm_over_all"]
    if name == "mamba2":
        variants(model, folder)
    return weights, tensors


def variants(model: torch.nn.Module, folder: pathlib.Path) -> None:
    """The same checkpoint as transformers itself saves it: in shards, and as BF16."""
    model.save_pretrained(folder / "sharded", max_shard_size="50KB")
    model.bfloat16().save_pretrained(folder / "bfloat16")
    for name in ("sharded", "bfloat16"):
        (folder / name / "generation_config.json").unlink(missing_ok=True)
        saved = [safetensors.torch.load_file(part) for part in (folder / name).glob("*.safetensors")]
        saved = {tensor: w.float() for part in saved for tensor, w in part.items()}
        whole = safetensors.torch.load_file(folder / "model.safetensors")
        assert saved.keys() == whole.keys() and all(saved[tensor].equal(w) for tensor, w in whole.items()), name


def store(path: pathlib.Path, tensors: dict[str, torch.Tensor]) -> None:
    safetensors.torch.save_file({n: t.contiguous() for n, t in tensors.items()}, path, metadata={"format": "pt"})


def make(name: str) -> None:
    print(name)
    seed, T, config = CASES[name]
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    ids = torch.from_numpy(np.random.default_rng([seed, T]).integers(0, config["vocab_size"], (BATCH, T), dtype=np.int32))
    if name.startswith("transxssm"):
        weights, expected = transxssm_case(name, config, seed, ids)
        store(folder / "model.safetensors", weights)
    else:
        weights, expected = huggingface_case(name, config, seed, ids, folder)
    store(folder / "expected.safetensors", {"input_ids": ids} | expected)
    assert all(file.stat().st_size < 2_000_000 for file in folder.rglob("*.safetensors"))


def compare(name: str) -> None:
    """Prints how far the logits of this machine's PyTorch and transformers are from the stored ones."""
    folder = HERE / name
    expected = safetensors.torch.load_file(folder / "expected.safetensors")
    weights, ids = safetensors.torch.load_file(folder / "model.safetensors"), expected.pop("input_ids")
    config = json.loads((folder / "config.json").read_text())
    if name.startswith("transxssm"):
        c = transxssm.of_the_authors(config) if config["model_type"] == "TransXSSM" else config
        found = transxssm.logits(c, weights, ids, torch.float64)
    else:
        import huggingface
        found = huggingface.logits64(huggingface.load(folder), ids)
    print(name, ", ".join(f"{what} {difference(found, x):.1e}" for what, x in expected.items()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], metavar="case", help="all, if none is named")
    parser.add_argument("--compare", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for case in arguments.cases or CASES:
        (compare if arguments.compare else make)(case)
