"""What docs/futures.md says of distributions and columns is what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from halys.futures import Kind
from halys.measures.numbers import Distribution

PAGE = (Path(__file__).parents[2] / "docs" / "futures.md").read_text(encoding="utf-8")


def test_every_distribution_is_on_the_page_and_has_a_prior() -> None:
    (section,) = re.findall(r"## What is drawn\n(.*?)\n## ", PAGE, re.DOTALL)
    named = set(re.findall(r"^\| `([a-z]+)`", section, re.MULTILINE))
    assert named - {"distribution"} == set(get_args(Distribution)) == set(get_args(Kind))
