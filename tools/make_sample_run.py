#!/usr/bin/python3
"""Train the network whose checkpoints lie in sample_checkpoints.

What: a small convolutional network on scikit-learn's hand-written digits (1797 grey images of 8x8
pixels, bundled with scikit-learn: nothing is downloaded). Written are the weights before training
(init.h5), the weights after each of ten epochs (epoch_00.h5 to epoch_09.h5) and the accuracy of
each on held-out images (test_accuracy.csv). The same once more at a five-hundredth of the rate, as a run
that learned too little (digits_cnn_slow, of which only three checkpoints are kept).

How: plain SGD with momentum at a constant rate. A checkpoint is an HDF5 file with one dataset per
entry of the PyTorch state dict, under the entry's own name and in the model's order (creation order
is tracked), and a root attribute `epoch`: the number of the epoch just finished, -1 before the
first. Seeds are fixed, one thread computes, and only code paths that every x86-64 processor has are
used, so that another run writes the same bytes.

How to run, on Debian bookworm with python3-torch and python3-sklearn (tools/install_dependencies.sh
--samples installs them):

    tools/make_sample_run.py [OUTDIR]

OUTDIR is sample_checkpoints/digits_cnn if not given. It takes less than a minute.
"""

import argparse
import os
from pathlib import Path

# Read when the libraries load. Kernels chosen by the processor at hand sum in different orders.
os.environ["ATEN_CPU_CAPABILITY"] = "default"
os.environ["OPENBLAS_CORETYPE"] = "Prescott"

import h5py
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

SEED = 20
EPOCHS = 10
BATCH_SIZE = 16
LEARNING_RATE = 0.05
SLOW_LEARNING_RATE = LEARNING_RATE / 500
KEPT_OF_SLOW = (-1, 4, 9)
MOMENTUM = 0.9
WEIGHT_DECAY = 5e-4
TEST_FRACTION = 0.2
LARGEST_PIXEL = 16.0  # The digits are stored as counts from 0 to 16.
DEFAULT_OUTPUT = Path(__file__).resolve().parent.parent / "sample_checkpoints" / "digits_cnn"


class DigitsCnn(nn.Module):
    """Convolutions (an ordinary pair, then a depthwise separable one), batch norm, two linear layers.

    Modules are declared in the order in which they are applied, so that the order of the state dict
    is the order of the graph.
    """

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, padding=2, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(32)
        self.depthwise = nn.Conv2d(32, 32, 5, padding=2, groups=32, bias=False)
        self.pointwise = nn.Conv2d(32, 48, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(48)
        self.fc1 = nn.Linear(48 * 2 * 2, 64)
        self.fc2 = nn.Linear(64, 10)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)

    def forward(self, images):
        x = self.relu(self.bn1(self.conv1(images)))
        x = self.pool(self.relu(self.bn2(self.conv2(x))))
        x = self.pointwise(self.depthwise(x))
        x = self.pool(self.relu(self.bn3(x)))
        x = self.relu(self.fc1(torch.flatten(x, 1)))
        return self.fc2(x)


def make_deterministic():
    """Fixes everything that could make a second run differ from the first."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.backends.mkldnn.set_flags(False)  # It generates code for the processor at hand.


def load_data():
    """Returns (train images, train labels, test images, test labels); each digit is in both."""
    digits = load_digits()
    images = (digits.images / LARGEST_PIXEL).astype(np.float32)[:, np.newaxis]
    parts = train_test_split(images, digits.target, test_size=TEST_FRACTION, random_state=SEED,
                             stratify=digits.target)
    train_images, test_images, train_labels, test_labels = map(torch.from_numpy, parts)
    return train_images, train_labels, test_images, test_labels


def train_one_epoch(model, optimizer, images, labels):
    model.train()
    for batch in torch.randperm(len(images)).split(BATCH_SIZE):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()


@torch.no_grad()
def accuracy(model, images, labels):
    model.eval()
    return (model(images).argmax(dim=1) == labels).double().mean().item()


def create_hdf5(path):
    """Opens a new file that tracks the order of creation and holds no time stamps.

    h5py.File(path, "w", track_order=True) would store the time in the root group's header.
    """
    order = h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED
    creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    creation.set_link_creation_order(order)
    creation.set_attr_creation_order(order)
    creation.set_obj_track_times(False)
    return h5py.File(h5py.h5f.create(os.fsencode(path), h5py.h5f.ACC_TRUNC, fcpl=creation))


def save_hdf5(path, model, epoch):
    """Writes the state dict: floats as little-endian float32, batch counters as int64."""
    with create_hdf5(path) as file:
        file.attrs["epoch"] = np.int64(epoch)
        for name, tensor in model.state_dict().items():
            dtype = "<f4" if tensor.is_floating_point() else "<i8"
            file.create_dataset(name, data=tensor.numpy(), dtype=dtype, track_times=False)


def export_onnx(path, model):
    """Exports the network for one image, its batch norms kept apart from the convolutions.

    An export for inference would fold them into the weights, which are then no longer those that
    were trained.
    """
    model.eval()
    torch.onnx.export(model, torch.zeros(1, 1, 8, 8), path, input_names=["images"],
                      output_names=["scores"], do_constant_folding=False,
                      training=torch.onnx.TrainingMode.PRESERVE)


def write_accuracy(path, rows):
    with open(path, "w", encoding="ascii", newline="\n") as file:
        file.write("checkpoint,epoch,test_accuracy\n")
        for checkpoint, epoch, value in rows:
            file.write(f"{checkpoint},{epoch},{value:.4f}\n")


def train(learning_rate):
    """Trains the network from its seed; yields (checkpoint, epoch, model, its accuracy)."""
    make_deterministic()
    train_images, train_labels, test_images, test_labels = load_data()
    model = DigitsCnn()
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=MOMENTUM,
                                weight_decay=WEIGHT_DECAY)
    for epoch in range(-1, EPOCHS):
        if epoch >= 0:
            train_one_epoch(model, optimizer, train_images, train_labels)
        checkpoint = "init" if epoch < 0 else f"epoch_{epoch:02d}"
        score = accuracy(model, test_images, test_labels)
        print(f"{checkpoint:8}  test accuracy {score:.4f}", flush=True)
        yield checkpoint, epoch, model, score


def save_run(output, exports):
    """Writes every checkpoint of the run into `output` and its ONNX twin into `exports`."""
    rows = []
    for checkpoint, epoch, model, score in train(LEARNING_RATE):
        save_hdf5(output / f"{checkpoint}.h5", model, epoch)
        export_onnx(exports / f"{checkpoint}.onnx", model)
        rows.append((checkpoint, epoch, score))
    write_accuracy(output / "test_accuracy.csv", rows)


def save_slow_run(output):
    """Writes the checkpoints that are kept of the run at a five-hundredth of the rate."""
    rows = []
    for checkpoint, epoch, model, score in train(SLOW_LEARNING_RATE):
        if epoch in KEPT_OF_SLOW:
            save_hdf5(output / f"{checkpoint}.h5", model, epoch)
            rows.append((checkpoint, epoch, score))
    write_accuracy(output / "test_accuracy.csv", rows)


def main():
    parser = argparse.ArgumentParser(
        description="Train the small network whose checkpoints are the sample runs.")
    parser.add_argument("outdir", metavar="OUTDIR", type=Path, nargs="?", default=DEFAULT_OUTPUT,
                        help="where to write (default: sample_checkpoints/digits_cnn); the ONNX "
                             "exports go to the same with _onnx, the run that learned too little "
                             "to the same with _slow")
    output = parser.parse_args().outdir
    exports, slow = (output.with_name(output.name + suffix) for suffix in ("_onnx", "_slow"))
    for folder in (output, exports, slow):
        folder.mkdir(parents=True, exist_ok=True)
    save_run(output, exports)
    save_slow_run(slow)


if __name__ == "__main__":
    main()
