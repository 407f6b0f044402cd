"""A page of still pictures: charts drawn beforehand, for light and for dark screens, with their words; no network.

The charts are SVG images in the page itself, so that it opens, prints and is read aloud without a script.
"""

from __future__ import annotations

import base64
import html
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from halys.errors import StorageError
from halys.report.charts.theme import FONT, INKS, Spec

_DARK: Final = {"ink": "#e8eaed", "faint": "#a3acb8", "grid": "#3b424c", "paper": "#15181c"}
_STYLE: Final = f"""\
:root {{ color-scheme: light dark; }}
body {{ margin: 2rem auto; max-width: 46rem; padding: 0 1rem; font: 16px/1.5 {FONT};
  color: {INKS["ink"]}; background: {INKS["paper"]}; }}
figure {{ margin: 1.2rem 0; }}
img {{ max-width: 100%; height: auto; }}
table {{ border-collapse: collapse; }}
th, td {{ text-align: left; padding: .2rem .8rem .2rem 0; vertical-align: top; }}
@media screen and (prefers-color-scheme: dark) {{
  body {{ color: {_DARK["ink"]}; background: {_DARK["paper"]}; }}
}}
"""


def still_page(title: str, parts: Iterable[str]) -> str:
    """The page as HTML, of ready parts."""
    body = "\n".join([f"<h1>{html.escape(title)}</h1>", *parts])
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        "</body>\n</html>\n"
    )


def write_beside(folder: Path, record: tuple[str, Mapping[str, Any]], page: tuple[str, str]) -> tuple[Path, Path]:
    """Write a record as JSON and a page into a folder, each under its name, aside and renamed.

    Raises:
        StorageError: the disk.
    """
    texts = {record[0]: json.dumps(record[1], ensure_ascii=False, indent=1, allow_nan=False), page[0]: page[1]}
    for name, text in texts.items():
        target = folder / name
        aside = folder / f".{name}.{os.getpid()}"
        try:
            with aside.open("w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            aside.replace(target)
        except OSError as error:
            aside.unlink(missing_ok=True)
            raise StorageError(f"{target}: {error.strerror or error}. Free space; what was solved is kept.") from error
    return folder / record[0], folder / page[0]


def still_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of plain texts; the first cell of a row is its head."""
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in heads)
    body = ""
    for row in rows:
        cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
        body += f'<tr><th scope="row">{html.escape(row[0])}</th>{cells}</tr>'
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def heading(text: str) -> str:
    """A heading of plain text."""
    return f"<h2>{html.escape(text)}</h2>"


def paragraph(text: str) -> str:
    """A paragraph of plain text."""
    words = " ".join(text.split())
    return f"<p>{html.escape(words[:1].upper() + words[1:])}</p>"


def figure(specification: Spec) -> str:
    """A chart in light and dark inks, of which a screen shows one, with what it shows in words."""
    words, dark = html.escape(str(specification["description"])), _image(specification, _DARK)
    return (
        f'<figure><picture><source media="screen and (prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{_image(specification, INKS)}" alt="{words}"></picture></figure>'
    )


def _image(specification: Spec, inks: Mapping[str, str]) -> str:
    """The chart as the address of an SVG image that holds it; names within it cannot clash with those of others."""
    import vl_convert

    params = [
        {**param, "value": inks[param["name"]]} if param["name"] in inks else param for param in specification["params"]
    ]
    svg = str(vl_convert.vegalite_to_svg({**specification, "params": params}))
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
