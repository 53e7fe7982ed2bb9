"""Reports that no training made: as large, and with names as hostile, as a test asks for."""

import json
import math
import random

METRICS = ("rotation", "step_rotation", "relative_distance", "knowledge_gain",
           "knowledge_gain_reference", "mapping_condition", "rank_ratio", "stable_rank",
           "effective_rank", "condition_number", "spectral_norm", "frobenius_norm")
SIDE = 512


def _values(depth, time, noise):
    """Numbers that look like those of a training, with noise that does not compress."""
    learned = 1 - math.exp(-time / (0.1 + 0.2 * depth))
    return {"rotation": (0.3 + 0.9 * depth) * learned,
            "step_rotation": 0.3 * math.exp(-4 * time) * abs(1 + 0.2 * noise()),
            "relative_distance": 1.4 * learned * (1 + depth) + 0.001 * abs(noise()),
            "knowledge_gain": 0.35 * learned * (1 - 0.6 * abs(depth - 0.4)) + 0.004 * abs(noise()),
            "knowledge_gain_reference": 0.3 * learned + 0.001 * abs(noise()),
            "mapping_condition": 1 + 20 * learned * depth + abs(noise()),
            "rank_ratio": round(0.5 * learned * SIDE) / SIDE,
            "stable_rank": 20 - 8 * learned + 0.1 * noise(),
            "effective_rank": (60 + 300 * depth) * (1 - 0.3 * learned) + noise(),
            "condition_number": math.exp(3 + 2 * learned + 0.1 * noise()),
            "spectral_norm": 1 + 5 * learned + 0.05 * abs(noise()),
            "frobenius_norm": 10 + 8 * learned + 0.05 * abs(noise())}


def _layer(name, values):
    output = {"rows": SIDE, "cols": SIDE, "status": "ok", "solver": "dense",
              "computed_values": SIDE}
    return {"name": name, "kind": "linear", "shape": [SIDE, SIDE], "layout": "OI",
            "layout_reason": "made", "dtype": "float32", "status": "ok", **values,
            "unfoldings": {"output": output}}


def _summary(layers):
    return {key: {"layers": len(layers), "mean": sum(one[key] for one in layers) / len(layers)}
            for key in METRICS}


def _schedule(names, checkpoints, noise):
    epochs = [{"after": one["name"], "used": [0.05 * math.exp(-i / 60)] * len(names),
               "rates": [0.09 * math.exp(-i / 30) * abs(1 + 0.1 * noise()) for _ in names]}
              for i, one in enumerate(checkpoints) if i > 0]
    return {"rmsgd": "release", "evbmf": "reference", "order_evidence": "graph", "init_lr": 0.05,
            "beta": 0.8, "step_size": None, "gamma": 1, "linear": True, "notes": ["open loop"],
            "missing_epochs": [], "parameters": names, "tracked": [True] * len(names),
            "epochs": epochs, "sensitive_to_evbmf": []}


def made_run(name, layers, checkpoints, score="val_accuracy", seed=1):
    """A run of these layers, checkpoints of these names, a score and a schedule."""
    dice = random.Random(seed)

    def noise():
        return dice.gauss(0, 1)

    made = []
    for place, checkpoint in enumerate(checkpoints):
        time = place / max(1, len(checkpoints) - 1)
        rows = [_layer(layer, _values(i / max(1, len(layers) - 1), time, noise))
                for i, layer in enumerate(layers)]
        made.append({"name": checkpoint, "step": place * 500, "epoch": None, "layers": rows,
                     "ledger": {"tensors": 2 * len(rows), "analysed": len(rows),
                                "skipped": {"bias": len(rows)}},
                     "summary": _summary(rows),
                     "scores": {score: 0.9 - 0.7 * math.exp(-4 * time) + 0.01 * noise()}})
    return {"name": name, "checkpoints": made, "layer_changes": [], "unread": [], "warnings": [],
            "initial": {"checkpoint": checkpoints[0], "how": "named", "reason": "step 0"},
            "order": {"by": "step", "reason": "step: in the names"},
            "schedule": _schedule(layers, made, noise)}


def write_report(path, *runs):
    """Writes a report of these runs as `analyze --json` would."""
    report = {"schema": "hindcast.report/1", "tool": {"name": "hindcast", "version": "0.1.0"},
              "options": {"solver": "auto"}, "runs": list(runs)}
    path.write_text(json.dumps(report), encoding="utf-8")
    return path


def large_run(layers, checkpoints):
    """A run of a transformer with so many layers and checkpoints."""
    names = [f"encoder.layers.{i // 4}.attention.{'qkvo'[i % 4]}_proj.weight"
             for i in range(layers)]
    return made_run("transformer", names, [f"step_{t * 500:06d}" for t in range(checkpoints)])
