"""Draws learning curves: curves.py OUT.svg LOG.jsonl..., one after the other, each named after its file."""
import json
import os

import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt

from arguments import arguments


def main(out, *logs):
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.5))
    for axis, key, distance in ((axes[0], "heldOut", 2), (axes[1], "heldOut4", 4)):
        offset = 0
        for log in logs:
            with open(log) as f:
                rows = [json.loads(line) for line in f]
            held = [r for r in rows if key in r]
            axis.plot([offset + r["step"] for r in held], [r[key] for r in held], "o-", label=os.path.splitext(os.path.basename(log))[0])
            offset += rows[-1]["step"]
        axis.set_title(f"held-out clips, distance {distance}")
        axis.set_xlabel("step")
        axis.set_ylabel("PSNR, dB")
        axis.legend()
    figure.tight_layout()
    figure.savefig(out, metadata={"Date": None})


if __name__ == "__main__":
    main(*arguments(2, more=True))
