"""Draws learning curves: curves.py OUT.svg LOG.jsonl..."""
import json
import sys

import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt


def main(out, *logs):
    figure, axes = plt.subplots(figsize=(7, 3.5))
    offset = 0
    for log in logs:
        with open(log) as f:
            rows = [json.loads(line) for line in f]
        held = [r for r in rows if "heldOut" in r]
        axes.plot([offset + r["step"] for r in held], [r["heldOut"] for r in held], "o-", label=f"stage {logs.index(log) + 1}")
        offset += rows[-1]["step"]
    axes.axhline(32.65, color="gray", linestyle="--", label="motion-v0, bilinear")
    axes.set_xlabel("step")
    axes.set_ylabel("PSNR, dB")
    axes.legend()
    figure.tight_layout()
    figure.savefig(out, metadata={"Date": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
