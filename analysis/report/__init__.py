"""Tables, figures and verdicts of stored results as HTML, Markdown, CSV and pictures."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis.dataset import tidy
from analysis.report import html, markdown, summary
from analysis.report.content import gather
from analysis.report.names import picture_path
from harness.errors import GilscopeError

__all__ = ["write"]


def write(results: Path | str | Sequence[Path | str], out: Path) -> list[Path]:
    """Write the report of ``results`` to the folder ``out`` and return its files.

    Everything comes from the stored trials; the same results give the same bytes.

    Raises
    ------
    GilscopeError
        There is no trial to report on, or ``out`` cannot be written.
    """
    reading = tidy.read(results)
    # What was measured for control alone is no result: a run was stopped after its first trial.
    if not reading.frame["control"].isna().any():
        raise _nothing(results, reading)
    content = gather(reading)
    files: dict[str, bytes] = {
        "index.html": html.render(content).encode(),
        "report.md": markdown.render(content).encode(),
        "summary.txt": summary.render(content).encode(),
        **{f"{name}.csv": _csv(table) for name, table in content.csv.items()},
    }
    for picture in content.every_picture:
        files[picture_path(picture, "svg")] = picture.svg.encode()
        files[picture_path(picture, "png")] = picture.png
    try:
        return [_save(out / name, text) for name, text in files.items()]
    except OSError as problem:
        raise GilscopeError(
            f"cannot be written: {problem.strerror}",
            where=str(out),
            hint="Name another folder with --out DIR.",
        ) from None


def _save(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode()


def _nothing(results: Path | str | Sequence[Path | str], reading: tidy.Reading) -> GilscopeError:
    folders = [results] if isinstance(results, Path | str) else list(results)
    what = "holds no finished trial"
    if reading.damaged:
        first = reading.damaged[0]
        what += f"; {len(reading.damaged)} damaged, such as {first.path}: {first.why}"
    return GilscopeError(
        what,
        where=", ".join(map(str, folders)),
        hint="Measure something first with `gilscope run`, or name the folder it wrote with "
        "--results DIR.",
    )
