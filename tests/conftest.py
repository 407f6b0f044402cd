"""Fixtures that many tests share: the bundled world, a small one, and the folder of published reference data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import halys
from halys.cli.common import WIDE
from worlds import make_world

# The same examples on every run and machine. No deadline: a shared machine may pause at any time.
settings.register_profile(
    "halys",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("halys")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test, and no process that a test starts, reads or fills the user's cache of equilibria."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HALYS_CACHE", str(folder))
        patch.delenv("HALYS_CACHE_MB", raising=False)
        yield folder


@pytest.fixture(scope="session", autouse=True)
def width() -> Iterator[None]:
    """Output is as wide as it is where there is no terminal, whatever the tests run in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(WIDE))
        yield


@pytest.fixture(scope="session")
def world() -> halys.World:
    """The bundled world: 80 economies × 50 industries."""
    return halys.load_world()


@pytest.fixture(scope="session")
def small_world() -> halys.World:
    """Four economies and three industries, with tariffs and deficits; the same on every run."""
    return make_world(seed=1)


@pytest.fixture(scope="session")
def reference_folder() -> Path:
    """Folder of published data that are not part of the repository: HALYS_REFERENCE, or ../shared/reference."""
    named = os.environ.get("HALYS_REFERENCE")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "reference"
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is not a folder. Set HALYS_REFERENCE to the folder that holds them.")
    return folder
