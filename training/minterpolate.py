"""The middle frame of a triplet by ffmpeg's motion-compensated minterpolate, to compare with.

The filter sees frame 0, frame 1 and, where there are such, the frames before and after; the last one is held (it gives nothing for the last
pair), at one frame a second, and makes two.
"""
import os
import subprocess

import numpy as np
from matplotlib.image import imread


def middle(folder):
    """The interpolated frame, HxWx3 uint8."""
    before, first, second, after = (os.path.join(folder, f"{name}.png") for name in ("before", "im0", "im1", "after"))
    frames = [path for path in (before, first, second, after) if os.path.exists(path)]
    frames += frames[-1:] * max(1, 4 - len(frames))
    height, width = imread(first).shape[:2]
    inputs = sum((["-i", path] for path in frames), [])
    graph = "".join(f"[{k}:v]" for k in range(len(frames))) + f"concat=n={len(frames)},settb=1,setpts=N,fps=1,format=yuv444p,minterpolate=fps=2:mi_mode=mci:scd=none"
    raw = subprocess.check_output(["ffmpeg", "-v", "error", *inputs, "-filter_complex", graph, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)[2 * frames.index(first) + 1]
