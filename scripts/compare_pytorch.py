#!/usr/bin/env python3
"""Holds this project against stock PyTorch, on checkpoints, predictions and datasets it wrote.

Needs Python packages torch, numpy and h5py (pip install torch==2.11.0 numpy h5py), in any environment.

  compare_pytorch.py logits CHECKPOINT VOLUME.h5 PREDICTION.h5   the network rebuilt in torch.nn, weights loaded by
                                                                 name: largest difference of the logits
  compare_pytorch.py epoch DATASET [--amp 0|1] [--steps N]       stock eager training: seconds a step, a validation
                     [--channels-last 0|1] [--threads N]         volume, and an epoch
  compare_pytorch.py step [--scale N] [--amp 0|1]                a training step and a validation pass on random voxels,
                     [--compile 0|1] [--steps N] [--threads N]   eager or torch.compile, channels-last: JSON
  compare_pytorch.py train DATASET [--amp 0|1] [--epochs N]      stock eager training to the target, at the
                     [--seed N] [--target-dice X]                benchmark's defaults: Dice and seconds an epoch
"""
import argparse
import json
import math
import statistics
import time

import h5py
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class DoubleConv(nn.Module):
    def __init__(self, inputs, outputs, groups):
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv3d(inputs, outputs, 3, padding=1, bias=False), nn.GroupNorm(groups, outputs), nn.ReLU(inplace=True),
            nn.Conv3d(outputs, outputs, 3, padding=1, bias=False), nn.GroupNorm(groups, outputs), nn.ReLU(inplace=True))

    def forward(self, x):
        return self.double_conv(x)


class Down(nn.Module):
    def __init__(self, inputs, outputs, groups):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool3d(2), DoubleConv(inputs, outputs, groups))

    def forward(self, x):
        return self.maxpool_conv(x)


class Up(nn.Module):
    def __init__(self, inputs, groups):
        super().__init__()
        self.up = nn.ConvTranspose3d(inputs, inputs // 2, 2, stride=2)
        self.conv = DoubleConv(inputs, inputs // 2, groups)

    def forward(self, x, skip):
        return self.conv(torch.cat([skip, self.up(x)], 1))


class Out(nn.Module):
    def __init__(self, inputs, classes):
        super().__init__()
        self.conv = nn.Conv3d(inputs, classes, 1)

    def forward(self, x):
        return self.conv(x)


class UNet(nn.Module):
    def __init__(self, classes, levels, width=64, groups=8, channels=3):
        super().__init__()
        self.down_list = nn.ModuleList([DoubleConv(channels, width, groups)] +
                                       [Down(width << i, width << (i + 1), groups) for i in range(levels)])
        self.up_list = nn.ModuleList([Up(width << i, groups) for i in range(levels, 0, -1)] + [Out(width, classes)])

    def forward(self, x):
        skips = [self.down_list[0](x)]
        for down in list(self.down_list)[1:]:
            skips.append(down(skips[-1]))
        x = skips.pop()
        for up in list(self.up_list)[:-1]:
            x = up(x, skips.pop())
        return self.up_list[-1](x)


def load_network(path):
    with h5py.File(path) as file:
        a = file.attrs
        network = UNet(int(a["classes"]), int(a["levels"]), int(a["width"]), int(a["groups"]), int(a["in_channels"]))
        names = set()
        file["model"].visititems(lambda name, item: names.add(name) if isinstance(item, h5py.Dataset) else None)
        state = {name: torch.from_numpy(file["model"][name][()]) for name in names}
    network.load_state_dict(state)  # strict: every name, every shape
    return network


def compare_logits(arguments):
    network = load_network(arguments.checkpoint).eval()
    with h5py.File(arguments.volume) as file:
        image = torch.from_numpy(file["image"][()])[None]
        mask = file["mask"][()]
    with h5py.File(arguments.prediction) as file:
        ours = file["logits"][()]
        dice = file["dice"][()]
    with torch.no_grad():
        theirs = network(image)[0].numpy()
    difference = np.abs(ours - theirs).max() / np.abs(theirs).max()
    predicted = theirs.argmax(0)
    expected = [(2 * ((predicted == c) & (mask == c)).sum() + 1e-6) / ((predicted == c).sum() + (mask == c).sum() + 1e-6)
                for c in range(theirs.shape[0])]
    print(f"largest relative difference of logits: {difference:.3g}")
    print(f"largest difference of Dice by class:   {np.abs(np.array(expected) - dice).max():.3g}")
    if difference > 1e-4:
        raise SystemExit("the logits differ")


def loss_of(logits, mask, weights):
    logits = logits.float()
    p = logits.softmax(1)
    one_hot = F.one_hot(mask, logits.shape[1]).permute(0, 4, 1, 2, 3).float()
    both, either = (p * one_hot).sum((2, 3, 4)), p.sum((2, 3, 4)) + one_hot.sum((2, 3, 4))
    dice = (2 * both + 1e-6) / (either + 1e-6)
    return F.cross_entropy(logits, mask, weights) + 1 - dice[:, 1:].mean()


def time_epoch(arguments):
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    with open(arguments.dataset + "/index.json") as file:
        index = json.load(file)
    with h5py.File(arguments.dataset + "/volumes/000000.h5") as file:
        image, mask = torch.from_numpy(file["image"][()])[None], torch.from_numpy(file["mask"][()])[None].long()
    edge = image.shape[-1]
    network = UNet(arguments.classes, int(math.log2(edge)) - 3)
    if arguments.channels_last:
        network = network.to(memory_format=torch.channels_last_3d)
        image = image.to(memory_format=torch.channels_last_3d)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    weights = torch.tensor([1.05] + [20.0] * (arguments.classes - 1))
    steps, passes = [], []
    for _ in range(arguments.steps):
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=bool(arguments.amp)):
            logits = network(image)
        loss = loss_of(logits, mask, weights)
        loss.item()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        steps.append(time.perf_counter() - start)
    with torch.no_grad():
        for _ in range(max(arguments.steps // 2, 2)):
            start = time.perf_counter()
            with torch.autocast("cpu", torch.bfloat16, enabled=bool(arguments.amp)):
                logits = network(image)
            loss_of(logits, mask, weights).item()
            logits.argmax(1)
            passes.append(time.perf_counter() - start)
    step, validation = statistics.median(steps[1:]), statistics.median(passes[1:])
    print(f"median step {step:.3f} s, validation volume {validation:.3f} s, "
          f"an epoch of 168 + 72: {168 * step + 72 * validation:.1f} s (dataset {index.get('hash', '')})")


def time_step(arguments):
    """Seconds by the clock and of processor time: the latter tells more on a machine with neighbors, at one thread."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    edge = 1 << arguments.scale
    layout = torch.channels_last_3d
    network = UNet(arguments.classes, arguments.scale - 3).to(memory_format=layout)
    forward = torch.compile(network) if arguments.compile else network
    image = torch.rand(1, 3, edge, edge, edge).to(memory_format=layout)
    mask = torch.randint(0, arguments.classes, (1, edge, edge, edge))
    weights = torch.ones(arguments.classes)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, fused=True)

    def logits():
        with torch.autocast("cpu", torch.bfloat16, enabled=bool(arguments.amp)):
            return forward(image)

    def train():
        loss = loss_of(logits(), mask, weights)
        loss.item()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()

    @torch.no_grad()
    def validate():
        found = logits()
        loss_of(found, mask, weights).item()
        hard_dice(found, mask)

    result = {"scale": arguments.scale, "threads": torch.get_num_threads(), "bfloat16": bool(arguments.amp),
              "compiled": bool(arguments.compile)}
    for name, body in (("step", train), ("validation", validate)):
        clock, processor = [], []
        for _ in range(arguments.steps + 1):
            start, work = time.perf_counter(), time.process_time()
            body()
            clock.append(time.perf_counter() - start)
            processor.append(time.process_time() - work)
        result[name] = {"seconds": statistics.median(clock[1:]), "least": min(clock[1:]),
                        "processor_seconds": statistics.median(processor[1:]), "least_processor": min(processor[1:])}
    print(json.dumps(result))


def cross_entropy_weights(masks, fraction=0.1):
    count = math.ceil(fraction * len(masks))
    chosen = [i * (len(masks) - 1) // (count - 1) for i in range(count)] if count > 1 else [0]
    total = sum(masks[i].numel() for i in chosen)
    foreground = sum(int((masks[i] > 0).sum()) for i in chosen)
    return [total / (total - foreground), total / foreground]


def hard_dice(logits, mask):
    predicted, classes = logits.argmax(1), logits.shape[1]
    dice = []
    for c in range(1, classes):
        p, t = predicted == c, mask == c
        dice.append((2 * float((p & t).sum()) + 1e-6) / (float(p.sum() + t.sum()) + 1e-6))
    return statistics.fmean(dice)


def train(arguments):
    """The benchmark in plain PyTorch, all volumes in memory: Adam, cosine annealing with warm restarts by epoch."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    if arguments.seed >= 0:
        torch.manual_seed(arguments.seed)
    with open(arguments.dataset + "/index.json") as file:
        index = json.load(file)
    images, masks = [], []
    for i in range(len(index["volumes"])):
        with h5py.File(f"{arguments.dataset}/volumes/{i:06d}.h5") as file:
            images.append(torch.from_numpy(file["image"][()])[None])
            masks.append(torch.from_numpy(file["mask"][()])[None].long())
    validates = set(i for i, volume in enumerate(index["volumes"]) if volume["split"] == "validation")
    training = [i for i in range(len(images)) if i not in validates]
    background, foreground = cross_entropy_weights([masks[i] for i in training])
    weights = torch.tensor([background] + [foreground] * (arguments.classes - 1))
    network = UNet(arguments.classes, int(math.log2(images[0].shape[-1])) - 3)
    layout = torch.channels_last_3d if arguments.channels_last else torch.contiguous_format
    network = network.to(memory_format=layout)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 10, 2, 1e-4)
    start = time.perf_counter()
    for epoch in range(1, arguments.epochs + 1):
        loss_sum = 0.0
        for i in torch.randperm(len(training)).tolist():
            image, mask = images[training[i]].to(memory_format=layout), masks[training[i]]
            with torch.autocast("cpu", torch.bfloat16, enabled=bool(arguments.amp)):
                logits = network(image)
            loss = loss_of(logits, mask, weights)
            loss_sum += loss.item()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        schedule.step()
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=bool(arguments.amp)):
            dice = statistics.fmean(hard_dice(network(images[i].to(memory_format=layout)), masks[i]) for i in validates)
        print(f"epoch {epoch}  loss {loss_sum / len(training):.4f}  validation Dice {dice:.4f}  "
              f"{time.perf_counter() - start:.1f} s so far", flush=True)
        if dice >= arguments.target_dice:
            break


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    logits = commands.add_parser("logits")
    for name in ("checkpoint", "volume", "prediction"):
        logits.add_argument(name)
    logits.set_defaults(run=compare_logits)
    epoch = commands.add_parser("epoch")
    epoch.add_argument("dataset")
    epoch.add_argument("--amp", type=int, default=0)
    epoch.add_argument("--channels-last", type=int, default=1)
    epoch.add_argument("--steps", type=int, default=8)
    epoch.add_argument("--threads", type=int, default=0)
    epoch.add_argument("--classes", type=int, default=6)
    epoch.set_defaults(run=time_epoch)
    step = commands.add_parser("step")
    for name, default in (("scale", 5), ("amp", 0), ("compile", 0), ("steps", 5), ("threads", 0), ("classes", 6)):
        step.add_argument("--" + name, type=int, default=default)
    step.set_defaults(run=time_step)
    stock = commands.add_parser("train")
    stock.add_argument("dataset")
    stock.add_argument("--amp", type=int, default=0)
    stock.add_argument("--channels-last", type=int, default=1)
    stock.add_argument("--threads", type=int, default=0)
    stock.add_argument("--classes", type=int, default=6)
    stock.add_argument("--epochs", type=int, default=50)
    stock.add_argument("--seed", type=int, default=-1)
    stock.add_argument("--target-dice", type=float, default=0.95)
    stock.set_defaults(run=train)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
