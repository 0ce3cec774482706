"""Average the weights of checkpoints of one line of training: average.py OUT.pt CHECKPOINT CHECKPOINT...

Weights along and beside one training's path average to a better network than any of them (Izmailov et al., 2018; Wortsman et al.,
2022). The result has the last checkpoint's network; narrower ones are widened as in training, with the last one's weights into what is
new, so the widest comes last, and what only some have is averaged over those. A checkpoint that is named twice counts twice.
"""
import sys

import torch

from arguments import arguments
from checkpoint import read, save
from net import MotionNet, load


def average(checkpoints):
    """-> state of the last one's MotionNet: the mean of all."""
    net = MotionNet(**checkpoints[-1]["config"]["net"])
    values = {name: [] for name in net.state_dict()}
    for saved in checkpoints:
        net.load_state_dict(checkpoints[-1]["ema"])
        load(net, saved["ema"])
        for name, value in net.state_dict().items():
            if name in saved["ema"]:
                values[name].append(value.double())
    return {name: torch.stack(of_all).mean(0).float() for name, of_all in values.items()}


def main(out, *paths):
    checkpoints = [read(p) for p in paths]
    last = checkpoints[-1]
    try:
        ema = average(checkpoints)
    except ValueError as e:
        sys.exit(f"average.py: {e}; name the widest checkpoint last")
    save(out, {"ema": ema, "config": last["config"], "step": last["step"]})


if __name__ == "__main__":
    main(*arguments(3, more=True))
