"""What Hugging Face's `generate` does, step by step, in plain eager PyTorch: the peer of `bench -- encode --peer`.

    python3 bench/python/generate.py MODEL --asked FILE        started by the benchmark: a round for every line read
    python3 bench/python/generate.py MODEL --check FOLDER      against expected values of Hugging Face's (encode.json, encode.safetensors)

A stand-in for `LlamaForCausalLM.generate(do_sample=True, top_p=0.9, top_k=0, num_return_sequences=25, max_new_tokens=20, use_cache=True, output_hidden_states=True,
return_dict_in_generate=True)` of transformers 4.57 with eager attention, where that library cannot be had. As there: prompts are padded on the left and repeated for each sample before they are read;
keys and values grow by concatenation and are repeated for the query heads; masks, angles and positions are made anew in each step; top-p sorts the whole vocabulary; the states of all layers and all
steps are kept to the end, and pooled then. Not as there: none of the library's own bookkeeping (argument checks, hooks, output classes, lists of processors), so it is at least as fast as
the library on the same PyTorch; no fused attention (newer ones use it unless told otherwise); and the weights are read here, from one model.safetensors of a Llama with tied embeddings.
Works with PyTorch 1.13 and later, and needs nothing else.
"""

import argparse
import json
import os
import struct
import sys
import time

import torch
from torch import nn

TYPES = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16, "I32": torch.int32, "I64": torch.int64}


def read_safetensors(path):
    """All tensors of a file, as stored."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    tensors = {}
    for name, about in header.items():
        if name != "__metadata__":
            kind, (start, end) = TYPES[about["dtype"]], about["data_offsets"]
            tensors[name] = torch.frombuffer(data, dtype=kind, count=(end - start) // torch.empty(0, dtype=kind).element_size(), offset=start).view(about["shape"])
    return tensors


class RMSNorm(nn.Module):
    def __init__(self, width, epsilon):
        super().__init__()
        self.weight, self.epsilon = nn.Parameter(torch.ones(width)), epsilon

    def forward(self, x):
        kind = x.dtype
        x = x.to(torch.float32)
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon)
        return self.weight * x.to(kind)


class Cache:
    """Keys and values of every layer, longer by a concatenation in each step."""

    def __init__(self, layers):
        self.keys, self.values = [None] * layers, [None] * layers

    def update(self, layer, key, value):
        if self.keys[layer] is None:
            self.keys[layer], self.values[layer] = key, value
        else:
            self.keys[layer], self.values[layer] = torch.cat([self.keys[layer], key], dim=-2), torch.cat([self.values[layer], value], dim=-2)
        return self.keys[layer], self.values[layer]


def rotate_half(x):
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), dim=-1)


def repeat_kv(x, times):
    batch, heads, length, size = x.shape
    return x[:, :, None].expand(batch, heads, times, length, size).reshape(batch, heads * times, length, size)


class Attention(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        width, self.layer = config["hidden_size"], layer
        self.heads, self.groups = config["num_attention_heads"], config["num_attention_heads"] // config["num_key_value_heads"]
        self.size = config.get("head_dim") or width // self.heads
        self.q_proj = nn.Linear(width, self.heads * self.size, bias=False)
        self.k_proj = nn.Linear(width, config["num_key_value_heads"] * self.size, bias=False)
        self.v_proj = nn.Linear(width, config["num_key_value_heads"] * self.size, bias=False)
        self.o_proj = nn.Linear(self.heads * self.size, width, bias=False)

    def forward(self, x, angles, mask, cache):
        shape = (*x.shape[:-1], -1, self.size)
        query, key, value = (f(x).view(shape).transpose(1, 2) for f in (self.q_proj, self.k_proj, self.v_proj))
        cosine, sine = (angle.unsqueeze(1) for angle in angles)
        query, key = (y * cosine + rotate_half(y) * sine for y in (query, key))
        key, value = cache.update(self.layer, key, value)
        key, value = repeat_kv(key, self.groups), repeat_kv(value, self.groups)
        weights = torch.matmul(query, key.transpose(2, 3)) * self.size**-0.5 + mask
        weights = nn.functional.softmax(weights, dim=-1, dtype=torch.float32).to(query.dtype)
        mixed = torch.matmul(weights, value).transpose(1, 2).contiguous()
        return self.o_proj(mixed.reshape(*x.shape[:-1], -1).contiguous())


class FeedForward(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, inner = config["hidden_size"], config["intermediate_size"]
        self.gate_proj, self.up_proj = nn.Linear(width, inner, bias=False), nn.Linear(width, inner, bias=False)
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.down_proj(nn.functional.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        self.input_layernorm = RMSNorm(config["hidden_size"], config["rms_norm_eps"])
        self.self_attn = Attention(config, layer)
        self.post_attention_layernorm = RMSNorm(config["hidden_size"], config["rms_norm_eps"])
        self.mlp = FeedForward(config)

    def forward(self, x, angles, mask, cache):
        x = x + self.self_attn(self.input_layernorm(x), angles, mask, cache)
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):
    def __init__(self, folder):
        super().__init__()
        with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        if config["model_type"] != "llama" or not config.get("tie_word_embeddings") or config.get("rope_scaling") or config.get("attention_bias") or config.get("mlp_bias"):
            raise SystemExit("generate.py reads Llama models with tied embeddings, without biases and scaled rotary positions, as SmolLM2 is.")
        self.config = config
        self.embed_tokens = nn.Embedding(config["vocab_size"], config["hidden_size"])
        self.layers = nn.ModuleList(Block(config, layer) for layer in range(config["num_hidden_layers"]))
        self.norm = RMSNorm(config["hidden_size"], config["rms_norm_eps"])
        self.lm_head = nn.Linear(config["hidden_size"], config["vocab_size"], bias=False)
        stored = read_safetensors(os.path.join(folder, "model.safetensors"))
        self.load_state_dict({name.removeprefix("model."): value.to(torch.float32) for name, value in stored.items()}, strict=False)
        self.lm_head.weight = self.embed_tokens.weight
        missing = {f"model.{name}" for name, _ in self.named_parameters()} - stored.keys()
        if missing:
            raise SystemExit(f"model.safetensors lacks {sorted(missing)}.")
        size = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
        self.frequencies = 1.0 / config.get("rope_theta", 10000.0) ** (torch.arange(0, size, 2, dtype=torch.int64).float() / size)

    def forward(self, ids, seen, positions, cache):
        """Logits of the last column [rows, vocabulary], and the states of all layers."""
        x = self.embed_tokens(ids)
        columns, width = seen.shape[1], ids.shape[1]
        at = torch.arange(columns - width, columns)
        visible = (torch.arange(columns)[None, :] <= at[:, None])[None, None] & seen[:, None, None, :].bool()
        mask = torch.where(visible, torch.tensor(0.0), torch.tensor(torch.finfo(x.dtype).min))
        turned = (self.frequencies[None, :, None].expand(positions.shape[0], -1, 1) @ positions[:, None, :].float()).transpose(1, 2)
        turned = torch.cat((turned, turned), dim=-1)
        angles = turned.cos(), turned.sin()
        states = []
        for layer in self.layers:
            states.append(x)
            x = layer(x, angles, mask, cache)
        x = self.norm(x)
        states.append(x)
        return self.lm_head(x[:, -1:, :])[:, -1, :], tuple(states)


def top_p_filter(scores, top_p):
    ordered, places = torch.sort(scores, descending=False)
    removed = ordered.softmax(dim=-1).cumsum(dim=-1) <= 1 - top_p
    removed[..., -1:] = False
    return scores.masked_fill(removed.scatter(1, places, removed), -float("inf"))


@torch.no_grad()
def generate(model, prompts, samples, new_tokens, top_p, end, padding):
    """Ids [prompts x samples, columns], which columns of the prompts are not padding, and the states of each step and layer. Without top_p the most probable token is taken."""
    length = max(map(len, prompts))
    ids = torch.tensor([[padding] * (length - len(prompt)) + list(prompt) for prompt in prompts]).repeat_interleave(samples, dim=0)
    seen = torch.tensor([[0] * (length - len(prompt)) + [1] * len(prompt) for prompt in prompts]).repeat_interleave(samples, dim=0)
    prompt_seen, end = seen, torch.tensor(end)
    cache, hidden = Cache(len(model.layers)), []
    unfinished = torch.ones(ids.shape[0], dtype=torch.long)
    while True:
        positions = (seen.cumsum(-1) - 1).masked_fill(seen == 0, 1)
        first = 0 if not hidden else ids.shape[1] - 1
        logits, states = model(ids[:, first:], seen, positions[:, first:], cache)
        hidden.append(states)
        scores = logits.to(torch.float32, copy=True)
        if top_p is None:
            token = torch.argmax(scores, dim=-1)
        else:
            token = torch.multinomial(nn.functional.softmax(top_p_filter(scores, top_p), dim=-1), num_samples=1).squeeze(1)
        token = token * unfinished + padding * (1 - unfinished)
        ids = torch.cat([ids, token[:, None]], dim=-1)
        seen = torch.cat([seen, seen.new_ones((seen.shape[0], 1))], dim=-1)
        unfinished = unfinished & ~torch.isin(token, end)
        if ids.shape[1] == length + new_tokens or unfinished.max() == 0:
            return ids, prompt_seen, hidden


@torch.no_grad()
def pool(ids, prompt_seen, hidden, samples, end):
    """Means of prompts [layers, prompts, width] and of continuations [layers, rows, width], and the tokens that were made. As `generate` has it, the last token has no states."""
    weights = prompt_seen[::samples, :, None].float()
    inputs = torch.stack([(states[::samples] * weights).sum(1) / weights.sum(1) for states in hidden[0]])
    made = ids[:, prompt_seen.shape[1]:]
    kept = (torch.isin(made, torch.tensor(end)).cumsum(1) == 0)
    weights = kept[:, : len(hidden) - 1, None].float()
    outputs = torch.stack([(torch.cat([step[layer] for step in hidden[1:]], dim=1) * weights).sum(1) / weights.sum(1) for layer in range(len(hidden[0]))])
    return inputs, outputs, int(kept.sum())


def bound(model):
    """Tokens a second that this PyTorch's own products of 100 rows allow: the shapes and weights of ProductBound in the benchmark."""
    width, inner, vocabulary = model.config["hidden_size"], model.config["intermediate_size"], model.config["vocab_size"]
    work = seconds = 0.0
    for inputs, outputs, count in ((width, inner, 2 * len(model.layers)), (inner, width, 2 * len(model.layers)), (width, vocabulary, 1)):
        left, right, best = torch.rand(100, inputs), torch.rand(inputs, outputs), float("inf")
        for _ in range(31):
            start = time.perf_counter()
            torch.mm(left, right)
            best = min(best, time.perf_counter() - start)
        work, seconds = work + count * 2.0 * 100 * inputs * outputs, seconds + count * best
    return work / (2.0 * sum(value.numel() for value in model.parameters())) / seconds


def serve(model, asked):
    """Answers every line of standard input with a round: tokens, seconds, seconds of processor time. The first answer names the version and the bound."""
    torch.set_num_threads(asked["threads"])
    torch.manual_seed(1)
    options = asked["samples"], asked["new_tokens"], asked["top_p"], asked["end"], asked["end"][0]
    generate(model, asked["ids"][:1], 1, 2, *options[2:])
    print(json.dumps({"version": f"PyTorch {torch.__version__}", "bound": bound(model)}), flush=True)
    for _ in sys.stdin:
        start, processor, tokens, inputs = time.perf_counter(), time.process_time(), 0, []
        for first in range(0, len(asked["ids"]), asked["batch_size"]):
            made = generate(model, asked["ids"][first : first + asked["batch_size"]], *options)
            means, _, count = pool(*made, asked["samples"], asked["end"])
            inputs.append(means)
            tokens += count
            del made
        seconds, processor = time.perf_counter() - start, time.process_time() - processor
        with open(asked["inputs"], "wb") as file:
            file.write(torch.cat(inputs, dim=1).contiguous().numpy().tobytes())
        print(json.dumps({"tokens": tokens, "seconds": seconds, "processor": processor}), flush=True)


def check(model, folder):
    """Greedy continuations, states of single tokens and means of prompts against what Hugging Face's own `generate` gave."""
    with open(os.path.join(folder, "encode.json"), encoding="utf-8") as file:
        expected = json.load(file)
    tensors = read_safetensors(os.path.join(folder, "encode.safetensors"))
    prompts, end = expected["prompt_ids"], [expected["eos"]]
    ids, seen, hidden = generate(model, prompts, 1, 20, None, end, end[0])
    inputs, _, _ = pool(ids, seen, hidden, 1, end)
    made = ids[:, seen.shape[1]:].tolist()
    same = sum(row[: len(other)] == other for row, other in zip(made, expected["generated_raw"]))
    print(f"PyTorch {torch.__version__}; greedy continuations that are the same: {same} of {len(made)}; smallest distance of their two best logits: {min(expected['smallest_top2_gap'])}")
    compare("prompt means", inputs, tensors["input"])
    for row in range(2):
        own = torch.stack([states[row, seen.shape[1] - len(prompts[row]):] for states in hidden[0]])
        compare(f"prompt tokens, row {row}", own, tensors[f"tokens_{row}"])
        if made[row][: len(expected["generated_raw"][row])] == expected["generated_raw"][row]:
            own = torch.stack([torch.cat([step[layer][row] for step in hidden[1:]]) for layer in range(len(hidden[0]))])
            compare(f"generated tokens, row {row}", own, tensors[f"generated_tokens_{row}"][:, : own.shape[1]])


def compare(name, own, other):
    print(f"{name}: largest difference {((own - other).abs() / other.abs().clamp(min=1)).max().item():.1e} of max(1, |expected|)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="folder of config.json and model.safetensors")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--asked", help="JSON: ids, batch_size, samples, new_tokens, top_p, end, threads, inputs (the file that gets the means of prompts)")
    what.add_argument("--check", help="folder of expected values")
    arguments = parser.parse_args()
    model = Llama(arguments.model).eval()
    if arguments.check:
        check(model, arguments.check)
    else:
        with open(arguments.asked, encoding="utf-8") as file:
            serve(model, json.load(file))


main()
