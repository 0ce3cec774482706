"""Writes the graphs that keep frames on the device: device_graphs.py FOLDER (src/Vfi.Pipeline/Interpolation/Device/Graphs).

prepare-*: decoded planes -> padded, reduced RGB, and the planes themselves where the graph runs. synthesize-*: planes of two
frames, flow and mask -> planes; synthesize-others-*: of other flows, too, which neighbours makes of the view and the flow. One graph each for 8-bit and for deeper samples; what depends on the layout, the colours
and the sizes comes as inputs, so that no other graph is needed. Arithmetic is float32 throughout.
"""
import os

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from arguments import arguments
from graph import export
from net import bend, neighbours

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
SAMPLES = {"8": TensorProto.UINT8, "16": TensorProto.UINT16}


class Graph:
    def __init__(self, name):
        self.name, self.nodes, self.constants, self.inputs, self.outputs = name, [], [], [], []

    def input(self, name, kind, *shape):
        self.inputs.append(helper.make_tensor_value_info(name, kind, list(shape)))
        return name

    def output(self, name, kind, *shape):
        self.outputs.append(helper.make_tensor_value_info(name, kind, list(shape)))

    def constant(self, value, kind=np.float32):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, kind), name))
        return name

    def integers(self, *values):
        return self.constant(values, np.int64)

    def add(self, op, *inputs, out=None, **attributes):
        out = out or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [out], **attributes))
        return out

    def save(self, folder):
        model = helper.make_model(helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.constants),
                                  opset_imports=[helper.make_opsetid("", 16)], producer_name="vfi")
        model.ir_version = 8
        onnx.checker.check_model(model, full_check=True)
        with open(os.path.join(folder, self.name + ".onnx"), "wb") as f:
            f.write(model.SerializeToString())


def prepare(bits, colour):
    """luma 1x1xHxW (a grey or the first plane), chroma 1x2xH'xW'; for each group: pads that complete its blocks, the shape
    of the blocks 1,C,h,block height,w,block width, the repeats 1,C,h,repeat,w,repeat and the shape after repeating;
    content h,w and the pads up to the model's alignment; matrix 3xCx1x1 and offset 3 -> rgb 1x3xhxw, 0 to 1."""
    g = Graph(f"prepare-{'colour' if colour else 'grey'}-{bits}")
    groups = []
    for name, count in [("luma", 1), ("chroma", 2)] if colour else [("luma", 1)]:
        plane = g.input(name, SAMPLES[bits], 1, count, f"{name}_h", f"{name}_w")
        pads, blocks, repeats, shape = (g.input(f"{name}_{k}", INT64, n) for k, n in (("pads", 8), ("blocks", 6), ("repeats", 6), ("shape", 4)))
        g.add("Identity", plane, out=name + "_kept")
        g.output(name + "_kept", SAMPLES[bits], 1, count, f"{name}_h", f"{name}_w")
        # Means of blocks, edges repeated; where chroma is coarser than the view, each of its samples is used several times.
        x = g.add("Pad", g.add("Cast", plane, to=FLOAT), pads, mode="edge")
        x = g.add("ReduceMean", g.add("Reshape", x, blocks), axes=[3, 5], keepdims=1)
        x = g.add("Reshape", g.add("Expand", x, repeats), shape)
        groups.append(x)
    content, pads = g.input("content", INT64, 2), g.input("pads", INT64, 8)
    matrix, offset = g.input("matrix", FLOAT, 3, 3 if colour else 1, 1, 1), g.input("offset", FLOAT, 3)
    cut = [g.add("Slice", x, g.integers(0, 0), content, g.integers(2, 3)) for x in groups]
    x = g.add("Concat", *cut, axis=1) if colour else cut[0]
    x = g.add("Clip", g.add("Conv", x, matrix, offset), g.constant(0.0), g.constant(1.0))
    g.add("Pad", x, pads, mode="edge", out="rgb")
    g.output("rgb", FLOAT, 1, 3, "h", "w")
    return g


def synthesize(bits, has_others):
    """first, second 1xCxHxW of one geometry; flow 1x4xh/2xw/2 and mask 1x1xhxw; flow_roi, mask_roi: where the planes lie on
    the grids of flow and mask with one sample more around (Resize's tf_crop_and_resize); scale 1x4x1x1: of flow to
    GridSample's units, in which -1 and 1 are the first and last samples of the plane; places 1x2xHxW: x and y of the plane's
    samples in these; maximum: the largest sample; others 1x20xh/2xw/2: four more flows, each with its weight as fifth channel,
    and others_scale 1x20x1x1 -> planes 1xCxHxW; unsound 1: 0, or not a number where flows or mask hold such. The less is done at full size, the better: on a GPU these graphs are bound by memory."""
    g = Graph(f"synthesize-{'others-' if has_others else ''}{bits}")
    kind = SAMPLES[bits]
    first, second = (g.input(n, kind, 1, "c", "H", "W") for n in ("first", "second"))
    flow, mask = g.input("flow", FLOAT, 1, 4, "h2", "w2"), g.input("mask", FLOAT, 1, 1, "h", "w")
    flow_roi, mask_roi = g.input("flow_roi", FLOAT, 8), g.input("mask_roi", FLOAT, 8)
    scale, places = g.input("scale", FLOAT, 1, 4, 1, 1), g.input("places", FLOAT, 1, 2, "H", "W")
    maximum = g.input("maximum", FLOAT)
    size = g.add("Slice", g.add("Shape", first), g.integers(2), g.integers(4), g.integers(0))
    ring = g.integers(0, 0, 1, 1, 0, 0, 1, 1)

    def stretch(x, roi, channels):
        whole = g.add("Concat", g.integers(1, channels), size, axis=0)
        return g.add("Resize", g.add("Pad", x, ring, mode="edge"), roi, "", whole, mode="linear", coordinate_transformation_mode="tf_crop_and_resize")

    # Scaled while it is small.
    field = stretch(g.add("Mul", flow, scale), flow_roi, 4)
    weight = stretch(mask, mask_roi, 1)
    zero, one = g.constant(0.0), g.constant(1.0)
    floats = [g.add("Cast", frame, to=FLOAT) for frame in (first, second)]

    def sample(frame, half):
        grid = g.add("Clip", g.add("Add", places, half), g.constant(-1.0), one)
        return g.add("GridSample", frame, g.add("Transpose", grid, perm=[0, 2, 3, 1]),
                     mode="bicubic", padding_mode="border", align_corners=1)

    def along(field):
        v0, v1 = (sample(floats[k], g.add("Slice", field, g.integers(2 * k), g.integers(2 * k + 2), g.integers(1))) for k in (0, 1))
        return g.add("Add", v1, g.add("Mul", g.add("Sub", v0, v1), weight))

    v = made = along(field)
    checked = [flow, mask]
    if has_others:
        others, others_scale = g.input("others", FLOAT, 1, 20, "h2", "w2"), g.input("others_scale", FLOAT, 1, 20, 1, 1)
        checked.append(others)
        scaled = g.add("Mul", others, others_scale)
        for k in range(0, 20, 5):
            # One at a time, so that no more than one is held at full size.
            other = stretch(g.add("Slice", scaled, g.integers(k), g.integers(k + 5), g.integers(1)), flow_roi, 5)
            share = g.add("Slice", other, g.integers(4), g.integers(5), g.integers(1))
            v = g.add("Add", v, g.add("Mul", g.add("Sub", along(other), made), share))
    v = g.add("Floor", g.add("Add", g.add("Clip", v, zero, maximum), g.constant(0.5)))
    g.add("Cast", v, to=kind, out="planes")
    g.output("planes", kind, 1, "c", "H", "W")
    sums = [g.add("ReduceSum", g.add("Reshape", g.add("Mul", x, zero), g.integers(-1)), keepdims=1) for x in checked]
    g.add("Sum", *sums, out="unsound")
    g.output("unsound", FLOAT, 1)
    return g


class Neighbours(torch.nn.Module):
    """frame0, frame1 1x3xhxw, the view, flow 1x4xh/2xw/2, and perhaps around 1x8xh/2xw/2 -> others 1x20xh/2xw/2."""

    def forward(self, frame0, frame1, flow, around=None):
        return neighbours(frame0, frame1, flow, around)


def export_neighbours(folder):
    frame, size, half = torch.rand(1, 3, 128, 160), {2: "h", 3: "w"}, {2: "h2", 3: "w2"}
    given = {"frame0": frame, "frame1": frame, "flow": torch.rand(1, 4, 64, 80), "around": torch.rand(1, 8, 64, 80)}
    for name, names in (("neighbours", list(given)[:3]), ("neighbours-around", list(given))):
        export(Neighbours(), tuple(given[n] for n in names), os.path.join(folder, name + ".onnx"), names, ["others"],
               {n: size if n.startswith("frame") else half for n in [*names, "others"]})


class Bend(torch.nn.Module):
    """flow, before and after 1x4xh/2xw/2, mask 1x1xhxw, times 5 -> bent 1x4xh/2xw/2, bent_mask 1x1xhxw, around
    1x8xh/2xw/2."""

    def forward(self, flow, mask, before, after, times):
        return bend(flow, mask, before, after, times)


def export_bend(folder):
    flow, size, half = torch.rand(1, 4, 64, 80), {2: "h", 3: "w"}, {2: "h2", 3: "w2"}
    export(Bend(), (flow, torch.rand(1, 1, 128, 160), flow, flow, torch.tensor([0.4, 0.5, 0.6, 1.0, 1.0])), os.path.join(folder, "bend.onnx"),
           ["flow", "mask", "before", "after", "times"], ["bent", "bent_mask", "around"],
           {"flow": half, "mask": size, "before": half, "after": half, "bent": half, "bent_mask": size, "around": half})


if __name__ == "__main__":
    folder, = arguments(1)
    os.makedirs(folder, exist_ok=True)
    export_neighbours(folder)
    export_bend(folder)
    for bits in SAMPLES:
        for graph in (prepare(bits, True), prepare(bits, False), synthesize(bits, False), synthesize(bits, True)):
            graph.save(folder)
