"""Areas of the world for maps: outlines, hatching and dots. See `SOURCE.md` beside this file."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from typing import Any

BOUNDARY_NOTE = (
    "Boundaries and names on this map do not imply endorsement or acceptance by anyone. Crimea is drawn as part of "
    "Ukraine (UN General Assembly resolution 68/262). Shapes: Natural Earth, public domain."
)


@lru_cache(maxsize=1)
def load_shapes() -> dict[str, Any]:
    """Outlines and hatching as TopoJSON (objects `economies` and `hatch`), and `dots`, places of small areas.

    Areas bear the ISO 3166 alpha-3 code as `id`. Dots are records of id, name, lon and lat, degrees.
    """
    return dict(json.loads(shapes_text()))


@lru_cache(maxsize=1)
def shapes_text() -> str:
    """The shapes as they are stored, compact JSON."""
    return resources.files(__package__).joinpath("world.json").read_text(encoding="utf-8").strip()


def area_names() -> dict[str, str]:
    """Name of every area that has an outline, by code, as Natural Earth prints it."""
    geometries = load_shapes()["economies"]["objects"]["economies"]["geometries"]
    return {geometry["id"]: geometry["properties"]["name"] for geometry in geometries}


@lru_cache(maxsize=1)
def drawn_areas() -> frozenset[str]:
    """Codes of all areas that a map can show, by an outline or a dot."""
    return frozenset([*area_names(), *(dot["id"] for dot in load_shapes()["dots"])])
