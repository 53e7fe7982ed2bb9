"""Every tensor of every HDF5 file of the corpus, as independent programs read it."""

import functools
import unittest

import support

CLOSE = 1e-12


@functools.cache
def oracle():
    """File name to tensors, of the files that are HDF5 by content."""
    corpus = support.shared("corpus")
    out = {}
    for file, tensors in support.load(support.shared("oracle/corpus_tensors.json")).items():
        with open(corpus / file, "rb") as stream:
            if stream.read(len(support.HDF5_SIGNATURE)) == support.HDF5_SIGNATURE:
                out[file] = tensors
    return out


@functools.cache
def inspected():
    """File name to what the program says about it; all files in one go."""
    corpus = support.shared("corpus")
    files = support.inspect(*(corpus / file for file in oracle()))["files"]
    return dict(zip(oracle(), files, strict=True))


def tensors():
    """(where, tensor of the program, tensor of the oracle)."""
    for file, expected in oracle().items():
        by_name = {tensor["name"]: tensor for tensor in inspected()[file]["tensors"]}
        for tensor in expected:
            yield f"{file}: {tensor['name']}", by_name[tensor["name"]], tensor


class CorpusTensors(unittest.TestCase):
    """Every tensor: name, shape, type, norm, and its place in the ledger."""

    def test_every_tensor_is_listed_once_and_no_other(self):
        self.assertEqual(len(oracle()), 25)
        for file, expected in oracle().items():
            names = [tensor["name"] for tensor in inspected()[file]["tensors"]]
            self.assertCountEqual(names, [tensor["name"] for tensor in expected], file)

    def test_shapes_and_types(self):
        for where, mine, theirs in tensors():
            self.assertEqual(mine["shape"], theirs["shape"], where)
            self.assertEqual(mine["dtype"], theirs["dtype"], where)

    def test_norms(self):
        found = support.Deviations()
        for where, mine, theirs in tensors():
            found.check("frobenius_norm", where, mine["frobenius_norm"], theirs["frobenius_norm"],
                        CLOSE)
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
