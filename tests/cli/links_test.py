"""Links, pipes and devices among checkpoints: a directory shows its own files and no others."""

import json
import os
import socket
import struct
import unittest

import numpy

import support
from errors_support import CommandTest, model, write_checkpoint

OUTWARD = ("is a link that leads out of the directory given, which is followed with "
           "--follow-links only")


def safetensors(tensors):
    """The bytes of a safetensors file."""
    header, data = {}, b""
    for name, values in tensors.items():
        content = numpy.ascontiguousarray(values, "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape),
                        "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


class Links(CommandTest):
    def setUp(self):
        super().setUp()
        write_checkpoint(self.place / "run" / "init.h5", model(0))
        write_checkpoint(self.place / "run" / "epoch_01.h5", model(1))
        write_checkpoint(self.place / "elsewhere" / "secret.h5", model(2))

    def names(self, *arguments):
        """The checkpoints of the run that is found."""
        (run,) = self.report(*arguments)["runs"]
        return [checkpoint["name"] for checkpoint in run["checkpoints"]]

    def test_a_link_out_of_the_directory_is_refused_by_name(self):
        (self.place / "run" / "epoch_02.h5").symlink_to("../elsewhere/secret.h5")
        _, lines = self.program("analyze", "run")
        self.assertEqual(lines, [f"hindcast: warning: epoch_02.h5: {OUTWARD}"])
        self.assertEqual(self.names("run"), ["init", "epoch_01"])
        self.program("analyze", "--strict", "run", exit_code=3)
        self.assertEqual(self.names("--follow-links", "run"), ["init", "epoch_01", "epoch_02"])
        self.program("analyze", "--strict", "--follow-links", "run")

    def test_gate_follows_links_where_that_is_asked_for(self):
        (self.place / "run" / "epoch_02.h5").symlink_to("../elsewhere/secret.h5")
        rule = ("--rule", "each(rotation, checkpoints=every) >= 0", "--strict")
        self.program("gate", "run", *rule, exit_code=3)
        self.program("gate", "--follow-links", "run", *rule)

    def test_a_link_within_the_directory_is_followed(self):
        (self.place / "run" / "last.h5").symlink_to("epoch_01.h5")
        (self.place / "run" / "deeper").mkdir()
        (self.place / "run" / "deeper" / "epoch_05.h5").symlink_to("../init.h5")
        self.program("analyze", "--strict", "run")
        self.assertEqual(len(self.report("run")["runs"]), 2)

    def test_a_link_that_is_named_is_followed(self):
        (self.place / "run" / "epoch_02.h5").symlink_to("../elsewhere/secret.h5")
        self.program("inspect", "run/epoch_02.h5")
        self.program("analyze", "run/epoch_02.h5")

    def test_links_that_do_not_look_like_checkpoints_are_mentioned(self):
        (self.place / "run" / "notes").symlink_to("../elsewhere/secret.h5")
        _, lines = self.program("analyze", "--strict", "run")
        self.assertEqual(lines, ["hindcast: warning: left out, links out of the directory given, "
                                 "which --follow-links follows: notes"])

    def test_what_is_listed_in_a_manifest_is_no_link_out_of_its_directory(self):
        (self.place / "run" / "epoch_02.h5").symlink_to("../elsewhere/secret.h5")
        (self.place / "run" / "hindcast.manifest.json").write_text(json.dumps({
            "schema": "hindcast.manifest/1",
            "checkpoints": [{"path": "init.h5"}, {"path": "epoch_02.h5"}]}))
        _, lines = self.program("analyze", "run")
        self.assertEqual(lines, [f"hindcast: warning: epoch_02.h5: {OUTWARD}"])
        self.program("analyze", "--strict", "--follow-links", "run")

    def test_pipes_and_devices_are_refused_and_never_waited_for(self):
        os.mkfifo(self.place / "pipe.h5")
        os.mkfifo(self.place / "run" / "epoch_03.h5")
        (self.place / "zero.h5").symlink_to("/dev/zero")
        for command in ("inspect", "analyze"):
            for name in ("pipe.h5", "zero.h5"):
                with self.subTest(command=command, name=name):
                    self.assertEqual(self.complaint(command, name),
                                     f"{name}: is not a regular file")
        self.assertEqual(self.names("run"), ["init", "epoch_01"])
        _, lines = self.program("analyze", "run")
        self.assertEqual(lines, ["hindcast: warning: epoch_03.h5: is not a regular file"])

    def make_what_is_no_file(self, name):
        """A link to nothing, a pipe, a device, a link to itself, a socket, a directory of nothing."""
        places = [self.place / "run" / name.format(number) for number in range(2, 8)]
        places[0].symlink_to("nowhere")
        os.mkfifo(places[1])
        places[2].symlink_to("/dev/zero")
        places[3].symlink_to(places[3].name)
        with socket.socket(socket.AF_UNIX) as server:
            directory = os.open(places[4].parent, os.O_RDONLY)
            server.bind(f"/proc/self/fd/{directory}/{places[4].name}")  # Such paths are short.
            os.close(directory)
        places[5].mkdir()
        (places[5] / "notes.txt").write_text("no checkpoint\n")
        return [place.name for place in places]

    def check_each_is_missed(self, names):
        """Each has its line, and the run is not complete."""
        for arguments, code in ((("run",), 0), (("--strict", "run"), 3)):
            _, lines = self.program("analyze", *arguments, exit_code=code)
            for name in names:
                about = [line for line in lines if f": {name}: " in line]
                self.assertEqual(len(about), 1, f"{name} in {lines}")
        (run,) = self.report("run")["runs"]
        self.assertEqual({unread["path"] for unread in run["unread"]}, set(names))

    def test_what_is_no_file_but_named_like_a_checkpoint_is_missed(self):
        self.check_each_is_missed(self.make_what_is_no_file("epoch_{:02}.h5"))

    def test_what_is_numbered_like_a_checkpoint_is_missed_without_a_suffix(self):
        write_checkpoint(self.place / "run" / "step10", model(3))
        names = self.make_what_is_no_file("step{}")
        (self.place / "run" / "step8").write_text("<html>")
        self.check_each_is_missed([*names, "step8"])

    def test_what_is_no_file_and_named_like_nothing_is_passed_over(self):
        self.make_what_is_no_file("notes{}")
        (self.place / "run" / "notes4").unlink()
        self.assertEqual(self.program("analyze", "--strict", "run")[1], [])


class HubCache(CommandTest):
    """The cache of the Hugging Face hub: snapshots are links to blobs beside them."""

    def setUp(self):
        super().setUp()
        self.blobs = self.place / "models--me--net" / "blobs"
        self.snapshot = self.place / "models--me--net" / "snapshots" / "abc"
        self.blobs.mkdir(parents=True)
        self.snapshot.mkdir(parents=True)

    def add(self, name, content):
        """A file of the snapshot."""
        blob = f"{len(list(self.blobs.iterdir())):040x}"
        (self.blobs / blob).write_bytes(content)
        (self.snapshot / name).symlink_to(f"../../blobs/{blob}")

    def check(self, refusal):
        """Refused by default, and read where links are followed."""
        for command in ("inspect", "analyze"):
            complaint = self.complaint(command, self.snapshot)
            self.assertIn(refusal, complaint)
            self.assertIn("--follow-links", complaint)
            result, _ = self.program(command, "--follow-links", self.snapshot)
            self.assertIn("fc1.weight", result)
            self.assertIn("fc2.weight", result)

    def test_one_file(self):
        self.add("config.json", b"{}")
        self.add("model.safetensors", safetensors(model()))
        self.check("model.safetensors is a link")

    def test_shards(self):
        tensors = model()
        shards = {"model-00001-of-00002.safetensors": ["fc1.weight", "fc1.bias"],
                  "model-00002-of-00002.safetensors": ["fc2.weight"]}
        for file, names in shards.items():
            self.add(file, safetensors({name: tensors[name] for name in names}))
        index = {"weight_map": {name: file for file, names in shards.items() for name in names}}
        self.add("model.safetensors.index.json", json.dumps(index).encode())
        self.check("model.safetensors.index.json is a link")
        # The index that is named may be a link; the shards that it names may not.
        complaint = self.complaint("inspect", self.snapshot / "model.safetensors.index.json")
        self.assertIn("is, or lies behind, a symbolic link", complaint)
        self.assertIn("--follow-links", complaint)


if __name__ == "__main__":
    unittest.main()
