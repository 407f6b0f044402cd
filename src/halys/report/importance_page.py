"""What matters as one page: charts drawn beforehand, for light and for dark screens, with their words; no network.

The charts are SVG images in the page itself, so that it opens, prints and is read aloud without a script.
"""

from __future__ import annotations

import base64
import html
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from halys.errors import StorageError
from halys.report.charts.importance import box_spec, indices_spec, regret_spec, tornado_spec
from halys.report.charts.theme import FONT, INKS, Spec
from halys.report.importance_view import box_words, left_words, limit_words, regret_words, spread_words, status_words

RECORD: Final = "importance.json"
PAGE: Final = "importance.html"
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


def write_importance(record: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write the record and the page into a folder, each aside and renamed.

    Raises:
        StorageError: the disk.
    """
    texts = {RECORD: json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False), PAGE: importance_page(record)}
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
    return folder / RECORD, folder / PAGE


def importance_page(record: Mapping[str, Any]) -> str:
    """The page as HTML."""
    title = f"What matters: {record['title']}"
    about = f"{record['base']:,} base points, {record['evaluations']:,} evaluations of the game, seed {record['seed']}."
    parts = [f"<h1>{html.escape(title)}</h1>", _paragraph(about), *_drivers(record), *_box(record), *_regret(record)]
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        "</body>\n</html>\n"
    )


def _drivers(record: Mapping[str, Any]) -> Iterator[str]:
    for result, tornado in zip(record["results"], record["tornado"], strict=True):
        yield _heading(f"What drives {result['label']}")
        yield _paragraph(f"{spread_words(result)}. {status_words(result)} {left_words(result)}")
        if any(not group["without_effect"] for group in result["groups"]):
            yield _figure(indices_spec(result))
        if tornado["reference"] is not None and any(entry["span"] for entry in tornado["numbers"]):
            yield _figure(tornado_spec(tornado))


def _box(record: Mapping[str, Any]) -> Iterator[str]:
    box = record["box"]
    yield _heading("Where deterrence fails")
    yield from map(_paragraph, box_words(box))
    if box["absent"]:
        return
    if box["limits"]:
        rows = "".join(
            f'<tr><th scope="row">{html.escape(limit["label"])}</th><td>{html.escape(limit_words(limit))}</td>'
            f"<td>{limit['quasi_p']:.1g}</td></tr>"
            for limit in box["limits"]
        )
        head = '<tr><th scope="col">Number</th><th scope="col">Limits</th><th scope="col">Quasi-p-value</th></tr>'
        yield f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
    if len(box["path"]) > 1:
        yield _figure(box_spec(box))


def _regret(record: Mapping[str, Any]) -> Iterator[str]:
    yield _heading("Regret of each policy")
    yield from map(_paragraph, regret_words(record["regret"]))
    if not record["regret"]["absent"]:
        yield _figure(regret_spec(record["regret"]))


def _heading(text: str) -> str:
    return f"<h2>{html.escape(text)}</h2>"


def _paragraph(text: str) -> str:
    words = " ".join(text.split())
    return f"<p>{html.escape(words[:1].upper() + words[1:])}</p>"


def _figure(specification: Spec) -> str:
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
