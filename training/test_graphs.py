"""Writes the small ONNX graphs that tests use: test_graphs.py FOLDER. Same signatures as real models, no weights.

average: kind frame, the linear blend in RGB. hold0: kind motion, no flow and a mask of one: the first frame.
drift: kind motion, flows as large as the colours. broken: kind motion, flows that are not numbers. other: inputs of another name. import/: files without a manifest, with
the signatures of RIFE exports.
"""
import hashlib
import json
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from arguments import arguments


def info(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def frames(first="frame0"):
    return [info(first, 1, 3, "h", "w"), info("frame1", 1, 3, "h", "w"), info("timestep", 1, 1, 1, 1)]


def constant(name, value):
    return numpy_helper.from_array(np.array(value, np.float32), name)


def average(first="frame0"):
    nodes = [helper.make_node("Sub", ["frame1", first], ["d"]), helper.make_node("Mul", ["d", "timestep"], ["m"]),
             helper.make_node("Add", [first, "m"], ["frame"])]
    return helper.make_graph(nodes, "average", frames(first), [info("frame", 1, 3, "h", "w")])


def motion(scale):
    # Half-size flow of four channels out of the frames themselves, times `scale`; the mask is one plus nothing.
    nodes = [helper.make_node("AveragePool", ["frame0"], ["half"], kernel_shape=[2, 2], strides=[2, 2]),
             helper.make_node("Concat", ["half", "half"], ["six"], axis=1),
             helper.make_node("Slice", ["six", "from", "to", "axis"], ["four"]),
             helper.make_node("Mul", ["four", "scale"], ["flow"]),
             helper.make_node("ReduceMean", ["frame1"], ["grey"], axes=[1], keepdims=1),
             helper.make_node("Mul", ["grey", "zero"], ["nothing"]), helper.make_node("Add", ["nothing", "one"], ["mask"])]
    whole = [numpy_helper.from_array(np.array([v], np.int64), n) for n, v in (("from", 0), ("to", 4), ("axis", 1))]
    return helper.make_graph(nodes, "motion", frames(), [info("flow", 1, 4, "h2", "w2"), info("mask", 1, 1, "h", "w")],
                             whole + [constant("scale", scale), constant("zero", 0), constant("one", 1)])


def packed(channels, size=("h", "w"), swapped=False, fail_below=1):
    """One input as RIFE exports have: both frames, a plane of the timestep, and for 11 channels the sampling grid."""
    first, second = (3, 0) if swapped else (0, 3)
    cut = [("a", first, first + 3), ("b", second, second + 3), ("t", 6, 7)]
    whole = [numpy_helper.from_array(np.array([v], np.int64), f"{n}_{k}") for n, i, j in cut for k, v in (("from", i), ("to", j))]
    whole.append(numpy_helper.from_array(np.array([1], np.int64), "axis"))
    nodes = [helper.make_node("Slice", ["input", f"{n}_from", f"{n}_to", "axis"], [n]) for n, _, _ in cut]
    nodes += [helper.make_node("Sub", ["b", "a"], ["d"]), helper.make_node("Mul", ["d", "t"], ["m"]), helper.make_node("Add", ["a", "m"], ["sum"])]
    if channels == 11:
        # Sampled where the grid says: the same picture, if the grid is right.
        whole += [numpy_helper.from_array(np.array([v], np.int64), n) for n, v in (("grid_from", 7), ("grid_to", 9))]
        nodes += [helper.make_node("Slice", ["input", "grid_from", "grid_to", "axis"], ["planes"]),
                  helper.make_node("Transpose", ["planes"], ["grid"], perm=[0, 2, 3, 1]),
                  helper.make_node("GridSample", ["sum", "grid"], ["sampled"], align_corners=1, padding_mode="border")]
        nodes.append(helper.make_node("Identity", ["sampled"], ["sum2"]))
    else:
        nodes.append(helper.make_node("Identity", ["sum"], ["sum2"]))
    if fail_below > 1:
        # A graph that halves and doubles the size gives back another one unless it divides.
        nodes += [helper.make_node("AveragePool", ["sum2"], ["small"], kernel_shape=[fail_below] * 2, strides=[fail_below] * 2),
                  helper.make_node("Resize", ["small", "", "scales"], ["large"], mode="nearest"),
                  helper.make_node("Sub", ["large", "large"], ["nothing"]), helper.make_node("Add", ["sum2", "nothing"], ["output"])]
        whole.append(constant("scales", [1, 1, fail_below, fail_below]))
    else:
        nodes.append(helper.make_node("Identity", ["sum2"], ["output"]))
    return helper.make_graph(nodes, "packed", [info("input", 1, channels, *size)], [info("output", 1, 3, *size)], whole)


def main(folder):
    imports = {"packed7": packed(7), "packed11": packed(11, fail_below=32), "swapped": packed(7, swapped=True), "fixed": packed(7, (64, 96)),
               "channels9": packed(9)}
    os.makedirs(os.path.join(folder, "import"), exist_ok=True)
    for name, graph in imports.items():
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, os.path.join(folder, "import", name + ".onnx"))
    graphs = {"average": ("frame", average()), "hold0": ("motion", motion(0.0)), "drift": ("motion", motion(2.7)), "broken": ("motion", motion(float("nan"))),
              "other": ("frame", average("left"))}
    for name, (kind, graph) in graphs.items():
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)
        onnx.checker.check_model(model)
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        data = model.SerializeToString()
        with open(os.path.join(folder, name, name + ".onnx"), "wb") as f:
            f.write(data)
        with open(os.path.join(folder, name, "model.json"), "w") as f:
            json.dump({"name": name, "kind": kind, "file": name + ".onnx", "sha256": hashlib.sha256(data).hexdigest(),
                       "alignment": 32, "opset": 16}, f, indent=2)
            f.write("\n")


if __name__ == "__main__":
    main(*arguments(1))
