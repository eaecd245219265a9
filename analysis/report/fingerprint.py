"""What decides a run's numbers, as one hash: the same hash, the same report."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, requires, version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from analysis.border.sources.reading import find_files, this_month
from analysis.errors import AnalysisError
from analysis.reading.content import sha256_of
from analysis.report.named import NamedRun

PACKAGE = "border-its"
# The registry's group of models that other packages bring; importing it here would take a second.
MODELS = "analysis.models"


def fingerprint(run: NamedRun, values: Mapping[str, Any], root: Path) -> str:
    """A hash of every byte that decides a run: notebook, parameters, files, code, libraries.

    root : the project's folder, where a notebook finds modules of the reader's own.
    """
    own = [*root.glob("*.py"), *root.glob("notebooks/*.py")]
    parts = [
        run.title,
        sha256_of(run.notebook),
        json.dumps(values, sort_keys=True),
        data_hash(str(values.get("data", ""))),
        *[sha256_of(plan) for plan in [Path(str(values.get("plan", "")))] if plan.is_file()],
        _hash_of(sorted(own), root),
        code_hash(),
    ]
    return _sha256("\n".join(parts))


def data_hash(data: str) -> str:
    """A hash of the files that a parameter `data` names, as they are opened to be read.

    The current month is in it, as what was published before its end is incomplete.
    """
    if not data:
        return ""
    try:
        paths = find_files(data)
        return _sha256("\n".join([str(this_month()), *(f"{p.name} {sha256_of(p)}" for p in paths)]))
    except (AnalysisError, OSError, ValueError):
        return "unreadable"


@cache
def code_hash() -> str:
    """A hash of the package with its tables, of other packages' models, and of what it needs."""
    package = Path(str(files("analysis")))
    return _sha256("\n".join([
        _hash_of(_files_in(package), package),
        platform.python_version(),
        json.dumps(versions()),
        *map(_plug_in_hash, _plug_ins()),
    ]))  # fmt: skip


def versions() -> dict[str, str]:
    """The version of each library that the package needs, by name."""
    needs = map(Requirement, requires(PACKAGE) or ())
    wanted = {n.name for n in needs if n.marker is None or n.marker.evaluate({"extra": ""})}
    return {name: _version(name) for name in sorted(wanted)}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _plug_ins() -> list[str]:
    """The top-level modules in which other packages keep their models."""
    return sorted({entry.module.partition(".")[0] for entry in entry_points(group=MODELS)})


def _plug_in_hash(module: str) -> str:
    spec = find_spec(module)
    if spec is None:
        return ""
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    if not folders and spec.origin:
        return sha256_of(Path(spec.origin))
    return "".join(_hash_of(_files_in(folder), folder) for folder in folders)


def _files_in(folder: Path) -> Iterator[Path]:
    paths = sorted(folder.rglob("*"))
    return (path for path in paths if path.is_file() and "__pycache__" not in path.parts)


def _hash_of(paths: Iterable[Path], folder: Path) -> str:
    """One hash over files, with their paths in `folder`."""
    return _sha256("".join(f"{path.relative_to(folder)}\n{sha256_of(path)}\n" for path in paths))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
