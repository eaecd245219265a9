"""The committed reports in a real browser: a laptop, a phone, a screen reader's rules."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent
PAGES = [*sorted((ROOT / "reports").glob("[!.]*/index.html")), ROOT / "reports" / "index.html"]
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


@pytest.fixture(params=PAGES, ids=lambda path: path.parent.name)
def path(request) -> Path:
    return request.param


@pytest.fixture
def seen() -> dict[str, list[str]]:
    """What the page did that it should not do."""
    return {"console": [], "requests": []}


@pytest.fixture(params=["light", "dark"])
def page(browser, path, seen, request) -> Iterator[Page]:
    made = browser.new_page(viewport={"width": 1100, "height": 900}, color_scheme=request.param)
    made.on("console", lambda message: seen["console"].append(message.text))
    made.on("pageerror", lambda error: seen["console"].append(str(error)))
    made.on("request", lambda r: seen["requests"].append(r.url))
    made.goto(path.as_uri())
    yield made
    made.close()


def test_no_barrier_for_readers_who_use_aids(page):
    result = Axe().run(page, options=WCAG)
    assert result.violations_count == 0, result.generate_report()


def test_opens_offline_and_asks_for_nothing(page, path, seen):
    beside = path.parent.as_uri()
    outside = [u for u in seen["requests"] if not u.startswith(("data:", beside))]
    assert outside == []
    assert seen["console"] == []


def test_images_are_loaded_and_have_alt_text(page):
    images = page.eval_on_selector_all(
        "main :not([aria-hidden]) > img", "all => all.map(i => [i.naturalWidth, i.alt])"
    )
    assert all(width > 0 and len(alt) > 30 for width, alt in images)
    assert not any("No description" in alt for _, alt in images)


def test_anchors_and_files_exist(page, path):
    links = page.eval_on_selector_all("a", "all => all.map(a => a.getAttribute('href'))")
    assert links
    for link in links:
        if link.startswith("#"):
            assert page.query_selector(f"[id='{link[1:]}']"), link
        elif not link.startswith("https://"):  # a source elsewhere is the reader's to open
            assert (path.parent / link).is_file(), link


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_no_sideways_scroll_and_nothing_cut_off(browser, path, width):
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.eval_on_selector_all(
        "main > *, .result > *, figure img",
        "all => all.filter(e => e.getBoundingClientRect().right > innerWidth + 1).length",
    )
    assert wide == 0
    page.close()


def test_headings_are_in_order(page):
    levels = page.eval_on_selector_all("h1,h2,h3,h4", "all => all.map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


def test_prints_to_pages_with_text(browser, path):
    page = browser.new_page()
    page.goto(path.as_uri())
    pdf = page.pdf(tagged=True, outline=True)
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 5000
    assert b"/Type /Page" in pdf or b"/Type/Page" in pdf
    page.close()
