"""What GPUs can do, on paper: throughput.py MODEL.onnx. Prints the table of docs/gpu.md.

Counted: multiply-adds of the model's convolutions, and the bytes that each stage moves through GPU memory. The model runs in
half precision with what follows a convolution fused into it; prepare, bend, neighbours and synthesize run node by node in float32. Assumed:
the shares of the data sheets' peaks below, and frames a second of one decoder and one encoder engine at 1080p.
"""
import os
from math import prod

import onnx
from onnx import shape_inference

from arguments import arguments

# Data sheets: dense half-precision tensor TFLOPS, memory GB/s, bus GB/s a direction, NVDEC and NVENC engines.
GPUS = {"T4": (65, 320, 15.75, 2, 1), "L4": (121, 300, 31.5, 4, 2), "A10": (125, 600, 31.5, 2, 1),
        "A100 PCIe": (312, 1935, 31.5, 5, 0), "H100 PCIe": (756, 2000, 63, 7, 0)}
TENSOR, MEMORY, BUS = 0.25, 0.7, 0.8
DECODER, ENCODER = 600, 300
SIZES = {"720p": (1280, 720, 2), "1080p": (1920, 1080, 2), "2160p": (3840, 2160, 4)}
GRAPHS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src/Vfi.Pipeline/Interpolation/Device/Graphs")
FUSED = {"Conv", "GridSample", "Resize", "Concat", "AveragePool", "DepthToSpace"}


def graph_cost(path, counted, sample):
    """Multiply-adds and bytes a view pixel. counted: operators whose tensors go through memory, None: all; sample: bytes of one."""
    h, w = 576, 960
    model = onnx.load(path)
    sizes = {"h": h, "w": w, "h2": h // 2, "w2": w // 2}
    for value in model.graph.input:
        for d in value.type.tensor_type.shape.dim:
            if d.dim_param:
                d.dim_value = sizes[d.dim_param]
    for value in model.graph.output:
        for d in value.type.tensor_type.shape.dim:
            d.Clear()
    del model.graph.value_info[:]
    graph = shape_inference.infer_shapes(model, data_prop=True).graph
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in [*graph.value_info, *graph.input, *graph.output]}
    weights = {t.name: list(t.dims) for t in graph.initializer}
    weights |= {n.output[0]: list(n.attribute[0].t.dims) for n in graph.node if n.op_type == "Constant"}
    work = elements = 0
    for node in graph.node:
        out = shapes.get(node.output[0], [])
        if node.op_type == "Conv":
            work += prod(out) * prod(weights[node.input[1]][1:])
        if (counted is None or node.op_type in counted) and all(out):
            elements += prod(out) + sum(prod(shapes[i]) for i in node.input if i in shapes)
    return work / (h * w), sample * elements / (h * w)


def prepare_bytes():
    """Bytes a luma pixel of 8-bit 4:2:0, one term a node: (read, written) in bytes a sample."""
    full = 1 + 1 + (1 + 4) + (4 + 4) + 4   # keep, cast, pad, read by the mean
    view = (1 + 3 * 2 + 6 + 6 + 6) * 4 / 4   # means, repeat, cut, matrix, limits, padding, at half size along each axis
    return 1.5 * full + view


def synthesize_bytes(others):
    """As prepare_bytes; others: how many flows beside the model's own."""
    grid = 16 + 16 + 16 + 2 * (8 + 8 + 8) + 2 * 16 + 2 * 16   # stretched, halved, added, limited, turned
    taken = 2 * (8 + 4 + 4) + 3 * 12   # both frames sampled, neighbours from the cache, and blended in three steps
    once = 2 * (1 + 4) + 4 + 8 + 8 + 8 + 5   # both frames cast, mask stretched, limits, half, floor, cast
    weighed = 1.25 * (4 + 8) + 1.5 * 3 * 12   # of another flow: its weight stretched and cut, three steps of the blend
    return (1 + others) * (1.25 * grid + 1.5 * taken) + 1.5 * once + others * weighed


def main(path):
    macs, moved = graph_cost(path, FUSED, 2)
    neighbours, bend = (graph_cost(os.path.join(GRAPHS, name + ".onnx"), None, 4)[1] for name in ("neighbours", "bend"))
    print(f"{macs / 1000:.1f} thousand multiply-adds and {moved:.0f} bytes a view pixel; "
          f"{prepare_bytes():.0f} bytes a luma pixel to prepare, "
          f"{synthesize_bytes(4):.0f} to synthesize and {neighbours:.0f} a view pixel for other flows, {synthesize_bytes(0):.0f} with one flow; {bend:.0f} a view pixel to bend motion")
    print("| GPU | size | prepare | motion | synthesize | bus | made frames/s | with one flow | bound by | decoders | encoders at 2x |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for gpu, (tflops, memory, bus, decoders, encoders) in GPUS.items():
        for size, (w, h, divisor) in SIZES.items():
            pixels = w * h
            view = prod((n // divisor + 63) // 64 * 64 for n in (w, h))
            prepare = pixels * prepare_bytes() / (memory * MEMORY * 1e6)
            work, data = 2 * macs * view / (tflops * TENSOR * 1e9), moved * view / (memory * MEMORY * 1e6)
            motion = max(work, data)
            synthesize, alone = ((pixels * synthesize_bytes(n) + view * (bend + (neighbours if n else 0))) / (memory * MEMORY * 1e6) for n in (4, 0))
            transfer = 1.5 * pixels / (bus * BUS * 1e6)   # a source frame up; a made frame comes down at the same time
            compute = prepare + motion + synthesize
            speed, one = (1000 / max(prepare + motion + s, transfer) for s in (synthesize, alone))
            bound = "bus" if transfer > compute else "synthesis (memory)" if synthesize > motion else "model (memory)" if data > work else "model (arithmetic)"
            scale = 1920 * 1080 / pixels
            encode = f"{encoders * ENCODER * scale / 2:.0f}" if encoders else "none: on the CPU"
            print(f"| {gpu} | {size} | {prepare:.2f} | {motion:.2f} | {synthesize:.2f} | {transfer:.2f} | {speed:.0f} | {one:.0f} | {bound} | {decoders * DECODER * scale:.0f} | {encode} |")


if __name__ == "__main__":
    main(*arguments(1))
