"""Where the panels of a figure lie, so that all that stands around them has room."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure

# Free space beside panels, in points.
PAD = 4.0


def lay_out(figure: Figure) -> None:
    """Give the panels of one grid the room that titles, labels and legends leave them.

    It looks once at what stands around them. matplotlib's own layouts look twice, and each look
    costs as much as the drawing.
    """
    renderer = FigureCanvasAgg(figure).get_renderer()
    width, height = figure.bbox.size
    pad = PAD * figure.dpi / 72
    columns, rows = (reach + pad for reach in _reaches(figure, renderer))
    left, above, below = _taken(figure, renderer)
    x0, x1, across = _spread(columns, left, width)
    y0, y1, down = _spread(rows, above, height - below)
    figure.subplots_adjust(x0 / width, 1 - y1 / height, x1 / width, 1 - y0 / height, across, down)


def _reaches(figure: Figure, renderer: RendererAgg) -> tuple[np.ndarray, np.ndarray]:
    """How far things reach beyond their axes: left and right of columns, above and below rows."""
    grid = figure.axes[0].get_gridspec()
    assert grid is not None
    columns, rows = np.zeros((2, grid.ncols)), np.zeros((2, grid.nrows))
    for ax in figure.axes:
        for spine in ax.spines.values():
            spine.set_in_layout(False)  # it lies where the axes end, and asks for all marks
        spec, own = ax.get_subplotspec(), ax.bbox
        whole = ax.get_tightbbox(renderer, for_layout_only=True)
        assert spec is not None
        assert whole is not None
        column, row = columns[:, spec.colspan.start], rows[:, spec.rowspan.start]
        np.maximum(column, [own.x0 - whole.x0, whole.x1 - own.x1], out=column)
        np.maximum(row, [whole.y1 - own.y1, own.y0 - whole.y0], out=row)
    return columns, rows


def _taken(figure: Figure, renderer: RendererAgg) -> tuple[float, float, float]:
    """What the figure's own words take on the left, above and below."""
    left, above, below, height = 0.0, 0.0, 0.0, figure.bbox.height
    for words in (*figure.texts, *figure.legends):
        box = words.get_window_extent(renderer)
        if box.height > box.width:
            left = max(left, box.x1)
        elif box.y0 > height / 2:
            above = max(above, height - box.y0)
        else:
            below = max(below, box.y1)
    return left, above, below


def _spread(reach: np.ndarray, first: float, last: float) -> tuple[float, float, float]:
    """Where panels begin and end between two places, and the gap between them in panels."""
    before, after = reach
    start, end = first + before[0], last - after[-1]
    gap = max(after[:-1] + before[1:], default=0.0)
    return start, end, gap * len(before) / (end - start - gap * (len(before) - 1))
