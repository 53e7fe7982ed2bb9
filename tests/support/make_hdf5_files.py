"""Writes the small HDF5 files that tests/unit/io reads: make_hdf5_files.py OUTDIR

They are written with h5py, so that the reader is not tested against a writer of its own making.
The same content every time; only the times that HDF5 puts into some object headers differ.
"""

import json
import pathlib
import sys

import h5py
import numpy as np

OUT = pathlib.Path()


def counting(*shape, dtype="<f4"):
    """0, 1, 2, ... in the given shape: values that the tests can predict."""
    return np.arange(np.prod(shape, dtype=int), dtype=dtype).reshape(shape)


def float_type(size, exponent_bits, mantissa_bits, bias):
    """A floating-point type that HDF5 can describe and numpy does not know."""
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_fields(8 * size - 1, mantissa_bits, exponent_bits, 0, mantissa_bits)
    kind.set_precision(8 * size)
    kind.set_size(size)
    kind.set_ebias(bias)
    return kind


def write_raw(file, path, kind, bits):
    """Stores bit patterns as elements of any type of the same size."""
    group, name = path.split("/")
    dataset = h5py.h5d.create(file.require_group(group).id, name.encode(), kind,
                              h5py.h5s.create_simple(bits.shape))
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, bits, mtype=kind)
    return h5py.Dataset(dataset)


def types():
    with h5py.File(OUT / "types.h5", "w") as f:
        halves = np.array([1.5, -2.25, np.inf, 6.103515625e-05])
        for kind in ("<f2", ">f2", "<f4", ">f4", "<f8", ">f8"):
            f[f"float/{kind[1:]}{'le' if kind[0] == '<' else 'be'}"] = halves.astype(kind)
        f["float/extended"] = halves.astype(np.longdouble)
        for size in (1, 2, 4, 8):
            f[f"int/i{size}be"] = np.array([-3, 0, 100], f">i{size}")
            f[f"int/u{size}le"] = np.array([3, 0, 200], f"<u{size}")
        kind = h5py.enum_dtype({"LOW": -1, "HIGH": 7}, basetype="<i2")
        f.create_dataset("int/enum", data=np.array([7, -1], "<i2"), dtype=kind)
        kind = h5py.h5t.STD_I64LE.copy()
        kind.set_size(16)
        write_raw(f, "int/i16", kind, np.zeros(2, "V16"))
        for name, base, values in (("three_values", "i1", {"FALSE": 0, "TRUE": 1, "MAYBE": 2}),
                                   ("wide_flag", "<i2", {"FALSE": 0, "TRUE": 1})):
            kind = h5py.enum_dtype(values, basetype=base)
            f.create_dataset(f"int/{name}", data=np.array([0, 1], base), dtype=kind)
        f["flag"] = np.array([True, False, True])
        f["complex64"] = np.zeros(2, "<c8")
        f["complex128"] = np.zeros(2, "<c16")
        f["fixed_string"] = np.array([b"ab", b"c"])
        f["string"] = "text"
        f["record"] = np.zeros(2, [("r", "<f4"), ("phase", "<f4")])
        f["lopsided"] = np.zeros(2, [("r", "<f4"), ("i", "<f8")])
        f["triple"] = np.zeros(2, [("r", "<f4"), ("i", "<f4"), ("j", "<f4")])
        f["opaque"] = np.zeros(2, "V2")
        f["scalar"] = np.float32(2.5)
        f["none"] = h5py.Empty("<f4")
        f["nothing"] = np.zeros((0, 5), "<f4")

        bf16 = [0x3FC0, 0xC010, 0x7F80, 0x0001]  # 1.5, -2.25, inf, 2^-133
        write_raw(f, "bf16/float", float_type(2, 8, 7, 127), np.array(bf16, "<u2"))
        keras = write_raw(f, "bf16/opaque", h5py.h5t.create(h5py.h5t.OPAQUE, 2),
                          np.array(bf16, "<u2"))
        keras.attrs["dtype"] = "bfloat16"
        e4m3 = np.array([0x7E, 0x78, 0x38, 0xB8, 0x01], "u1")  # 448, 256, 1, -1, 2^-9
        write_raw(f, "float8/e4m3", float_type(1, 4, 3, 7), e4m3)
        e5m2 = np.array([0x7B, 0x7C, 0x3C, 0xBC, 0x01], "u1")  # 57344, inf, 1, -1, 2^-16
        write_raw(f, "float8/e5m2", float_type(1, 5, 2, 15), e5m2)
        write_raw(f, "float8/e4m3_bias8", float_type(1, 4, 3, 8), e4m3)
        for name, bits in (("float8_e4m3fn", e4m3), ("float8_e5m2", e5m2)):
            opaque = write_raw(f, f"float8/opaque_{name}", h5py.h5t.create(h5py.h5t.OPAQUE, 1), bits)
            opaque.attrs["dtype"] = name


def storage():
    with h5py.File(OUT / "storage.h5", "w") as f:
        data = counting(20, 30)
        f["contiguous"] = data
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        h5py.h5d.create(f.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((20, 30)),
                        compact).write(h5py.h5s.ALL, h5py.h5s.ALL, data)
        chunks = (7, 11)
        f.create_dataset("chunked", data=data, chunks=chunks)
        f.create_dataset("gzip", data=data, chunks=chunks, compression="gzip")
        f.create_dataset("gzip_shuffle", data=data, chunks=chunks, compression="gzip", shuffle=True)
        f.create_dataset("fletcher32", data=data, chunks=chunks, fletcher32=True)
        f.create_dataset("lzf", data=data, chunks=chunks, compression="lzf")
        f.create_dataset("lzf_shuffle_fletcher32", data=data, chunks=chunks, compression="lzf",
                         shuffle=True, fletcher32=True)
        noise = np.random.default_rng(7).integers(0, 256, 4096, "u1")
        f["noise"] = noise
        f.create_dataset("lzf_incompressible", data=noise, chunks=(512,), compression="lzf")
        f.create_dataset("szip", data=data, chunks=(20, 30), compression="szip")
        f.create_dataset("scaleoffset", data=data.astype("<i4"), chunks=chunks, scaleoffset=0)
        nbit = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        nbit.set_chunk(chunks)
        nbit.set_filter(h5py.h5z.FILTER_NBIT)
        h5py.h5d.create(f.id, b"nbit", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((20, 30)),
                        nbit).write(h5py.h5s.ALL, h5py.h5s.ALL, data)
        f.create_dataset("fill", shape=(4, 3), dtype="<f4", fillvalue=2.5)
        f.create_dataset("partly_filled", shape=(14,), dtype="<f4", chunks=(7,), fillvalue=-1.0)
        f["partly_filled"][:7] = 5.0
        f["partly_filled"][7:] = -1.0


def corruptible():
    """Single compressed or checksummed chunks, for tests that flip bytes in a copy."""
    data = counting(64)
    with h5py.File(OUT / "one_gzip_chunk.h5", "w") as f:
        f.create_dataset("w", data=data, chunks=(64,), compression="gzip")
    with h5py.File(OUT / "one_fletcher32_chunk.h5", "w") as f:
        f.create_dataset("w", data=data, chunks=(64,), fletcher32=True)
    with h5py.File(OUT / "one_lzf_chunk.h5", "w") as f:
        f.create_dataset("w", data=np.zeros(64, "<f4"), chunks=(64,), compression="lzf")


def filters():
    """Filters that are not there: optional ones, so that HDF5 agrees to write without them."""
    with h5py.File(OUT / "filters.h5", "w") as f:
        f["fine"] = counting(3)
        for number in (32015, 32013, 31999):
            properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            properties.set_chunk((3,))
            properties.set_filter(number, h5py.h5z.FLAG_OPTIONAL)
            h5py.h5d.create(f.id, f"filter_{number}".encode(), h5py.h5t.IEEE_F32LE,
                            h5py.h5s.create_simple((3,)), properties)


def links():
    with h5py.File(OUT / "links.h5", "w") as f:
        f["a/w"] = counting(2)
        f["a/b/deep"] = counting(3)
        f["tied"] = f["a/w"]
        f["a/self"] = f["a"]
        f["a/b/up"] = f["/"]
        f["soft"] = h5py.SoftLink("/a/w")
        f["soft_to_soft"] = h5py.SoftLink("soft")
        f["soft_group"] = h5py.SoftLink("/a")
        f["dangling"] = h5py.SoftLink("/a/missing")
        f["hostile"] = h5py.SoftLink("\x1b[31m\nred")
        f["circle"] = h5py.SoftLink("/circle")
        for i in range(20):
            f[f"chain{i}"] = h5py.SoftLink(f"/chain{i + 1}")
        f["chain20"] = f["a/w"]
        f["committed"] = np.dtype("<f4")


def outside():
    """Everything here would be readable if a reader left the file to fetch it."""
    target = (OUT / "outside_target.h5").resolve()
    with h5py.File(target, "w", libver="latest") as f:
        f.create_dataset("w", data=counting(4), maxshape=(None,), chunks=(4,))
    raw = (OUT / "outside.bin").resolve()
    raw.write_bytes(counting(4).tobytes())
    with h5py.File(OUT / "outside.h5", "w", libver="latest") as f:
        f["inside"] = counting(2)
        f["external_link"] = h5py.ExternalLink(str(target), "/w")
        f["soft_to_external"] = h5py.SoftLink("/external_link")
        f.create_dataset("external_storage", shape=(4,), dtype="<f4",
                         external=[(str(raw), 0, 16)])
        layout = h5py.VirtualLayout(shape=(4,), dtype="<f4")
        layout[:] = h5py.VirtualSource(str(target), "w", shape=(4,))
        f.create_virtual_dataset("virtual", layout)
        growing = h5py.VirtualLayout(shape=(4,), maxshape=(None,), dtype="<f4")
        growing[0:h5py.h5s.UNLIMITED] = h5py.VirtualSource(
            str(target), "w", shape=(4,), maxshape=(None,))[0:h5py.h5s.UNLIMITED]
        f.create_virtual_dataset("virtual_growing", growing)


def deep():
    with h5py.File(OUT / "deep.h5", "w") as f:
        f["shallow"] = counting(1)
        f["/".join(["g"] * 12) + "/w"] = counting(1)


def bombs():
    with h5py.File(OUT / "bombs.h5", "w") as f:
        f["small"] = counting(3)
        f.create_dataset("values", shape=(1 << 20, 1 << 12), dtype="u1", chunks=(1 << 10, 1 << 10))
        # 1 GiB declared, nothing stored: allowed unless the free allowance is lowered.
        f.create_dataset("expansion", shape=(1 << 14, 1 << 14), dtype="<f4", chunks=(1024, 1024))
        f.create_dataset("chunk", shape=(2,), maxshape=(None,), dtype="<f4", chunks=(1 << 28,))
        f["rank5"] = counting(1, 2, 1, 2, 1)


def shape_bomb():
    with h5py.File(OUT / "shape_bomb.h5", "w") as f:
        f["small"] = counting(3)
        f.create_dataset("shape", shape=(1 << 20, 1 << 20), dtype="<f4")


def large():
    """More values than the reader passes on in one piece, stored in every way that matters."""
    with h5py.File(OUT / "large.h5", "w") as f:
        data = (np.arange(1_500_000) % 251).astype("u1").reshape(1500, 1000)
        # Each of the two blocks is more than one piece.
        f["contiguous"] = data.reshape(2, 750, 1000)
        f.create_dataset("small_chunks", data=data.astype("<f4"), chunks=(7, 300),
                         compression="gzip", compression_opts=1)
        f.create_dataset("one_chunk", data=data.astype("<f8"), chunks=(1500, 1000),
                         compression="gzip", compression_opts=1)
        bf16 = (data.astype("<f4").view("<u4") >> 16).astype("<u2")
        raw = write_raw(f, "opaque/bf16", h5py.h5t.create(h5py.h5t.OPAQUE, 2), bf16)
        raw.attrs["dtype"] = "bfloat16"
    with h5py.File(OUT / "large_chunk.h5", "w") as f:
        f["small"] = counting(3)
        # libhdf5 decodes it as a whole, into 64 MB.
        f.create_dataset("chunk", shape=(8_000_000,), dtype="<f8", chunks=(8_000_000,),
                         compression="gzip", compression_opts=1)
        f["chunk"][:1] = 1.0


def creation_order():
    with h5py.File(OUT / "created.h5", "w", track_order=True) as f:
        group = f.create_group("z_first", track_order=True)
        group["b"] = counting(1)
        group["a"] = counting(2)
        f["a_second"] = counting(3)
        # One dataset has no order to tell, so it does not matter that this group tracks none.
        f.create_group("single", track_order=False)["w"] = counting(4)
    with h5py.File(OUT / "created_in_part.h5", "w", track_order=True) as f:
        f["z"] = counting(1)
        group = f.create_group("untracked", track_order=False)
        group["w10"] = counting(2)
        group["w9"] = counting(2)
    with h5py.File(OUT / "natural.h5", "w") as f:
        f.attrs["step"] = 1e300
        for name in ("conv10.weight", "conv2.weight", "conv1.weight"):
            f[name] = counting(2)


def set_names(group, name, entries, variable=False):
    """As the many versions of h5py and Keras did it: strings of fixed or of variable length."""
    if variable:
        group.attrs.create(name, entries, dtype=h5py.string_dtype())
    elif entries:
        group.attrs[name] = np.array([entry.encode() for entry in entries])
    else:
        group.attrs[name] = []  # A float64 array of shape (0,), as in files that Keras wrote.


def set_space_padded_name(group, name, entry):
    """As Fortran does it."""
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(20)
    kind.set_strpad(h5py.h5t.STR_SPACEPAD)
    attribute = h5py.h5a.create(group.id, name.encode(), kind, h5py.h5s.create_simple((1,)))
    attribute.write(np.array([entry.encode().ljust(20)]), mtype=kind)


def write_layer(parent, layer, weights, variable=False, shape=(2, 3)):
    group = parent.create_group(layer)
    set_names(group, "weight_names", weights, variable)
    for weight in weights:
        group[weight] = counting(*shape)


def keras2():
    layers = ["zeta", "dropout", "conv2d_10", "conv2d_2"]
    with h5py.File(OUT / "keras2_weights.h5", "w") as f:
        set_names(f, "layer_names", layers)
        f.attrs["keras_version"] = b"2.1.3"
        for layer in layers:
            weights = [] if layer == "dropout" else [f"{layer}/kernel:0", f"{layer}/bias:0"]
            write_layer(f, layer, weights, variable=layer == "zeta")
        write_layer(f, "top_level_model_weights", ["temperature:0"])
        f["a_unlisted10"] = counting(1)
        f["a_unlisted9"] = counting(1)


def keras2_model():
    def layer(kind, name, **config):
        return {"class_name": kind, "name": name, "config": {"name": name, **config}}

    inner = {"class_name": "Functional", "name": "encoder", "config": {
        "name": "encoder", "layers": [layer("InputLayer", "in"),
                                      layer("DepthwiseConv2D", "mix"),
                                      {"class_name": "Sequential", "config": [
                                          layer("Embedding", "innermost")]}]}}
    wrapped = {"class_name": "Bidirectional", "config": {
        "name": "both_ways", "layer": layer("LSTM", "lstm")}}
    config = {"class_name": "Model", "config": {"name": "m", "layers": [
        layer("Conv2D", "stem"), inner, wrapped, layer("Dense", "head")]}}
    names = {"stem": ["stem_3/kernel:0"], "encoder": ["mix/depthwise_kernel:0",
                                                      "innermost/embeddings:0"],
             "both_ways": ["both_ways/forward_lstm/kernel:0"], "head": ["head/kernel:0"]}
    with h5py.File(OUT / "keras2_model.h5", "w") as f:
        f.attrs["keras_version"] = "2.4.0"
        f.attrs["model_config"] = json.dumps(config)
        optimizer = f.create_group("optimizer_weights")
        set_names(optimizer, "weight_names", ["Adam/m:0"])
        optimizer["Adam/m:0"] = counting(2)
        f["z_unlisted"] = counting(2)
        root = f.create_group("model_weights")
        set_names(root, "layer_names", list(names), variable=True)
        for name, weights in names.items():
            write_layer(root, name, weights)


def keras_split():
    layers = [f"dense_{i}" for i in (3, 1, 4, 2)]
    with h5py.File(OUT / "keras_split.h5", "w") as f:
        set_names(f, "layer_names0", layers[:2])
        set_names(f, "layer_names1", layers[2:])
        f.attrs["keras_version"] = "2.2.4"
        for layer in layers:
            group = f.create_group(layer)
            set_names(group, "weight_names0", [f"{layer}/kernel:0"])
            set_names(group, "weight_names1", [f"{layer}/bias:0"], variable=True)
            group[f"{layer}/kernel:0"] = counting(2, 2)
            group[f"{layer}/bias:0"] = counting(2)


def keras_troubled():
    """Attributes that make no sense; a soft link where a weight should be; names of nothing."""
    with h5py.File(OUT / "keras_troubled.h5", "w") as f:
        f.attrs["model_config"] = "{nope"
        f["secret"] = counting(2)
        f["hidden/w"] = counting(3)
        set_names(f, "layer_names", ["d", "bare", "numeric"])
        set_names(f, "keras_version", ["1.0", "2.0"])
        group = f.create_group("d")
        set_names(group, "weight_names", ["d/kernel:0", "d/kernel:0"])
        group["d/kernel:0"] = h5py.SoftLink("/hidden/w")
        f.create_group("bare")
        f.create_group("numeric").attrs["weight_names"] = [1.0, 2.0]
    with h5py.File(OUT / "keras_missing.h5", "w") as f:
        f["secret"] = counting(2)
        set_names(f, "layer_names", ["d", "ghost", "..", "/secret", "secret"])
        group = f.create_group("d")
        set_names(group, "weight_names", ["d/kernel:0", "d/gone:0", "/secret", "../secret",
                                          "d/./kernel:0", "d"])
        group["d/kernel:0"] = counting(3)
    with h5py.File(OUT / "keras_ghost.h5", "w") as f:
        set_names(f, "layer_names", ["d", "ghost"])
        set_names(f.create_group("d"), "weight_names", [])
        f["w"] = counting(2)
    with h5py.File(OUT / "keras_layer_names_numeric.h5", "w") as f:
        f["w"] = counting(2)
        f.attrs["layer_names"] = [1, 2]


def keras1():
    def layer(name, **config):
        return {"class_name": "Convolution2D", "config": {"name": name, **config}}

    with h5py.File(OUT / "keras1_model.h5", "w") as f:
        f.attrs["keras_version"] = "1.2.2"
        f.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": [
            layer("conv_th", dim_ordering="th"), layer("conv_tf", dim_ordering="tf")]})
        root = f.create_group("model_weights")
        set_names(root, "layer_names", ["conv_th", "conv_tf"])
        write_layer(root, "conv_th", ["conv_th_W", "conv_th_b"])
        write_layer(root, "conv_tf", ["conv_tf_W:0", "conv_tf_b:0"])
    with h5py.File(OUT / "keras1_weights.h5", "w") as f:
        set_space_padded_name(f, "layer_names", "lstm_1")
        write_layer(f, "lstm_1", ["lstm_1_W_i:0", "lstm_1_U_i:0", "lstm_1_b_i:0"])
    with h5py.File(OUT / "keras_unversioned.h5", "w") as f:
        set_names(f, "layer_names", ["dense"], variable=True)
        write_layer(f, "dense", ["dense/kernel:0", "dense/bias:0"], variable=True)


def keras3():
    with h5py.File(OUT / "keras3.weights.h5", "w") as f:
        for layer in ("conv2d", "conv2d_1", "conv2d_10", "conv2d_2"):
            f[f"layers/{layer}/vars/0"] = counting(2, 2)
        f["optimizer/vars/0"] = np.int64(3)
    with h5py.File(OUT / "keras213.weights.h5", "w") as f:
        f["_layer_checkpoint_dependencies/dense/vars/0"] = counting(2, 2)
        f["_optimizer/vars/0"] = np.int64(3)
    with h5py.File(OUT / "keras_archive.weights.h5", "w") as f:
        attention = "layers/multi_head_attention"
        owners = ("_aside", "layers/dense", "layers/conv2d", "layers/dense_1",
                  "layers/dropout/seed_generator", "layers/sequential/layers/dense",
                  "layers/sequential/layers/conv2d", "layers/time_distributed/layer",
                  "layers/bidirectional/backward_layer/cell",
                  "layers/bidirectional/forward_layer/cell", f"{attention}/key_dense",
                  f"{attention}/output_dense", f"{attention}/query_dense",
                  f"{attention}/value_dense", "layers/p_re_lu", "optimizer")
        for number, owner in enumerate(owners):
            f[f"{owner}/vars/0"] = np.float32(number)


def pytorch():
    with h5py.File(OUT / "pytorch_flat.h5", "w", track_order=True) as f:
        f.attrs["epoch"] = -1
        f.attrs["global_step"] = np.array([1500.0])
        for name in ("conv1.weight", "conv1.bias", "bn.running_mean"):
            f[f"module._orig_mod.{name}"] = counting(2)
        f["optimizer.state.0.exp_avg"] = counting(2)
        f["steps"] = np.int64(5)
    with h5py.File(OUT / "pytorch_half_wrapped.h5", "w", track_order=True) as f:
        f["module.conv1.weight"] = counting(2)
        f["head.weight"] = counting(2)
    with h5py.File(OUT / "pytorch_nested.h5", "w") as f:
        f.attrs["epoch"] = 2.5
        f.attrs["step"] = np.array([1, 2])
        f.attrs["iteration"] = np.uint8(9)
        f["conv1/weight"] = counting(2)
        f["conv1/bias"] = counting(2)
        f["optim/exp_avg"] = counting(2)
        f["optimal.weight"] = counting(2)
    with h5py.File(OUT / "colliding_names.h5", "w") as f:
        f["w"] = counting(2)
        f["model_weights/w"] = counting(3)


def containers():
    with h5py.File(OUT / "userblock.h5", "w", userblock_size=1024) as f:
        f["w"] = counting(4)
    for name, version in (("v0", "earliest"), ("v3", "latest")):
        with h5py.File(OUT / f"superblock_{name}.h5", "w", libver=version) as f:
            f["w"] = counting(4)
    with h5py.File(OUT / "superblock_v2.h5", "w", libver=("v108", "v108")) as f:
        f["w"] = counting(4)
    with h5py.File(OUT / "second.h5", "w") as f:
        f["w"] = counting(4) + 100


def main():
    global OUT
    OUT = pathlib.Path(sys.argv[1])
    OUT.mkdir(parents=True, exist_ok=True)
    for write in (types, storage, corruptible, filters, links, outside, deep, bombs, shape_bomb,
                  large, creation_order, keras2, keras2_model, keras_split, keras_troubled, keras1, keras3,
                  pytorch, containers):
        write()


if __name__ == "__main__":
    main()
