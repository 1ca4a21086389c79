"""Turns a Llama model folder (bfloat16, tied embeddings) into GGUF without a tokenizer: python3 gguf.py MODEL OUTPUT.gguf f32|f16|bf16."""

import json
import struct
import sys

import numpy as np

SOURCE, DESTINATION, KIND = sys.argv[1:4]
CONFIG = json.load(open(f"{SOURCE}/config.json", encoding="utf-8"))
FILE = np.memmap(f"{SOURCE}/model.safetensors", dtype=np.uint8, mode="r")
HEADER_LENGTH = struct.unpack("<Q", FILE[:8].tobytes())[0]
HEADER = json.loads(FILE[8 : 8 + HEADER_LENGTH].tobytes())


def take(name):
    """A tensor as float32."""
    entry = HEADER[name]
    assert entry["dtype"] == "BF16", f"{name} is {entry['dtype']}"
    first, end = (8 + HEADER_LENGTH + offset for offset in entry["data_offsets"])
    words = FILE[first:end].copy().view(np.uint16)
    return (words.astype(np.uint32) << 16).view(np.float32).reshape(entry["shape"])


def interleaved(weight, heads):
    """GGUF pairs neighbours where Hugging Face pairs halves of a head."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)


def tensors():
    heads, shared = CONFIG["num_attention_heads"], CONFIG["num_key_value_heads"]
    yield "token_embd.weight", take("model.embed_tokens.weight")
    yield "output_norm.weight", take("model.norm.weight")
    for block in range(CONFIG["num_hidden_layers"]):
        part = f"model.layers.{block}"
        yield f"blk.{block}.attn_norm.weight", take(f"{part}.input_layernorm.weight")
        yield f"blk.{block}.attn_q.weight", interleaved(take(f"{part}.self_attn.q_proj.weight"), heads)
        yield f"blk.{block}.attn_k.weight", interleaved(take(f"{part}.self_attn.k_proj.weight"), shared)
        yield f"blk.{block}.attn_v.weight", take(f"{part}.self_attn.v_proj.weight")
        yield f"blk.{block}.attn_output.weight", take(f"{part}.self_attn.o_proj.weight")
        yield f"blk.{block}.ffn_norm.weight", take(f"{part}.post_attention_layernorm.weight")
        yield f"blk.{block}.ffn_gate.weight", take(f"{part}.mlp.gate_proj.weight")
        yield f"blk.{block}.ffn_up.weight", take(f"{part}.mlp.up_proj.weight")
        yield f"blk.{block}.ffn_down.weight", take(f"{part}.mlp.down_proj.weight")


def stored(weight):
    """GGUF's number of the type, and the bytes. Norms stay in float32."""
    if weight.ndim == 1 or KIND == "f32":
        return 0, weight.astype(np.float32).tobytes()
    if KIND == "f16":
        return 1, weight.astype(np.float16).tobytes()
    return 30, (weight.view(np.uint32) >> 16).astype(np.uint16).tobytes()


def text(value):
    value = value.encode()
    return struct.pack("<Q", len(value)) + value


def field(name, value):
    if isinstance(value, str):
        return text(name) + struct.pack("<I", 8) + text(value)
    return text(name) + (struct.pack("<If", 6, value) if isinstance(value, float) else struct.pack("<II", 4, value))


FIELDS = {
    "general.architecture": "llama",
    "general.name": "model",
    "llama.context_length": CONFIG["max_position_embeddings"],
    "llama.embedding_length": CONFIG["hidden_size"],
    "llama.block_count": CONFIG["num_hidden_layers"],
    "llama.feed_forward_length": CONFIG["intermediate_size"],
    "llama.attention.head_count": CONFIG["num_attention_heads"],
    "llama.attention.head_count_kv": CONFIG["num_key_value_heads"],
    "llama.attention.layer_norm_rms_epsilon": float(CONFIG["rms_norm_eps"]),
    "llama.rope.freq_base": float(CONFIG["rope_theta"]),
    "llama.rope.dimension_count": CONFIG["hidden_size"] // CONFIG["num_attention_heads"],
    "llama.vocab_size": CONFIG["vocab_size"],
    "tokenizer.ggml.model": "no_vocab",
}

infos, data, offset = b"", [], 0
for name, weight in tensors():
    kind, content = stored(weight)
    infos += text(name) + struct.pack("<I", weight.ndim) + b"".join(struct.pack("<Q", size) for size in reversed(weight.shape)) + struct.pack("<IQ", kind, offset)
    data.append(content + bytes(-len(content) % 32))
    offset += len(data[-1])

header = b"GGUF" + struct.pack("<IQQ", 3, len(data), len(FIELDS)) + b"".join(field(*pair) for pair in FIELDS.items()) + infos
with open(DESTINATION, "wb") as output:
    output.write(header + bytes(-len(header) % 32))
    output.writelines(data)
