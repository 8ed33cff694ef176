"""The page in a real browser: from a file, without a network, on a phone, for everyone."""

import re
import shutil
from pathlib import Path

import pytest
import synthetic

from analysis import report

EVIL = "<script>alert(1)</script>"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",  # as root in a container there is none to be had
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here (package chromium)"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    """Give the address of a report on two machines, one with a hostile name, with every table."""
    results = tmp_path_factory.mktemp("results")
    out = tmp_path_factory.mktemp("report")
    synthetic.write(results, *synthetic.standard())
    cells = [synthetic.cell(each) for each in ("sequential", "threads")]
    made = synthetic.session(cells, machine="other", experiment="seen", claims=[synthetic.CLAIM])
    made["targets"][synthetic.GIL] |= {"compiler": EVIL}
    records = [
        synthetic.observed(made, each, block, 0.2, cpu=0.5, delay=0.1, io=0.1)
        for block in range(10)
        for each in cells
    ]
    synthetic.write(results, made, records)
    # A name no tool would give; results may come from anyone.
    renamed = tmp_path_factory.mktemp("renamed")
    report.write([results, hostile(renamed)], out)
    return (out / "index.html").as_uri()


def hostile(results: Path) -> Path:
    """Store a session whose machine and workload are called like a script."""
    cells = [synthetic.cell(each, workload=EVIL) for each in ("sequential", "threads")]
    made = synthetic.session(cells, question=EVIL)
    synthetic.write(results, made, synthetic.fill(made, lambda *_: 0.2, blocks=2))
    return results


@pytest.fixture(scope="module")
def browser():
    """Give a browser of the system, started for these tests alone."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser, address):
    """Give the report in a window of a phone's size; no message and no request may be left."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    opened = context.new_page()
    said, asked = [], []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda problem: said.append(str(problem)))
    opened.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(address)
    yield opened
    context.close()
    assert said == []
    assert {url.partition("?")[0] for url in asked} == {address}


def shown(page) -> list[str]:
    """Return the workload of every row of a table that can be seen."""
    rows = page.locator("tbody tr[data-workload]:visible")
    return rows.evaluate_all("rows => rows.map(row => row.dataset.workload)")


def test_the_answer_is_within_the_first_screen_of_a_phone(page):
    """
    Which model for CPU-bound pure Python on each interpreter, and how sure, before any scrolling.
    """
    card = page.locator("#answer .card").first
    assert "pure Python" in card.locator("h3").inner_text()
    answers = card.locator("li")
    texts = answers.all_inner_texts()
    assert any("cpython-3.13t" in text and "use threads, 2 workers" in text for text in texts)
    assert any("use processes-spawn" in text and "Sure" in text for text in texts)
    assert all(box["y"] + box["height"] <= 740 for box in map(boxed, answers.all()))


def boxed(item) -> dict[str, float]:
    return item.bounding_box()


def test_nothing_scrolls_sideways_on_a_phone(page):
    """
    Wide tables and pictures scroll by themselves, the page does not.
    """
    widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    wide, seen = page.evaluate(widths)
    assert wide <= seen == 360


def test_a_filter_hides_rows_and_survives_a_reload_through_the_address(page):
    """
    What is chosen is in the address, so that it can be kept and sent.
    """
    from playwright.sync_api import expect

    before = shown(page)
    assert set(before) == {"int_loop", EVIL}
    page.select_option("select[name=workload]", "int_loop")
    assert set(shown(page)) == {"int_loop"}
    assert "workload=int_loop" in page.url
    told = page.locator("#filtered").inner_text()
    page.reload()
    assert page.locator("select[name=workload]").input_value() == "int_loop"
    assert set(shown(page)) == {"int_loop"}
    assert page.locator("#filtered").inner_text() == told
    page.get_by_role("button", name="Show all").click()
    # Asked by the driver, for the page lets no text be evaluated as a script.
    expect(page).to_have_url(re.compile(r"index\.html$"))
    assert shown(page) == before


@pytest.mark.parametrize("name", ["model", "target", "machine"])
def test_every_name_there_is_can_be_chosen(page, name):
    """
    Each choice leaves rows, and only those that bear the name.
    """
    field = page.locator(f"select[name={name}]")
    values = field.locator("option").evaluate_all("found => found.map(each => each.value)")
    for value in filter(None, values):
        field.select_option(value)
        rows = page.locator(f"tbody tr[data-{name}]:visible")
        assert set(rows.evaluate_all(f"rows => rows.map(row => row.dataset.{name})")) == {value}


def test_a_hostile_name_stays_text(page):
    """
    It can be read, and chosen, and nothing of it runs.
    """
    assert page.locator("script").count() == 1
    page.select_option("select[name=workload]", EVIL)
    page.reload()
    assert set(shown(page)) == {EVIL}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_axe_finds_no_serious_violation(page, scheme, width):
    """
    Contrast, names, headings, tables, keyboard: by the rules of axe-core, in both colour schemes.
    """
    from axe_playwright_python.base import AXE_FILE_PATH

    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 740})
    # Through the debugger and not as an element: the page's policy lets no other script in.
    page.evaluate(AXE_FILE_PATH.read_text())
    found = page.evaluate("axe.run()")
    serious = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    told = [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in serious]
    assert told == []
    assert found["passes"]


def test_it_can_be_read_by_keyboard(page):
    """
    The first stop leads to the answer; what has the focus can be seen.
    """
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    assert skip.evaluate("it => it === document.activeElement")
    assert skip.bounding_box()["y"] >= 0
    assert skip.evaluate("it => getComputedStyle(it).outlineStyle") != "none"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "answer"


def test_without_scripts_everything_is_there(browser, address):
    """
    Only the filters are missing, and they do not show.
    """
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(address)
    assert not opened.locator("#filters").is_visible()
    assert opened.locator("tbody tr").first.is_visible()
    context.close()


def test_it_prints(page):
    """
    As a document of several sheets, without what can only be clicked.
    """
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") > 1
    page.emulate_media(media="print")
    assert not page.locator("#filters").is_visible()
