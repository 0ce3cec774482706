"""Precision of a checkpoint: verify.py CHECKPOINT TRIPLETS CASES.

Prints how flows differ when convolutions run in half precision (weights, inputs and outputs rounded to it; flows, sampling grids
and sampling in float32, as on a GPU). Writes CASES/NAME.bin for `Vfi.Bench parity`, which compares the exported graph with
them: width and height (int32), both frames, flow and mask (float32), all as the graph takes and gives them.
"""
import os
from contextlib import contextmanager

import numpy as np
import torch
import torch.nn.functional as F

from arguments import arguments
from checkpoint import network, read
from evaluate import picture


@contextmanager
def half_precision():
    """Convolutions as half precision would have them, those without weights of the network too."""
    exact = F.conv2d

    def rounded(x):
        return x if x is None else x.half().float()
    F.conv2d = lambda x, weight, bias=None, *rest, **named: rounded(exact(rounded(x), rounded(weight), rounded(bias), *rest, **named))
    try:
        yield
    finally:
        F.conv2d = exact


def main(checkpoint, triplets, cases):
    os.makedirs(cases, exist_ok=True)
    net = network(read(checkpoint))
    t, differences, masks = torch.full((1, 1, 1, 1), 0.5), [], []
    with torch.no_grad():
        for name in sorted(os.listdir(triplets)):
            if not os.path.exists(os.path.join(triplets, name, "gt.png")):
                continue
            frames = [picture(os.path.join(triplets, name, f + ".png")) for f in ("im0", "im1")]
            h, w = (n // 32 * 32 for n in frames[0].shape[2:])
            frames = [f[:, :, :h, :w].contiguous() for f in frames]
            flow, mask = net(*frames, t)
            with half_precision():
                rough = net(*frames, t)
            differences.append(2 * (rough[0] - flow).abs().amax(1).flatten())
            masks.append((rough[1] - mask).abs().flatten())
            with open(os.path.join(cases, name + ".bin"), "wb") as f:
                f.write(np.array([w, h], np.int32).tobytes())
                for x in (*frames, flow, mask):
                    f.write(x.numpy().tobytes())
    d, m = torch.cat(differences).numpy(), torch.cat(masks).numpy()
    print(f"{len(differences)} triplets, half precision against float32, in pixels of the picture: "
          f"95 % of flows within {np.quantile(d, 0.95):.4f}, {100 * (d < 0.05).mean():.2f} % below 0.05; masks: 95 % within {np.quantile(m, 0.95):.4f}")


if __name__ == "__main__":
    main(*arguments(3))
