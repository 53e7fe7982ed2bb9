"""Every tensor of every file of the corpus, in all formats, as independent programs read it."""

import functools
import unittest

import support

CLOSE = 1e-12


# What the oracle's readers call an element type, where it is not our name already.
TYPES = {"f2": "float16", "f4": "float32", "f8": "float64", "bf16": "bfloat16", "F32": "float32",
         "FLOAT": "float32", "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64",
         "u1": "uint8", "U8": "uint8", "I64": "int64", "INT8": "int8", "INT32": "int32",
         "INT64": "int64", "?": "bool"}


@functools.cache
def oracle():
    """File name to tensors, under the names we give them.

    The oracle joins the keys of nested PyTorch dicts with a slash; a state dict's own names have
    dots, and so do ours.
    """
    files = support.load(support.shared("oracle/corpus_tensors.json"))
    for file, listed in files.items():
        if file.startswith("torch/"):
            for tensor in listed:
                tensor["name"] = tensor["name"].replace("/", ".")
    return files


@functools.cache
def inspected():
    """File name to what the program says about it; all files in one go."""
    corpus = support.shared("corpus")
    files = support.inspect(*(corpus / file for file in oracle()))["files"]
    return dict(zip(oracle(), files, strict=True))


def by_names(file):
    """Name to tensor; a tied tensor is listed once and found by each of its names."""
    return {name: tensor for tensor in file["tensors"]
            for name in (tensor["name"], *tensor.get("aliases", []))}


def tensors():
    """(where, tensor of the program, tensor of the oracle)."""
    for file, expected in oracle().items():
        by_name = by_names(inspected()[file])
        for tensor in expected:
            yield f"{file}: {tensor['name']}", by_name[tensor["name"]], tensor


class CorpusTensors(unittest.TestCase):
    """Every tensor: name, shape, type, norm, and its place in the ledger."""

    def test_every_tensor_is_listed(self):
        self.assertEqual(len(oracle()), 87)
        for file, expected in oracle().items():
            names = by_names(inspected()[file])
            missing = [tensor["name"] for tensor in expected if tensor["name"] not in names]
            self.assertEqual(missing, [], file)

    def test_hdf5_files_list_no_other_tensor(self):
        for file, expected in oracle().items():
            if inspected()[file]["format"] == "hdf5":
                names = [tensor["name"] for tensor in inspected()[file]["tensors"]]
                self.assertCountEqual(names, [tensor["name"] for tensor in expected], file)

    def test_shapes_and_types(self):
        for where, mine, theirs in tensors():
            self.assertEqual(mine["shape"], theirs["shape"], where)
            self.assertEqual(mine["dtype"], TYPES.get(theirs["dtype"], theirs["dtype"]), where)

    def test_norms(self):
        found = support.Deviations()
        for where, mine, theirs in tensors():
            norm = theirs.get("frobenius_norm") if theirs.get("finite", True) else None
            found.check("frobenius_norm", where, mine["frobenius_norm"], norm, CLOSE)
        found.settle(self, at_least=2971)

    def test_ledgers_add_up(self):
        for file, mine in inspected().items():
            ledger, listed = mine["ledger"], mine["tensors"]
            self.assertEqual(ledger["tensors"], len(listed), file)
            self.assertEqual(ledger["analysed"] + sum(ledger["skipped"].values()), len(listed))
            self.assertEqual(ledger["analysed"], sum(tensor["analysed"] for tensor in listed))
            for reason, count in ledger["skipped"].items():
                skipped = [tensor for tensor in listed if tensor["skipped"] == reason]
                self.assertEqual(len(skipped), count, f"{file}: {reason}")


if __name__ == "__main__":
    unittest.main()
