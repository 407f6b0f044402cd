"""Build the shapes of the world map from Natural Earth, as the npm package `world-atlas` carries it.

The script fetches the pinned package, puts together what the table counts as one economy, draws Crimea as part of
Ukraine (UN General Assembly resolution 68/262) and Western Sahara, a non-self-governing territory in the list of the
United Nations, within its borders, leaves Antarctica out, simplifies along shared borders and writes

    src/halys/report/shapes/world.json
        economies   TopoJSON: areas with their ISO 3166 alpha-3 code and the name that Natural Earth prints
        hatch       TopoJSON: diagonal lines clipped to each area, to draw areas without data
        dots        a point for each area too small to be seen or pointed at on a map of the world

The same package gives the same bytes. Only NumPy is needed. Run: python tools/build_shapes.py [--package FILE]
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import io
import json
import subprocess
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

PACKAGE = "world-atlas@2.0.2"
SHA256 = "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97"
SHAPES = Path(__file__).resolve().parent.parent / "src" / "halys" / "report" / "shapes" / "world.json"

EARTH = 6371.0**2  # km², the square of the radius
STEPS = 10_000  # grid of the coordinates that are written, in each direction
COARSENESS = 100.0  # km², the triangle that a point must span with its neighbours to stay
LONGEST = 5.0  # degrees east: longer pieces of a border are not made, since great circles would bend a parallel
SMALLEST_ISLAND = 600.0  # km²; the largest part of an area always stays
SMALL = 12_000.0  # km²: below it an area keeps all its points
DOT = 25_000.0  # km²: below it an area gets a dot
HATCH = 0.03  # distance of the hatching lines in the plane of the projection, which is 5.4 wide
BEND = 0.06  # longest piece of a hatching line

ANTARCTICA = "ATA"
PARTS = {  # areas that Natural Earth keeps apart from the economy they belong to
    "N. Cyprus": "CYP",  # UN Security Council resolutions 541 and 550
    "Somaliland": "SOM",
    "Åland": "FIN",
    "Ashmore and Cartier Is.": "AUS",
    "Indian Ocean Ter.": "AUS",
}
WITHOUT_CODE = {"Kosovo": "XKX", "Siachen Glacier": "siachen"}
CRIMEA = (34.1, 45.1)  # a point in it, degrees east and north

# Alpha-3 and numeric codes of ISO 3166-1, for the areas in the package.
CODES = """
ABW533 AFG004 AGO024 AIA660 ALA248 ALB008 AND020 ARE784 ARG032 ARM051 ASM016 ATA010 ATF260 ATG028 AUS036 AUT040
AZE031 BDI108 BEL056 BEN204 BFA854 BGD050 BGR100 BHR048 BHS044 BIH070 BLM652 BLR112 BLZ084 BMU060 BOL068 BRA076
BRB052 BRN096 BTN064 BWA072 CAF140 CAN124 CHE756 CHL152 CHN156 CIV384 CMR120 COD180 COG178 COK184 COL170 COM174
CPV132 CRI188 CUB192 CUW531 CYM136 CYP196 CZE203 DEU276 DJI262 DMA212 DNK208 DOM214 DZA012 ECU218 EGY818 ERI232
ESH732 ESP724 EST233 ETH231 FIN246 FJI242 FLK238 FRA250 FRO234 FSM583 GAB266 GBR826 GEO268 GGY831 GHA288 GIN324
GMB270 GNB624 GNQ226 GRC300 GRD308 GRL304 GTM320 GUM316 GUY328 HKG344 HMD334 HND340 HRV191 HTI332 HUN348 IDN360
IMN833 IND356 IOT086 IRL372 IRN364 IRQ368 ISL352 ISR376 ITA380 JAM388 JEY832 JOR400 JPN392 KAZ398 KEN404 KGZ417
KHM116 KIR296 KNA659 KOR410 KWT414 LAO418 LBN422 LBR430 LBY434 LCA662 LIE438 LKA144 LSO426 LTU440 LUX442 LVA428
MAC446 MAF663 MAR504 MCO492 MDA498 MDG450 MDV462 MEX484 MHL584 MKD807 MLI466 MLT470 MMR104 MNE499 MNG496 MNP580
MOZ508 MRT478 MSR500 MUS480 MWI454 MYS458 NAM516 NCL540 NER562 NFK574 NGA566 NIC558 NIU570 NLD528 NOR578 NPL524
NRU520 NZL554 OMN512 PAK586 PAN591 PCN612 PER604 PHL608 PLW585 PNG598 POL616 PRI630 PRK408 PRT620 PRY600 PSE275
PYF258 QAT634 ROU642 RUS643 RWA646 SAU682 SDN729 SEN686 SGP702 SGS239 SHN654 SLB090 SLE694 SLV222 SMR674 SOM706
SPM666 SRB688 SSD728 STP678 SUR740 SVK703 SVN705 SWE752 SWZ748 SXM534 SYC690 SYR760 TCA796 TCD148 TGO768 THA764
TJK762 TKM795 TLS626 TON776 TTO780 TUN788 TUR792 TWN158 TZA834 UGA800 UKR804 URY858 USA840 UZB860 VAT336 VCT670
VEN862 VGB092 VIR850 VNM704 VUT548 WLF876 WSM882 YEM887 ZAF710 ZMB894 ZWE716
"""

Ring = list[int]  # signed numbers of arcs, ~n being arc n backwards, as in TopoJSON
Polygons = list[list[Ring]]


def main() -> None:
    """Read the arguments, build, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=Path, help="world-atlas-2.0.2.tgz, if it is at hand; else npm fetches it")
    parser.add_argument("--out", type=Path, default=SHAPES)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        topology = read_package(arguments.package or fetch_package(Path(folder)))
    text = json.dumps(build(topology), ensure_ascii=False, separators=(",", ":")) + "\n"
    arguments.out.write_text(text, encoding="utf-8")
    print(f"{arguments.out}: {len(text.encode()):,} bytes, sha256 {hashlib.sha256(text.encode()).hexdigest()}")


def fetch_package(folder: Path) -> Path:
    """The pinned package from the npm registry."""
    subprocess.run(["npm", "pack", PACKAGE, "--silent"], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.tgz"))


def read_package(file: Path) -> dict[str, Any]:
    """The topology of the scale 1 : 50 million."""
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise SystemExit(f"{file} is not {PACKAGE}: its sha256 differs.")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        stream = archive.extractfile("package/countries-50m.json")
        assert stream is not None
        return dict(json.load(stream))


def build(topology: dict[str, Any]) -> dict[str, Any]:
    """The topology that the map is drawn from."""
    arcs = decode_arcs(topology)
    names, areas = join_areas(topology)
    cede_crimea(areas, arcs)
    part_sahara(areas, arcs)
    parts = {code: dissolve(polygons, arcs) for code, polygons in areas.items()}
    kept = {code: drop_islands(polygons, arcs) for code, polygons in parts.items()}
    sizes = {code: sum(abs(area_of(p[0], arcs)) for p in polygons) for code, polygons in kept.items()}
    fine = {
        abs_arc(a) for code, polygons in kept.items() if sizes[code] < SMALL for p in polygons for r in p for a in r
    }
    used = sorted({abs_arc(a) for polygons in kept.values() for p in polygons for ring in p for a in ring})
    simple = {n: arcs[n] if n in fine else simplify(arcs[n]) for n in used}
    number = {n: k for k, n in enumerate(used)}
    grid = Grid(np.concatenate(list(simple.values())))
    hatch_arcs: list[np.ndarray] = []
    economies, hatch, dots = [], [], []
    for code in sorted(kept):
        polygons = kept[code]
        renumbered = [[[number[a] if a >= 0 else ~number[~a] for a in ring] for ring in p] for p in polygons]
        economies.append({"type": "MultiPolygon", "arcs": renumbered, "id": code, "properties": {"name": names[code]}})
        lines = hatch_lines([[ring_points(ring, simple) for ring in p] for p in polygons])
        if lines:
            first = len(hatch_arcs)
            hatch_arcs += lines
            listed = [[first + n] for n in range(len(lines))]
            hatch.append({"type": "MultiLineString", "arcs": listed, "id": code})
        if sizes[code] < DOT:
            largest = max(polygons, key=lambda p: area_of(p[0], arcs))
            east, north = centre(ring_points(largest[0], arcs))
            dots.append({"id": code, "name": names[code], "lon": round(east, 2), "lat": round(north, 2)})
    return {
        "economies": grid.topology("economies", economies, [simple[n] for n in used]),
        "hatch": grid.topology("hatch", hatch, hatch_arcs),
        "dots": dots,
    }


def abs_arc(arc: int) -> int:
    """The number of an arc whatever its direction."""
    return arc if arc >= 0 else ~arc


def decode_arcs(topology: dict[str, Any]) -> list[np.ndarray]:
    """Degrees east and north of the points of every arc, (point, 2)."""
    scale, origin = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    return [np.cumsum(np.array(arc), axis=0) * scale + origin for arc in topology["arcs"]]


def join_areas(topology: dict[str, Any]) -> tuple[dict[str, str], dict[str, Polygons]]:
    """Name and polygons of every area by code, those that belong to one economy together."""
    alpha = {code[3:]: code[:3] for code in CODES.split()}
    names: dict[str, str] = {}
    areas: dict[str, Polygons] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        name = geometry["properties"]["name"]
        code = PARTS.get(name) or WITHOUT_CODE.get(name) or alpha[geometry["id"]]
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        if code != ANTARCTICA:
            areas.setdefault(code, []).extend(polygons)
            if name not in PARTS:
                names[code] = name
    return names, areas


def cede_crimea(areas: dict[str, Polygons], arcs: Sequence[np.ndarray]) -> None:
    """Move the polygon of Crimea, which Natural Earth gives to Russia, to Ukraine."""
    held = [p for p in areas["RUS"] if contains(ring_points(p[0], arcs), CRIMEA)]
    if len(held) != 1:
        raise SystemExit("Crimea was not found as a polygon of its own in Russia; look at the package.")
    areas["RUS"] = [p for p in areas["RUS"] if p is not held[0]]
    areas["UKR"] = [*areas["UKR"], held[0]]


def part_sahara(areas: dict[str, Polygons], arcs: list[np.ndarray]) -> None:
    """Draw Western Sahara up to its northern border, where Natural Earth draws a line of control inside it.

    The border runs along a parallel from the point where Morocco, Algeria and Western Sahara meet to the coast.
    """
    (morocco,), (sahara,) = areas["MAR"], areas["ESH"]
    inner = next((a for a in morocco[0] if ~a in sahara[0]), None)
    if inner is None or len(morocco[0]) != 3:
        raise SystemExit("The line of control in Western Sahara was not found; look at the package.")
    at = morocco[0].index(inner)
    inland, coast = morocco[0][at - 1], morocco[0][(at + 1) % 3]
    meeting, shore = end(inland, arcs), ring_points([coast], arcs)
    north = meeting[1]
    n = int(np.flatnonzero((shore[:-1, 1] < north) & (shore[1:, 1] >= north))[0])
    share = (north - shore[n, 1]) / (shore[n + 1, 1] - shore[n, 1])
    landing = shore[n] + share * (shore[n + 1] - shore[n])
    new = len(arcs)
    arcs += [np.stack([meeting, landing]), np.vstack([shore[: n + 1], landing]), np.vstack([landing, shore[n + 1 :]])]
    areas["MAR"] = [[[inland, new, new + 2]]]
    areas["ESH"] = [[[*(a for a in sahara[0] if a != ~inner), new + 1, ~new]]]


def ring_points(ring: Ring, arcs: Sequence[np.ndarray] | dict[int, np.ndarray]) -> np.ndarray:
    """The points of a ring, (point, 2), the first again at the end."""
    pieces = [arcs[a] if a >= 0 else arcs[~a][::-1] for a in ring]
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])


def contains(points: np.ndarray, place: tuple[float, float]) -> bool:
    """Whether a ring goes round a place, by the number of its edges to the east."""
    (x, y), (x1, y1), (x2, y2) = place, points[:-1].T, points[1:].T
    crossing = (y1 > y) != (y2 > y)
    at = x1[crossing] + (y - y1[crossing]) * (x2[crossing] - x1[crossing]) / (y2[crossing] - y1[crossing])
    return bool((at > x).sum() % 2)


def dissolve(polygons: Polygons, arcs: Sequence[np.ndarray]) -> Polygons:
    """Polygons that share a border as one: border arcs, which stand there once in each direction, fall away."""
    count = Counter(a for p in polygons for ring in p for a in ring)
    inner = {a for a in count if ~a in count}
    whole = [p for p in polygons if not any(a in inner for ring in p for a in ring)]
    touching = [p for p in polygons if any(a in inner for ring in p for a in ring)]
    if not touching:
        return whole
    loose = [a for p in touching for ring in p for a in ring if a not in inner]
    rings: list[Ring] = []
    while loose:
        ring = [loose.pop(0)]
        while tuple(end(ring[-1], arcs)) != tuple(end(~ring[0], arcs)):
            follow = next(a for a in loose if tuple(end(~a, arcs)) == tuple(end(ring[-1], arcs)))
            loose.remove(follow)
            ring.append(follow)
        rings.append(ring)
    if len(rings) != 1:
        raise SystemExit("A dissolved area has holes or parts, which this script does not sort; look at the package.")
    return [*whole, rings]


def end(arc: int, arcs: Sequence[np.ndarray]) -> np.ndarray:
    """The last point of an arc."""
    return arcs[arc][-1] if arc >= 0 else arcs[~arc][0]


def unwrap(points: np.ndarray) -> np.ndarray:
    """Points that go on beyond 180 degrees instead of jumping to the other side."""
    return np.stack([np.rad2deg(np.unwrap(np.deg2rad(points[:, 0]))), points[:, 1]], axis=1)


_A = (1.340264, -0.081106, 0.000893, 0.003796)  # coefficients of Equal Earth: Šavrič, Patterson and Jenny (2019)
_ROOT = np.sqrt(3.0) / 2.0


def project(points: np.ndarray) -> np.ndarray:
    """Equal Earth, an equal-area projection; the radius is one."""
    east, north = np.deg2rad(points).T
    t = np.arcsin(_ROOT * np.sin(north))
    slope = _A[0] + 3 * _A[1] * t**2 + t**6 * (7 * _A[2] + 9 * _A[3] * t**2)
    return np.stack([east * np.cos(t) / (_ROOT * slope), t * (_A[0] + _A[1] * t**2 + t**6 * (_A[2] + _A[3] * t**2))], 1)


def unproject(points: np.ndarray) -> np.ndarray:
    """Degrees east and north from the plane of Equal Earth, by Newton's method."""
    x, y = points.T
    t = y.copy()
    for _ in range(12):
        slope = _A[0] + 3 * _A[1] * t**2 + t**6 * (7 * _A[2] + 9 * _A[3] * t**2)
        t = t - (t * (_A[0] + _A[1] * t**2 + t**6 * (_A[2] + _A[3] * t**2)) - y) / slope
    slope = _A[0] + 3 * _A[1] * t**2 + t**6 * (7 * _A[2] + 9 * _A[3] * t**2)
    east = np.rad2deg(x * _ROOT * slope / np.cos(t))
    return np.stack([(east + 180.0) % 360.0 - 180.0, np.rad2deg(np.arcsin(np.sin(t) / _ROOT))], axis=1)


def area_of(ring: Ring, arcs: Sequence[np.ndarray]) -> float:
    """Area of a ring, km²."""
    x, y = project(unwrap(ring_points(ring, arcs))).T
    return float(abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2 * EARTH)


def drop_islands(polygons: Polygons, arcs: Sequence[np.ndarray]) -> Polygons:
    """Without the small parts of an area that has larger ones."""
    sizes = [area_of(p[0], arcs) for p in polygons]
    return [p for p, size in zip(polygons, sizes, strict=True) if size >= SMALLEST_ISLAND or size == max(sizes)]


def simplify(points: np.ndarray) -> np.ndarray:
    """Drop points that span small triangles with their neighbours, smallest first (Visvalingam and Whyatt 1993).

    The ends of an arc stay, and at least two points more where it is a ring of its own.
    """
    plane = project(unwrap(points))
    before, after = list(range(-1, len(points) - 1)), list(range(1, len(points) + 1))
    alive = np.ones(len(points), dtype=bool)

    def size(n: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = plane[before[n]], plane[n], plane[after[n]]
        return float(abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2 * EARTH)

    sizes = {n: size(n) for n in range(1, len(points) - 1)}
    heap = [(area, n) for n, area in sizes.items()]
    heapq.heapify(heap)
    least = 4 if np.array_equal(points[0], points[-1]) else 2
    left = len(points)
    while heap and left > least:
        area, n = heapq.heappop(heap)
        if not alive[n] or area != sizes[n]:
            continue
        if area >= COARSENESS:
            break
        if abs(points[after[n], 0] - points[before[n], 0]) > LONGEST:
            continue
        alive[n] = False
        left -= 1
        before[after[n]], after[before[n]] = before[n], after[n]
        for m in (before[n], after[n]):
            if 0 < m < len(points) - 1:
                sizes[m] = max(size(m), area)
                heapq.heappush(heap, (sizes[m], m))
    return points[alive]


def centre(points: np.ndarray) -> tuple[float, float]:
    """The centroid of a small ring."""
    x, y = points.T
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    total = cross.sum()
    return (
        float(((x[:-1] + x[1:]) * cross).sum() / (3 * total)),
        float(((y[:-1] + y[1:]) * cross).sum() / (3 * total)),
    )


def hatch_lines(polygons: Iterable[list[np.ndarray]]) -> list[np.ndarray]:
    """Diagonal lines inside polygons, each a few points in degrees; they run straight in the projected plane."""
    edges = [np.stack([plane[:-1], plane[1:]]) for p in polygons for plane in (project(unwrap(r)) for r in p)]
    (x1, y1), (x2, y2) = (np.concatenate([e[side] for e in edges]).T for side in (0, 1))
    across1, across2 = (y1 - x1) / HATCH, (y2 - x2) / HATCH  # a line is where this is a whole number
    lines = []
    for number in range(int(np.ceil(min(across1.min(), across2.min()))), int(max(across1.max(), across2.max())) + 1):
        hit = (across1 > number) != (across2 > number)
        share = (number - across1[hit]) / (across2[hit] - across1[hit])
        along = np.sort(x1[hit] + share * (x2[hit] - x1[hit]))
        for start, stop in zip(along[::2], along[1::2], strict=True):
            if stop - start > HATCH / 10:
                x = np.linspace(start, stop, 2 + int((stop - start) / BEND))
                lines.append(unproject(np.stack([x, x + number * HATCH], axis=1)))
    return lines


class Grid:
    """The whole numbers that coordinates are written in, as TopoJSON has it."""

    def __init__(self, points: np.ndarray) -> None:
        low, high = np.array([-180.0, points[:, 1].min()]), np.array([180.0, points[:, 1].max()])
        self.origin = np.round(low, 6)
        self.scale = np.round((high - low) / STEPS, 12)

    def topology(self, name: str, geometries: list[dict[str, Any]], arcs: Sequence[np.ndarray]) -> dict[str, Any]:
        """A TopoJSON topology with one object."""
        return {
            "type": "Topology",
            "objects": {name: {"type": "GeometryCollection", "geometries": geometries}},
            "arcs": [self._steps(arc) for arc in arcs],
            "transform": {"scale": self.scale.tolist(), "translate": self.origin.tolist()},
        }

    def _steps(self, points: np.ndarray) -> list[list[int]]:
        """Differences from point to point; points that fall on the one before go, unless too few would be left."""
        grid = np.rint((points - self.origin) / self.scale).astype(int)
        moved = np.r_[True, (np.diff(grid, axis=0) != 0).any(axis=1)]
        if moved.sum() >= (4 if np.array_equal(grid[0], grid[-1]) else 2):
            grid = grid[moved]
        return [[int(v) for v in step] for step in np.diff(grid, axis=0, prepend=0)]


if __name__ == "__main__":
    main()
