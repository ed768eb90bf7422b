#!/usr/bin/env python3
"""Holds this project against stock PyTorch, on checkpoints, predictions and datasets it wrote.

Needs Python packages torch, numpy and h5py (pip install torch==2.11.0 numpy h5py), in any environment.

  compare_pytorch.py logits CHECKPOINT VOLUME.h5 PREDICTION.h5   the network rebuilt in torch.nn, weights loaded by
                                                                 name: largest difference of the logits
  compare_pytorch.py epoch DATASET [--amp 0|1] [--steps N]       stock eager training: seconds a step, a validation
                     [--channels-last 0|1] [--threads N]         volume, and an epoch
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
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
