"""Mutation testing of the estimating core: `make mutate`.

Each mutant is the package with one operator, number or condition changed. The tests of its
module have to fail for it. Mutants are Cosmic Ray's; of the eleven other operators that it puts
in one place, one is taken at random, by a fixed seed. The package's copy lives in a temporary
folder. A mutant that differs in nothing but annotations is left out.

python tests/mutation.py [MODULE ...] [--share 0.25]
"""

from __future__ import annotations

import argparse
import ast
import compileall
import importlib
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
SEED = 20240605
TIMEOUT = 120
# It breaks down on an exception that is named as an attribute.
LEFT_OUT = ["core/ExceptionReplacer"]
# What takes long to import and is not mutated is imported once, before the forks.
HEAVY = ["numpy", "pandas", "scipy.stats", "scipy.optimize", "scipy.integrate", "statsmodels.api"]
HEAVY += ["statsmodels.tsa.api", "matplotlib.pyplot", "pytest", "hypothesis", "yaml", "openpyxl"]
AR1 = ["tests/models/processes/test_ar1.py", "tests/models/test_worked_numbers.py"]
DESIGN = ["tests/design/test_design.py", "tests/effects/test_effects.py"]
CURVE = ["tests/robustness/curve/test_specification.py"]
BATCH = ["tests/models/processes/test_batch.py"]
MODELS = ["tests/models/test_families.py", "tests/validation/test_published.py"]
CALIBRATION = ["tests/models/processes/test_calibration.py"]
CALIBRATION += ["tests/models/processes/test_ar1_calibration.py"]
SOLVE = ["tests/models/processes/test_solve.py"]
# The tests of each module, quickest first, and which of the properties are about it.
TESTS = {
    "design/build": (DESIGN, "newey_west"),
    "design/identified": (DESIGN, "newey_west"),
    "design/layout": ([*DESIGN, *CURVE], "newey_west"),
    "design/scale": ([*DESIGN, *CURVE], "newey_west"),
    "design/terms": (DESIGN, "newey_west"),
    "effects/counterfactual": (["tests/effects/test_effects.py"], "newey_west or forecast"),
    "effects/estimands": (["tests/effects/test_effects.py"], "newey_west or forecast"),
    "models/mixture": (["tests/models/test_mixture.py", *AR1, *CALIBRATION], "ar1"),
    "models/processes/search": (
        ["tests/models/processes/test_search.py", *AR1, *BATCH],
        "reml_ar1",
    ),
    "models/processes/autoregression": (
        [*SOLVE, *AR1, "tests/models/processes/test_wandering_trend.py"],
        "reml_ar1 or gls_ar1_ml",
    ),
    "models/processes/solve": ([*SOLVE, *AR1, *BATCH], "batch or ar1"),
    "models/processes/integrated": ([*AR1, *CALIBRATION, *MODELS], "ar1"),
    "models/processes/calibration": ([*CALIBRATION, *BATCH], "batch"),
    "models/processes/plug_in": ([*AR1, *MODELS], "reml_ar1 or prais_winsten or gls_ar1_ml"),
    "models/ols": (["tests/models/test_ols.py", *MODELS], "newey_west or ols"),
    "models/counts": (MODELS, "poisson or binomial or counts"),
    "models/batch": (BATCH, "batch"),
    "models/bayes": (["tests/models/test_bayes.py"], ""),
    "models/registry": (
        ["tests/models/test_registry.py", "tests/models/test_breakage.py"],
        "newey_west",
    ),
}
PROPERTIES = ["tests/test_architecture.py", "tests/test_properties.py"]
PROPERTIES += ["--hypothesis-profile=mutants", "-k"]
QUIET = ["-x", "-q", "-p", "no:cacheprovider", "-m", "not slow and not browser and not benchmark"]
# Hypothesis is there before pytest could look at it.
QUIET += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change: where, by what, and the module's text with it."""

    line: int
    operator: str
    text: str


def mutants(source: str, chance: random.Random) -> list[Mutant]:
    """The mutants of a module, one for each place and kind of change."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    nodes = list(ast_nodes(get_ast(source)))
    by_place: dict[tuple[object, ...], list[tuple[str, int]]] = {}
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments() or name in LEFT_OUT:
            continue
        places = [place for node in nodes for place in operator().mutation_positions(node)]
        kind = name.split("/")[1].split("_")[0]
        for number, (start, _) in enumerate(places):
            by_place.setdefault((start, kind), []).append((name, number))
    tried = (
        _first_real(source, line, _order(kind, changes, chance))
        for ((line, _), kind), changes in sorted(by_place.items())
    )
    return [mutant for mutant in tried if mutant]


def _order(
    kind: str, changes: list[tuple[str, int]], chance: random.Random
) -> list[tuple[str, int]]:
    """At random; a number first to one more, since one less than 0 is the only row of one."""
    return changes if kind == "NumberReplacer" else chance.sample(changes, len(changes))


def _first_real(source: str, line: int, changes: Sequence[tuple[str, int]]) -> Mutant | None:
    """The first change that is valid Python and runs otherwise than the module does."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    for name, number in changes:
        text = mutate_code(source, get_operator(name)(), number)
        if text is not None and _code(text) not in (None, _code(source)):
            return Mutant(line=line, operator=name, text=text)
    return None


def _code(source: str) -> str | None:
    """What is run of a module: its syntax tree without annotations. None if it is not valid."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        # The star before arguments by name is no operator.
        if isinstance(node, ast.arguments) and node.posonlyargs:
            return None
        if isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(None)
        if isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)


def killed(tests: Sequence[str]) -> bool:
    """Whether the tests fail, or do not end, with the package as it is in this folder."""
    child = os.fork()
    if child == 0:
        os.setpgrp()
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        os._exit(int(sys.modules["pytest"].main([*QUIET, *tests])))
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status) != 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def try_module(module: str, share: float) -> tuple[int, int]:
    """Try a module's mutants in this folder's copy; prints those that live. Returns both counts."""
    path = Path("analysis", f"{module}.py")
    source, chance = path.read_text(), random.Random(f"{SEED} {module}")
    found = mutants(source, chance)
    found = sorted(chance.sample(found, round(share * len(found))), key=lambda m: m.line)
    for pyc in path.parent.glob(f"__pycache__/{path.stem}.*"):
        pyc.unlink()
    tests, about = TESTS[module]
    if killed(tests) or killed([*PROPERTIES, f"dataclass or {about}"]):
        sys.exit(f"The tests of {module} fail without a mutation.")
    alive = []
    for mutant in found:
        path.write_text(mutant.text)
        if not killed(tests) and not killed([*PROPERTIES, f"dataclass or {about}"]):
            alive.append(mutant)
            print(f"{module}.py:{mutant.line}\n{_change(source, mutant)}", flush=True)
    path.write_text(source)
    print(f"{module}: {len(found)} mutants, {len(found) - len(alive)} killed", flush=True)
    return len(found), len(alive)


def _change(source: str, mutant: Mutant) -> str:
    lines = unified_diff(source.splitlines(), mutant.text.splitlines(), lineterm="", n=0)
    return "\n".join(f"    {line}" for line in list(lines)[3:])


def main() -> None:
    """Try the modules named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(TESTS), metavar="MODULE")
    parser.add_argument("--share", type=float, default=1.0, help="of the mutants, 0 to 1")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="mutants-") as folder:
        for part in ("analysis", "tests", "notebooks"):
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, Path(folder, part), ignore=ignore)
        shutil.copy(ROOT / "pyproject.toml", folder)
        os.chdir(folder)
        sys.path[:1] = [folder]
        sys.dont_write_bytecode = True
        compileall.compile_dir("analysis", 9, quiet=1, invalidation_mode=UNCHECKED)
        for name in HEAVY:
            importlib.import_module(name)
        counts = [try_module(module, given.share) for module in given.modules]
    tried, alive = (sum(column) for column in zip(*counts, strict=True))
    print(f"{tried} mutants, {tried - alive} killed, {alive} alive")


UNCHECKED = PycInvalidationMode.UNCHECKED_HASH

if __name__ == "__main__":
    main()
