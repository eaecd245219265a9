import base64
import hashlib
import re
from pathlib import Path

import nbformat
import pytest

from analysis.pages.words import Headline
from analysis.report.named import linked_pages
from analysis.report.page import arrange_cells, build_index, build_page, lead_on, link_out


def record(**changes):
    return {
        "name": "effect",
        "title": "A <title>",
        "headline": "It fell by 1% & more.",
        "parameters": {"start": {"value": "</td><script>x</script>", "meaning": "first"}},
        "finished": "2026-01-01T00:00:00+00:00",
        "version": "0.1.0",
        "revision": None,
        "python": "3.11",
        "libraries": {"numpy": "2"},
        "data": [{"name": "t", "file": "t.csv", "vintage": "2025", "sha256": "00"}],
        "tables": 1,
        "status": "complete",
        "effects": [],
        "pdf": False,
        "picture": "",
        "image": "",
        "link": "effect",
        "short": "Effect",
        "notebook": "03-effect.ipynb",
        "own": False,
        **changes,
    }


@pytest.fixture
def notebook():
    v4 = nbformat.v4
    cell = v4.new_code_cell("secret = 'code'", metadata={"tags": ["top"]})
    cell.outputs = [
        v4.new_output("execute_result", {"text/html": "<p>answer</p>"}, execution_count=1),
        v4.new_output("stream", name="stderr", text="a warning"),
    ]
    shown = v4.new_code_cell("display(1)")
    shown.outputs = [v4.new_output("display_data", {"text/plain": "<b>plain</b>"})]
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# Old title"),
            v4.new_markdown_cell("## First *part* & Größe\n\ntext `## no heading`"),
            v4.new_markdown_cell("# Another first heading"),
            shown,
            cell,
        ]
    )


@pytest.fixture
def page(notebook):
    return build_page(arrange_cells(notebook), record(), {})


def test_code_is_not_on_the_page(page):
    assert "secret" not in page
    assert "display(1)" not in page
    assert "a warning" not in page


def test_answer_comes_right_after_the_title(page):
    assert page.index("</h1>") < page.index("<p>answer</p>") < page.index("First <em>part")


def test_title_of_the_run_replaces_the_notebooks(page):
    assert "<h1>A &lt;title&gt;</h1>" in page
    assert "<title>A &lt;title&gt;</title>" in page
    assert "Old title" not in page
    assert "<h1>Another first heading</h1>" in page


def test_contents_lead_to_the_headings(page):
    assert '<h2 id="first-part-größe">' in page
    assert '<a href="#first-part-größe">First part &amp; Größe</a>' in page
    assert "href='#first-part-größe' aria-label='Link to First part &amp; Größe'" in page
    assert page.count("<h2") == 2


def test_texts_from_parameters_and_outputs_are_escaped(page):
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert "&lt;b&gt;plain&lt;/b&gt;" in page
    assert 'content="It fell by 1% &amp; more."' in page


def test_page_asks_no_network_for_anything(page):
    for loader in ("<link", "src='http", 'src="http', "@import", "url("):
        assert loader not in page
    for made in (page, build_index([])):
        assert "content=\"default-src 'none'; " in made


def test_no_script_runs_but_the_one_whose_hash_the_policy_names(page):
    (script,) = re.findall("<script[^>]*>(.*?)</script>", page, re.S)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (allowed,) = re.findall(r'script-src ([^;"]*)[;"]', page)
    assert allowed == f"'sha256-{digest}'"
    assert "script-src" not in build_index([])
    assert not re.search(r"\son[a-z]+=", re.sub("<script.*?</script>", "", page, flags=re.S))


def test_page_says_revision_not_known(page):
    assert "not known" in page


def test_no_link_to_a_file_that_is_not_there(notebook):
    assert "effects.csv" not in build_page(notebook, record(tables=0), {})


def test_index_links_each_report_and_escapes():
    index = build_index([record(), record(link="data", title="Data", headline="")])
    assert 'href="effect/index.html">A &lt;title&gt;</a>' in index
    assert "It fell by 1% &amp; more." in index
    assert "data/index.html" in index
    assert "Side by side" not in index


@pytest.mark.parametrize("name", ["javascript:alert(1)", '"><script>', "data:text/html"])
def test_no_text_of_a_record_becomes_a_link_that_leaves_the_folder(name):
    sneaky = record(link=name, title=name, headline=name, finished=name, short=name)
    sneaky["data"] = [{"name": name, "vintage": name}]
    parts = lead_on(sneaky, [sneaky, record()], [], "")
    for text in (build_index([sneaky]), parts["bar"], parts["turn"]):
        links = re.findall(r'href="([^"]*)"', text)
        assert links
        assert not any(re.match(r"[a-z]+:|//", link) for link in links)
        assert "<script" not in text


def test_a_page_leads_to_its_siblings_and_says_its_address_where_it_is_known():
    entries = [record(link=name, short=name, title=f"Of {name}") for name in ("a", "b", "c")]
    up = [("All reports", "../index.html")]
    parts = lead_on(entries[0], entries, up, "")
    assert re.findall('href="([^"]*)"', parts["bar"]) == [
        "../index.html", "../a/index.html", "../b/index.html", "../c/index.html"]  # fmt: skip
    assert parts["bar"].count("aria-current") == 1
    assert parts["turn"].count("<a ") == 1
    assert "Before" in lead_on(entries[1], entries, up, "")["turn"]
    assert parts["pdf"] == ""
    made = {**entries[0], "pdf": True}
    assert "report.pdf" in lead_on(made, [made], up, "")["pdf"]
    assert "og:url" not in parts["share"]
    drawn = {**entries[0], "image": "a/figure.png"}
    assert 'content="figure.png"' in lead_on(drawn, [drawn], up, "")["share"]
    for base in ("https://x.org/r", "https://x.org/r/"):
        share = lead_on(drawn, [drawn], up, base)["share"]
        assert 'og:image" content="https://x.org/r/a/figure.png"' in share
        assert 'og:url" content="https://x.org/r/a/index.html"' in share
        assert "summary_large_image" in share


def test_the_answer_can_be_quoted_with_what_must_not_be_left_out(notebook):
    said = Headline(sentence="It fell by <1%.", detail=("By month.", ("But:", " not the cause.")))
    cell = nbformat.v4.new_code_cell("answer")
    cell.outputs = [nbformat.v4.new_output("display_data", said._repr_mimebundle_())]
    notebook.cells.append(cell)
    page = build_page(arrange_cells(notebook), record(), {})
    (quote,) = re.findall("<pre>(It fell.*?)</pre>", page)
    assert quote.startswith("It fell by &lt;1%. But: not the cause. (A &lt;title&gt;. 2026-01-01.)")


def test_own_pages_are_not_cited_as_pages_of_the_package(notebook):
    assert "@misc{border_its_effect," in build_page(notebook, record(), {})
    assert "@misc" not in build_page(notebook, record(name="clinic/effect"), {})
    assert "@misc" not in build_page(notebook, record(own=True), {})


def test_index_lines_up_the_average_effects():
    row = {"fit": "main", "estimand": "average", "label": "On average", "unit": "%"}
    row |= {"estimate": -10.0, "lower": -20.0, "upper": float("nan")}
    other = {**row, "fit": "placebo"}
    index = build_index([record(effects=[row, other])])
    assert index.count("<td>On average</td>") == 1
    assert "not identified" in index


def test_what_is_only_handed_over_is_not_shown(notebook):
    v4 = nbformat.v4
    hidden = v4.new_code_cell("load()")
    hidden.outputs = [v4.new_output("display_data", {"application/x+json": {"a": "hidden"}})]
    notebook.cells.append(hidden)
    shown = arrange_cells(notebook)
    assert shown.cells[-1].outputs == []
    assert notebook.cells[-1].outputs
    assert build_page(shown, record(), {}).count('class="result"') == 2


def test_a_section_that_code_opens_has_its_heading_in_the_contents(notebook):
    section = nbformat.v4.new_code_cell("display(section)")
    section.outputs = [
        nbformat.v4.new_output(
            "display_data", {"text/markdown": "## With & without", "text/plain": "With"}
        ),
        nbformat.v4.new_output("display_data", {"text/html": "<p>choices</p>"}),
    ]
    notebook.cells.append(section)
    page = build_page(arrange_cells(notebook), record(), {})
    heading = '<h2 id="with-without">With &amp; without<'
    assert page.index(heading) < page.index("<p>choices</p>")
    assert '<a href="#with-without">' in page
    assert "<pre>With</pre>" not in page


def test_a_run_of_its_own_says_in_what_it_differs(notebook, page):
    assert "differs from" not in page
    own = record(
        run="effect", differs={"start": ""}, parameters={"start": {"value": "<b>", "meaning": ""}}
    )
    text = build_page(arrange_cells(notebook), own, {})
    said = "differs from the named report “effect”: start is &lt;b&gt; (there empty)."
    assert text.index("</h1>") < text.index(said) < text.index("<p>answer</p>")


def test_a_link_to_a_notebook_leads_to_its_page(notebook):
    links = "[a](methods.ipynb) [b](03-effect.ipynb) [c](https://x.org) [d](08-units.ipynb)"
    notebook.cells.append(nbformat.v4.new_markdown_cell(links))
    for name, up, units in (("effect", "", "sectors"), ("clinic/effect", "../", "units")):
        pages = linked_pages(Path(__file__).parents[2], name)
        page = build_page(arrange_cells(notebook), record(name=name), pages)
        assert f'"{up}../methods/index.html"' in page
        assert '"../effect/index.html"' in page
        assert f'"../{units}/index.html"' in page
        assert '"https://x.org"' in page
        assert f'"{up}../../notebooks/03-effect.ipynb"' in page


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("See 89 FR 48487.", "https://www.federalregister.gov/citation/89-FR-48487"),
        ("x (doi:10.1186/s12874-021-01364-0).", "https://doi.org/10.1186/s12874-021-01364-0"),
        ("doi 10.1162/003465397557132; and", "https://doi.org/10.1162/003465397557132"),
    ],
)
def test_what_is_on_the_web_is_linked_where_the_text_says_it(text, address):
    linked = link_out(f"<p>{text}</p>")
    assert re.findall('href="([^"]*)"', linked) == [address]
    assert re.sub("<[^>]*>", "", linked) == text
    for held in (f"<a href='x'>{text}</a>", f"<p title='{text}'>x</p>", f"<pre>{text}</pre>"):
        assert link_out(held) == held
    assert link_out(linked) == linked
