"""Export a checkpoint as an ONNX motion graph: export.py CHECKPOINT OUT.onnx.

Inputs frame0, frame1 (1,3,h,w) RGB 0..1 and timestep (1,1,1,1); outputs flow (1,4,h/2,w/2) and mask (1,1,h,w).
Opset 16, sizes dynamic, float32; plain operators only (convolution, resize, grid sample, arithmetic).
"""
import hashlib

import torch

from arguments import arguments
from checkpoint import network, read
from graph import export


def main(checkpoint, out):
    saved = read(checkpoint)
    net = network(saved)
    frame = torch.rand(1, 3, 128, 160)
    size = {2: "h", 3: "w"}
    export(net, (frame, frame, torch.full((1, 1, 1, 1), 0.5)), out, ["frame0", "frame1", "timestep"], ["flow", "mask"],
           {"frame0": size, "frame1": size, "flow": {2: "h2", 3: "w2"}, "mask": size})
    with open(out, "rb") as f:
        print(hashlib.sha256(f.read()).hexdigest(), sum(p.numel() for p in net.parameters()), "parameters, step", saved["step"])


if __name__ == "__main__":
    main(*arguments(2))
