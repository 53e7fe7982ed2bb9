"""Checkpoints of the shapes of well-known networks, as safetensors files of float32.

A weight is a sum of a low-rank part whose singular values decay and of noise, so that EVBMF has
something to find. Shapes and names are those of torchvision and of the Hugging Face hub.
"""

import json
import math
import struct

import numpy as np

NOISE = 0.02
SEED = 7


def norm(name, width):
    """Scale and shift of a normalisation."""
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def linear(name, outputs, inputs):
    """A matrix and its bias."""
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def conv(name, outputs, inputs, kernel):
    """A convolution without a bias, and the normalisation after it."""
    return {f"{name}.weight": (outputs, inputs, kernel, kernel)}


def lenet():
    """LeNet-5 (LeCun et al. 1998) as PyTorch's examples have it."""
    return {**conv("conv1", 6, 1, 5), **conv("conv2", 16, 6, 5), **linear("fc1", 120, 400),
            **linear("fc2", 84, 120), **linear("fc3", 10, 84)}


def stem():
    """What every ResNet starts with."""
    return {**conv("conv1", 64, 3, 7), **norm("bn1", 64)}


def resnet18():
    """ResNet-18 (He et al. 2015) of torchvision."""
    shapes = stem()
    inputs = 64
    for stage, width in enumerate((64, 128, 256, 512), start=1):
        for block in range(2):
            prefix = f"layer{stage}.{block}"
            shapes |= {**conv(f"{prefix}.conv1", width, inputs, 3), **norm(f"{prefix}.bn1", width),
                       **conv(f"{prefix}.conv2", width, width, 3), **norm(f"{prefix}.bn2", width)}
            if inputs != width:
                shapes |= {**conv(f"{prefix}.downsample.0", width, inputs, 1),
                           **norm(f"{prefix}.downsample.1", width)}
            inputs = width
    return shapes | linear("fc", 1000, 512)


def resnet50():
    """ResNet-50 of torchvision."""
    shapes = stem()
    inputs = 64
    for stage, (width, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), start=1):
        for block in range(blocks):
            prefix = f"layer{stage}.{block}"
            outputs = 4 * width
            shapes |= {**conv(f"{prefix}.conv1", width, inputs, 1), **norm(f"{prefix}.bn1", width),
                       **conv(f"{prefix}.conv2", width, width, 3), **norm(f"{prefix}.bn2", width),
                       **conv(f"{prefix}.conv3", outputs, width, 1),
                       **norm(f"{prefix}.bn3", outputs)}
            if block == 0:
                shapes |= {**conv(f"{prefix}.downsample.0", outputs, inputs, 1),
                           **norm(f"{prefix}.downsample.1", outputs)}
            inputs = outputs
    return shapes | linear("fc", 1000, 2048)


def bert_base():
    """BERT-base, uncased (Devlin et al. 2018), without a head."""
    width = 768
    shapes = {"embeddings.word_embeddings.weight": (30522, width),
              "embeddings.position_embeddings.weight": (512, width),
              "embeddings.token_type_embeddings.weight": (2, width),
              **norm("embeddings.LayerNorm", width)}
    for i in range(12):
        layer = f"encoder.layer.{i}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            shapes |= linear(f"{layer}.attention.{part}", width, width)
        shapes |= {**norm(f"{layer}.attention.output.LayerNorm", width),
                   **linear(f"{layer}.intermediate.dense", 4 * width, width),
                   **linear(f"{layer}.output.dense", width, 4 * width),
                   **norm(f"{layer}.output.LayerNorm", width)}
    return shapes | linear("pooler.dense", width, width)


def gpt2():
    """GPT-2 small (Radford et al. 2019), whose matrices are stored input first."""
    width = 768
    shapes = {"wte.weight": (50257, width), "wpe.weight": (1024, width)}
    for i in range(12):
        layer = f"h.{i}"
        shapes |= norm(f"{layer}.ln_1", width) | norm(f"{layer}.ln_2", width)
        for part, inputs, outputs in (("attn.c_attn", width, 3 * width),
                                      ("attn.c_proj", width, width),
                                      ("mlp.c_fc", width, 4 * width),
                                      ("mlp.c_proj", 4 * width, width)):
            shapes |= {f"{layer}.{part}.weight": (inputs, outputs),
                       f"{layer}.{part}.bias": (outputs,)}
    return shapes | norm("ln_f", width)


def one_large():
    """One projection of a network of seven billion parameters."""
    return {"model.layers.0.mlp.down_proj.weight": (4096, 11008)}


MODELS = {"lenet": lenet, "resnet18": resnet18, "resnet50": resnet50, "bert_base": bert_base,
          "gpt2": gpt2, "4096x11008": one_large}


def weights(random, shape):
    """A weight of a trained network, as far as spectra tell."""
    if len(shape) == 1:
        return random.standard_normal(shape, dtype=np.float32)
    rows, cols = shape[0], math.prod(shape[1:])
    short, long = min(rows, cols), max(rows, cols)
    rank = max(1, short // 8)
    # The edge of the noise's spectrum is NOISE (sqrt(rows) + sqrt(cols)); the signal starts at
    # twelve times that and decays below it.
    edge = NOISE * (math.sqrt(short) + math.sqrt(long))
    decay = 12.0 * edge * np.arange(1, rank + 1, dtype=np.float32) ** -1.0
    left = random.standard_normal((rows, rank), dtype=np.float32) / np.float32(math.sqrt(rows))
    right = random.standard_normal((rank, cols), dtype=np.float32) / np.float32(math.sqrt(cols))
    noise = random.standard_normal((rows, cols), dtype=np.float32) * np.float32(NOISE)
    return (noise + (left * decay) @ right).reshape(shape).astype("<f4")


def write(path, shapes, seed=SEED):
    """Writes a checkpoint; there is no file at `path` before it is whole."""
    header, offset = {}, 0
    for name, shape in shapes.items():
        size = 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": list(shape),
                        "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    random = np.random.default_rng(seed)
    partial = path.with_suffix(".part")
    with open(partial, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for shape in shapes.values():
            file.write(weights(random, shape).tobytes())
    partial.replace(path)


def read(path):
    """Name to array of float64, for those who time numpy."""
    with open(path, "rb") as file:
        size, = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
    data = np.memmap(path, dtype="<f4", mode="r", offset=8 + size)
    return {name: np.asarray(data[entry["data_offsets"][0] // 4:entry["data_offsets"][1] // 4],
                             dtype=np.float64).reshape(entry["shape"])
            for name, entry in header.items()}
