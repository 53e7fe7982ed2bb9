#!/usr/bin/python3
"""Write a large safetensors file to measure memory with: float32 layers of random weights.

    tools/make_large_safetensors.py FILE [LAYERS [SIDE]]

480 layers of 1024 x 1024 (2 GB) if not given. Memory should follow the largest layer, not the file:

    /usr/bin/time -v build/release/hindcast analyze FILE --threads 2
"""

import json
import struct
import sys

import numpy as np


def main():
    path = sys.argv[1]
    layers = int(sys.argv[2]) if len(sys.argv) > 2 else 480
    side = int(sys.argv[3]) if len(sys.argv) > 3 else 1024
    size = 4 * side * side
    header = {f"layers.{i}.weight": {"dtype": "F32", "shape": [side, side],
                                     "data_offsets": [i * size, (i + 1) * size]}
              for i in range(layers)}
    text = json.dumps(header).encode()
    random = np.random.default_rng(0)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _ in range(layers):
            file.write(random.standard_normal((side, side), dtype=np.float32).tobytes())


if __name__ == "__main__":
    main()
