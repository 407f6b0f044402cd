"""The shapes of the map: every economy has one, and Crimea is where the note under the map says it is."""

import hashlib
from functools import lru_cache
from importlib import resources

import numpy as np
import pytest

import halys
from halys.report.shapes import area_names, load_shapes

DOTS = {"SGP", "MLT", "HKG", "LUX", "CYP", "BRN", "STP"}


@lru_cache(maxsize=1)
def all_arcs():
    """Every arc of the map, (point, 2) degrees."""
    topology = load_shapes()["economies"]
    scale, origin = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    return [np.cumsum(np.array(arc), axis=0) * scale + origin for arc in topology["arcs"]]


def rings(code):
    """Outer rings of an area, (point, 2) degrees."""
    arcs, areas = all_arcs(), load_shapes()["economies"]["objects"]["economies"]["geometries"]
    area = next(g for g in areas if g["id"] == code)
    for polygon in area["arcs"]:
        pieces = [arcs[a] if a >= 0 else arcs[~a][::-1] for a in polygon[0]]
        yield np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])


def holds(ring, east, north):
    """Ray casting."""
    (x1, y1), (x2, y2) = ring[:-1].T, ring[1:].T
    hit = (y1 > north) != (y2 > north)
    return bool((x1[hit] + (north - y1[hit]) * (x2[hit] - x1[hit]) / (y2[hit] - y1[hit]) > east).sum() % 2)


PLACES = [
    ("UKR", "Simferopol", 34.1, 44.95),
    ("UKR", "Kerch", 36.3, 45.3),
    ("UKR", "Kyiv", 30.5, 50.4),
    ("RUS", "Rostov", 39.7, 47.3),
    ("CYP", "north of Nicosia", 33.3, 35.28),
    ("ESH", "Laayoune", -13.0, 27.1),
    ("MAR", "Tan-Tan", -10.9, 28.4),
    ("CHN", "Wuhan", 114.3, 30.6),
    ("TWN", "centre of Taiwan", 121.0, 23.8),
    ("GBR", "Birmingham", -1.9, 52.5),
]


@pytest.mark.parametrize(("code", "place", "east", "north"), PLACES)
def test_places_lie_in_their_area_and_in_no_other(code, place, east, north):
    found = [c for c in area_names() if any(holds(ring, east, north) for ring in rings(c))]
    assert found == [code], place


def test_ukraine_with_crimea_has_no_border_inside():
    largest = max(rings("UKR"), key=len)
    assert holds(largest, 34.1, 44.95)
    assert holds(largest, 30.5, 50.4)


def test_every_economy_is_drawn_and_the_small_ones_have_dots():
    shapes, world = load_shapes(), halys.load_world()
    assert set(world.economies) <= set(area_names())
    assert {dot["id"] for dot in shapes["dots"]} >= DOTS
    assert "ATA" not in area_names()


def test_rings_are_closed_and_are_areas():
    for code in area_names():
        for ring in rings(code):
            assert np.array_equal(ring[0], ring[-1]), code
            assert len(ring) >= 4, code


def test_the_file_is_the_one_that_its_source_names():
    folder = resources.files("halys.report.shapes")
    digest = hashlib.sha256(folder.joinpath("world.json").read_bytes()).hexdigest()
    assert digest in folder.joinpath("SOURCE.md").read_text(encoding="utf-8")
