"""Made series of checkpoints for `hindcast lint`: clean ones, and ones with a planted fault."""

import json
import struct

import numpy

SHAPES = {"conv.weight": (8, 4, 3, 3), "fc1.weight": (16, 24), "fc2.weight": (10, 16),
          "conv.bias": (8,), "fc1.bias": (16,), "norm.weight": (16,), "norm.bias": (16,)}
LAYERS = [name for name, shape in SHAPES.items() if len(shape) > 1]
SCHEDULES = {
    "constant": lambda share: 1.0,
    "cosine": lambda share: 0.5 * (1.0 + numpy.cos(numpy.pi * share)) + 1e-3,
    "steps": lambda share: 0.1 ** int(3.0 * share),
    "warm_up": lambda share: min(1.0, share / 0.3 + 1e-3) * (1.0 - 0.9 * share),
}
SPACINGS = {
    "even": lambda count: [100 * k for k in range(count)],
    "doubling": lambda count: [0, *(2**k for k in range(count - 1))],
    "mixed": lambda count: [0, *(4**k for k in range(5)), *(1000 * k for k in range(1, count - 5))],
}


def write_safetensors(path, tensors):
    """A file of float32 tensors."""
    header, offset = {}, 0
    for name, values in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(values.shape),
                        "data_offsets": [offset, offset + 4 * values.size]}
        offset += 4 * values.size
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for values in tensors.values():
            file.write(values.astype("<f4").tobytes())


def initial(random):
    """A network before training; biases begin at 0 and scales at 1."""
    def start(name, shape):
        if name.endswith("bias"):
            return numpy.zeros(shape)
        return numpy.ones(shape) if len(shape) == 1 else random.standard_normal(shape)
    return {name: start(name, shape) for name, shape in SHAPES.items()}


def trained(random, start, steps, schedule, total=0.8, drift=0.3, pull=0.0):
    """The network at each of `steps`, by a random walk with a drift whose speed is the schedule's.

    `total` is how far it goes, in units of the initial weights; `pull` draws it to a mean, in
    proportion to the rate, so that it comes to scatter.
    """
    rates = [SCHEDULES[schedule](step / steps[-1]) for step in steps[1:]]
    gaps = numpy.diff(steps)
    noise = numpy.sqrt(gaps) * rates
    noise *= total / numpy.sqrt(numpy.sum(noise**2))
    way = gaps * rates / numpy.sum(gaps * rates)
    directions = {name: random.standard_normal(values.shape) for name, values in start.items()}
    now = {name: values.copy() for name, values in start.items()}
    series = [now]
    for step_noise, step_way in zip(noise, way):
        now = {name: values + step_noise * random.standard_normal(values.shape)
               + total * drift * step_way * directions[name]
               - (1.0 - numpy.exp(-pull * step_way)) * (values - start[name] - directions[name])
               for name, values in now.items()}
        series.append(now)
    return [{name: values.astype("<f4") for name, values in one.items()} for one in series]


def clean_series(seed):
    """Steps, and a network at each: of all schedules, spacings, lengths and speeds."""
    random = numpy.random.default_rng(seed)
    schedule = list(SCHEDULES)[seed % len(SCHEDULES)]
    spacing = list(SPACINGS)[seed // len(SCHEDULES) % len(SPACINGS)]
    count = int(random.integers(8, 15))
    steps = SPACINGS[spacing](count)
    series = trained(random, initial(random), steps, schedule,
                     total=float(10.0 ** random.uniform(-2.5, 0.5)),
                     drift=float(random.choice([0.0, 0.3, 3.0])),
                     pull=float(random.choice([0.0, 0.0, 5.0])))
    return steps, series


def write_series(directory, steps, series):
    """A file for each step."""
    directory.mkdir(parents=True)
    for step, tensors in zip(steps, series):
        write_safetensors(directory / f"step_{step}.safetensors", tensors)


# What a finding must say: its kind, the step, and the layers that it concerns (none: all of them).
def expected(kind, step, *layers, other=None):
    """How a planted fault must be found."""
    return {"kind": kind, "step": step, "layers": sorted(layers), "other_step": other}


def inner(random, series, count=1, margin=2, apart=1):
    """Indices of checkpoints neither at the beginning nor at the end, ascending."""
    while True:
        found = sorted(random.choice(range(margin, len(series) - margin), count, replace=False))
        if all(b - a >= apart for a, b in zip(found, found[1:])):
            return [int(index) for index in found]


def plant_identical_checkpoints(random, steps, series):
    source, target = inner(random, series, 2, apart=2)
    if random.random() < 0.5:
        source, target = target, source
    series[target] = series[source]
    return [expected("identical_checkpoints", steps[target], other=steps[source])]


def plant_standstill(random, steps, series):
    (target,) = inner(random, series)
    series[target] = series[target - 1]
    return [expected("identical_checkpoints", steps[target], other=steps[target - 1])]


def plant_repeated_final(random, steps, series):
    targets = inner(random, series, 2)
    for target in targets:
        series[target] = series[-1]
    return [expected("repeated_final", steps[target], other=steps[-1]) for target in targets]


def plant_reset(random, steps, series):
    (target,) = inner(random, series)
    series[target] = series[0]
    return [expected("reset_to_initial", steps[target], other=0)]


def plant_restart(random, steps, series):
    """From here on another training from the same initialisation, of which little is done."""
    (target,) = inner(random, series, margin=4)
    again = trained(random, {name: values.astype(float) for name, values in series[0].items()},
                    steps[:len(steps) - target + 1], "constant", total=0.05)
    series[target:] = again[1:]
    return [expected("reset_to_initial", steps[target])]


def plant_still_initial(_, steps, series):
    series[-1] = series[0]
    return [expected("still_initial", steps[-1], other=0)]


def plant_identical_tensor(random, steps, series):
    source, target = inner(random, series, 2, apart=2)
    if random.random() < 0.5:
        source, target = target, source
    layer = str(random.choice(LAYERS))
    series[target] = {**series[target], layer: series[source][layer]}
    return [expected("identical_tensor", steps[target], layer, other=steps[source])]


def plant_foreign_shard(random, steps, series):
    source, target = inner(random, series, 2, apart=2)
    if random.random() < 0.5:
        source, target = target, source
    names = ["fc1.weight", "fc1.bias", "fc2.weight"]
    series[target] = {**series[target], **{name: series[source][name] for name in names}}
    return [expected("foreign_shard", steps[target], *names, other=steps[source])]


def plant_swap(random, steps, series):
    one = int(random.integers(2, len(series) // 2))
    two = one + int(random.integers(1, 4))
    series[one], series[two] = series[two], series[one]
    if two == one + 1:
        return [expected("steps_out_of_order", steps[one], other=steps[two])]
    return [expected("steps_out_of_order", steps[one], other=steps[two]),
            expected("steps_out_of_order", steps[two], other=steps[one])]


def plant_intruder(random, steps, series):
    (target,) = inner(random, series)
    start = series[0] if random.random() < 0.5 else None
    series[target] = other_run(random, steps, start, total=2.0)[target]
    return [expected("rotation_jump", steps[target])]


def plant_foreign_layer(random, steps, series):
    (target,) = inner(random, series)
    layer = str(random.choice(LAYERS))
    intruder = other_run(random, steps, None, total=0.8)[target]
    series[target] = {**series[target], layer: intruder[layer]}
    return [expected("rotation_jump", steps[target], layer)]


def plant_second_run(random, steps, series):
    (target,) = inner(random, series, margin=4)
    start = series[0] if random.random() < 0.5 else None
    series[target:] = other_run(random, steps, start, total=0.8)[target:]
    return [expected("two_runs", steps[target])]


def other_run(random, steps, start, total):
    """A run of the same length, from the same initialisation if it is given."""
    start = start or initial(random)
    return trained(random, {name: values.astype(float) for name, values in start.items()}, steps,
                   "constant", total=total)


def plant_frozen_layer(random, steps, series):
    layer = str(random.choice(LAYERS))
    for index, tensors in enumerate(series):
        series[index] = {**tensors, layer: series[0][layer]}
    return [expected("frozen_layer", steps[0], layer)]


def plant_moved_once(random, steps, series):
    layer = str(random.choice(LAYERS))
    (target,) = inner(random, series)
    for index, tensors in enumerate(series):
        series[index] = {**tensors, layer: series[0 if index < target else target][layer]}
    return [expected("moved_once", steps[target], layer)]


def plant_dead_filter(random, steps, series):
    layer = str(random.choice(LAYERS))
    (target,) = inner(random, series)
    row = int(random.integers(SHAPES[layer][0]))
    for index in range(target, len(series)):
        values = series[index][layer].copy()
        values[row] *= 0.0 if random.random() < 0.5 else 1e-30
        series[index] = {**series[index], layer: values}
    return [expected("dead_filter", steps[target], layer)]


def plant_non_finite(random, steps, series):
    name = str(random.choice(list(SHAPES)))
    (target,) = inner(random, series)
    for index in range(target, len(series)):
        values = series[index][name].copy()
        values.flat[int(random.integers(values.size))] = random.choice([numpy.nan, numpy.inf])
        series[index] = {**series[index], name: values}
    return [expected("non_finite", steps[target], name)]


def plant_vanished_layer(random, steps, series):
    layer = str(random.choice(LAYERS))
    (target,) = inner(random, series)
    for index in range(target, len(series)):
        series[index] = {name: values for name, values in series[index].items() if name != layer}
    return [expected("vanished_layer", steps[target], layer, other=steps[target - 1])]


def plant_overwritten_by_the_next(random, steps, series):
    (target,) = inner(random, series, margin=3)
    series[target] = series[target + 1]
    return [expected("identical_checkpoints", steps[target], other=steps[target + 1])]


def adjacent(random, steps, series, offset, names):
    """Tensors of the step before or after, which move on in the next; biases are not followed."""
    (target,) = inner(random, series)
    source = series[target + offset]
    series[target] = {**series[target], **{name: source[name] for name in names}}
    layers = [name for name in names if name in LAYERS]
    return [expected("foreign_shard" if len(layers) > 1 else "identical_tensor", steps[target],
                     *layers, other=steps[target + offset])]


def plant_tensor_of_the_previous(random, steps, series):
    return adjacent(random, steps, series, -1, [str(random.choice(LAYERS))])


def plant_tensor_of_the_next(random, steps, series):
    return adjacent(random, steps, series, 1, [str(random.choice(LAYERS))])


def plant_shard_of_the_previous(random, steps, series):
    return adjacent(random, steps, series, -1, ["fc1.weight", "fc1.bias", "fc2.weight"])


def plant_shard_of_the_next(random, steps, series):
    return adjacent(random, steps, series, 1, ["fc1.weight", "fc1.bias", "fc2.weight"])


# Found by the path alone: where steps double, or the rate falls to a hundredth, other weights may
# be no further from it than the noise of so small a network.
OF_THE_PATH = ("swap", "intruder", "restart", "second_run")
# At a speed that changes, what looks like this may be a standstill.
EVEN_ONLY = ("overwritten_by_the_next",)
FAULTS = {name.removeprefix("plant_"): function for name, function in list(globals().items())
          if name.startswith("plant_")}


def faulty_series(fault, seed):
    """Steps, a network at each, and what must be found in them."""
    random = numpy.random.default_rng([list(FAULTS).index(fault), seed])
    spacings, schedules = list(SPACINGS), list(SCHEDULES)
    if fault in OF_THE_PATH:
        spacings, schedules = ["even"], ["constant", "cosine"]
    if fault in EVEN_ONLY:
        spacings, schedules = ["even"], ["constant"]
    spacing = spacings[seed % len(spacings)]
    schedule = schedules[seed // len(spacings) % len(schedules)]
    steps = SPACINGS[spacing](int(random.integers(11, 15)))
    series = trained(random, initial(random), steps, schedule,
                     total=float(10.0 ** random.uniform(-0.7, 0.0)),
                     drift=float(random.choice([0.0, 0.3, 3.0])))
    return steps, series, FAULTS[fault](random, steps, series)
