"""A figure that can be read on a wide and on a narrow screen, on light and on dark pages.

A `Picture` is drawn twice, for a wide and for a narrow screen, so that its letters can be read
on both. It shows itself in a notebook as a figure with alt text and a caption.
"""

from __future__ import annotations

import base64
import gzip
import io
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from threading import RLock
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from analysis import show

# Free space around panels, in heights of a letter.
PAD = 0.4
# Okabe and Ito's colours, which colour-blind readers can tell apart; ink and grey for the rest.
INK, GREY, PALE = "#1f2933", "#6b7783", "#c9d1d8"
BLUE, VERMILION, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, "#56b4e9", "#e69f00")
# A style belongs to the whole process, so one thread draws at a time.
DRAWING = RLock()
WIDE, NARROW = (8.0, 4.3), 4.2
# The shape in which other sites show a picture, and its dots an inch.
SHARED, DOTS = (8.0, 4.2), 150
WHITE = "#ffffff"
# How dense a range is, on light pages and on dark ones.
BAND, DARK_BAND = 0.16, 0.4
# Dark pages turn these round; the picture carries the rule itself.
DARK = {WHITE: "#151a1f", INK: "#e8ecef", GREY: "#9aa6b1", PALE: "#3d4852", BLUE: "#56b4e9",
        VERMILION: "#f0883e", f"fill-opacity:{BAND}": f"fill-opacity:{DARK_BAND}"}  # fmt: skip
# What a tag says of its colours, lines and letters.
LOOK = re.compile('(?<= )style="([^"]*)"(?=[^<]*>)')
# What a file tells of its making differs from run to run.
NO_METADATA = dict.fromkeys(["Creator", "Date", "Format", "Type"])
# Signs that the address of an image may hold as they are, in an attribute with single quotes.
PLAIN = '/:;,=()!@*"?+'

Draw = Callable[[Axes, bool], None]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A figure: how to draw it, what it shows in words (`alt`), and its caption.

    draw : called with axes and whether the picture is narrow. On axes of ratios, as `with_log`
        asks for, it leaves their scale as it is.
    title, source : what is found and where the figures are from, inside the picture; "" for none.
    table : what is drawn, one row a place at which a reader may point; by period, or by the title
        of a panel and period, or by a name.
    places : of those rows, in the units of the axes: `x`, `y` or both, if `x` is not the middle of
        the row's period.
    with_log : whether it can be shown with an axis of ratios too; all its values are > 0.
    shared : whether it can stand for its page on other sites, as PNG.
    height : height in inches of the wide picture; the narrow one is a little higher by default.
    """

    draw: Draw = field(repr=False)
    alt: str
    caption: str
    title: str = ""
    source: str = ""
    table: pd.DataFrame | None = field(default=None, repr=False)
    places: Mapping[str, Any] = field(default_factory=dict, repr=False)
    with_log: bool = False
    shared: bool = False
    height: float = WIDE[1]
    narrow_height: float | None = None

    def figure(self, *, narrow: bool = False, log: bool = False) -> Figure:
        """The matplotlib figure."""
        height = self.narrow_height or self.height + 0.2
        size = (NARROW, height) if narrow else (WIDE[0], self.height)
        with DRAWING, sns.axes_style("ticks", STYLE), mpl.rc_context(STYLE):
            figure = Figure(figsize=size, dpi=DOTS)
            axes = figure.subplots()
            axes.set_yscale("log" if log else "linear")
            self.draw(axes, narrow)
            self._frame(figure, 44 if narrow else 84)
            figure.tight_layout(pad=PAD, h_pad=2 * PAD)
        return figure

    def _frame(self, figure: Figure, letters: int) -> None:
        """The title above and the source beneath, in lines of so many letters."""
        if self.title:
            title = re.sub("p ([=<]) ", "p\u00a0\\1\u00a0", self.title)  # stays in one line
            title = textwrap.fill(title, letters)
            top = 1 - 0.05 / figure.get_figheight()
            figure.suptitle(title, x=0.01, y=top, ha="left", fontsize=10.5, fontweight="bold")
        if self.source:
            source = textwrap.fill(f"Source: {self.source}", int(1.5 * letters))
            figure.supxlabel(source, x=0.01, ha="left", fontsize=7, color=GREY)

    def svg(self, *, narrow: bool = False, log: bool = False) -> str:
        """The figure as SVG text, the same bytes every time."""
        return self._drawn(self.figure(narrow=narrow, log=log))[0]

    def _drawn(self, figure: Figure) -> tuple[str, str]:
        """The same, and where the rows of its table lie, as shares of its width and height."""
        buffer = io.StringIO()
        with DRAWING, mpl.rc_context({**STYLE, "svg.hashsalt": self.caption}):
            FigureCanvasSVG(figure).print_svg(buffer, metadata=NO_METADATA)
        return _for_pages(buffer.getvalue()), " ".join(self._shares(figure))

    def _shares(self, figure: Figure) -> list[str]:
        """Of each row of the table its place in a drawn figure: across, a colon, down."""
        if self.table is None:
            return []
        index = pd.RangeIndex(len(self.table))
        places = {**_places(self.table.index), **self.places}
        given = {name: np.asarray(values) for name, values in places.items()}
        known = pd.DataFrame(given, index).reindex(columns=["x", "y", "panel"])
        panels = known.pop("panel").fillna(0)
        drawn = known.fillna(0.0).to_numpy(float, copy=True)
        for panel in panels.unique():
            chosen = (panels == panel).to_numpy()
            drawn[chosen] = figure.axes[int(panel)].transData.transform(drawn[chosen])
        shares = drawn / figure.bbox.size * [1, -1] + [0, 1]
        seen = known.notna().to_numpy()
        texts = np.where(seen, np.char.mod("%.3f", shares), "")
        return [":".join(pair) for pair in texts]

    def html(self, *, narrow: bool = False) -> str:
        """The figure for one width of screen, with its alt text and caption."""
        return self._figure(self._image(_data_uri(self.svg(narrow=narrow))))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """As a figure for a page, and as the picture that stands for the page in a list."""
        figure = self.figure()
        wide, place = self._drawn(figure)
        narrow, narrow_place = self._drawn(self.figure(narrow=True))
        source = f"<source media='(max-width: 640px)' srcset='{_data_uri(narrow)}'>"
        picture = f"<picture>{source}{self._image(_data_uri(wide))}</picture>"
        data = {}
        if self.table is not None:
            data = {"csv": _csv(self.table), "wide": place, "narrow": narrow_place}
        if self.with_log:
            logs = (_packed(self.svg(narrow=n, log=True)) for n in (False, True))
            data |= dict(zip(("log", "narrow-log"), logs, strict=True))
        bundle = {
            "text/html": self._figure(picture, data),
            "image/svg+xml": wide,
            "text/plain": self.alt,
        }
        return bundle | ({"image/png": _png(figure)} if self.shared else {})

    def _repr_html_(self) -> str:
        return self._repr_mimebundle_()["text/html"]

    def _image(self, uri: str) -> str:
        return f"<img src='{uri}' alt='{escape(self.alt, quote=True)}'>"

    def _figure(self, image: str, data: Mapping[str, str] = MappingProxyType({})) -> str:
        held = "".join(f" data-{name}='{escape(text)}'" for name, text in data.items())
        return f"<figure{held}>{image}<figcaption>{escape(self.caption)}</figcaption></figure>"


def middles(periods: pd.Index) -> np.ndarray:
    """The middle day of each period, as matplotlib counts days."""
    spans = pd.PeriodIndex(periods)
    ends = date2num(spans.start_time.to_numpy()), date2num(spans.end_time.to_numpy())
    return np.asarray(sum(ends) / 2)


def _places(index: pd.Index) -> dict[str, Any]:
    """Of rows that are periods, alone or by the titles of panels, where they lie."""
    periods, titles = index.get_level_values(-1), index.get_level_values(0)
    if not isinstance(periods, pd.PeriodIndex):
        return {}
    found = {"x": middles(periods)}
    return {**found, "panel": pd.factorize(titles)[0]} if index.nlevels > 1 else found


def _csv(table: pd.DataFrame) -> str:
    """The table as CSV, without line breaks in its names."""
    plain = table.rename(columns=lambda name: " ".join(str(name).split()))
    if plain.index.nlevels > 1:
        plain = plain.set_axis([f"{of}: {show.period_name(at)}" for of, at in plain.index])
    if not isinstance(plain.index, pd.PeriodIndex):
        plain = plain.rename(index=lambda name: " ".join(str(name).split()))
    period = isinstance(table.index, pd.PeriodIndex)
    label = "period" if period else str(table.index.name or "row")
    return plain.to_csv(float_format="%.6g", index_label=label)


# Every figure of the project: seaborn's "ticks", in our colours.
STYLE: Any = {
    "axes.spines.top": False,
    "axes.spines.right": False,
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
    # Text stays text. It is laid out with these letters.
    "font.family": "DejaVu Sans",
    "svg.fonttype": "none",
}


def _png(figure: Figure) -> str:
    """A figure for other sites, once its own drawing is done."""
    buffer, canvas = io.BytesIO(), FigureCanvasAgg(figure)
    figure.set(size_inches=SHARED, dpi=DOTS)
    figure.tight_layout(pad=PAD, h_pad=2 * PAD)
    canvas.print_png(buffer)
    return base64.b64encode(buffer.getvalue()).decode()


def _for_pages(svg: str) -> str:
    """The picture as small as eyes allow, its looks as rules that change on dark pages."""
    svg = re.sub("<[a-z][^>]*>", _lean, re.sub(r">\s+<", "><", svg))
    names = {look: f"s{i}" for i, look in enumerate(dict.fromkeys(LOOK.findall(svg)))}
    light = "".join(f".{name}{{{look}}}" for look, name in names.items())
    light = light.replace("'DejaVu Sans'", "'DejaVu Sans',Verdana,sans-serif")  # as wide
    dark = re.sub("|".join(DARK), lambda old: DARK[old[0]], light)
    rules = f"<style>{light}</style><style>@media (prefers-color-scheme:dark){{{dark}}}</style>"
    svg = LOOK.sub(lambda look: f'class="{names[look[1]]}"', svg)
    return svg.replace("<defs>", rules + "<defs>", 1)


def _lean(tag: re.Match[str]) -> str:
    """A tag with places to the hundredth of a point, and no name or blank that is of no use."""
    text = re.sub(r"\d+\.\d{3,}", lambda place: f"{float(place[0]):.2f}", tag[0])
    if text.startswith("<g"):
        return re.sub(' id="[^"]+"', "", text)
    text = re.sub(r' transform="rotate\(-0 [^"]+"', "", text)
    text = re.sub('(?<= d=)"[^"]+', lambda path: _path(path[0]), text)
    return re.sub("([:;]) ", r"\1", text)


def _path(commands: str) -> str:
    return re.sub(r'\s*([A-Za-z"])\s*', r"\1", commands).strip().replace(" ", ",")


def _packed(svg: str) -> str:
    """For the page's script, which alone shows it: a picture that few look at should be small."""
    return base64.b64encode(gzip.compress(svg.encode(), mtime=0)).decode()


def _data_uri(svg: str) -> str:
    """As the address of an image, letters as they are where they may be: base64 is larger."""
    return "data:image/svg+xml," + quote(svg, safe=PLAIN)
