"""The report: from stored results alone, whole, safe to open, the same every time."""

import base64
import hashlib
import re

import pytest
import synthetic

from analysis import report, tables
from analysis.dataset import tidy
from analysis.report import cautions, pictures, terminal
from analysis.report.markdown import escape
from harness.errors import GilscopeError

EVIL = "<script>alert('x')</script> | `x` [a](javascript:b)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give a folder with the standard campaign, an older session and a damaged record."""
    results = tmp_path_factory.mktemp("results")
    synthetic.write(results, *synthetic.standard())
    old = synthetic.write(results, *synthetic.standard(blocks=1, session="20260101T000000Z-0000"))
    next(old.path.glob("b000/*.gz")).write_bytes(b"torn")
    return results


@pytest.fixture(scope="module")
def page(folder, tmp_path_factory):
    """Give the folder of its report."""
    out = tmp_path_factory.mktemp("out") / "report"
    report.write(folder, out)
    return out


def test_the_report_is_a_page_a_text_tables_and_pictures(folder, tmp_path):
    """
    Every file that was promised is there, and is returned.
    """
    written = report.write(folder, tmp_path / "new" / "report")
    names = {path.relative_to(tmp_path / "new" / "report").as_posix() for path in written}
    assert names == {
        "index.html",
        "report.md",
        "summary.txt",
        "advice.csv",
        "tax.csv",
        "ratios.csv",
        "scaling.csv",
        "sizes.csv",
        "speedups.csv",
        "waiting.csv",
        "latencies.csv",
        "contamination.csv",
        "diagnostics.csv",
        "timeline.csv",
        "verdicts.csv",
        *(
            f"figures/box{name}.{kind}"
            for name in ("-heat_map", "-inflation", "-tax", "-scaling-speedups")
            for kind in ("svg", "png")
        ),
    }
    assert all(path.stat().st_size for path in written)


def test_pictures_are_the_same_whoever_draws_them(folder):
    """
    In this process or in two others; in the order of the page.
    """
    reading = tidy.read(folder)
    made = tables.make_all(reading)
    sketches = pictures.sketches(made, reading.sessions[-1:]) * pictures.WORTH
    assert len(sketches) >= 2 * pictures.WORTH
    here, apart = (pictures.drawn(sketches, processes) for processes in (1, 2))
    assert list(here) == list(apart)
    assert here == apart


def test_it_starts_with_the_answer_and_goes_on_with_the_claims(page):
    """
    A reader who stops after the first screen has read the result.
    """
    text = (page / "report.md").read_text()
    first = r"**cpython-3.13t** (GIL off): **use threads, 2 workers**: 1.90x \[1.88, 1.92\]"
    answer = (
        r"int\_loop on cpython-3.13t \(GIL off\): faster: threads 1.90x \[1.88, 1.92\] with 2 "
        r"workers; processes-spawn 1.70x"
    )
    assert answer in text
    assert "equivalent (within 3 %): threads 1.00x".replace("(", r"\(").replace(")", r"\)") in text
    places = [
        first,
        answer,
        "### Claims",
        "![Speed-up of every cell]",
        "Measure your own before you",
    ]
    assert sorted(places, key=text.index) == places


def test_everything_that_qualifies_the_numbers_is_in_it(page):
    """
    Noise floor, canary, machine, builds, skips with reasons, damage, older sessions, a reminder.
    """
    for name in ("index.html", "report.md"):
        text = (page / name).read_text().replace("\\", "")
        for wanted in (
            "holds",
            "Noise floor, int_loop sequential x1 on cpython-3.13 measured twice: 1.00",
            "2 spinners reached 95",
            "below 85 % (the default, not measured on this machine) in 0 of 10 blocks",
            "No per-worker measurements",
            "InterpreterPoolExecutor is new in 3.14",
            "20260101T000000Z-0000 (1 block)",
            "PGO, LTO",
            "cannot be unpacked",
            "Measure your own before you",
        ):
            assert wanted in text, (name, wanted)
        assert "No free-threaded build" not in text


def test_the_same_results_give_the_same_bytes(folder, page, tmp_path):
    """
    No time of day, no folder and no order of reading is in it.
    """
    again = report.write(folder, tmp_path)
    for path in again:
        one = hashlib.sha256((page / path.relative_to(tmp_path)).read_bytes()).hexdigest()
        assert one == hashlib.sha256(path.read_bytes()).hexdigest(), path.name
        assert str(folder).encode() not in path.read_bytes()


def test_the_page_stands_alone(page):
    """
    Nothing loaded from anywhere: it can be mailed and opened without a network. Its one script is
    the only one that its policy lets run.
    """
    text = (page / "index.html").read_text()
    [script] = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}';" in text
    assert text.count("<script") == 1
    outside = re.findall(r'(?:src|href)="((?!#|figures/|[a-z]+\.csv|report|summary)[^"]*)"', text)
    assert [link for link in outside if not link.startswith("#")] == []
    assert "prefers-color-scheme: dark" in text
    assert "<svg" in text
    assert text.count("<section") == text.count("</section>")


def test_texts_from_results_are_escaped_everywhere(tmp_path):
    """
    Results may come from anyone: what they call themselves is shown and not run.
    """
    cells = [synthetic.cell(m, workload=EVIL) for m in ("sequential", "threads")]
    cells.append({**synthetic.cell("interpreters", workload=EVIL), "skipped": EVIL})
    made = synthetic.session(
        cells, question=EVIL, claims=[{**synthetic.CLAIM, "text": EVIL, "id": EVIL}]
    )
    made["targets"][synthetic.GIL] |= {"full_version": EVIL, "compiler": EVIL}
    synthetic.write(tmp_path / "results", made, synthetic.fill(made, lambda *_: 0.2, blocks=1))
    report.write(tmp_path / "results", tmp_path / "out")
    text = (tmp_path / "out" / "index.html").read_text()
    assert text.count("<script") == 1  # ours
    assert "&lt;script&gt;" in text
    marked = (tmp_path / "out" / "report.md").read_text()
    assert "<script" not in marked
    assert "[a](javascript" not in marked
    tables = [
        {line.count("|") - line.count("\\|") for line in part.splitlines() if line[:1] == "|"}
        for part in marked.split("\n\n")
    ]
    assert all(len(counts) <= 1 for counts in tables)


def test_markdown_shows_every_character_as_it_is():
    """
    On one line, for a new line would end a row of a table.
    """
    assert escape("a_b|*c*\n<i>&") == r"a\_b\|\*c\* &lt;i\>&amp;"


def test_one_busy_session_beside_a_quiet_one_is_reported(tmp_path):
    """
    A reason that one session has and another lacks is a missing text, not a number.
    """
    synthetic.write(tmp_path / "results", *synthetic.standard())
    made, records = synthetic.standard(experiment="busy", session="20260102T000000Z-0000")
    low = [
        synthetic.canary(made, each["block"], 0.4) if each["control"] == "canary" else each
        for each in records
    ]
    synthetic.write(tmp_path / "results", made, low)
    report.write(tmp_path / "results", tmp_path / "out")
    assert "the machine was busy" in (tmp_path / "out" / "report.md").read_text().lower()


def test_an_empty_folder_is_an_error_with_a_cure(tmp_path):
    """
    It says what to do, and writes no empty report.
    """
    with pytest.raises(GilscopeError, match="gilscope run"):
        report.write(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_without_a_free_threaded_build_the_report_says_what_one_would_add(tmp_path):
    """
    The question of this project cannot be answered without one, and getting one is a command.
    """
    cells = [synthetic.cell(model) for model in ("sequential", "threads")]
    made = synthetic.session(cells)
    synthetic.write(tmp_path / "results", made, synthetic.fill(made, lambda *_: 0.2, blocks=1))
    report.write(tmp_path / "results", tmp_path / "out")
    for name in ("index.html", "report.md"):
        text = (tmp_path / "out" / name).read_text()
        assert "No free-threaded build" in text
        assert "gilscope install-pythons" in text
        assert "uv python install 3.14t" in text
        assert "1 block, at least 6 needed" in text


def test_builds_that_are_no_twins_are_warned_about():
    """
    Without PGO an interpreter is slower, which is nobody's GIL.
    """
    twins = {name: synthetic.facts(name) for name in (synthetic.GIL, synthetic.FREE)}
    assert cautions.cautions(twins) == []
    twins[synthetic.FREE] |= {"pgo": False, "twin": None}
    alone, unlike = cautions.cautions(twins)
    assert alone.startswith("cpython-3.13t has no twin among these targets")
    assert "cpython-3.13t: no PGO, LTO" in unlike


def test_a_log_gets_the_answer_the_claims_and_what_is_missing(page):
    """
    In lines that fit, without a character that a terminal would obey.
    """
    text = (page / "summary.txt").read_text()
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0].startswith("CPU-bound pure Python")
    answer = "use threads, 2 workers: 1.90x [1.88, 1.92] in int_loop; 1.90x over a plain loop with"
    assert f"{answer} the GIL; sure: 10 blocks" in " ".join(text.split())
    assert "1 claim: 1 holds" in text
    assert "1 cell skipped or failed" in text
    assert "1 damaged file left out" in text
    assert all(character.isprintable() for line in lines for character in line)


def test_the_summary_fits_a_terminal_and_has_every_row(folder):
    """
    Speed-up with interval, seconds and the reason of what did not run, in 100 columns.
    """
    session = ("box", "scaling", "20261123T140501Z-3f2a")
    [lines] = terminal.summaries(folder, [session], whole=True)
    text = "\n".join(lines)
    assert max(map(len, text.splitlines())) <= terminal.WIDTH
    assert "int_loop on cpython-3.13t (GIL off)" in text
    assert re.search(r"threads +2 +1\.90x \[1\.88, 1\.92\] +\d+ ms", text)
    assert "skipped: InterpreterPoolExecutor is new in 3.14" in text


def test_of_several_sessions_the_fastest_of_each_is_said_in_few_lines(folder):
    """
    A workload and target is a line, and none is longer than the terminal is wide.
    """
    session = ("box", "scaling", "20261123T140501Z-3f2a")
    several = terminal.summaries(folder, [session, session])
    assert several[0] == several[1]
    text = "\n".join(several[0])
    assert "scaling: the fastest of each" in text
    assert re.search(r"int_loop on cpython-3\.13t: at best threads, 2 workers: 1\.90x", text)
    assert len(several[0]) <= terminal.LINES / 2
    assert max(map(len, several[0])) <= terminal.WIDTH


def test_verdict_lines_come_with_the_outcomes_to_exit_by(folder):
    """
    The words for a reader, the set for the exit status.
    """
    lines, outcomes = terminal.verdict_lines(folder, "scaling")
    assert outcomes == {"holds"}
    assert any(line.startswith("left out, damaged: ") for line in lines)
    assert any("holds: 1.90x" in line for line in lines)
    with pytest.raises(GilscopeError, match="no result of experiment 'other'"):
        terminal.verdict_lines(folder, "other")
