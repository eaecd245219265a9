"""Estimates over many series and choices without notebooks, on all cores or on a Dask cluster.

A sweep is a YAML file. `series` gives the dimensions of `load_outcome`, each a value, a list or
"each" (every value that the tables know); their combinations are the series. A table of one's own
(`data`) is read by the parameters of `read_series`: its `value_column` may be a list or "each", and
`where` have `column=each`. The other entries are those of a specification grid (start, season,
events, model, ...), and `estimand`, `alpha`. Finished parts are kept beside the output, so that an
interrupted sweep goes on where it stopped.
"""

from __future__ import annotations

import gzip
import io
import json
import logging
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from filelock import FileLock, Timeout
from joblib import Parallel, delayed
from pydantic import Field, Strict

from analysis.border.claims.ledger import Selected
from analysis.border.grid import is_own, read_grid, selections
from analysis.border.selection import load_outcome
from analysis.border.sources.reading import find_files
from analysis.errors import AnalysisError, InputError, refusal, refuse_bounds, unknown_name
from analysis.outcome import Outcome
from analysis.reading.entries import Word, parse_entry, read_entries
from analysis.reading.series import PARAMETERS
from analysis.report.record import data_hash
from analysis.robustness.curve.grid import DIMENSIONS as CHOICES
from analysis.robustness.curve.grid import Grid, make_grid
from analysis.robustness.curve.specification import estimate_grid
from analysis.robustness.kept import code_hash, sha256, written_whole
from analysis.show.progress import watch

SETTINGS = ("series", "estimand", "alpha", "data", *PARAMETERS, *CHOICES[1:])
PART_SPECIFICATIONS, MOST = 2000, 1_000_000  # of a part, and of a sweep
WAIT = 60  # seconds in which a cluster gets a worker, or is asked whether it still has one
FORMATS, OTHERS = (".csv", ".parquet"), ".invalid.csv"
REMEDY = "For example: series: {sector: each}"
Alpha = Annotated[float, Strict(), Field(ge=0.001, le=0.5, description="it is 0.001 to 0.5")]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The entries of a sweep file that are not choices of a specification."""

    series: dict[Selected, Word | list[Word]] = field(default_factory=dict)
    estimand: Word = "average"
    alpha: Alpha = 0.05
    data: Word = ""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A share of a sweep that one worker estimates at once. It holds texts and numbers only.

    name : a hash of all that decides its estimates: its entries, its files and the code.
    """

    name: str
    selections: Mapping[str, Mapping[str, Any]]
    choices: Mapping[str, Any]
    wanted: Wanted
    own: bool = False


@dataclass(frozen=True, kw_only=True)
class Swept:
    """Estimates, and the combinations that cannot be estimated with the reason."""

    table: pd.DataFrame
    invalid: pd.DataFrame


def read_sweep(path: Path) -> list[Part]:
    """The parts of a sweep file.

    Raises
    ------
    InputError : no such file, no valid YAML, an unknown entry or value, or no series.
    """
    raw = read_entries(path, "sweep", remedy=REMEDY) or {}
    raw = parse_entry(dict[str, Any], raw, "sweep", remedy=REMEDY)
    for name in raw:
        if name not in SETTINGS:
            raise unknown_name("entry of a sweep", name, SETTINGS)
    choices = {name: raw.pop(name) for name in CHOICES if name in raw}
    how = {name: raw.pop(name) for name in PARAMETERS if name in raw}
    wanted = parse_entry(Wanted, raw, "sweep", remedy=REMEDY)
    own = is_own(wanted.data, how)
    found = selections(wanted.series, wanted.data, how)
    per_series = max(1, len(_grid(choices, {"one": load_outcome()}, own=own)))
    n = per_series * len(found)
    refuse_bounds(("number of combinations", f"{n:,}", 1 <= n <= MOST, f"1 to {MOST:,} a sweep"))
    size = max(1, PART_SPECIFICATIONS // per_series)
    made_of = json.dumps(
        [asdict(wanted), how, choices, data_hash(wanted.data), code_hash()], default=str
    )
    parts = []
    for start in range(0, len(found), size):
        share = dict(islice(found.items(), start, start + size))
        name = sha256(f"{made_of}{list(share)}")[:32]
        parts.append(Part(name=name, selections=share, choices=choices, wanted=wanted, own=own))
    return parts


def estimate_part(part: Part) -> tuple[str, Swept]:
    """Estimate every combination of a part; what cannot be estimated gets its reason."""
    outcomes: dict[str, Outcome] = {}
    refused = []
    for name, selection in part.selections.items():
        try:
            outcomes[name] = load_outcome(**selection, data=part.wanted.data)
        except InputError as error:
            refused.append({"outcome": name, "reason": error.problem})
    table, invalid = pd.DataFrame(), pd.DataFrame(refused, columns=["outcome", "reason"])
    if outcomes:
        grid = _grid(part.choices, outcomes, own=part.own)
        wanted = part.wanted
        table, without = estimate_grid(grid, estimand=wanted.estimand, alpha=wanted.alpha)
        invalid = pd.concat([without, invalid], ignore_index=True)
    return part.name, Swept(table=table, invalid=invalid)


def _grid(choices: Mapping[str, Any], outcomes: Mapping[str, Outcome], *, own: bool) -> Grid:
    """The choices on each series. A table of one's own has none of the border's defaults."""
    return make_grid(choices, outcomes) if own else read_grid(choices, outcomes=outcomes)


def run_sweep(
    path: Path,
    output: Path,
    *,
    workers: int | None = None,
    scheduler: str = "",
    again: bool = False,
) -> Swept:
    """Estimate a sweep and write it whole to `output`.

    A part that an interrupted sweep left is taken only if its file is sound and it was made from
    the same entries, data, code and versions.

    Parameters
    ----------
    output : a path that ends in .csv or .parquet. What cannot be estimated goes beside it, to
        NAME.invalid.csv.
    workers : processes at once on this machine; None for one a core, 1 for this process alone.
    scheduler : the address of a Dask scheduler (tcp://host:port), whose workers estimate instead.
    again : forget the parts that an interrupted sweep left.

    Raises
    ------
    InputError : a malformed file or output, or a scheduler that does not answer.
    RunError : another sweep writes to `output` or none can, a worker failed, or nothing can be
        estimated.
        What was finished is kept, and an earlier output is as it was.
    """
    parts = {part.name: part for part in read_sweep(path)}
    _refuse_output(output, next(iter(parts.values())).wanted.data)
    folder, others = output.with_name(f".{output.name}.parts"), output.with_suffix(OTHERS)
    if again:
        shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(exist_ok=True)
        with FileLock(folder / "lock", timeout=0):
            kept = {name: texts for name in parts if (texts := _kept(folder / name))}
            missing = [part for name, part in parts.items() if name not in kept]
            ending = _estimated(missing, workers, scheduler)
            for name, found in watch(ending, "Parts", total=len(missing)):
                kept[name] = keep_part(folder / name, found)
            swept = Swept(table=_joined(kept, parts, 0), invalid=_joined(kept, parts, 1))
            if swept.table.empty:
                reason = "".join(swept.invalid["reason"][:1]).rstrip(".")
                raise refusal("nothing estimated", count=len(swept.invalid), reason=reason)
            _write_whole(swept.invalid, others)
            _write_whole(swept.table, output)
    except Timeout:
        raise refusal("another sweep") from None
    except OSError as error:
        raise refusal("unwritable", why=error.strerror or error) from None
    shutil.rmtree(folder)
    return swept


def _estimated(
    parts: list[Part], workers: int | None, scheduler: str
) -> Iterator[tuple[str, Swept]]:
    """Each part's name with what was found, in the order in which they end."""
    try:
        if scheduler:
            yield from _on_cluster(parts, scheduler)
        else:
            pool = Parallel(workers or os.cpu_count(), return_as="generator_unordered")
            yield from pool(delayed(estimate_part)(part) for part in parts)
    except AnalysisError:
        raise
    except Exception as error:  # a worker that died, a scheduler that went away
        why = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise refusal("failed worker", why=why) from None


def _on_cluster(parts: list[Part], address: str) -> Iterator[tuple[str, Swept]]:
    """The same by the workers of a Dask scheduler; a part whose worker dies goes to another."""
    distributed = _extra("distributed")
    for logger in ("distributed", "distributed.client"):  # they print what is raised here
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    try:
        client = distributed.Client(address, timeout=10)
        client.wait_for_workers(1, timeout=WAIT)
    except (OSError, ValueError, TimeoutError):
        raise refusal("no scheduler", address=address) from None
    with client:
        left = set(client.map(estimate_part, parts, key=[part.name for part in parts]))
        while left:
            try:
                for future in distributed.wait(left, WAIT, return_when="FIRST_COMPLETED").done:
                    # What was found goes with its worker, and is then waited for once more.
                    found = future.result(WAIT)
                    left.remove(future)
                    yield found
            except TimeoutError:
                if not client.sync(client.scheduler.identity, callback_timeout=WAIT)["workers"]:
                    raise refusal("no worker") from None


def _refuse_output(output: Path, data: str) -> None:
    written = [path.resolve() for path in (output, output.with_suffix(OTHERS))]
    read = [path.resolve() for path in find_files(data)] if data else []
    lost = any(path in read for path in written)
    if lost or output.suffix not in FORMATS or not written[0].parent.is_dir():
        raise refusal("output of a sweep", output=output, formats=FORMATS)
    if output.suffix == ".parquet":
        _extra("pyarrow")


def _kept(path: Path) -> list[str]:
    """The tables of a finished part, as CSV; none where its file is not there, cut or damaged."""
    try:
        texts: list[str] = json.loads(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, ValueError, zlib.error):
        return []
    return texts


def keep_part(path: Path, found: Swept) -> list[str]:
    """Write what a part found to a file that is either whole or not there; give it as CSV."""
    texts = [table.to_csv(index=False) for table in (found.table, found.invalid)]
    with written_whole(path) as partial:
        partial.write_bytes(gzip.compress(json.dumps(texts).encode()))
    return texts


def _joined(kept: Mapping[str, list[str]], order: Iterable[str], which: int) -> pd.DataFrame:
    texts = [io.StringIO(kept[name][which]) for name in order if kept[name][which].strip()]
    tables = [pd.read_csv(text) for text in texts]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _write_whole(table: pd.DataFrame, path: Path) -> None:
    """Write a file that is either whole or not there."""
    with written_whole(path) as partial:
        if path.suffix == ".parquet":
            table.to_parquet(partial, index=False)
        else:
            table.to_csv(partial, index=False, lineterminator="\n")


def _extra(module: str) -> Any:
    """A module of the extra `dask`."""
    try:
        return import_module(module)
    except ImportError:
        raise refusal("no extra", module=module) from None
