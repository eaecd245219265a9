"""Run a report again from its record, and say what differs: numbers, data or versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from analysis.report.named import PAGES, RUNS, find_run, project_root
from analysis.report.record import Record, read_record, start_record
from analysis.report.render import CELL_TIMEOUT, make_report

TOLERANCE = 5e-4


@dataclass(frozen=True, kw_only=True)
class Rerun:
    """What differs between a report and the same run made again; each empty if nothing does.

    numbers : table with report's and new value of each number that differs by more than 5 parts
        in 10,000; texts have to be the same.
    exact : whether all of them came out the same digit for digit. Other processors and versions
        of libraries round otherwise, and a search may end a little elsewhere.
    data, versions : name -> (in the report, now).
    """

    name: str
    numbers: pd.DataFrame
    exact: bool
    data: Mapping[str, tuple[str, str]]
    versions: Mapping[str, tuple[str, str]]

    @property
    def same_numbers(self) -> bool:
        """Whether every number came out the same, to 5 parts in 10,000."""
        return self.numbers.empty

    def __str__(self) -> str:
        how = "digit for digit" if self.exact else "to 5 parts in 10,000"
        said = f"the same numbers, {how}" if self.same_numbers else "OTHER NUMBERS"
        lines = [f"{self.name}: {said}"]
        for what, changed in (("data", self.data), ("version", self.versions)):
            lines += [f"  {what} {k}: {old} -> {new}" for k, (old, new) in changed.items()]
        if not self.same_numbers:
            lines.append(self.numbers.to_string())
        return "\n".join(lines)


def reproduce(folder: Path, *, root: Path | None = None, cell_timeout: int = CELL_TIMEOUT) -> Rerun:
    """Run the report in `folder` again, from its run.json. The report is not touched.

    Raises
    ------
    InputError : no report there, or its run or one of its parameters is gone.
    RunError : the run failed.
    """
    root = root or project_root()
    before = read_record(folder)
    run = find_run(root, before["run"], PAGES if "/" in before["name"] else RUNS)
    given = {name: entry["value"] for name, entry in before["parameters"].items()}
    values = run.checked(**given)
    with TemporaryDirectory(prefix="its-") as temporary:
        made = Path(temporary)
        record = start_record(before["name"], run, values, root)
        after = make_report(run, values, made, record, cell_timeout)
        numbers = _differences(folder / "effects.csv", made / "effects.csv")
    return Rerun(
        name=before["name"],
        numbers=numbers[~near(numbers)],
        exact=numbers.empty,
        data=_changed(_hashes(before), _hashes(after)),
        versions=_changed(_versions(before), _versions(after)),
    )


def _differences(old: Path, new: Path) -> pd.DataFrame:
    """The cells of effects.csv that are not the same text in both."""
    before, after = (_read(path) for path in (old, new))
    if before.shape != after.shape or list(before.columns) != list(after.columns):
        return pd.DataFrame({"report": [str(before.shape)], "now": [str(after.shape)]}, ["size"])
    rows, columns = np.nonzero((before != after).to_numpy())
    names = [f"row {r + 1}, {before.columns[c]}" for r, c in zip(rows, columns, strict=True)]
    cells = {"report": before.to_numpy()[rows, columns], "now": after.to_numpy()[rows, columns]}
    return pd.DataFrame(cells, names)


def near(numbers: pd.DataFrame) -> np.ndarray:
    """Which of the cells that differ are numbers that differ by no more than rounding does."""
    old, new = (pd.to_numeric(numbers[c], errors="coerce") for c in ("report", "now"))
    return np.asarray(np.isclose(old, new, rtol=TOLERANCE, atol=0.0))


def _read(path: Path) -> pd.DataFrame:
    """The cells of effects.csv as texts, none where a report hands on no numbers."""
    there = path.is_file()
    return pd.read_csv(path, dtype=str, keep_default_na=False) if there else pd.DataFrame()


def _hashes(record: Record) -> dict[str, str]:
    return {f"{e['name']} ({e.get('file', '')})": e["sha256"][:12] for e in record["data"]}


def _versions(record: Record) -> dict[str, str]:
    return {"border-its": record["version"], "python": record["python"], **record["libraries"]}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    pairs = {name: (before.get(name, "-"), after.get(name, "-")) for name in {**before, **after}}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
