"""Makes the quality model of a checkpoint, with the same weights: quality.py CHECKPOINT OUT.pt.

Motion is estimated in both directions and averaged, and polished twice at half and at full size (see net.py). Twice the cost.
"""
import sys

from checkpoint import read, save


def main(checkpoint, out):
    saved = read(checkpoint)
    saved["config"]["net"].update(both=True, polish=(2, 2))
    save(out, saved)


if __name__ == "__main__":
    main(*sys.argv[1:3])
