"""Hands the rates that a report prescribes to a PyTorch optimiser, parameter by parameter.

The report is that of `hindcast analyze RUN --init-lr RATE --json report.json`. See the README,
"The prescribed rates in PyTorch".
"""

import json


def parameter_groups(model, report, checkpoint=None):
    """A group for each parameter, with the rate prescribed after a checkpoint (else: the last)."""
    with open(report, encoding="utf-8") as file:
        run, = json.load(file)["runs"]  # Of one run.
    schedule = run["schedule"]
    if schedule is None:
        raise ValueError(f"{report} prescribes no rates: {run['no_schedule']}")
    epochs = {epoch["after"]: epoch["rates"] for epoch in schedule["epochs"]}
    rates = epochs[checkpoint or list(epochs)[-1]]
    rate_of = dict(zip(schedule["parameters"], rates, strict=True))
    return [{"params": [parameter], "lr": rate_of[name]}
            for name, parameter in model.named_parameters()]
