"""Results that several pages share, worked out once and kept in files.

The name of a file is a hash of all that decides the result: the function, its arguments by content,
the package's code and tables, other packages' models, and the versions of what the package needs.
What was worked out from anything else is never found. Results are kept only where the environment
names a folder, as it does in the kernel of a report; anywhere else a function is just called.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import cache, wraps
from importlib.metadata import PackageNotFoundError, entry_points, requires, version
from importlib.resources import files
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from pickle import PicklingError
from typing import Any, ParamSpec, TypeVar

import joblib
from filelock import FileLock
from packaging.requirements import Requirement

from analysis.reading.content import sha256_of

PACKAGE = "border-its"
# The registry's group of models that other packages bring; importing it here would take a second.
MODELS = "analysis.models"
FOLDER = "BORDER_ITS_KEPT"
MOST = 200  # results in a folder; the oldest go

P = ParamSpec("P")
R = TypeVar("R")


def kept(function: Callable[P, R]) -> Callable[P, R]:
    """Keep the results of a function that gives the same for the same, and loads nothing."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        folder = os.environ.get(FOLDER)
        if not folder:
            return function(*args, **kwargs)
        given = signature(function).bind(*args, **kwargs)
        given.apply_defaults()
        try:
            name = _hash((function.__qualname__, given.arguments))
        except PicklingError:  # a function made on the spot has no content
            return function(*args, **kwargs)
        path = _of_this_code(Path(folder)) / f"{name}.joblib"
        # Of two pages that want the same at once, one waits for the other.
        with FileLock(path.with_suffix(".lock")):
            if not path.is_file():
                with written_whole(path) as partial:
                    joblib.dump(function(*args, **kwargs), partial)
            found: R = joblib.load(path)
        return found

    return call


def _hash(value: Any) -> str:
    """Of what decides a value: of a dataclass its fields, not what it has worked out since.

    By parts: a hash of the whole would also depend on which of them are one object.
    """
    parts: Iterable[Any]
    if is_dataclass(value) and not isinstance(value, type):
        parts = [getattr(value, field.name) for field in fields(value)]
    elif isinstance(value, Mapping):
        parts = value.items()
    elif isinstance(value, list | tuple):
        parts = value
    else:
        return str(joblib.hash(value))
    return str(joblib.hash([type(value).__name__, *map(_hash, parts)]))


def _of_this_code(folder: Path) -> Path:
    """The folder of results of the code as it is; those of other code and the oldest are removed.

    folder : in a folder of the project, where a notebook finds modules of the reader's own.
    """
    own = folder / sha256(code_hash() + own_code(folder.parent.parent))[:16]
    own.mkdir(parents=True, exist_ok=True)
    for other in folder.iterdir():
        if other != own:
            shutil.rmtree(other, ignore_errors=True)
    for path in sorted(own.glob("*.joblib"), key=os.path.getmtime)[:-MOST]:
        path.unlink(missing_ok=True)
    return own


@cache
def code_hash() -> str:
    """A hash of the package with its tables, of other packages' models, and of what it needs."""
    package = Path(str(files("analysis")))
    return sha256("\n".join([
        hash_of(_files_in(package), package),
        platform.python_version(),
        json.dumps(versions()),
        *map(_plug_in_hash, _plug_ins()),
    ]))  # fmt: skip


def own_code(root: Path) -> str:
    """A hash of the modules of the reader's own that a notebook finds in a project."""
    return hash_of(sorted([*root.glob("*.py"), *root.glob("notebooks/*.py")]), root)


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
        return hash_of([Path(spec.origin)], Path(spec.origin).parent)
    return "".join(hash_of(_files_in(folder), folder) for folder in folders)


def _files_in(folder: Path) -> Iterator[Path]:
    paths = sorted(folder.rglob("*"))
    return (path for path in paths if path.is_file() and "__pycache__" not in path.parts)


def hash_of(paths: Iterable[Path], folder: Path) -> str:
    """One hash over files, with their paths in `folder`."""
    return sha256("".join(f"{path.relative_to(folder)}\n{sha256_of(path)}\n" for path in paths))


def sha256(text: str) -> str:
    """The SHA-256 of a text, as hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A file to write to, which then takes the place of `path`: that is whole or not there."""
    partial = path.with_name(f".{path.name}.partial")
    yield partial
    partial.replace(path)
