"""Imports go one way: each module imports only from those before it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ORDER = [
    "errors",
    "given",
    "show",
    "outcome",
    "reading",
    "design",
    "models",
    "effects",
    "robustness",
    "validation",
    "border",
    "plot",
    "pages",
    "report",
    "sweep",
    "explore",
    "__main__",
]


def imported(path: Path) -> set[str]:
    """The modules of the package that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.ImportFrom(module=str(module), names=names, level=0):
                parts = module.split(".")
                if parts == ["analysis"]:
                    found |= {alias.name for alias in names}
                elif parts[0] == "analysis":
                    found.add(parts[1])
            case ast.Import(names=names):
                found |= {
                    alias.name.split(".")[1]
                    for alias in names
                    if alias.name.startswith("analysis.")
                }
    return found


def top(path: Path, package: Path) -> str:
    """The top-level module to which a file of the package belongs."""
    return path.relative_to(package).parts[0].removesuffix(".py")


def files(root: Path) -> list[Path]:
    return [p for p in sorted((root / "analysis").rglob("*.py")) if p.parent.name != "data"]


def test_every_module_has_its_place(root):
    package = root / "analysis"
    assert {top(path, package) for path in files(root)} - {"__init__"} == set(ORDER)


def test_no_module_imports_a_later_one(root):
    package = root / "analysis"
    wrong = []
    for path in files(root):
        here = top(path, package)
        if here == "__init__":
            continue
        allowed = {*ORDER[: ORDER.index(here)], here}
        wrong += [f"{path.name}: {name}" for name in sorted(imported(path) - allowed)]
    assert wrong == []


@pytest.mark.parametrize(
    "line",
    [
        "import analysis.report.render",
        "from analysis import report",
        "from analysis.report.render import x",
    ],
)
def test_the_check_sees_each_form_of_import(tmp_path, line):
    path = tmp_path / "m.py"
    path.write_text(f"def f():\n    {line}\n")
    assert imported(path) == {"report"}


def private(path: Path) -> list[str]:
    """The names with an underscore that a file imports from another."""
    nodes = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ImportFrom)]
    names = [alias.name for node in nodes for alias in node.names]
    return [f"{path.name}: {name}" for name in names if name.startswith("_")]


def test_private_names_are_imported_nowhere(root, tmp_path):
    tests = sorted((root / "tests").rglob("*.py"))
    assert [name for path in [*files(root), *tests] for name in private(path)] == []
    (tmp_path / "m.py").write_text("from analysis.show import table, _hidden\n")
    assert private(tmp_path / "m.py") == ["m.py: _hidden"]


def dataclasses_of(path: Path) -> dict[str, set[str]]:
    """The dataclasses of a file, each with the options that are on."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ClassDef):
            continue
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "dataclass":
                on = {k.arg for k in decorator.keywords if ast.unparse(k.value) == "True"}
                found[f"{path.name}: {node.name}"] = {str(name) for name in on}
            elif ast.unparse(decorator) == "dataclass":
                found[f"{path.name}: {node.name}"] = set()
    return found


def test_every_dataclass_is_frozen_and_takes_names_only(root):
    found = {name: on for path in files(root) for name, on in dataclasses_of(path).items()}
    assert len(found) > 50
    assert {name for name, on in found.items() if not {"frozen", "kw_only"} <= on} == set()


ENGINE = ["outcome", "reading", "design", "models", "effects", "robustness", "validation"]
ALONE = """
import sys
from pathlib import Path

opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
{imports}
import numpy as np
import pandas as pd
from analysis.design import build_design
from analysis.effects.estimands import estimate_effects
from analysis.models import fit
from analysis.outcome import make_outcome
from analysis.robustness.placebo import run_placebos

noise = np.random.default_rng(1).normal(0, 0.1, 60)
series = pd.Series(np.exp(5 + noise), pd.period_range("2015-01", periods=60, freq="M"))
design = build_design(make_outcome(series, name="own", unit="visits"), "2018-06-01")
print(estimate_effects(fit(design)).table.shape, run_placebos(design).count)
loaded = [n for n in sys.modules if n.split(".")[:1] == ["analysis"]]
print(*sorted(n for n in loaded if n.split(".")[1:2] in {rooms}))
print(*sorted(name for name in opened if "/border/" in name))
"""


def test_the_engine_stands_alone():
    imports = "\n".join(f"import analysis.{room}" for room in ENGINE)
    rooms = [[room] for room in ORDER[ORDER.index("border") :]]
    code = ALONE.format(imports=imports, rooms=rooms)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    shape, loaded, opened = done.stdout.split("\n")[:3]
    assert shape.startswith("(")
    assert loaded == ""
    assert opened == ""


@pytest.mark.parametrize("module", ["__main__", "report.named"])
def test_what_answers_at_once_loads_no_tables(module):
    code = f"import sys, analysis.{module}; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
