"""The recipe that hands the prescribed rates to PyTorch: with a model of its kind, and with PyTorch.

What the recipe asks of PyTorch is `model.named_parameters()`, and that an optimiser takes groups
with a rate of their own. A stand-in has the first, and is tried everywhere; the second is tried
where python3-torch is installed, as tools/install_dependencies.sh --tests does.
"""

import contextlib
import json
import re
import runpy
import sys
import unittest

import support

try:
    import torch
except ImportError:
    torch = None

README = (support.SOURCE_DIR / "README.md").read_text()
RECIPE = support.SOURCE_DIR / "tools" / "recipes" / "rates_to_optimizer.py"
INIT_LR = 0.05


class StandIn:
    """A model as far as the recipe looks at it: the parameters of the sample network, by name."""

    def __init__(self, names):
        self.names = names

    def named_parameters(self):
        """(name, what would be the parameter)"""
        return [(name, f"the parameter {name}") for name in self.names]


class Recipe(unittest.TestCase):
    """Each parameter gets the rate that stands beside its name in the report."""

    @classmethod
    def setUpClass(cls):
        cls.groups_of = staticmethod(runpy.run_path(str(RECIPE))["parameter_groups"])
        cls.folder = cls.enterClassContext(support.temporary_directory())
        cls.report = cls.folder / "report.json"
        support.run("analyze", support.SAMPLE_RUN, "--init-lr", INIT_LR, "--json", cls.report)
        cls.schedule = json.loads(cls.report.read_text())["runs"][0]["schedule"]

    def rates(self, epoch):
        """By parameter."""
        return dict(zip(self.schedule["parameters"], self.schedule["epochs"][epoch]["rates"]))

    def test_rates_go_by_name_whatever_the_order(self):
        names = self.schedule["parameters"][::-1]
        groups = self.groups_of(StandIn(names), self.report)
        expected = self.rates(-1)
        self.assertGreater(len(set(expected.values())), 3)
        self.assertEqual(groups, [{"params": [f"the parameter {name}"], "lr": expected[name]}
                                  for name in names])

    def test_of_the_checkpoint_that_is_named(self):
        groups = self.groups_of(StandIn(["conv2.weight"]), self.report, "epoch_03")
        (epoch,) = [i for i, one in enumerate(self.schedule["epochs"])
                    if one["after"] == "epoch_03"]
        self.assertNotEqual(self.rates(epoch)["conv2.weight"], self.rates(-1)["conv2.weight"])
        self.assertEqual(groups[0]["lr"], self.rates(epoch)["conv2.weight"])

    def test_a_parameter_without_a_rate_is_an_error(self):
        with self.assertRaises(KeyError):
            self.groups_of(StandIn(["head.weight"]), self.report)

    def test_an_optimiser_takes_them(self):
        if torch is None:
            print("no python3-torch here: the recipe is tried with a stand-in only",
                  file=sys.stderr)
            self.skipTest("no python3-torch")
        network = sample_network()
        optimizer = self.run_lines_of_the_readme(network)
        before = {name: value.detach().clone() for name, value in network.named_parameters()}
        sum(value.sum() for value in network.parameters()).backward()
        optimizer.step()
        for name, value in network.named_parameters():
            # Every gradient is 1, so that the first step of SGD is the rate itself.
            step = (before[name] - value.detach()).mean().item()
            self.assertAlmostEqual(step, self.rates(-1)[name], delta=1e-6)

    def run_lines_of_the_readme(self, model):
        """The optimiser that they make of the model, in the folder of the report."""
        (lines,) = re.findall(r"```python\n(from rates_to_optimizer .*?)```", README, re.DOTALL)
        names = {"torch": torch, "model": model}
        sys.path.insert(0, str(RECIPE.parent))
        self.addCleanup(sys.path.remove, str(RECIPE.parent))
        with contextlib.chdir(self.folder):
            exec(lines, names)  # pylint: disable=exec-used
        return names["optimizer"]


def sample_network():
    """The network of the sample run, as tools/make_sample_run.py builds it."""
    nn = torch.nn
    layers = {"conv1": nn.Conv2d(1, 16, 5, bias=False), "bn1": nn.BatchNorm2d(16),
              "conv2": nn.Conv2d(16, 32, 3, bias=False), "bn2": nn.BatchNorm2d(32),
              "depthwise": nn.Conv2d(32, 32, 5, groups=32, bias=False),
              "pointwise": nn.Conv2d(32, 48, 1, bias=False), "bn3": nn.BatchNorm2d(48),
              "fc1": nn.Linear(192, 64), "fc2": nn.Linear(64, 10)}
    network = nn.Module()
    for name, layer in layers.items():
        network.add_module(name, layer)
    return network


if __name__ == "__main__":
    unittest.main()
