"""PSNR and SSIM on triplets: evaluate.py TRIPLETS CHECKPOINT... (folders with im0.png, gt.png, im1.png; before.png and after.png, the
frames before im0 and after im1, bend the motion where there are such).

Measures the average of both frames, ffmpeg's motion-compensated minterpolate and each checkpoint on the same triplets, on
eight bits as pictures are stored; then the same for small, medium and large motion apart, and for the triplets whose truth lies
half-way. `vfi evaluate` gives the same figures for an exported model.
"""
import math
import os

import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.image import imread

from arguments import arguments
from checkpoint import network, read
from minterpolate import middle
from net import bend, synthesize, up2

# Mean distance that the picture moves between the two frames, in pixels.
SMALL, LARGE = 1.5, 6
# How far from the middle a truth may lie that counts as half-way.
OFF = 0.08


def psnr(x, y):
    return -10 * math.log10(((x - y) ** 2).mean().item() + 1e-10)


def ssim(x, y):
    """Mean over the channels (Wang et al., 2004): 11x11 Gaussian window, sigma 1.5, inside of the picture."""
    g = torch.exp(-(torch.arange(11, dtype=torch.float64) - 5) ** 2 / (2 * 1.5 ** 2))
    rows, columns = (g / g.sum()).view(1, 1, 1, 11), (g / g.sum()).view(1, 1, 11, 1)
    x, y = (v[0].double()[:, None] for v in (x, y))
    mean = lambda v: F.conv2d(F.conv2d(v, rows), columns)
    a, b = mean(x), mean(y)
    xx, yy, xy = mean(x * x) - a * a, mean(y * y) - b * b, mean(x * y) - a * b
    return (((2 * a * b + 1e-4) * (2 * xy + 9e-4)) / ((a * a + b * b + 1e-4) * (xx + yy + 9e-4))).mean().item()


def position(a, b, y):
    """Where the truth y lies between the frames, 0 at a and 1 at b: its projection onto their difference, at half size. Videos repeat
    and drop frames; then the truth is one of the ends, and nothing that estimates motion can know."""
    a, b, y = (F.avg_pool2d(x, 2) for x in (a, b, y))
    return ((y - a) * (b - a)).sum().item() / (((b - a) ** 2).sum().item() + 1e-6)


def picture(path):
    """1x3xhxw, 0..1."""
    return torch.from_numpy(np.ascontiguousarray(imread(path)[:, :, :3])).permute(2, 0, 1)[None]


def predict(net, a, b, around=(None, None)):
    """The middle frame on eight bits, and the mean distance moved in pixels; around: the frames before and after, None where they are
    not known. Edges are repeated up to a multiple of 32."""
    h, w = a.shape[2:]

    def pad(v):
        return F.pad(v, (0, -w % 32, 0, -h % 32), mode="replicate")
    a, b, half = pad(a), pad(b), torch.full((1, 1, 1, 1), 0.5)
    flow, mask = net(a, b, half)
    moved = (up2(flow)[:, :, :h, :w] * 2).view(2, 2, h, w)
    others = None
    before, after = around
    if before is not None or after is not None:
        # The own motion stands for one that is not known.
        before = flow if before is None else net(pad(before), a, half)[0]
        after = flow if after is None else net(b, pad(after), half)[0]
        flow, mask, others = bend(flow, mask, before, after, torch.tensor([0.5, 0.5, 0.5, 1, 1]))
    made = synthesize(a, b, flow, mask, others)[:, :, :h, :w]
    return (made.clamp(0, 1) * 255).round() / 255, (moved[0] - moved[1]).norm(dim=0).mean().item()


def measure(folder, nets):
    """Rows of (name, distance moved by the first net, [(PSNR, SSIM) of average, minterpolate and each net], truth's position)."""
    rows = []
    with torch.no_grad():
        for name in sorted(os.listdir(folder)):
            place = os.path.join(folder, name)
            if not os.path.exists(os.path.join(place, "gt.png")):
                continue
            a, b, y = (picture(os.path.join(place, n + ".png")) for n in ("im0", "im1", "gt"))
            made = [((a + b) / 2 * 255).round() / 255, torch.from_numpy(middle(place).astype(np.float32) / 255).permute(2, 0, 1)[None]]
            around = [os.path.join(place, n + ".png") for n in ("before", "after")]
            around = [picture(p) if os.path.exists(p) else None for p in around]
            predicted = [predict(n, a, b, around) for n in nets]
            made += [m for m, _ in predicted]
            rows.append((name, predicted[0][1], [(psnr(m, y), ssim(m, y)) for m in made], position(a, b, y)))
    return rows


def show(title, rows, names):
    if rows:
        mean = np.mean([r[2] for r in rows], 0)
        print(f"{title}, {len(rows)} triplets: " + ", ".join(f"{n} {p:.2f} dB {s:.4f}" for n, (p, s) in zip(names, mean)), flush=True)


def main(folder, *checkpoints):
    names = ["average", "minterpolate", *(os.path.basename(c) for c in checkpoints)]
    rows = measure(folder, [network(read(c)) for c in checkpoints])
    show("all", rows, names)
    show(f"small motion (below {SMALL} pixels)", [r for r in rows if r[1] < SMALL], names)
    show("medium motion", [r for r in rows if SMALL <= r[1] < LARGE], names)
    show(f"large motion (from {LARGE} pixels)", [r for r in rows if r[1] >= LARGE], names)
    show(f"truth half-way (within {OFF})", [r for r in rows if abs(r[3] - 0.5) <= OFF], names)
    still = [r for r in rows if r[1] < 0.5]
    print(f"nearly still (below half a pixel): {len(still)}")
    for k, name in enumerate(names[2:], 2):
        below = [f"{n} {s[k][0] - s[0][0]:.2f} dB (truth at {p:.2f})" for n, _, s, p in still if s[k][0] < s[0][0]]
        print(f"{name} below the average on {len(below)} of them: {', '.join(below)}")


if __name__ == "__main__":
    main(*arguments(2, more=True))
