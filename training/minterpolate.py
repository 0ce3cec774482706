"""PSNR of ffmpeg's motion-compensated minterpolate on triplets: minterpolate.py TRIPLETS (folders as `vfi evaluate` takes).

The filter sees frame 0, frame 1 and frame 1 held (it gives nothing for the last pair), at one frame a second, and makes
two; the second one is the middle.
"""
import math
import os
import subprocess
import sys

import numpy as np
from matplotlib.image import imread


def middle(folder):
    """The interpolated frame, HxWx3 uint8."""
    frames = [os.path.join(folder, f"{name}.png") for name in ("im0", "im1")]
    height, width = imread(frames[0]).shape[:2]
    inputs = sum((["-i", path] for path in (frames[0], frames[1], frames[1], frames[1])), [])
    graph = "".join(f"[{k}:v]" for k in range(4)) + "concat=n=4,settb=1,setpts=N,fps=1,format=yuv444p,minterpolate=fps=2:mi_mode=mci:scd=none"
    raw = subprocess.check_output(["ffmpeg", "-v", "error", *inputs, "-filter_complex", graph, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)[1]


def main(triplets):
    scores = []
    for name in sorted(os.listdir(triplets)):
        folder = os.path.join(triplets, name)
        if not os.path.exists(os.path.join(folder, "gt.png")):
            continue
        truth = (imread(os.path.join(folder, "gt.png"))[:, :, :3] * 255).round()
        error = ((middle(folder).astype(float) - truth) ** 2).mean() / 255 ** 2
        scores.append(-10 * math.log10(error + 1e-10))
    print(f"{len(scores)} triplets: {np.mean(scores):.3f} dB")


if __name__ == "__main__":
    main(sys.argv[1])
