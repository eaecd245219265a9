"""From pytest-benchmark's figures to one table: ours beside each rival of the same run.

    python tests/benchmarks/speed_table.py raw.json

writes results.json and results.md to benchmarks/, and prints the table. In a benchmark group the
tests named test_rival_... are the rivals of all others; where both
have a parameter of one name, they are compared at the same value. `extra_info["count"]` says how
many fits (rows, ...) a call makes: ratios are of times for one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "benchmarks"
RIVAL = "test_rival_"
HEADER = ("What", "This package", "Beside it", "Takes", "Ratio")
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


@dataclass(frozen=True, kw_only=True)
class Timing:
    """The median time (seconds > 0) of a call that does `count` >= 1 things."""

    what: str
    seconds: float
    count: int = 1
    rounds: int = 1


@dataclass(frozen=True, kw_only=True)
class Row:
    """Ours beside one rival, or beside none.

    ratio : the rival's time for one thing over ours; above 1 this package is faster.
    """

    group: str
    ours: Timing
    rival: Timing | None
    ratio: float | None


def read_rows(raw: Mapping[str, Any]) -> list[Row]:
    """A row for each of ours and each of its rivals, in the order in which they ran."""
    benchmarks = raw["benchmarks"]
    rivals = [one for one in benchmarks if one["name"].startswith(RIVAL)]
    rows = []
    for own in (one for one in benchmarks if one not in rivals):
        matching = [rival for rival in rivals if _comparable(own, rival)]
        rows += [_row(own, rival) for rival in matching or [None]]
    return rows


def results(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What is committed: the rows, and where, when and with what they were measured."""
    machine, commit = raw["machine_info"], raw["commit_info"]
    return {
        "date": raw["datetime"][:10],
        "revision": (commit["id"] or "unknown") + (" with changes" if commit["dirty"] else ""),
        "processor": machine["cpu"].get("brand_raw", machine["machine"]),
        "cores": machine["cpu"]["count"],
        "load": machine.get("load", 0.0),
        "memory": machine["memory"],
        "os": machine["os"],
        "python": machine["python_version"],
        "libraries": machine["libraries"],
        "left_out": raw["left_out"],
        "rows": [asdict(row) for row in read_rows(raw)],
    }


def markdown(found: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> str:
    """The table, and below it where it was measured."""
    lines = [_line(HEADER), "|---|---:|---|---:|---:|", *(_line(_cells(row)) for row in rows)]
    return "\n".join([*lines, "", where(found)])


def page(found: Mapping[str, Any]) -> str:
    """results.md."""
    versions = ", ".join(f"{name} {version}" for name, version in found["libraries"].items())
    missing = [f"- `{name}`: {reason}" for name, reason in found["left_out"].items()]
    parts = [
        "# How fast is it",
        "Made by `make bench`. Medians of one run. Ratio: the time of what stands beside it over "
        "that of this package, for one fit (row, specification) where the numbers differ. Above "
        "1 this package is faster.",
        markdown(found, found["rows"]),
        f"Libraries: {versions}. Revision {found['revision']}.",
    ]
    if missing:
        parts += ["Left out:", "\n".join(missing)]
    return "\n\n".join(parts) + "\n"


def duration(seconds: float) -> str:
    """A time in words, with three digits where it is not whole: 1.32 ms, 41.7 s."""
    size, unit = next((pair for pair in UNITS if seconds >= pair[0]), UNITS[-1])
    return f"{float(f'{seconds / size:.3g}'):g} {unit}"


def _comparable(own: Mapping[str, Any], rival: Mapping[str, Any]) -> bool:
    mine, theirs = own["params"] or {}, rival["params"] or {}
    same = all(mine[name] == theirs[name] for name in mine.keys() & theirs.keys())
    return own["group"] == rival["group"] and same


def _row(own: Mapping[str, Any], rival: Mapping[str, Any] | None) -> Row:
    mine, theirs = _timing(own), _timing(rival) if rival else None
    ratio = theirs and (theirs.seconds / theirs.count) / (mine.seconds / mine.count)
    return Row(group=own["group"] or "", ours=mine, rival=theirs, ratio=ratio and _short(ratio))


def _timing(one: Mapping[str, Any]) -> Timing:
    info, stats = one["extra_info"], one["stats"]
    name = one["name"].removeprefix(RIVAL).removeprefix("test_").removeprefix("ours_")
    return Timing(
        what=info.get("what", name.replace("_", " ")),
        seconds=_short(stats["median"]),
        count=info.get("count", 1),
        rounds=stats["rounds"],
    )


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    mine, theirs, ratio = row["ours"], row["rival"], row["ratio"]
    if theirs is None:
        return mine["what"], _took(mine, mine), "", "", ""
    digits = f"{ratio:.0f}" if ratio >= 20 else f"{ratio:.2g}"
    return mine["what"], _took(mine, theirs), theirs["what"], _took(theirs, mine), digits


def _took(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """The time, and for how many where that is not the same on both sides."""
    many = f" for {one['count']:,}" if one["count"] != other["count"] else ""
    return duration(one["seconds"]) + many


def where(found: Mapping[str, Any]) -> str:
    """Where and when it was measured, in a sentence."""
    memory = f"{found['memory'] / 2**30:.0f} GiB"
    busy = found.get("load", 0) > found["cores"]
    load = f" The machine was busy (load {found['load']:g}): times are longer." if busy else ""
    return (
        f"Measured {found['date']} on {found['cores']} cores of {found['processor']}, {memory}, "
        f"{found['os']}, Python {found['python']}.{load}"
    )


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def main(raw_file: str) -> None:
    """Write all that is made of one run."""
    found = results(json.loads(Path(raw_file).read_text("utf-8")))
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(found, indent=1, ensure_ascii=False)
    (FOLDER / "results.json").write_text(text + "\n", "utf-8")
    (FOLDER / "results.md").write_text(page(found), "utf-8")
    print(page(found))


if __name__ == "__main__":
    main(sys.argv[1])
