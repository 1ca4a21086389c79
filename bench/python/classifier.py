"""A RoBERTa classifier of a given size with random weights in plain PyTorch: padded batches in the order of the texts, as Hugging Face's pipeline runs them.

Reads the token ids from a file; prints the version, then the seconds of one pass over all texts, by the clock and of the processors, for every line it reads. Started by `bench -- classifiers --python PROGRAM`.
"""

import json
import sys
import time

import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.query, self.key, self.value, self.dense = (nn.Linear(width, width) for _ in range(4))
        self.intermediate, self.output = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-5), nn.LayerNorm(width, eps=1e-5)
        self.heads = width // 64

    def forward(self, x, mask):
        rows, length, width = x.shape
        query, key, value = (f(x).view(rows, length, self.heads, 64).transpose(1, 2) for f in (self.query, self.key, self.value))
        if hasattr(nn.functional, "scaled_dot_product_attention"):
            mixed = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        else:
            mixed = torch.softmax(query @ key.transpose(-1, -2) / 8 + mask, -1) @ value
        x = self.norm1(x + self.dense(mixed.transpose(1, 2).reshape(rows, length, width)))
        return self.norm2(x + self.output(nn.functional.gelu(self.intermediate(x))))


class Classifier(nn.Module):
    def __init__(self, layers, width):
        super().__init__()
        self.words, self.positions = nn.Embedding(50265, width), nn.Embedding(514, width)
        self.norm = nn.LayerNorm(width, eps=1e-5)
        self.layers = nn.ModuleList(Layer(width) for _ in range(layers))
        self.dense, self.out = nn.Linear(width, width), nn.Linear(width, 16)

    def forward(self, ids, positions, mask):
        x = self.norm(self.words(ids) + self.positions(positions))
        for layer in self.layers:
            x = layer(x, mask)
        return self.out(torch.tanh(self.dense(x[:, 0])))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        asked = json.load(file)
    torch.set_num_threads(asked["threads"])
    torch.manual_seed(1)
    model = Classifier(asked["layers"], asked["width"]).eval()
    texts, size = asked["ids"], asked["batch_size"]

    def run():
        for first in range(0, len(texts), size):
            batch = texts[first : first + size]
            length = max(map(len, batch))
            ids = torch.tensor([text + [1] * (length - len(text)) for text in batch])
            seen = ids.new_tensor([[1] * len(text) + [0] * (length - len(text)) for text in batch])
            mask = (1.0 - seen[:, None, None, :].float()) * torch.finfo(torch.float32).min
            model(ids, seen.cumsum(1) * seen + 1, mask)

    with torch.inference_mode():
        run()
        print(f"PyTorch {torch.__version__}:", flush=True)
        for _ in sys.stdin:
            start, processor = time.perf_counter(), time.process_time()
            run()
            print(time.perf_counter() - start, time.process_time() - processor, flush=True)


main()
