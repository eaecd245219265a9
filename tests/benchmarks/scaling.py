"""How time and memory grow with the number of series, of points and of specifications.

    python tests/benchmarks/scaling.py

measures each size in a process of its own, whose peak memory the system counts, and writes
scaling.json, scaling.md and scaling.svg to benchmarks/.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from math import log10
from shutil import which
from statistics import median
from time import process_time
from typing import Any

from speed_table import FOLDER, ROOT, duration, where

# The code beside this file, wherever else the package may be installed.
sys.path.insert(0, str(ROOT))

FITS = (1, 10, 100, 1_000, 10_000, 100_000)
POINTS = (12, 24, 50, 100, 250, 1_000, 2_500, 5_000)
SPECIFICATIONS = (288, 1_152, 10_080, 101_376)
COLUMNS = (4, 8, 16, 32, 64)
# What, the words of the table, the label in the figure, its sizes.
CURVES = {
    "one_design": ("ar1_calibrated, series on one design", "one design", FITS),
    "designs_apart": ("ar1_calibrated, each series on a design of its own", "a design each", FITS),
    "specifications": ("Specification curve", "specifications", SPECIFICATIONS),
    "fit_with_effects": ("Default fit with all seven effects", "all seven effects", POINTS),
    "fit_alone": ("Default fit alone", "fit alone", POINTS),
    "glsar": ("statsmodels GLSAR until it converges", "GLSAR, no effects", POINTS),
    "sarimax": ("statsmodels SARIMAX, AR(1) errors", "", POINTS[3:]),
    "components": ("statsmodels UnobservedComponents, local level", "", POINTS[3:]),
    "columns": ("Default fit with all seven effects, 250 points", "", COLUMNS),
}
# What is not counted in fits, by the word for its size; a curve without a label is not drawn.
KINDS = {
    **dict.fromkeys(("fit_with_effects", "fit_alone", "glsar", "sarimax", "components"), "points"),
    "columns": "columns",
}
RIVALS = {"CausalPy": ("causalpy",), "R": ("R", "Rscript")}
MEBIBYTE = 2**20
ENOUGH_SECONDS = 0.5
MAX_ROUNDS = 50
# The height of a line of text, as a share of the axis.
LINE = 0.06
HEADER = "| What | Size | Time | For one | Memory it needs | Peak of the process |"


def measure_here(name: str, size: int) -> dict[str, Any]:
    """Median time, and the memory that the work adds to what stands before it."""
    import workloads

    build = getattr(workloads, name)
    # A small one first loads what is loaded late.
    build(CURVES[name][2][0])()
    work = build(size)
    before = _peak()
    times: list[float] = []
    while not times or (sum(times) < ENOUGH_SECONDS and len(times) < MAX_ROUNDS):
        start = process_time()
        work()
        times.append(process_time() - start)
    seconds = float(f"{median(times):.4g}")
    row = {"what": name, "size": size, "seconds": seconds, "rounds": len(times)}
    return {**row, "needs": _peak() - before, "peak": _peak()}


def measure() -> Iterable[dict[str, Any]]:
    """Every size of every curve, each in a process of its own."""
    for name, (_, _, sizes) in CURVES.items():
        for size in sizes:
            command = [sys.executable, __file__, name, str(size)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            row = json.loads(done.stdout)
            print(_line(row), flush=True)
            yield row


def page(found: Mapping[str, Any]) -> str:
    """scaling.md."""
    parts = [
        "# How time and memory grow",
        "Made by `make bench-scaling`: processor time of one thread, each size in a process of its "
        "own. The memory it needs is what the work adds to the peak that loading the libraries and "
        "making the input had reached (0 where it stays below). Points are weeks, a fifth of them "
        "after the start; a path of draws for each of these takes the time and the memory.",
        "![Time and memory by the number of fits, and time by the number of points](scaling.svg)",
        "\n".join([HEADER, "|---|---:|---:|---:|---:|---:|", *map(_line, found["rows"])]),
        f"Not installed there, and so not measured: {', '.join(found['absent']) or 'nothing'}.",
        where(found),
    ]
    return "\n\n".join(parts) + "\n"


def draw(rows: list[Mapping[str, Any]]) -> Any:
    """Time and memory by the number of fits, and time by the number of points, all log-log."""
    import matplotlib as mpl
    import seaborn as sns
    from matplotlib.figure import Figure

    from analysis.plot.picture import STYLE

    drawn = [name for name, (_, label, _) in CURVES.items() if label]
    by_fits = [name for name in drawn if name not in KINDS]
    by_points = [name for name in drawn if name in KINDS]
    with sns.axes_style("ticks", STYLE), mpl.rc_context({**STYLE, "svg.hashsalt": "scaling"}):
        figure = Figure(figsize=(12.5, 3.8), layout="constrained")
        time, memory, points = figure.subplots(1, 3)
        _curves(time, rows, by_fits, "seconds", 1)
        memory.set(ylim=(100, 1_000))
        _curves(memory, rows, by_fits, "peak", MEBIBYTE)
        _curves(points, rows, by_points, "seconds", 1)
        memory.set_yticks([100, 200, 400, 800])
        memory.yaxis.set_minor_formatter("")
        time.set(title="Time", xlabel="fits", ylabel="seconds")
        memory.set(title="Peak memory", xlabel="fits", ylabel="MiB")
        points.set(title="Time of one fit", xlabel="points in the series", ylabel="seconds")
        sns.despine(fig=figure)
    return figure


def main() -> None:
    """Measure and write everything."""
    import machine

    absent = [name for name, given in RIVALS.items() if not any(map(_installed, given))]
    found = {**machine.facts(), "absent": absent, "rows": list(measure())}
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "scaling.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (FOLDER / "scaling.md").write_text(page(found), "utf-8")
    metadata = {"Date": None, "Creator": None}
    draw(found["rows"]).savefig(FOLDER / "scaling.svg", metadata=metadata)
    print(page(found))


def _curves(axes: Any, rows: Iterable, names: Iterable[str], column: str, unit: float) -> None:
    from analysis.plot.picture import BLUE, GREEN, GREY, INK, PURPLE, VERMILION

    colours = dict(zip(CURVES, (BLUE, VERMILION, GREEN, PURPLE, INK, GREY), strict=False))
    axes.set(xscale="log", yscale="log")
    ends = {}
    for name in names:
        own = [row for row in rows if row["what"] == name]
        x, y = [row["size"] for row in own], [row[column] / unit for row in own]
        axes.plot(x, y, marker="o", markersize=3.5, color=colours[name])
        ends[name] = y[-1]
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:,g}")
    low, high = (log10(end) for end in axes.get_ylim())
    for name, place in apart({n: (log10(end) - low) / (high - low) for n, end in ends.items()}):
        axes.text(1.02, place, CURVES[name][1], transform=axes.transAxes, color=colours[name])


def apart(places: Mapping[str, float]) -> Iterable[tuple[str, float]]:
    """Places of labels (0 to 1 up the axis) at least a line apart, from the lowest up."""
    below = -1.0
    for name, place in sorted(places.items(), key=lambda item: item[1]):
        below = max(place - LINE / 3, below + LINE)
        yield name, below


def _line(row: Mapping[str, Any]) -> str:
    what, size = CURVES[row["what"]][0], row["size"]
    each = "" if row["what"] in KINDS else duration(row["seconds"] / size)
    needs, peak = (f"{row[name] / MEBIBYTE:,.0f} MiB" for name in ("needs", "peak"))
    kind = KINDS.get(row["what"], "fits" if size > 1 else "fit")
    cells = (what, f"{size:,} {kind}", duration(row["seconds"]), each, needs, peak)
    return "| " + " | ".join(cells) + " |"


def _installed(name: str) -> bool:
    return bool(find_spec(name) or which(name))


def _peak() -> int:
    """Bytes; Linux counts kibibytes, macOS bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measure_here(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
