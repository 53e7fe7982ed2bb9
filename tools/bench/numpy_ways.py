"""Times numpy's two ways to the singular values of every unfolding of a checkpoint.

    numpy_ways.py CHECKPOINT WAY THREADS    WAY is gram or svd

Weights are unfolded, in memory and in double precision before the clock starts. Unfoldings are
worked on side by side, largest first: numpy lets go of its lock inside LAPACK. Prints seconds.
"""

import pathlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import models


def unfoldings(tensor):
    """Both unfoldings of a convolution, the one of a matrix."""
    if tensor.ndim == 2:
        return [tensor]
    if tensor.ndim < 2:
        return []
    swapped = np.swapaxes(tensor, 0, 1)
    return [np.ascontiguousarray(side.reshape(side.shape[0], -1)) for side in (tensor, swapped)]


def by_gram(matrix):
    """Eigenvalues of the smaller Gram matrix."""
    wide = matrix.shape[0] <= matrix.shape[1]
    return np.linalg.eigvalsh(matrix @ matrix.T if wide else matrix.T @ matrix)


def by_svd(matrix):
    """Singular values proper."""
    return np.linalg.svd(matrix, compute_uv=False)


def main():
    path, way, threads = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    matrices = [side for tensor in models.read(path).values() for side in unfoldings(tensor)]
    matrices.sort(key=lambda matrix: -matrix.size * min(matrix.shape))
    with ThreadPoolExecutor(threads) as pool:
        start = time.perf_counter()
        list(pool.map({"gram": by_gram, "svd": by_svd}[way], matrices))
        print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
