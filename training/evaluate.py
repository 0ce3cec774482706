"""PSNR of checkpoints on held-out clips: evaluate.py CONFIG ARRAYS TRIPLETS CHECKPOINT...

Twelve triplets a clip at distances 2, 4 and 8 (the middle frame). They are also written to TRIPLETS/distance-N/ as
folders that `vfi evaluate` takes, so that any model, average and reference are measured on the same ones.
"""
import json
import math
import os
import sys

import matplotlib.image
import numpy as np
import torch

from data import Clips
from net import MotionNet, synthesize


def psnr(x, y):
    """On eight bits, as pictures are stored."""
    return -10 * math.log10((((x.clamp(0, 1) * 255).round() / 255 - y) ** 2).mean().item() + 1e-10)


def triplets(clips, gap):
    """(name, frame0, frame1, middle), each 1x3xhxw RGB 0..1."""
    for name, c in clips:
        h, w = min(c.shape[1] // 32 * 32, 256), min(c.shape[2] // 32 * 32, 448)
        for i in np.unique(np.linspace(0, len(c) - gap - 1, 12).astype(int)) if len(c) > gap else []:
            yield (f"{name}-{i:04d}", *(torch.from_numpy(c[j][:h, :w].copy()).permute(2, 0, 1)[None].float() / 255 for j in (i, i + gap, i + gap // 2)))


def write(folder, **pictures):
    os.makedirs(folder, exist_ok=True)
    for name, picture in pictures.items():
        matplotlib.image.imsave(os.path.join(folder, name + ".png"), (picture[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8))


def load(path):
    saved = torch.load(path, map_location="cpu")
    net = MotionNet(**saved["config"]["net"]).eval()
    net.load_state_dict(saved["ema"])
    return net


def main(config_path, arrays, out, *checkpoints):
    with open(config_path) as f:
        config = json.load(f)
    clips = Clips(arrays, config["heldOut"])
    nets = [load(c) for c in checkpoints]
    half = torch.full((1, 1, 1, 1), 0.5)
    for gap in (2, 4, 8):
        rows = []
        with torch.no_grad():
            for name, a, b, y in triplets(clips.val, gap):
                write(os.path.join(out, f"distance-{gap}", name), im0=a, im1=b, gt=y)
                rows.append([psnr((a + b) / 2, y)] + [psnr(synthesize(a, b, *n(a, b, half)), y) for n in nets])
        print(f"distance {gap}, {len(rows)} triplets: average and checkpoints", *(f"{v:.3f}" for v in np.mean(rows, 0)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
