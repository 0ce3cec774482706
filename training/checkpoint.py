"""Checkpoints: files that hold `ema`, the averaged weights, `config` and `step`; last.pt also what a resume needs."""
import io
import os
import pickle
import sys

import torch

from net import MotionNet


def read(path):
    """Ends the program where the file is missing or no checkpoint."""
    try:
        saved = torch.load(path, map_location="cpu")
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as e:
        sys.exit(f"{path}: cannot be read as a checkpoint ({e}); give one that train.py wrote, OUT/best.pt or OUT/last.pt")
    if not isinstance(saved, dict) or not {"ema", "config", "step"} <= saved.keys():
        sys.exit(f"{path}: holds no ema, config and step; give a checkpoint that train.py wrote, OUT/best.pt or OUT/last.pt")
    return saved


def save(path, state):
    """All or nothing: a checkpoint that was there stays until the new one is whole. Ends the program where it cannot be written."""
    part, whole = path + ".part", io.BytesIO()
    torch.save(state, whole)
    try:
        with open(part, "wb") as f:
            f.write(whole.getbuffer())
        os.replace(part, path)
    except OSError as e:
        if os.path.exists(part):
            os.remove(part)
        sys.exit(f"{path}: cannot be written ({e.strerror}); make room there, or give another place")


def network(saved):
    """With its averaged weights, to predict."""
    net = MotionNet(**saved["config"]["net"]).eval()
    net.load_state_dict(saved["ema"])
    return net
