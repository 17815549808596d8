# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT
"""The logits of transformers for a folder with config.json and model.safetensors."""
import contextlib
import logging
import pathlib

import torch
import transformers

logging.getLogger("transformers").setLevel(logging.ERROR)   # that the fast kernels are missing is what is wanted
transformers.utils.logging.disable_progress_bar()


def load(folder: pathlib.Path) -> torch.nn.Module:
    """The model as the Auto classes read it from the folder; every tensor must have found its place."""
    model, report = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    assert not any(report.values()), report
    return model.eval()


def shapes(folder: pathlib.Path) -> dict[str, tuple[int, ...]]:
    """The tensors of a checkpoint of this config.json. A tied head is not one."""
    model = transformers.AutoModelForCausalLM.from_config(transformers.AutoConfig.from_pretrained(folder))
    tied = {"lm_head.weight"} if model.config.tie_word_embeddings else set()
    return {name: tuple(w.shape) for name, w in model.state_dict().items() if name not in tied}


@torch.no_grad()
def logits(model: torch.nn.Module, ids: torch.Tensor) -> torch.Tensor:
    return model(ids.long(), use_cache=False).logits


@torch.no_grad()
def logits64(model: torch.nn.Module, ids: torch.Tensor) -> torch.Tensor:
    """In double, also where transformers' code asks for torch.float32: it means "at least", and here gets float64."""
    model = model.double()
    with float_means_double():
        rotary = getattr(getattr(model, "model", None), "rotary_emb", None)
        if rotary is not None:
            rotary.__init__(model.config)                     # the rates, again, in double
        result = logits(model, ids)
    model.float()
    return result


@contextlib.contextmanager
def float_means_double():
    single, tensor_float = torch.float32, torch.Tensor.float
    torch.set_default_dtype(torch.float64)
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double
    try:
        yield
    finally:
        torch.float32 = torch.float = single
        torch.Tensor.float = tensor_float
        torch.set_default_dtype(single)
