"""Print the page of all reference runs."""

from __future__ import annotations

from halys.validation.page import write_page
from halys.validation.runs import RUNS, compute_run
from halys.world import load_world


def main() -> None:
    """Compute all runs and print `docs/validation.md`."""
    world = load_world()
    print(write_page(compute_run(name, world) for name in RUNS), end="")


if __name__ == "__main__":
    main()
