"""PyTorch checkpoints, written without PyTorch."""

import collections
import io
import pickle
import sys
import types
import unittest.mock
import zipfile

import numpy


def write_torch(path, shape, strides, others=0):
    """A tensor, its strides over as many numbers as it has columns, and so many other members."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})

    def rebuild():
        """Never called."""

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = rebuild

    class Tensor:
        def __reduce__(self):
            return rebuild, (torch, 0, shape, strides, False, collections.OrderedDict())

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj):
            stored = ("storage", torch.FloatStorage, "0", "cpu", shape[1])
            return stored if obj is torch else None

    content = io.BytesIO()
    with unittest.mock.patch.dict(sys.modules, {"torch": torch, "torch._utils": utils}):
        Pickler(content, protocol=2).dump({"fc.weight": Tensor()})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", content.getvalue())
        archive.writestr("archive/data/0", numpy.arange(shape[1], dtype="<f4").tobytes())
        for i in range(others):
            archive.writestr(f"archive/other/{i}", "")
