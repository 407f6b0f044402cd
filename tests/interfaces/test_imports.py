"""What `import halys` gives, and that it and the help are light."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import halys
from halys.errors import (
    ConvergenceError,
    FileError,
    HalysError,
    InfeasibleError,
    InputError,
    Problem,
    StorageError,
    TableError,
    UnknownNameError,
    did_you_mean,
    nearest,
)

HEAVY = ("numpy", "scipy", "xarray", "pandas", "altair", "jax", "pydantic", "netCDF4", "yaml")


def loaded(program: str) -> set[str]:
    """The heavy libraries that a fresh process has loaded at the end of a program."""
    tail = f"\nimport json, sys\nprint('\\n' + json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", program + tail], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


class TestLightness:
    def test_importing_the_package(self) -> None:
        assert loaded("import halys; halys.__version__; dir(halys)") == set()

    @pytest.mark.parametrize("args", [["--help"], ["run", "--help"], ["--version"], ["run"], ["nosuch"], []])
    def test_help_version_and_wrong_usage(self, args: list[str]) -> None:
        """Typer itself loads pydantic as soon as it reads an argument; the help of `halys` has none to read."""
        program = (
            f"import sys\nsys.argv = ['halys', *{args!r}]\nfrom halys.cli import main\n"
            "try:\n    main()\nexcept SystemExit:\n    pass"
        )
        assert loaded(program) <= (set() if args in ([], ["--help"]) else {"pydantic"})

    def test_errors_alone(self) -> None:
        assert loaded("from halys.errors import HalysError; from halys import HalysError") == set()

    def test_solving_needs_no_charts_and_no_jax(self) -> None:
        assert loaded("import halys; halys.load_scenario('rome-2022'); import halys.run") & {"altair", "jax"} == set()


class TestNames:
    def test_all_resolve(self) -> None:
        for name in halys.__all__:
            assert getattr(halys, name) is not None, name

    def test_dir_lists_them(self) -> None:
        assert set(dir(halys)) >= set(halys.__all__)

    def test_star(self) -> None:
        given: dict[str, object] = {}
        exec("from halys import *", given)
        assert set(halys.__all__) <= set(given)

    def test_unknown_attribute(self) -> None:
        with pytest.raises(AttributeError, match="module 'halys' has no attribute 'solv'"):
            _ = halys.solv
        with pytest.raises(ImportError):
            exec("from halys import solv")

    @pytest.mark.parametrize(
        "program",
        [
            "import halys; import halys.run",
            "import halys.run; import halys",
            "import halys.cli.app, halys.report; from halys.cli.app import run; import halys.run",
        ],
    )
    def test_run_stays_the_function(self, program: str) -> None:
        check = "\nimport types\nassert isinstance(halys.run, types.FunctionType), halys.run\nfrom halys import run"
        check += "\nassert run is halys.run and run.__name__ == 'run'"
        done = subprocess.run([sys.executable, "-c", program + check], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr

    def test_public_objects_have_docstrings(self) -> None:
        for name in halys.__all__:
            if not name.startswith("_"):
                assert (getattr(halys, name).__doc__ or "").strip(), name

    def test_version_is_that_of_the_package(self) -> None:
        import tomllib

        pyproject = Path(__file__).resolve().parents[2] / "pyproject.toml"
        assert tomllib.loads(pyproject.read_text())["project"]["version"] == halys.__version__


class TestErrors:
    @pytest.mark.parametrize(
        ("kind", "code", "parent"),
        [
            (InputError, 2, HalysError),
            (UnknownNameError, 2, InputError),
            (TableError, 2, InputError),
            (InfeasibleError, 3, HalysError),
            (ConvergenceError, 4, HalysError),
            (StorageError, 5, HalysError),
        ],
    )
    def test_classes(self, kind: type[HalysError], code: int, parent: type[HalysError]) -> None:
        error = kind("what, allowed, do")
        assert isinstance(error, parent)
        assert error.as_record() == {"kind": kind.kind, "exit_code": code, "message": "what, allowed, do"}

    def test_kinds_differ(self) -> None:
        kinds = [InputError, UnknownNameError, TableError, InfeasibleError, ConvergenceError, StorageError, FileError]
        assert len({k.kind for k in kinds}) == len(kinds)

    def test_convergence_carries_its_report(self) -> None:
        assert ConvergenceError("stopped", {"steps": 400}).report == {"steps": 400}

    def test_file_error_lists_all(self) -> None:
        error = FileError([Problem("f.yaml:1:2 › a", "wrong"), Problem("", "worse")])
        assert str(error) == "f.yaml:1:2 › a: wrong\nworse"
        assert error.as_record()["problems"] == [
            {"where": "f.yaml:1:2 › a", "message": "wrong"},
            {"where": "", "message": "worse"},
        ]
        assert isinstance(error, InputError)

    @pytest.mark.parametrize(
        ("given", "meant"), [("GRB", "GBR"), ("deu", "DEU"), ("GB", "GBR"), ("CNH", "CHN"), ("RU", "RUS")]
    )
    def test_nearest(self, given: str, meant: str, world: halys.World) -> None:
        assert meant in nearest(given, world.economies)

    @pytest.mark.parametrize("given", ["", "X", "QQQQQ", "ß"])
    def test_nothing_near(self, given: str) -> None:
        assert did_you_mean(given, ("GBR", "DEU")) == ""
