"""Writing modules as ONNX graphs."""
import inspect

import torch


def export(module, inputs, path, input_names, output_names, dynamic_axes):
    """Opset 16, traced: plain operators. PyTorch from 2.9 on has another exporter first, with operators and packages of its own."""
    traced = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    torch.onnx.export(module, inputs, path, opset_version=16, input_names=input_names, output_names=output_names, dynamic_axes=dynamic_axes, **traced)
