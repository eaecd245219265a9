"""A damaged file of the project is refused in this project's own words, or read as it is."""

from __future__ import annotations

import json
import random
import tempfile
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml
from damage import mutate, mutate_tree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.border.claims.ledger import load_claims
from analysis.errors import AnalysisError
from analysis.report.named import named_runs
from analysis.report.parameters import read_parameters
from analysis.report.record import read_record

ROOT = Path(__file__).parent.parent
NOTEBOOK = "notebooks/03-effect.ipynb"
LEDGER = "analysis/border/data/claims.yml"
# Which file, the place at which its reader looks for it, and the reader.
READERS: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "named runs": ("notebooks/runs.yml", "notebooks/runs.yml", named_runs),
    "notebook": (NOTEBOOK, "a.ipynb", lambda folder: read_parameters(folder / "a.ipynb")),
    "record": ("reports/effect/run.json", "run.json", read_record),
    "ledger": (
        LEDGER,
        "a.yml",
        lambda folder: load_claims(folder / "a.yml"),
    ),
}


def check_reading(what: str, content: bytes) -> None:
    _, place, read = READERS[what]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        path = Path(folder, place)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        try:
            read(Path(folder))
        except AnalysisError:
            return


def head(what: str) -> bytes:
    """The first lines of the real file: the reader's own cost grows with its length."""
    content = (ROOT / READERS[what][0]).read_bytes()
    return content if what in ("notebook", "record") else content[: content.find(b"\n\n", 6000)]


@cache
def contents(what: str) -> str:
    """What the first lines say, as JSON, which is read much faster."""
    return json.dumps(yaml.safe_load(head(what)), default=str)


@pytest.mark.parametrize("what", READERS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 6))
def test_a_damaged_file_raises_nothing_else(what, seed, steps):
    check_reading(what, mutate(head(what), seed, steps))


@pytest.mark.parametrize("what", READERS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 3))
def test_a_file_with_other_contents_raises_nothing_else(what, seed, steps):
    tree, chance = json.loads(contents(what)), random.Random(seed)
    for _ in range(steps):
        tree = mutate_tree(tree, chance)
    check_reading(what, json.dumps(tree, default=str).encode())
