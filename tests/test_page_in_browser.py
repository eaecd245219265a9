"""A page just made, in a real browser: what a reader clicks, points at, prints and takes along."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from playwright.sync_api import Page

import analysis as its
from analysis import plot, show
from analysis.pages.words import Headline
from analysis.report.index import write_index
from analysis.report.page import arrange_cells, build_page
from analysis.report.record import write_record

pytestmark = pytest.mark.browser

ROWS = [[f"Series {i}", "−12.3%", "−20.1% to −4.0%", "supported"] for i in range(30)]
HEADER = ["Series", "Estimate", "95% interval", "Verdict"]


def cell(*shown: object) -> nbformat.NotebookNode:
    """A cell of code that shows these."""
    made = nbformat.v4.new_code_cell("")
    for one in shown:
        bundle = {"text/html": one} if isinstance(one, str) else one._repr_mimebundle_()
        made.outputs.append(nbformat.v4.new_output("display_data", bundle))
    return made


def listed() -> list[plot.Picture]:
    """A figure of rows and one of points."""
    table = pd.DataFrame({"estimate": [-3.0, 2.0], "lower": [-5.0, -1.0], "upper": [-1.0, 4.0]},
                         index=["first, of two", "second, of two"])  # fmt: skip
    rows = plot.forest(table, caption="Two rows.", alpha=0.05)
    points = replace(rows, places=pd.DataFrame({"x": table["estimate"], "y": [0.0, -1.0]}))
    return [rows, points]


@pytest.fixture(scope="module")
def folder(fitted, tmp_path_factory) -> Path:
    """Three reports, each with an answer, its figure, a short table and a long one."""
    root = tmp_path_factory.mktemp("project")
    (root / "notebooks").mkdir()
    runs = [f"{n}: {{title: 'Report {n}?', notebook: 03-effect.ipynb}}" for n in ("a", "b", "c")]
    (root / "notebooks" / "runs.yml").write_text("\n".join(runs))
    said = Headline(sentence="It fell by 12%.", detail=("It says nothing of the cause.",))
    picture = plot.path(its.trace_counterfactual(fitted))
    notebook = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_markdown_cell("# Title"),
        cell(said, picture),
        nbformat.v4.new_markdown_cell("## Short\n\nText."),
        cell(show.table(HEADER, ROWS[:3], caption="A short table")),
        nbformat.v4.new_markdown_cell("## Long\n\nText."),
        cell(show.table(HEADER, ROWS, caption="A long table")),
        cell(*listed()),
    ])  # fmt: skip
    for name in ("a", "b", "c"):
        report = root / "reports" / name
        report.mkdir(parents=True)
        record = {
            "name": name, "run": name, "title": f"Report {name}?", "page": name, "own": False,
            "notebook": "03-effect.ipynb", "started": "2026-01-01", "finished": "2026-01-01",
            "status": "complete", "headline": said.sentence, "version": "0.2.0", "tables": 0,
            "revision": "0", "python": "3", "libraries": {"numpy": "2"}, "data": [],
            "differs": {}, "fingerprint": "",
            "parameters": {"start": {"value": "2022-01", "meaning": "first month"}},
        }  # fmt: skip
        (report / "index.html").write_text(build_page(arrange_cells(notebook), record, {}), "utf-8")
        write_record(report, record)
    write_index(root, "https://example.org/reports")
    return root / "reports"


@pytest.fixture(params=[(1440, 900), (390, 800), (320, 700)], ids=lambda size: str(size[0]))
def page(request, browser, folder) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(
        viewport={"width": width, "height": height},
        permissions=["clipboard-read", "clipboard-write"], accept_downloads=True,
    )  # fmt: skip
    made, wrong = context.new_page(), []
    made.on("console", lambda message: wrong.append(message.text))
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("request", lambda r: None if r.url.startswith(("data:", "file:")) else wrong.append(r))
    made.goto((folder / "b" / "index.html").as_uri())
    yield made
    context.close()
    assert wrong == []


def test_values_are_told_under_the_pointer_and_by_arrow_keys(page):
    reader, box = page.locator(".reader").first, page.locator(".reader output").first
    assert not box.is_visible()
    rows = list(csv.reader(page.locator("figure").first.get_attribute("data-csv").splitlines()))
    reader.focus()
    page.keyboard.press("Home")
    assert box.is_visible()
    assert box.inner_text().splitlines()[0] == rows[1][0]
    page.keyboard.press("ArrowRight")
    assert reader.get_attribute("aria-valuetext").startswith(f"{rows[2][0]}; counted: ")
    page.keyboard.press("End")
    last = [
        float(text.split(": ")[1].replace(",", "")) for text in box.inner_text().splitlines()[1:]
    ]
    assert last == pytest.approx([float(value) for value in rows[-1][1:]], rel=1e-3)
    page.keyboard.press("ArrowRight")
    assert box.inner_text().splitlines()[0] == rows[-1][0]
    place = reader.bounding_box()
    page.mouse.move(place["x"] + place["width"] * 0.3, place["y"] + 40)
    assert box.inner_text().splitlines()[0] not in (rows[1][0], rows[-1][0])
    for key in ("Home", "End"):
        page.keyboard.press(key)
        shown = box.bounding_box()
        assert 0 <= shown["x"] <= shown["x"] + shown["width"] <= page.viewport_size["width"]


def test_the_line_of_the_values_stands_at_its_point(page, fitted):
    narrow = page.viewport_size["width"] <= 640
    places = page.locator("figure").first.get_attribute(f"data-{'narrow' if narrow else 'wide'}")
    page.locator(".reader").first.focus()
    frame = page.locator(".frame").first.bounding_box()
    image = page.locator("figure img").first.bounding_box()
    assert frame["width"] == pytest.approx(image["width"], abs=1)
    for key, place in zip(("Home", "End"), (places.split()[0], places.split()[-1]), strict=True):
        page.keyboard.press(key)
        line = page.locator(".reader i").first.bounding_box()
        at = (line["x"] - image["x"]) / image["width"]
        assert at == pytest.approx(float(place.partition(":")[0]), abs=0.01)


def test_the_figure_and_its_numbers_can_be_taken_along(page):
    for label, ending in (("PNG", b"\x89PNG"), ("SVG", b"<?xml"), ("Numbers (CSV)", b"period,")):
        with page.expect_download() as waiting:
            page.locator(".kit").first.get_by_role("button", name=label).click()
        data = Path(waiting.value.path()).read_bytes()
        assert data.startswith(ending)
        if label == "SVG":
            assert b"prefers-color-scheme" not in data
            assert b"fill:#ffffff" in data
        if label == "PNG":
            assert int.from_bytes(data[16:20], "big") == 1920


def test_a_button_turns_the_axis_into_ratios_and_back(page):
    image, button = page.locator("figure img").first, page.get_by_role("button", name="Ratio")
    drawn = [image.evaluate("image => image.currentSrc")]
    for pressed in ("true", "false"):
        button.click()
        page.locator(f"button[aria-pressed={pressed}]").wait_for()
        drawn.append(image.evaluate("image => image.currentSrc"))
    assert drawn[0] == drawn[2] != drawn[1]


def test_the_pdf_is_offered_where_it_was_made(page, folder, tmp_path):
    assert page.locator("a[href='report.pdf']").count() == 0
    assert page.get_by_role("button", name="Print to PDF").count() == 3
    own = shutil.copytree(folder.parent, tmp_path / "project") / "reports"
    made = own / "b" / "report.pdf"
    made.write_bytes(b"%PDF-1.4")
    write_index(own.parent)
    page.goto((own / "b" / "index.html").as_uri())
    link = page.locator(".kit").first.get_by_role("link", name="PDF of the page")
    assert link.evaluate("link => link.href") == made.as_uri()
    assert page.get_by_role("button", name="Print").count() == 0


@pytest.mark.parametrize("kind", ["rows", "points"])
def test_values_are_told_of_rows_and_of_points(page, kind):
    """A row is pointed at by its height, a point by both of its places."""
    figure = page.locator("figure").nth(1 if kind == "rows" else 2)
    reader, box = figure.locator(".reader"), figure.locator("output")
    rows = list(csv.reader(figure.get_attribute("data-csv").splitlines()))[1:]
    narrow = page.viewport_size["width"] <= 640
    places = figure.get_attribute(f"data-{'narrow' if narrow else 'wide'}").split()
    reader.scroll_into_view_if_needed()
    for row, place in zip(rows, places, strict=True):
        across, down = (float(share or 0.5) for share in place.split(":"))
        at = reader.bounding_box()
        page.mouse.move(at["x"] + across * at["width"], at["y"] + down * at["height"])
        assert box.inner_text().splitlines()[0] == row[0]
    assert row[0].count(",") == 1


def test_the_answer_is_copied_with_its_caveat(page):
    page.get_by_text("Quote this").click()
    page.locator("details.quote button").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "It fell by 12%. It says nothing of the cause. (Report b? 2026-01-01.)"


def test_contents_stand_beside_or_folded_above_and_lead_to_the_headings(page):
    contents, main = page.locator(".contents"), page.locator("main")
    wide = page.viewport_size["width"] >= 1280
    assert page.locator(".contents li").first.is_visible() == wide
    if wide:
        left = main.bounding_box()
        assert contents.bounding_box()["x"] >= left["x"] + left["width"]
    else:
        assert contents.bounding_box()["y"] < main.bounding_box()["y"]
        page.locator(".contents summary").click()
    page.locator(".contents a", has_text="Long").click()
    assert page.url.endswith("#long")
    assert -1 <= page.locator("#long").bounding_box()["y"] < page.viewport_size["height"]


def test_the_bar_leads_from_page_to_page(page):
    links = page.locator(".bar a, .turn a")
    assert [links.nth(i).inner_text() for i in range(links.count())] == [
        "All reports", "A", "B", "C", "Report a?", "Report c?"]  # fmt: skip
    page.locator(".turn a").last.click()
    assert page.locator("h1").inner_text() == "Report c?"
    page.locator(".bar a").first.click()
    assert page.locator(".cards li").count() == 3


def test_rows_are_cards_on_a_phone_with_the_interval_and_verdict_first(page):
    width = page.viewport_size["width"]
    row = page.locator("main table tbody tr").first
    cells = {name: row.locator("th, td").nth(i).bounding_box() for i, name in enumerate(HEADER)}
    order = sorted(HEADER, key=lambda name: (cells[name]["y"], cells[name]["x"]))
    if width > 640:
        assert order == HEADER
    else:
        assert order == ["Series", "95% interval", "Verdict", "Estimate"]
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in cells.values())
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_columns_of_amounts_stand_on_the_right(page):
    cells = page.locator("main table").first.locator("th, td")
    sides = [
        cells.nth(i).evaluate("cell => getComputedStyle(cell).textAlign")
        for i in range(2 * len(HEADER))
    ]
    right = "right" if page.viewport_size["width"] > 640 else "left"
    assert sides == 2 * ["left", right, "left", "left"]


def test_what_is_long_is_folded_and_printed_all_the_same(page, tmp_path):
    assert not page.get_by_text("Series 29").is_visible()
    page.pdf(path=tmp_path / "page.pdf")
    command = ["pdftotext", "-layout", tmp_path / "page.pdf", "-"]
    sheets = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\f")
    text = "".join(sheets)
    assert "Series 29" in text
    assert "first month" in text
    assert "Download" not in text
    for sheet in sheets[:-1]:
        lines = [line.strip() for line in sheet.splitlines() if line.strip()]
        assert len(lines) > 5
        assert lines[-1] not in ("Short", "Long", "How this page was made", "Cite this")
    assert not page.get_by_text("Series 29").is_visible()


def test_what_is_shared_names_the_page_its_address_and_answer(page):
    said = page.eval_on_selector_all(
        "meta[property^=og]", "all => all.map(m => [m.getAttribute('property'), m.content])"
    )
    told = dict(said)
    assert told["og:title"] == "Report b?"
    assert told["og:description"] == "It fell by 12%."
    assert told["og:url"] == "https://example.org/reports/b/index.html"


def test_no_other_script_runs(browser, folder):
    page, said = browser.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.goto((folder / "b" / "index.html").as_uri())
    page.evaluate("""() => {
        const made = document.createElement('script');
        made.textContent = 'window.ran = true';
        document.body.append(made);
    }""")
    assert page.evaluate("window.ran") is None
    assert "Content Security Policy" in said[0]
    page.close()
