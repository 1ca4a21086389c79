"""Times the linear probe in PyTorch on one thread: as the loop one would write, and with many probes trained together as batched tensors.

    python3 bench/python/probe_loop.py [--together 5760]

Data are random: 1,197 training rows and 300 development rows of width 576 (1,996 rows in four folds). Both forms do the protocol of docs/reference/probing.md: dropout 0.2, SmoothL1, Adam with warm-up and decay,
batches of 16, 20 epochs, the best epoch kept. Times are processor times.
"""
import argparse
import time

import torch

WIDTH, TRAIN, DEVELOPMENT, BATCH, EPOCHS = 576, 1197, 300, 16, 20
STEPS = EPOCHS * ((TRAIN + BATCH - 1) // BATCH)
WARM_UP = STEPS // 10


def rate(step):
    return 1e-3 * (step / WARM_UP if step < WARM_UP else max(0.0, (STEPS - step) / (STEPS - WARM_UP)))


def show(what, seconds, ours):
    print(f"{what}: {1000 * seconds:.1f} ms a probe" + (f" = {1000 * seconds / ours:.0f} times ours" if ours else ""), flush=True)


def loop():
    """One probe: module, loss, optimiser, scheduler, loop."""
    x, y = torch.rand(TRAIN, WIDTH) - 0.5, torch.rand(TRAIN)
    xd, yd = torch.rand(DEVELOPMENT, WIDTH) - 0.5, torch.rand(DEVELOPMENT)
    start = time.process_time()
    probe = torch.nn.Sequential(torch.nn.Dropout(0.2), torch.nn.Linear(WIDTH, 1))
    loss, optimizer = torch.nn.SmoothL1Loss(), torch.optim.Adam(probe.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step) / 1e-3)
    best, kept = float("inf"), None
    for _ in range(EPOCHS):
        probe.train()
        for rows in torch.randperm(TRAIN).split(BATCH):
            optimizer.zero_grad()
            loss(probe(x[rows]).squeeze(1), y[rows]).backward()
            optimizer.step()
            scheduler.step()
        probe.eval()
        with torch.no_grad():
            found = loss(probe(xd).squeeze(1), yd).item()
        if found < best:
            best, kept = found, {name: value.clone() for name, value in probe.state_dict().items()}
    assert kept is not None
    return time.process_time() - start


def batched(groups, labels):
    """Many probes of one layer: weights [groups, labels, width]. Groups have their own order of rows and dropout, as the loop's runs have; the labels of a group share them, as those of one seed and fold do."""
    x, xd = torch.rand(TRAIN, WIDTH) - 0.5, torch.rand(DEVELOPMENT, WIDTH) - 0.5
    y, yd = torch.rand(groups, TRAIN, labels), torch.rand(groups, labels, DEVELOPMENT)
    start = time.process_time()
    bound = WIDTH ** -0.5
    w, b = (torch.rand(groups, labels, WIDTH) * 2 - 1) * bound, (torch.rand(groups, labels, 1) * 2 - 1) * bound
    mw, vw, mb, vb = torch.zeros_like(w), torch.zeros_like(w), torch.zeros_like(b), torch.zeros_like(b)
    best, kept = torch.full((groups, labels), float("inf")), w.clone()
    number = torch.arange(groups).unsqueeze(1)
    step = 0
    for _ in range(EPOCHS):
        order = torch.rand(groups, TRAIN).argsort(1)
        for begin in range(0, TRAIN, BATCH):
            rows = order[:, begin:begin + BATCH]
            batch = torch.nn.functional.dropout(x[rows], 0.2, True)  # [groups, batch, width]
            predicted = torch.bmm(w, batch.transpose(1, 2)) + b  # [groups, labels, batch]
            factor = (predicted - y[number, rows].transpose(1, 2)).clamp_(-1, 1).div_(rows.shape[1])
            gw, gb = torch.bmm(factor, batch), factor.sum(2, keepdim=True)
            size = rate(step) / (1 - 0.9 ** (step + 1))
            correction = (1 - 0.999 ** (step + 1)) ** -0.5
            step += 1
            for value, gradient, first, second in ((w, gw, mw, vw), (b, gb, mb, vb)):
                first.lerp_(gradient, 0.1)
                second.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
                value.addcdiv_(first, second.sqrt().mul_(correction).add_(1e-8), value=-size)
        distance = (w @ xd.T + b - yd).abs()
        found = torch.where(distance < 1, 0.5 * distance * distance, distance - 0.5).mean(2)
        better = found < best
        best, kept = torch.where(better, found, best), torch.where(better.unsqueeze(2), w, kept)
    assert kept.shape == w.shape
    return (time.process_time() - start) / (groups * labels)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--together", type=int, default=112, help="probes trained together, each with its own draws (5760 takes minutes and 1.5 GB)")
    parser.add_argument("--ours", type=float, help="milliseconds that our probe takes on a core of this machine, for ratios")
    options = parser.parse_args()
    torch.set_num_threads(1)
    loop()
    times = sorted(loop() for _ in range(3))
    print(f"PyTorch {torch.__version__}, one thread; {STEPS} steps on {TRAIN} rows of width {WIDTH}")
    show(f"plain loop (best of 3; slowest {1000 * times[-1]:.0f})", times[0], options.ours)
    show(f"{options.together} probes together as batched tensors, each with its own draws", batched(options.together, 1), options.ours)
    groups = max(1, options.together // 7)
    show(f"{7 * groups} probes together, seven labels sharing draws as ours do", batched(groups, 7), options.ours)
