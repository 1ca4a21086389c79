"""Trains the softmax probe in PyTorch as the loop one would write, to hold ours against: docs/reference/probing.md, "Agreement with the reference".

    python3 bench/python/softmax_loop.py VECTORS.npy LABELS.csv LABEL [LAYER]
    python3 bench/python/softmax_loop.py GOLDENS/smollm2/rtp_input_L6.npy RTP.jsonl prompt.toxicity

Vectors and labels as `probe --vectors` takes them (numpy and torch alone are needed): words, or of a JSONL a score, of which each quarter of [0, 1] is a class. Folds are scikit-learn's, made with numpy. Prints the means over four folds and five seeds.
"""
import csv
import json
import sys

import numpy
import torch

BATCH, EPOCHS, PATIENCE = 16, 20, 10


def folds(rows):
    """KFold(4, shuffle=True, random_state=42), then train_test_split(train_size=0.8, random_state=fold)."""
    order = numpy.arange(rows)
    numpy.random.RandomState(42).shuffle(order)
    start = 0
    for fold in range(4):
        size = rows // 4 + (1 if fold < rows % 4 else 0)
        test = numpy.sort(order[start:start + size])
        start += size
        rest = numpy.setdiff1d(numpy.arange(rows), test)
        mixed = numpy.random.RandomState(fold).permutation(len(rest))
        development = len(rest) - int(numpy.floor(0.8 * len(rest)))
        yield rest[mixed[development:]], rest[mixed[:development]], test


def train(x, y, classes, fold, seed):
    rows, development, test = (torch.from_numpy(numpy.ascontiguousarray(part)) for part in fold)
    torch.manual_seed(seed)
    probe = torch.nn.Sequential(torch.nn.Dropout(0.2), torch.nn.Linear(x.shape[1], classes))
    loss, optimizer = torch.nn.CrossEntropyLoss(), torch.optim.Adam(probe.parameters(), lr=1e-3)
    steps = EPOCHS * ((len(rows) + BATCH - 1) // BATCH)
    warm_up = steps // 10
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: step / warm_up if step < warm_up else max(0.0, (steps - step) / (steps - warm_up)))
    best, kept, since = float("inf"), None, 0
    for _ in range(EPOCHS):
        probe.train()
        for batch in rows[torch.randperm(len(rows))].split(BATCH):
            optimizer.zero_grad()
            loss(probe(x[batch]), y[batch]).backward()
            optimizer.step()
            scheduler.step()
        probe.eval()
        with torch.no_grad():
            found = loss(probe(x[development]), y[development]).item()
        since += 1
        if found < best:
            best, since, kept = found, 0, {name: value.clone() for name, value in probe.state_dict().items()}
        if since >= PATIENCE:
            break
    probe.load_state_dict(kept)
    with torch.no_grad():
        return figures(probe(x[test]), y[test], classes)


def figures(logits, y, classes):
    entropy = torch.nn.functional.cross_entropy(logits, y).item()
    named, p, y = logits.argmax(1).numpy(), logits.softmax(1).numpy(), y.numpy()
    f1, areas = [], []
    for k in range(classes):
        right = ((named == k) & (y == k)).sum()
        f1.append(2 * right / max(1, (named == k).sum() + (y == k).sum()))
        inside, outside = p[y == k, k], p[y != k, k]
        areas.append(((inside[:, None] > outside).mean() + (inside[:, None] == outside).mean() / 2))
    return (named == y).mean(), numpy.mean(f1), numpy.mean(areas), entropy


def labels(path, name):
    if path.endswith(".csv"):
        return [row[name] or None for row in csv.DictReader(open(path, encoding="utf-8"))]
    rows = []
    for line in open(path, encoding="utf-8"):
        value = json.loads(line)
        for part in name.split("."):
            value = value[part]
        rows.append(None if value is None else str(min(3, int(value * 4))))
    return rows


if __name__ == "__main__":
    torch.set_num_threads(1)
    x = numpy.load(sys.argv[1]).astype(numpy.float32)
    x = x if x.ndim == 2 else x[int(sys.argv[4]) if len(sys.argv) > 4 else 0]
    words = labels(sys.argv[2], sys.argv[3])
    there = [row for row, word in enumerate(words) if word is not None]
    names = sorted({words[row] for row in there})
    x, y = torch.from_numpy(x[there]), torch.tensor([names.index(words[row]) for row in there])
    found = numpy.array([[train(x, y, len(names), fold, seed) for seed in range(5)] for fold in folds(len(there))])
    print(f"PyTorch {torch.__version__}; {len(there)} rows, width {x.shape[1]}, classes {', '.join(names)}")
    for index, name in enumerate(("accuracy", "macro F1", "AUROC", "cross-entropy")):
        values = found[:, :, index]
        print(f"{name}: {values.mean():.4f} (seeds {', '.join(f'{value:.4f}' for value in values.mean(0))})")
