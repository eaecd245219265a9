"""A figure that can be read on a wide and on a narrow screen, on light and on dark pages.

A `Picture` is drawn twice, for a wide and for a narrow screen, so that its letters can be read
on both. It shows itself in a notebook as a figure with alt text and a caption.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's colours, which colour-blind readers can tell apart; ink and grey for the rest.
INK, GREY, PALE = "#1f2933", "#6b7783", "#c9d1d8"
BLUE, VERMILION, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, "#56b4e9", "#e69f00")
WIDE, NARROW = (8.0, 4.3), (4.2, 4.4)
# Dark pages turn the neutral colours round; the picture carries the rule itself.
DARK = {INK: "#e8ecef", GREY: "#9aa6b1", PALE: "#3d4852", BLUE: "#56b4e9"}

Draw = Callable[[Axes, bool], None]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A figure: how to draw it, what it shows in words (`alt`), and its caption.

    draw : called with axes and whether the picture is narrow.
    height : height in inches of the wide picture; the narrow one is as high as it is wide.
    """

    draw: Draw = field(repr=False)
    alt: str
    caption: str
    height: float = WIDE[1]
    narrow_height: float = NARROW[1]

    def figure(self, *, narrow: bool = False) -> Figure:
        """The matplotlib figure."""
        size = (NARROW[0], self.narrow_height) if narrow else (WIDE[0], self.height)
        with sns.axes_style("ticks", STYLE), mpl.rc_context(STYLE):
            figure = Figure(figsize=size, layout="constrained")
            axes = figure.subplots()
            self.draw(axes, narrow)
            sns.despine(fig=figure)
        return figure

    def svg(self, *, narrow: bool = False) -> str:
        """The figure as SVG text, the same bytes every time."""
        buffer = io.StringIO()
        with mpl.rc_context({"svg.hashsalt": self.caption, "svg.fonttype": "path"}):
            self.figure(narrow=narrow).savefig(
                buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
            )
        return _for_dark_pages(buffer.getvalue())

    def html(self, *, narrow: bool = False) -> str:
        """The figure for one width of screen, with its alt text and caption."""
        return self._figure(self._image(_data_uri(self.svg(narrow=narrow))))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """As a figure for a page, and as the picture that stands for the page in a list."""
        wide, narrow = self.svg(), _data_uri(self.svg(narrow=True))
        source = f"<source media='(max-width: 640px)' srcset='{narrow}'>"
        picture = f"<picture>{source}{self._image(_data_uri(wide))}</picture>"
        return {
            "text/html": self._figure(picture),
            "image/svg+xml": wide,
            "text/plain": self.alt,
        }

    def _repr_html_(self) -> str:
        return self._repr_mimebundle_()["text/html"]

    def _image(self, uri: str) -> str:
        return f"<img src='{uri}' alt='{escape(self.alt, quote=True)}'>"

    def _figure(self, image: str) -> str:
        return f"<figure>{image}<figcaption>{escape(self.caption)}</figcaption></figure>"


# Every figure of the project, with seaborn's "ticks".
STYLE: Any = {
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "font.size": 10,
    "axes.labelsize": 10,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "lines.linewidth": 1.6,
}


def _for_dark_pages(svg: str) -> str:
    """Give the picture a rule of its own that turns its neutral colours round on dark pages."""
    rules = "".join(
        f"[style*='fill: {old}']{{fill:{new}!important}}"
        f"[style*='stroke: {old}']{{stroke:{new}!important}}"
        for old, new in DARK.items()
    )
    style = f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"
    return re.sub(r"(<svg[^>]*>)", lambda match: match.group(1) + style, svg, count=1)


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
