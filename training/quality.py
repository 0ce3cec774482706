"""Makes the quality model of a checkpoint, with the same weights: quality.py CHECKPOINT OUT.pt.

Motion is estimated in both directions and averaged, and polished twice at half and at full size (see net.py). Twice the cost.
"""
import sys

import torch


def main(checkpoint, out):
    saved = torch.load(checkpoint, map_location="cpu")
    saved["config"]["net"].update(both=True, polish=(2, 2))
    torch.save(saved, out)


if __name__ == "__main__":
    main(*sys.argv[1:3])
