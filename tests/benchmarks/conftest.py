"""What a benchmark's figures need beside them: its words, the machine, and what was left out.

The first line of a benchmark's docstring says what it times; {name} stands for a parameter.
"""

from __future__ import annotations

from typing import Any

import machine
import pytest


@pytest.fixture(autouse=True)
def _in_words(request: pytest.FixtureRequest) -> None:
    if "benchmark" in request.fixturenames and request.function.__doc__:
        params = getattr(request.node, "callspec", None)
        words = request.function.__doc__.strip().splitlines()[0].rstrip(".")
        info = request.getfixturevalue("benchmark").extra_info
        info["what"] = words.format(**(params.params if params else {}))


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]):
    machine_info["libraries"] = machine.libraries()
    machine_info["memory"] = machine.memory()
    machine_info["os"] = machine.system()


def pytest_benchmark_update_json(config: pytest.Config, benchmarks, output_json: dict[str, Any]):
    """Say what was skipped, which the figures alone would hide."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = {}
    for report in reporter.stats.get("skipped", []):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if "--benchmark-only" not in reason:
            skipped[report.nodeid.split("[")[0]] = reason
    output_json["left_out"] = skipped
