"""The middle frame of a triplet by ffmpeg's motion-compensated minterpolate, to compare with.

The filter sees frame 0, frame 1 and frame 1 held (it gives nothing for the last pair), at one frame a second, and makes
two; the second one is the middle.
"""
import os
import subprocess

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
