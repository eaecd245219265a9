"""Estimates over many series and choices without notebooks, on all cores or on a Dask cluster.

A sweep is a YAML file. `series` gives the dimensions of `load_outcome`, each a value, a list or
"each" (every value that the tables know); their combinations are the series. The other entries
are those of a specification grid (start, season, events, model, ...), and `estimand`, `alpha`,
`data`. Finished parts are kept beside the output, so that an interrupted sweep goes on where it
stopped.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis.border.grid import read_grid
from analysis.border.selection import load_outcome
from analysis.border.sources import ALL, DIMENSIONS, embedded, read_data
from analysis.errors import AnalysisError, InputError, RunError, unknown_name
from analysis.outcome import Outcome
from analysis.robustness.curve.grid import DIMENSIONS as CHOICES
from analysis.robustness.curve.specification import estimate_grid

EACH = "each"
SERIES = (*DIMENSIONS, "frequency")
SETTINGS = ("series", "estimand", "alpha", "data", *(c for c in CHOICES if c != "outcome"))
PART_SPECIFICATIONS = 2000
FORMATS = (".csv", ".parquet")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A share of a sweep that one worker estimates at once. It holds texts and numbers only."""

    number: int
    selections: Mapping[str, Mapping[str, Any]]
    choices: Mapping[str, Any]
    estimand: str
    alpha: float
    data: str


@dataclass(frozen=True, kw_only=True)
class Estimated:
    """The estimates of a part, and the combinations that cannot be estimated with the reason."""

    number: int
    table: pd.DataFrame
    invalid: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Swept:
    """All estimates of a sweep, and the combinations without one."""

    table: pd.DataFrame
    invalid: pd.DataFrame


Run = Callable[[Sequence[Part]], Iterator[Estimated]]


def read_sweep(path: Path) -> list[Part]:
    """The parts of a sweep file.

    Raises
    ------
    InputError : no such file, no valid YAML, an unknown entry or dimension, or no series.
    """
    raw = _read(path)
    for name in raw:
        if name not in SETTINGS:
            raise unknown_name("entry of a sweep", name, SETTINGS)
    choices = {name: raw[name] for name in CHOICES if name in raw}
    selections = _selections(raw.get("series") or {}, str(raw.get("data", "")))
    per_series = max(1, len(read_grid(choices, outcomes={"one": load_outcome()})))
    size = max(1, PART_SPECIFICATIONS // per_series)
    names = list(selections)
    return [
        Part(
            number=number,
            selections={name: selections[name] for name in names[start : start + size]},
            choices=choices,
            estimand=str(raw.get("estimand", "average")),
            alpha=float(raw.get("alpha", 0.05)),
            data=str(raw.get("data", "")),
        )
        for number, start in enumerate(range(0, len(names), size))
    ]


def estimate_part(part: Part) -> Estimated:
    """Estimate every combination of a part; what cannot be estimated gets its reason."""
    outcomes: dict[str, Outcome] = {}
    refused = []
    for name, selection in part.selections.items():
        try:
            outcomes[name] = load_outcome(**selection, data=part.data)
        except InputError as error:
            refused.append({"outcome": name, "reason": error.problem})
    table, invalid = pd.DataFrame(), pd.DataFrame(refused, columns=["outcome", "reason"])
    if outcomes:
        grid = read_grid(part.choices, outcomes=outcomes)
        table, without = estimate_grid(grid, estimand=part.estimand, alpha=part.alpha)
        invalid = pd.concat([without, invalid], ignore_index=True)
    return Estimated(number=part.number, table=table, invalid=invalid)


def run_sweep(
    path: Path,
    output: Path,
    *,
    run: Run | None = None,
    again: bool = False,
    done: Callable[[int, int], object] = lambda ended, total: None,
) -> Swept:
    """Estimate a sweep and write it whole to `output`.

    Parameters
    ----------
    output : a path that ends in .csv or .parquet. What cannot be estimated goes beside it, to
        NAME.invalid.csv.
    run : how parts are estimated; `on_cores()` by default, or `on_cluster(address)`.
    again : forget the parts that an interrupted sweep left.
    done : called with the number of parts that have ended and the number of all.

    Raises
    ------
    InputError : a malformed file or output, or parts left by another sweep.
    RunError : a worker died; what it had finished is kept.
    """
    _refuse_output(output)
    parts = read_sweep(path)
    folder = _parts_folder(output, path, again)
    missing = [part for part in parts if not _part_file(folder, part.number).is_file()]
    ended = len(parts) - len(missing)
    done(ended, len(parts))
    for estimated in (run or on_cores())(missing):
        _keep(folder, estimated)
        ended += 1
        done(ended, len(parts))
    swept = Swept(table=_joined(folder, parts, ""), invalid=_joined(folder, parts, ".invalid"))
    _write_whole(swept.invalid, output.with_suffix(".invalid.csv"))
    _write_whole(swept.table, output)
    shutil.rmtree(folder)
    return swept


def on_cores(workers: int | None = None) -> Run:
    """Estimate parts in processes of this machine, `workers` at once (None: one a core)."""

    def run(parts: Sequence[Part]) -> Iterator[Estimated]:
        from joblib import Parallel, delayed
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        pool = Parallel(workers or os.cpu_count(), return_as="generator_unordered")
        try:
            yield from pool(delayed(estimate_part)(part) for part in parts)
        except TerminatedWorkerError:
            raise _dead_worker() from None

    return run


def on_cluster(address: str) -> Run:
    """Estimate parts on a Dask cluster, whose scheduler is at `address` (tcp://host:port).

    A part whose worker dies is given to another one.

    Raises
    ------
    InputError : dask.distributed is not installed, or no scheduler answers there.
    """

    def run(parts: Sequence[Part]) -> Iterator[Estimated]:
        distributed = _distributed()
        with _client(distributed, address) as client:
            futures = client.map(estimate_part, list(parts), pure=False)
            for future in distributed.as_completed(futures):
                try:
                    yield future.result()
                except distributed.KilledWorker:
                    raise _dead_worker() from None

    return run


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        problem = f"The sweep {path} cannot be read ({error.strerror})."
    except (yaml.YAMLError, UnicodeDecodeError):
        problem = f"The sweep {path} is not valid YAML."
    else:
        if isinstance(raw, dict):
            return raw
        problem = f"The sweep {path} holds no entries by name."
    raise InputError(
        problem,
        rule="A sweep is a YAML file with `series` and the choices of a specification.",
        remedy="For example: series: {sector: each}",
    )


def _selections(series: Mapping[str, Any], data: str) -> dict[str, dict[str, str]]:
    """Every combination of the series' dimensions, by a name that says what it is."""
    for dimension in series:
        if dimension not in SERIES:
            raise unknown_name("dimension of a series", dimension, SERIES)
    values = {name: _values(name, wanted, data) for name, wanted in series.items()}
    combined = [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())]
    return {_series_name(selection): selection for selection in combined}


def _values(dimension: str, wanted: Any, data: str) -> list[str]:
    if wanted == EACH:
        given = [table for reading in read_data(data) for table in reading.tables] if data else []
        tables = [*given, *embedded()]
        known = set().union(*(table.values(dimension) for table in tables))
        return sorted(known - {ALL})
    return [str(value) for value in (wanted if isinstance(wanted, list) else [wanted])]


def _series_name(selection: Mapping[str, str]) -> str:
    parts = [f"{name}={value}" for name, value in selection.items() if value != ALL]
    return ", ".join(parts) or ALL


def _refuse_output(output: Path) -> None:
    if output.suffix not in FORMATS:
        raise InputError(
            f"The output is '{output.name}'.",
            rule=f"The output ends in {' or '.join(FORMATS)}.",
            remedy="For example --to sweep.csv",
        )
    if not output.resolve().parent.is_dir():
        raise InputError(
            f"The folder {output.resolve().parent} does not exist.",
            rule="The output is written to a folder that is there.",
            remedy="Make the folder first.",
        )


def _parts_folder(output: Path, sweep: Path, again: bool) -> Path:
    """The folder of finished parts, empty unless the same sweep was interrupted."""
    folder = output.with_name(f".{output.name}.parts")
    wanted = hashlib.sha256(sweep.read_bytes()).hexdigest()
    if again:
        shutil.rmtree(folder, ignore_errors=True)
    mark = folder / "sweep.json"
    if mark.is_file() and json.loads(mark.read_text())["sha256"] != wanted:
        raise InputError(
            f"{folder.name} holds parts of another sweep.",
            rule="An interrupted sweep goes on only if its file is the same.",
            remedy="Start anew with --again, or write to another output.",
        )
    folder.mkdir(exist_ok=True)
    mark.write_text(json.dumps({"sha256": wanted}))
    return folder


def _part_file(folder: Path, number: int, kind: str = "") -> Path:
    return folder / f"{number:06d}{kind}.csv"


def _keep(folder: Path, estimated: Estimated) -> None:
    """Keep a finished part; the file that marks it as finished comes last."""
    _write_whole(estimated.invalid, _part_file(folder, estimated.number, ".invalid"))
    _write_whole(estimated.table, _part_file(folder, estimated.number))


def _joined(folder: Path, parts: Iterable[Part], kind: str) -> pd.DataFrame:
    files = [_part_file(folder, part.number, kind) for part in parts]
    tables = [pd.read_csv(file) for file in files if file.stat().st_size > 1]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _write_whole(table: pd.DataFrame, path: Path) -> None:
    """Write a file that is either whole or not there."""
    partial = path.with_name(f"{path.name}.partial")
    if path.suffix == ".parquet":
        _refuse_without_pyarrow()
        table.to_parquet(partial, index=False)
    else:
        table.to_csv(partial, index=False, lineterminator="\n")
    os.replace(partial, path)


def _refuse_without_pyarrow() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise InputError(
            "pyarrow is not installed, so no Parquet file can be written.",
            rule="Parquet output needs the extra `dask`, which has pyarrow.",
            remedy="pip install '.[dask]', or write to a .csv file.",
        ) from None


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise InputError(
            "dask.distributed is not installed.",
            rule="A sweep on a cluster needs the extra `dask`.",
            remedy="pip install '.[dask]', here and on the workers.",
        ) from None
    return distributed


def _client(distributed: Any, address: str) -> Any:
    try:
        return distributed.Client(address, timeout=10, set_as_default=True)
    except (OSError, ValueError, TimeoutError):
        raise InputError(
            f"No Dask scheduler answers at {address}.",
            rule="--scheduler is the address of a running scheduler, tcp://host:port.",
            remedy="Start one with `dask scheduler`, and workers with `dask worker ADDRESS`.",
        ) from None


def _dead_worker() -> AnalysisError:
    return RunError(
        "A worker died, perhaps out of memory.",
        rule="Each part is estimated by a worker that lives until its end.",
        remedy="Run the same command again: finished parts are kept and not done again.",
    )
