"""What decides a run's numbers, as one hash: the same hash, the same report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.border.sources.reading import find_files, this_month
from analysis.errors import AnalysisError
from analysis.reading.content import sha256_of
from analysis.report.named import NamedRun
from analysis.robustness.kept import code_hash, own_code, sha256


def fingerprint(run: NamedRun, values: Mapping[str, Any], root: Path) -> str:
    """A hash of every byte that decides a run: notebook, parameters, files, code, libraries.

    root : the project's folder, where a notebook finds modules of the reader's own.
    """
    parts = [
        run.title,
        sha256_of(run.notebook),
        json.dumps(values, sort_keys=True),
        data_hash(str(values.get("data", ""))),
        *[sha256_of(plan) for plan in [Path(str(values.get("plan", "")))] if plan.is_file()],
        own_code(root),
        code_hash(),
    ]
    return sha256("\n".join(parts))


def data_hash(data: str) -> str:
    """A hash of the files that a parameter `data` names, as they are opened to be read.

    The current month is in it, as what was published before its end is incomplete.
    """
    if not data:
        return ""
    try:
        paths = find_files(data)
        return sha256("\n".join([str(this_month()), *(f"{p.name} {sha256_of(p)}" for p in paths)]))
    except (AnalysisError, OSError, ValueError):
        return "unreadable"
