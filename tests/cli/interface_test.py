"""What the program says of itself: --help, --version, and nothing to do."""

import re
import unittest

from errors_support import ALL_COMMANDS, CommandTest


class Interface(CommandTest):
    """Help is a result, so it goes to stdout; a command line without a command is an error."""

    def help_of(self, *command):
        """The help text; there must be nothing on stderr."""
        text, lines = self.program(*command, "--help")
        self.assertEqual(lines, [])
        return text

    def test_help_of_the_program(self):
        text = self.help_of()
        for command in ALL_COMMANDS:
            self.assertRegex(text, rf"(?m)^  {command} +\w")
        self.assertRegex(text, r"Examples?:\n  hindcast analyze ")

    def test_help_of_each_command_has_an_example_and_the_exit_codes(self):
        for command in ((), *((name,) for name in ALL_COMMANDS)):
            with self.subTest(command=command):
                text = self.help_of(*command)
                self.assertRegex(text, rf"Examples?:\n  hindcast {' '.join(command)}")
                self.assertRegex(text, r"Exit status: 0 done; 1 [^;]+; 2 [^;]+; 3 [^;]+; 70 ")

    def test_help_names_every_option_scripts_rely_on(self):
        text = self.help_of("analyze")
        for option in ("init", "json", "csv", "threads", "solver", "include", "exclude", "layout",
                       "strict", "init-lr", "beta", "step-size", "gamma", "linear", "rmsgd",
                       "evbmf", "parameter-order", "steps-per-epoch"):
            self.assertRegex(text, rf"(?m)^  (-\w,)?--{option}\b", option)

    def test_help_states_the_defaults(self):
        text = self.help_of("analyze")
        for option, default in (("solver", "auto"), ("beta", "0.8"), ("gamma", "1"),
                                ("rmsgd", "release"), ("evbmf", "reference")):
            self.assertRegex(text, rf"(?m)^  --{option} \S+={re.escape(default)}(\s|$)")
        for option in ("threads", "step-size"):
            self.assertRegex(text, rf"(?m)^  --{option} .*\(default: [^)]+\)$")
        self.assertRegex(self.help_of("inspect"), r"(?m)^  -o,--output FILE=-")

    def test_help_says_what_the_rates_are(self):
        self.assertIn("in an open loop", self.help_of("analyze"))

    def test_version_tells_commit_and_libraries(self):
        text, lines = self.program("--version")
        self.assertEqual(lines, [])
        self.assertRegex(text, r"^hindcast \d+\.\d+\.\d+ \(commit \w+[^)]*\)\n")
        for library in ("HDF5", "Eigen", "Spectra", "nlohmann_json", "CLI11", "fmt"):
            self.assertRegex(text, rf"\b{library} \d+\.\d+")
        self.assertNotIn("\n\n", text)

    def test_no_arguments_is_one_line(self):
        self.assertEqual(self.complaint(), "no command given; see 'hindcast --help'")


if __name__ == "__main__":
    unittest.main()
