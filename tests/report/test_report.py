"""Reports: they need nothing else, escape what they quote, and can be read by other programs."""

import base64
import dataclasses
import errno
import itertools
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from glassgrad import course, report
from glassgrad.errors import SettingError
from glassgrad.report import prose


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    return course.run(("edf/2.1c", "graph/1", "mlp/3"), out=folder, form="quick", seeds=1)


def test_a_page_needs_no_network_and_no_script(results):
    text = report.page(results)
    assert "<script" not in text
    loaded = re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?([^"\')\s>]+)', text)
    assert all(place.startswith(("#", "data:")) for place in loaded), set(loaded)


def test_every_place_that_is_linked_exists_once(results):
    text = report.page(results)
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)


def test_tags_are_closed(results):
    class Tags(HTMLParser):
        void = frozenset({"meta", "br", "link", "img", "hr", "mspace"})

        def __init__(self):
            super().__init__()
            self.open = []

        def handle_starttag(self, tag, attrs):
            if tag not in self.void:
                self.open.append(tag)

        def handle_endtag(self, tag):
            if tag not in self.void:
                assert self.open.pop() == tag

    parser = Tags()
    parser.feed(report.page(results))
    assert parser.open == []


def test_what_is_quoted_is_escaped(results):
    assert "a &lt; b &amp; c" in prose.html("a < b & c")
    assert prose.latex("5 % of x_1 & θ²") == r"5 \% of x\_1 \& $\theta$${}^2$"
    assert prose.html(r"it costs \$3") == "it costs $3"
    assert prose.html("say `a < b`") == "say <code>a &lt; b</code>"
    assert prose.latex("“a” by `--out x_1` and “b”") == r"``a'' by \texttt{-{}-out x\_1} and ``b''"


def test_all_claims_with_their_verdicts_are_on_top(results):
    head = report.page(results).partition('<section class="document"')[0]
    assert head.count("<tr><td>") == sum(len(r.claims) for r in results)
    assert "document wrong" in head


def test_the_summary_counts_the_verdicts_of_each_document(results):
    summary = report.page(results).partition('<table class="summary">')[2].partition("</table>")[0]
    rows = re.findall(r"<tr.*?</tr>", summary, flags=re.S)
    assert len(rows) == 1 + 3 + 1  # the head, a line for each document, the sum
    together = [int(n) for n in re.findall(r"<td>(\d+)</td>", rows[-1])]
    assert sum(together) == sum(len(r.claims) for r in results)


def test_figures_have_a_name_and_the_colours_of_the_page(results):
    text = report.page(results)
    drawings = re.findall(r"<svg [^>]*>", text)
    assert drawings
    for drawing in drawings:
        assert drawing.count('role="img"') == 1
        assert re.search(r'aria-label="[^"]+"', drawing)
    figure = report.page([r for r in results if r.id == "edf/2.1c"]).partition("<figure")[2]
    assert "var(--ink)" in figure
    assert "#222222" not in figure
    assert re.search(r'patch_1">\s*<path [^>]*fill: var\(--card\)', figure)


def test_headings_go_down_one_level_at_a_time(results):
    levels = [int(n) for n in re.findall(r"<h(\d)", report.page(results))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


def test_a_reason_that_several_claims_share_is_said_once(results):
    (r,) = [r for r in results if r.id == "mlp/3"]
    row = r.claims[0]
    twice = dataclasses.replace(
        r, claims=tuple(dataclasses.replace(row, why="so be it") for _ in "ab")
    )
    assert report.page([twice]).count("so be it") == 1


def test_a_notebook_is_one(results):
    book = json.loads(report.notebook([r for r in results if r.document == "graph"]))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in book["cells"]]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", i) for i in ids)
    code = ["".join(c["source"]) for c in book["cells"] if c["cell_type"] == "code"]
    for source in code:
        compile(source, "cell", "exec")
    assert len(code) == 1 + 3
    given = [c["outputs"] for c in book["cells"] if c["cell_type"] == "code"]
    assert all("| claim |" in o["data"]["text/markdown"] for outputs in given for o in outputs)
    assert sum(map(len, given)) == 3
    text = "".join("".join(c["source"]) for c in book["cells"] if c["cell_type"] == "markdown")
    assert r"\begin{align*}" in text
    assert not re.search(
        r"\\par\b|noindent|footnotesize", text
    )  # nothing that only paper understands
    pictures = [a for c in book["cells"] for a in c.get("attachments", {}).values()]
    data = base64.b64decode(next(p["image/png"] for p in pictures if "image/png" in p))
    assert data.startswith(b"\x89PNG")


def test_files(results, tmp_path):
    (page,) = report.write(results, tmp_path)
    assert page.name == "report.html"
    names = [p.name for p in report.write(results, tmp_path, "ipynb")]
    assert names == ["edf.ipynb", "graph.ipynb", "mlp.ipynb"]
    written = report.write(results, tmp_path, "tex")
    texts = [p for p in written if p.suffix == ".tex"]
    included = {n for p in texts for n in re.findall(r"\]\{([^}]+\.png)\}", p.read_text())}
    assert included == {p.name for p in written if p.suffix == ".png"}
    for p in texts:
        text = re.sub(r"\\[\\{}]", "", p.read_text())
        assert text.count("{") == text.count("}")


def test_refusals(results, tmp_path):
    with pytest.raises(SettingError, match="html, ipynb, tex, md, got 'pdf'"):
        report.write(results, tmp_path, "pdf")
    with pytest.raises(SettingError, match="at least one result"):
        report.write([], tmp_path)


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_computed(results, tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(
        SettingError, match=r"expected a folder to write to, got .*file: .*--out DIR"
    ):
        report.write(results, file)
    said = []
    with pytest.raises(SettingError, match="expected a folder to write to"):
        course.run("edf/2.1b", out=file / "below", form="quick", say=said.append)
    assert said == []
    assert file.read_text() == "mine"


def test_a_full_disk_leaves_the_old_report_whole_and_says_which_file(
    results, tmp_path, monkeypatch
):
    (page,) = report.write(results[:1], tmp_path)
    before = page.read_bytes()

    def full(file, data):
        file.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("glassgrad.files.atomic.write_all", full)
    with pytest.raises(OSError, match=r"No space left on device: .*report\.html"):
        report.write(results, tmp_path)
    assert page.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no LaTeX here")
def test_latex_compiles(results, tmp_path):
    for path in report.write(results, tmp_path, "tex"):
        if path.suffix == ".tex":
            command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name]
            done = subprocess.run(
                command, cwd=path.parent, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout[-2000:]


def test_the_table_of_claims_has_a_line_for_each(results):
    lines = report.markdown(results).splitlines()
    rows = [line for line in lines if line.startswith("| ") and "---" not in line]
    assert len(rows) == 3 + sum(len(r.claims) for r in results)
    assert len({line.count(" | ") for line in rows}) == 1
