"""The JavaScript that draws charts: Vega, Vega-Lite and Vega-Embed in one piece, out of `vl_convert`.

Making it takes over a second, so it is kept in Halys's cache folder (see `halys.economy.store`), with its own sha256,
under the versions that it is made of. A file that does not match its sha256 is made again.
"""

from __future__ import annotations

import hashlib
import logging
import os
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import platformdirs

from halys.economy.store import FOLDER_VARIABLE

_log = logging.getLogger(__name__)
_SNIPPET = "window.vegaEmbed = vegaEmbed;"
_KEPT = 2  # bundles of other versions that stay beside


@lru_cache(maxsize=1)
def javascript_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, which sets `window.vegaEmbed`."""
    folder = _folder()
    if folder is None:
        return _make()
    file = folder / f"vega-{_version()}.js"
    try:
        found = _read(file)
        if found is not None:
            return found
        made = _make()
        _keep(file, made)
    except OSError as error:
        _log.warning("%s: the script of the charts is not kept: %s", folder, error.strerror or error)
        return _make()
    return made


def _make() -> str:
    import vl_convert

    return str(vl_convert.javascript_bundle(_SNIPPET)).replace("\r", "")


def _version() -> str:
    return f"{version('vl-convert-python')}-{hashlib.sha256(_SNIPPET.encode()).hexdigest()[:8]}"


def _folder() -> Path | None:
    """Where bundles are kept; None where caching is switched off or no place is known."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named == "":
        return None
    folder = Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("halys", appauthor=False))
    return folder / "charts" if folder.is_absolute() or named else None


def _read(file: Path) -> str | None:
    """The script, where it is there and whole: its first line is the sha256 of the rest."""
    try:
        digest, _, script = file.read_text(encoding="utf-8").partition("\n")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return script if digest == _digest(script) else None


def _keep(file: Path, script: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    others = sorted((f for f in file.parent.glob("vega-*.js") if f != file), key=lambda f: f.stat().st_mtime)
    for stale in others[: max(0, len(others) - _KEPT + 1)]:
        stale.unlink(missing_ok=True)
    partial = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(f"{_digest(script)}\n{script}")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _digest(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()
