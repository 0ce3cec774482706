"""Writes held-out triplets: triplets.py CONFIG ARRAYS TRIPLETS.

Twelve triplets a held-out clip at distances 2, 4 and 8 (the middle frame is the truth), in TRIPLETS/distance-N/, as folders
that `vfi evaluate` and evaluate.py take; with the frames that far before and after (before.png, after.png) where the clip has such.
"""
import json
import os

import matplotlib.image
import numpy as np

from arguments import arguments
from data import Clips


def main(config_path, arrays, out):
    with open(config_path) as f:
        clips = Clips(arrays, json.load(f)["heldOut"])
    for gap in (2, 4, 8):
        for name, c in clips.val:
            h, w = min(c.shape[1] // 32 * 32, 256), min(c.shape[2] // 32 * 32, 448)
            for i in np.unique(np.linspace(0, len(c) - gap - 1, 12).astype(int)) if len(c) > gap else []:
                folder = os.path.join(out, f"distance-{gap}", f"{name}-{i:04d}")
                os.makedirs(folder, exist_ok=True)
                pictures = [("im0", i), ("im1", i + gap), ("gt", i + gap // 2)]
                pictures += [(picture, j) for picture, j in (("before", i - gap), ("after", i + 2 * gap)) if 0 <= j < len(c)]
                for picture, j in pictures:
                    matplotlib.image.imsave(os.path.join(folder, picture + ".png"), np.ascontiguousarray(c[j][:h, :w]))


if __name__ == "__main__":
    main(*arguments(3))
