"""Every format through one door: the same network saved twice gives the same report."""

import json
import pathlib
import shutil
import struct
import unittest
import zipfile

import numpy

import support

SAMPLE_ONNX = support.SOURCE_DIR / "sample_checkpoints" / "digits_cnn_onnx"
RATE = ("--init-lr", "0.05")
# The same numbers in both, or the difference of two sums in another order.
SAME = 1e-12


def write_safetensors(path, tensors):
    """A safetensors file with float32 arrays."""
    header, data = {}, b""
    for name, values in tensors.items():
        content = numpy.asarray(values, "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(numpy.shape(values)),
                        "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def metrics_of(layer):
    """Every number of a layer and of its unfoldings, by a path."""
    found = {}

    def walk(thing, path):
        if isinstance(thing, dict):
            for key, value in thing.items():
                walk(value, f"{path}/{key}")
        elif isinstance(thing, (int, float)) and not isinstance(thing, bool):
            found[path] = thing

    walk(layer, "")
    return found


class Twins(unittest.TestCase):
    def check_same_layers(self, first, second, at_least):
        """Layers by name, checkpoint by checkpoint, to the last digits."""
        compared = 0
        for a, b in zip(first["runs"][0]["checkpoints"], second["runs"][0]["checkpoints"],
                        strict=True):
            layers = {layer["name"]: layer for layer in b["layers"]}
            self.assertEqual(set(layers), {layer["name"] for layer in a["layers"]})
            for layer in a["layers"]:
                twin = metrics_of(layers[layer["name"]])
                for path, value in metrics_of(layer).items():
                    self.assertAlmostEqual(value, twin[path], delta=SAME * max(1.0, abs(value)),
                                           msg=f"{layer['name']}{path}")
                    compared += 1
        self.assertGreater(compared, at_least)

    def test_hdf5_pytorch_and_safetensors_of_one_run(self):
        run = support.shared("oracle/rmsgd_run")
        reports = {}
        for suffix in ("h5", "pt", "safetensors"):
            reports[suffix] = support.analyze(run / f"init.{suffix}", run / f"epoch_11.{suffix}",
                                              "--init", run / f"init.{suffix}")
        self.assertEqual(reports["pt"]["runs"][0]["checkpoints"][0]["format"], "pytorch")
        self.check_same_layers(reports["h5"], reports["pt"], 500)
        self.check_same_layers(reports["h5"], reports["safetensors"], 500)

    def test_onnx_and_pytorch_of_one_network(self):
        onnx = support.analyze(support.shared("corpus/onnx/ultraface_RFB-320.onnx"))
        torch = support.analyze(support.shared("corpus/torch/ultraface_RFB-320.pth"))
        ours = {layer["name"]: layer for _, layer in support.layers_of(onnx)}
        theirs = {layer["name"]: layer for _, layer in support.layers_of(torch)}
        shared = set(ours) & set(theirs)
        same = 0
        for name in shared:
            a, b = ours[name], theirs[name]
            self.assertEqual(a["shape"], b["shape"], name)
            # Batch norms folded into a convolution by the export change its weights.
            if a["frobenius_norm"] == b["frobenius_norm"]:
                for path, value in metrics_of(a).items():
                    self.assertAlmostEqual(value, metrics_of(b)[path],
                                           delta=SAME * max(1.0, abs(value)), msg=name + path)
                same += 1
        self.assertGreater(same, 20)

    def test_an_int8_model_is_near_its_float_twin(self):
        folder = support.shared("corpus/onnx")
        exact = dict((layer["shape"][0], layer) for _, layer in support.layers_of(
            support.analyze(folder / "factorio_mnist.onnx")))
        quantised = list(support.layers_of(support.analyze(folder / "factorio_mnist_int8.onnx")))
        self.assertEqual(len(quantised), len(exact))
        for _, layer in quantised:
            twin = exact[layer["shape"][0]]
            self.assertEqual(layer["dtype"], "int8")
            self.assertIn("dequantised", layer["layout_reason"])
            for key in ("spectral_norm", "frobenius_norm", "stable_rank", "effective_rank",
                        "condition_number"):
                self.assertAlmostEqual(layer[key], twin[key], delta=0.02 * abs(twin[key]), msg=key)


class OnnxSequence(unittest.TestCase):
    def test_metrics_rotation_and_rates_equal_those_of_the_hdf5_run(self):
        hdf5 = support.analyze(support.SAMPLE_RUN, *RATE)
        onnx = support.analyze(SAMPLE_ONNX, *RATE)
        Twins.check_same_layers(self, hdf5, onnx, 2000)
        a, b = hdf5["runs"][0]["schedule"], onnx["runs"][0]["schedule"]
        self.assertEqual(b["order_evidence"], "graph")
        self.assertEqual(a["parameters"], b["parameters"])
        for epoch, twin in zip(a["epochs"], b["epochs"], strict=True):
            self.assertEqual(epoch["after"], twin["after"])
            numpy.testing.assert_allclose(epoch["rates"], twin["rates"], rtol=0, atol=1e-12)

    def test_both_formats_in_one_folder_are_one_run(self):
        with support.temporary_directory() as directory:
            for file in [*support.SAMPLE_RUN.glob("*.h5"), *SAMPLE_ONNX.glob("epoch_0[0-3].onnx")]:
                shutil.copy(file, directory)
            report = support.analyze(directory)
        formats = [one["format"] for one in report["runs"][0]["checkpoints"]]
        self.assertEqual(formats, ["hdf5"] * 11)


class Folders(unittest.TestCase):
    def write_run(self, directory):
        """Two Hugging Face checkpoints, the second one sharded."""
        random = numpy.random.default_rng(1)
        tensors = {f"encoder.layer.{i}.weight": random.standard_normal((8, 6)) for i in range(4)}
        first, second = directory / "checkpoint-500", directory / "checkpoint-1000"
        first.mkdir()
        second.mkdir()
        write_safetensors(first / "model.safetensors", tensors)
        (first / "optimizer.pt").write_bytes(b"\x80\x02}.")
        names = list(tensors)
        shards = {"model-00001-of-00002.safetensors": names[:1],
                  "model-00002-of-00002.safetensors": names[1:]}
        for shard, held in shards.items():
            write_safetensors(second / shard, {name: tensors[name] for name in held})
        index = {"metadata": {}, "weight_map": {name: shard for shard, held in shards.items()
                                                for name in held}}
        (second / "model.safetensors.index.json").write_text(json.dumps(index))
        return tensors

    def test_a_trainer_s_folder_is_a_run_ordered_by_step(self):
        with support.temporary_directory() as directory:
            self.write_run(directory)
            run = support.analyze(directory)["runs"][0]
            done = support.run("analyze", directory)
        self.assertEqual([one["name"] for one in run["checkpoints"]],
                         ["checkpoint-500", "checkpoint-1000"])
        self.assertEqual([one["step"] for one in run["checkpoints"]], [500, 1000])
        self.assertEqual(len(run["checkpoints"][1]["layers"]), 4)
        self.assertEqual(run["checkpoints"][1]["layers"][0]["rotation"], 0)
        self.assertIn(b"checkpoint-500/optimizer.pt", done.stderr)

    def test_a_checkpoint_folder_can_be_inspected(self):
        with support.temporary_directory() as directory:
            self.write_run(directory)
            file = support.inspect(directory / "checkpoint-1000")["files"][0]
            self.assertEqual((file["format"], file["ledger"]["analysed"]), ("sharded", 4))

    def test_an_index_reaches_nothing_outside_its_folder(self):
        for name in ("../checkpoint-500/model.safetensors", "/etc/passwd", "", 7):
            with support.temporary_directory() as directory:
                self.write_run(directory)
                index = directory / "checkpoint-1000" / "model.safetensors.index.json"
                index.write_text(json.dumps({"weight_map": {"w": name}}))
                done = support.run("inspect", index, exit_code=2)
                self.assertIn(b"not a file name", done.stderr)

    def test_weights_that_the_index_does_not_name_are_mentioned(self):
        with support.temporary_directory() as directory:
            tensors = self.write_run(directory)
            folder = directory / "checkpoint-1000"
            write_safetensors(folder / "model-00003-of-00003.safetensors", tensors)
            write_safetensors(folder / "model.safetensors", tensors)
            warnings = support.run("inspect", folder).stderr.decode()
        self.assertIn("model-00003-of-00003.safetensors: is not in the index, not read", warnings)
        self.assertIn("model.safetensors: is not in the index, not read", warnings)
        self.assertNotIn("model-00001-of-00002", warnings)

    def test_a_missing_shard_or_tensor_is_an_error(self):
        with support.temporary_directory() as directory:
            self.write_run(directory)
            folder = directory / "checkpoint-1000"
            index = json.loads((folder / "model.safetensors.index.json").read_text())
            index["weight_map"]["ghost"] = "model-00001-of-00002.safetensors"
            (folder / "model.safetensors.index.json").write_text(json.dumps(index))
            self.assertIn(b"does not hold 'ghost'",
                          support.run("inspect", folder, exit_code=2).stderr)
            (folder / "model-00002-of-00002.safetensors").unlink()
            self.assertEqual(support.run("inspect", folder, exit_code=2).stdout, b"")


class KerasArchives(unittest.TestCase):
    def test_layers_have_the_names_of_the_configuration_and_globs_know_them(self):
        archive = support.shared("corpus/sequences/keras3_wordsearch/epoch_01.keras")
        with zipfile.ZipFile(archive) as content:
            config = json.loads(content.read("config.json"))
        named = [layer["config"]["name"] for layer in config["config"]["layers"]]
        layers = [layer["name"] for _, layer in support.layers_of(support.analyze(archive))]
        self.assertGreater(len(layers), 4)
        self.assertEqual(sorted({name.split("/")[0] for name in layers}, key=named.index),
                         [name for name in named if f"{name}/kernel" in layers])
        chosen = support.analyze(archive, "--include", f"{layers[-1].split('/')[0]}/*")
        self.assertEqual([layer["name"] for _, layer in support.layers_of(chosen)], layers[-1:])
        listed = support.inspect(archive)["files"][0]["tensors"]
        self.assertIn("layers/conv2d/vars/0", [tensor["name"] for tensor in listed])


class NumpyArchives(unittest.TestCase):
    def inspect(self, path, arrays, save=numpy.savez):
        save(path, **arrays)
        return support.inspect(path)["files"][0]

    def test_every_member_is_in_the_ledger(self):
        arrays = {"w": numpy.ones((3, 4)), "words": numpy.array(["ab", "c"]),
                  "objects": numpy.array([1, "a"], dtype=object),
                  "records": numpy.zeros(3, dtype=[("x", "f4"), ("y", "i4")]),
                  "wide": numpy.ones((2, 2), dtype=numpy.longdouble)}
        for save in (numpy.savez, numpy.savez_compressed):
            with support.temporary_directory() as directory:
                file = self.inspect(directory / "all.npz", arrays, save)
            self.assertEqual(file["ledger"]["tensors"], 5)
            self.assertEqual(file["ledger"]["skipped"], {"unreadable": 4})
            for tensor in file["tensors"]:
                self.assertEqual(tensor["analysed"], tensor["name"] == "w")
                self.assertTrue(tensor["reason"])

    def test_nothing_but_objects_is_an_error_alone_and_in_an_archive(self):
        objects = numpy.array([1, "a"], dtype=object)
        with support.temporary_directory() as directory:
            numpy.save(directory / "o.npy", objects)
            numpy.savez(directory / "o.npz", o=objects)
            for name in ("o.npy", "o.npz"):
                done = support.run("inspect", directory / name, exit_code=2)
                self.assertIn(b"Python objects", done.stderr)

    def test_a_member_of_another_compression_is_named_and_the_rest_is_read(self):
        with support.temporary_directory() as directory:
            numpy.save(directory / "w.npy", numpy.ones((3, 4)))
            for method, name in ((zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "LZMA")):
                with zipfile.ZipFile(directory / "w.npz", "w") as archive:
                    archive.write(directory / "w.npy", "odd.npy", compress_type=method)
                    archive.write(directory / "w.npy", "w.npy")
                file = support.inspect(directory / "w.npz")["files"][0]
                self.assertEqual([tensor["analysed"] for tensor in file["tensors"]], [False, True])
                self.assertIn(name, file["tensors"][0]["reason"])


class Selection(unittest.TestCase):
    def setUp(self):
        context = support.temporary_directory()
        self.path = context.__enter__() / "model.safetensors"
        self.addCleanup(context.__exit__, None, None, None)
        random = numpy.random.default_rng(3)
        self.tensors = {"conv.weight": random.standard_normal((4, 3, 3, 3)),
                        "lstm.weight_ih_l0": random.standard_normal((20, 6)),
                        "lstm.weight_hh_l0": random.standard_normal((20, 5)),
                        "attn.in_proj_weight": random.standard_normal((12, 4)),
                        "tok_embed.weight": random.standard_normal((30, 4)),
                        "mlp.experts.w1": random.standard_normal((3, 5, 4)),
                        "head.weight": random.standard_normal((2, 4))}
        write_safetensors(self.path, self.tensors)

    def layers(self, *options):
        report = support.analyze(self.path, *options)
        return {layer["name"]: layer for _, layer in support.layers_of(report)}, report

    def test_fused_weights_are_one_layer_by_default_and_parts_on_request(self):
        whole, _ = self.layers()
        self.assertEqual(whole["lstm.weight_ih_l0"]["shape"], [20, 6])
        parts, _ = self.layers("--split-fused")
        for i, gate in enumerate("ifgo"):
            layer = parts[f"lstm.weight_ih_l0[{gate}]"]
            expected = self.tensors["lstm.weight_ih_l0"][5 * i:5 * i + 5].astype("f4")
            self.assertEqual(layer["shape"], [5, 6])
            self.assertAlmostEqual(layer["frobenius_norm"],
                                   numpy.linalg.norm(expected.astype("f8")), places=12)
        for i, part in enumerate("qkv"):
            values = self.tensors["attn.in_proj_weight"][4 * i:4 * i + 4].astype("f4").astype("f8")
            self.assertAlmostEqual(parts[f"attn.in_proj_weight[{part}]"]["spectral_norm"],
                                   numpy.linalg.norm(values, 2), places=12)

    def test_each_expert_of_a_stack_is_a_layer(self):
        layers, report = self.layers()
        for i in range(3):
            values = self.tensors["mlp.experts.w1"][i].astype("f4").astype("f8")
            layer = layers[f"mlp.experts.w1[{i}]"]
            self.assertEqual((layer["shape"], layer["layout"]), ([5, 4], "OI"))
            self.assertAlmostEqual(layer["spectral_norm"], numpy.linalg.norm(values, 2), places=12)
        self.assertEqual(report["runs"][0]["checkpoints"][0]["ledger"]["analysed"], 7)

    def test_kinds_and_sizes_leave_a_trace_in_the_ledger(self):
        layers, report = self.layers("--kind", "conv,embedding")
        self.assertEqual(set(layers), {"conv.weight", "tok_embed.weight"})
        ledger = report["runs"][0]["checkpoints"][0]["ledger"]
        self.assertEqual(ledger["skipped"], {"excluded": 5})
        layers, _ = self.layers("--min-size", "100")
        self.assertEqual(set(layers), {"conv.weight", "lstm.weight_ih_l0", "lstm.weight_hh_l0",
                                       "tok_embed.weight"})
        self.assertIn(b"--kind", support.run("analyze", self.path, "--kind", "kernel",
                                             exit_code=2).stderr)


class WrongFiles(unittest.TestCase):
    def test_a_wrong_file_gets_the_right_words(self):
        folder = "corpus/not_a_checkpoint/"
        for file, words in ((folder + "html_page.onnx", "HTML page"),
                            (folder + "git_lfs_pointer.safetensors", "git lfs pull"),
                            (folder + "tf_ae0_frozen.pb", "TensorFlow")):
            with self.subTest(file=file):
                done = support.run("inspect", support.shared(file), exit_code=2)
                self.assertIn(words, done.stderr.decode())

    def test_a_bare_pickle_and_a_rar_archive(self):
        with support.temporary_directory() as directory:
            for content, words in ((b"\x80\x04}\x94.", b"pickle"),
                                   (b"Rar!\x1a\x07\x01\x00" + bytes(40), b"RAR archive")):
                path = pathlib.Path(directory) / "model.pt"
                path.write_bytes(content)
                self.assertIn(words, support.run("inspect", path, exit_code=2).stderr)
        self.assertIn(b"not a regular file",
                      support.run("inspect", "/dev/zero", exit_code=2).stderr)


if __name__ == "__main__":
    unittest.main()
