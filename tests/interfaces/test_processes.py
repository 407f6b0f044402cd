"""Runs in processes of their own: interrupted, killed, on a full disk, in a folder that may not be written."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import PROGRAM, SMALL, Answer, halys, process, spawn, tree, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")

MANY = (
    SMALL.replace("id: small", "id: many")
    + "stages: [{id: s, actor: russia}]\nmoves:\n  s:\n"
    + "".join(
        f"    m{n}: {{label: M, measures: [{{instrument: tariff, exporters: CHN, importers: RUS, rate: 0.{n}}}]}}\n"
        for n in range(10, 50)
    )
)
"""Forty different histories, so that there is time to stop it."""


@pytest.fixture
def many(empty_folder: Path) -> Path:
    return write(empty_folder, MANY, "many.yaml")


def stop(child: subprocess.Popen[str], which: signal.Signals) -> Answer:
    """Send a signal once solving has begun."""
    with child:
        assert child.stderr is not None
        first = child.stderr.readline()
        assert first == "solving 40 equilibria\n", first
        child.send_signal(which)
        out, err = child.communicate(timeout=60)
    return Answer(child.returncode, out, err)


class TestInterrupt:
    def test_while_solving(self, many: Path, empty_folder: Path) -> None:
        answer = stop(spawn("run", many, "--out", "out", cwd=empty_folder), signal.SIGINT)
        assert answer.code == 130
        assert answer.out == ""
        assert answer.err.strip() == "interrupted; no run folder was written"
        assert list(tree(empty_folder)) == ["many.yaml"]

    def test_while_solving_keeps_the_run_that_was_there(self, many: Path, small_run: Path, empty_folder: Path) -> None:
        before = tree(empty_folder)
        answer = stop(spawn("run", many, "--out", small_run, "--force", cwd=empty_folder), signal.SIGINT)
        assert answer.code == 130
        assert tree(empty_folder) == before

    def test_while_starting(self, empty_folder: Path) -> None:
        """Ctrl-C while the heavy libraries are being imported."""
        program = (
            "import builtins, os, signal, sys\n"
            "real = builtins.__import__\n"
            "def imported(name, *rest):\n"
            "    if name.startswith('xarray'):\n"
            "        builtins.__import__ = real\n"
            "        os.kill(os.getpid(), signal.SIGINT)\n"
            "    return real(name, *rest)\n"
            "builtins.__import__ = imported\n"
            f"{PROGRAM}\n"
        )
        command = [sys.executable, "-c", program, "run", "rome-2022"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=empty_folder, timeout=60)
        assert done.returncode == 130
        assert "Traceback" not in done.stderr
        assert tree(empty_folder) == {}

    @pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
    @pytest.mark.parametrize("processors", [1, 2])
    def test_while_results_are_written(
        self, which: signal.Signals, processors: int, small: Path, empty_folder: Path
    ) -> None:
        """Inside the lock of xarray, in this process or beside the one that writes: it ends, and leaves nothing."""
        program = (
            "import os, signal, xarray\n"
            f"os.sched_getaffinity = lambda _: set(range({processors}))\n"
            "from xarray.backends import netCDF4_\n"
            "real, here = netCDF4_.NetCDF4DataStore.prepare_variable, os.getpid()\n"
            "def interrupted(self, *a, **k):\n"
            "    with self.lock if hasattr(self.lock, '__enter__') else netCDF4_.NETCDF4_PYTHON_LOCK:\n"
            f"        os.kill(here, {int(which)})\n"
            "    return real(self, *a, **k)\n"
            "netCDF4_.NetCDF4DataStore.prepare_variable = interrupted\n"
            f"{PROGRAM}\n"
        )
        command = [sys.executable, "-c", program, "run", str(small), "--out", "out"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=empty_folder, timeout=60)
        assert done.returncode == 130, done.stderr
        assert done.stderr.strip().endswith("interrupted; no run folder was written")
        assert list(tree(empty_folder)) == ["small.yaml"]


class TestKill:
    def test_next_run_works_and_clears_what_was_left(self, many: Path, small: Path, empty_folder: Path) -> None:
        """kill -9 while the tables are being written, when the hidden folder beside the target exists."""
        program = (
            "import os, signal, pandas\n"
            "pandas.DataFrame.to_csv = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
            f"{PROGRAM}\n"
        )
        command = [sys.executable, "-c", program, "run", str(small), "--out", "out"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=empty_folder, timeout=60)
        assert done.returncode == -signal.SIGKILL
        assert not Path("out").exists()
        assert [p.name for p in empty_folder.iterdir() if p.name.startswith(".out.partial-")]
        assert halys("run", small, "--out", "out").code == 0
        assert {p.name for p in empty_folder.iterdir()} == {"small.yaml", "many.yaml", "out"}

    def test_while_solving_leaves_nothing(self, many: Path, empty_folder: Path) -> None:
        answer = stop(spawn("run", many, "--out", "out", cwd=empty_folder), signal.SIGKILL)
        assert answer.code == -signal.SIGKILL
        assert list(tree(empty_folder)) == ["many.yaml"]


def limited(size: int) -> Callable[[], None]:
    """No file of this process may grow beyond `size` bytes: the nearest to a full disk that needs no rights."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


class TestFullDisk:
    @pytest.mark.parametrize("size", [0, 20_000, 300_000], ids=["no-file", "netcdf", "tables"])
    def test_run_leaves_nothing(self, small: Path, size: int, empty_folder: Path) -> None:
        answer = process("run", small, "--out", "out", cwd=empty_folder, preexec_fn=limited(size))
        assert answer.code == 5, answer.err
        assert answer.out == ""
        assert "Traceback" not in answer.err
        last = answer.err.splitlines()[-1]
        assert last.startswith("halys: the results could not be written to out: ")
        assert last.endswith("Nothing was left there. Free some space, or choose another place with --out.")
        assert list(tree(empty_folder)) == ["small.yaml"]

    def test_new_leaves_nothing(self, empty_folder: Path) -> None:
        answer = process("new", "mine.yaml", cwd=empty_folder, preexec_fn=limited(100))
        assert answer.code == 5
        assert "mine.yaml could not be written: File too large" in answer.err
        assert tree(empty_folder) == {}


def mounted(options: str, folder: Path, *args: str | Path) -> Answer:
    """A command where `folder` is mounted in this way, in a name space of its own; skips where that is refused."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("mounting needs root and the program unshare (Linux)")
    script = f'{options} || exit 77; shift; cd "$0" && exec "$@"'
    command = ["unshare", "-m", "sh", "-c", script, str(folder), "-", sys.executable, "-c", PROGRAM, *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"mounting is refused here: {done.stderr.strip()}")
    return Answer(done.returncode, done.stdout, done.stderr)


class TestRealDisks:
    def test_full(self, small: Path, empty_folder: Path) -> None:
        """A disk of 300 kB."""
        disk = empty_folder / "disk"
        disk.mkdir()
        answer = mounted('mount -t tmpfs -o size=300k none "$0"', disk, "run", small, "--out", "out")
        assert answer.code == 5
        assert "Traceback" not in answer.err
        assert "Nothing was left there. Free some space" in answer.err

    @pytest.mark.parametrize("command", ["run", "new"])
    def test_read_only(self, command: str, empty_folder: Path) -> None:
        file = write(empty_folder.parent, SMALL)
        args = ("run", file) if command == "run" else ("new", "mine.yaml")
        answer = mounted('mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"', empty_folder, *args)
        assert answer.code in (2, 5)
        assert "Traceback" not in answer.err
        assert "Read-only file system" in answer.err
        assert "solving" not in answer.err
        assert "Free some space" not in answer.err
        assert tree(empty_folder) == {}

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    @pytest.mark.parametrize("args", [("run", "rome-2022"), ("new", "mine.yaml")])
    def test_no_permission(self, args: tuple[str, ...], empty_folder: Path) -> None:
        with contextlib.ExitStack() as after:
            after.callback(empty_folder.chmod, 0o700)
            empty_folder.chmod(0o500)
            answer = process(*args, cwd=empty_folder)
        assert answer.code in (2, 5)
        assert "Permission denied" in answer.err

    def test_below_a_file(self, small: Path, empty_folder: Path) -> None:
        answer = halys("run", small, "--out", small / "below" / "out")
        assert answer.code == 5
        assert "small.yaml: Not a directory. Choose another place with --out." in answer.err
        assert "solving" not in answer.err


class TestTogether:
    def test_two_runs_into_the_same_folder(self, small: Path, empty_folder: Path) -> None:
        """Both end well or one says why not; the folder is complete and nothing is left beside it."""
        children = [spawn("run", small, "--out", "out", cwd=empty_folder) for _ in range(2)]
        codes = []
        for child in children:
            with child:
                _, err = child.communicate(timeout=100)
            assert "Traceback" not in err
            codes.append(child.returncode)
        assert 0 in codes
        assert set(codes) <= {0, 5}
        assert {p.name for p in empty_folder.iterdir()} == {"small.yaml", "out"}
        assert "complete already" in halys("run", small, "--out", "out").out

    def test_from_a_folder_with_a_name_of_any_sort(self, empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = empty_folder / "Ünï code" / "日本 [1]"
        folder.mkdir(parents=True)
        write(folder, SMALL, "mein Szenario.yaml")
        monkeypatch.chdir(folder)
        assert halys("run", "mein Szenario.yaml").code == 0
        assert (folder / "runs").is_dir()
