"""Names: codes, groups and lists of these, and the messages when a name is not known."""

from __future__ import annotations

import numpy as np
import pytest

from halys.errors import InputError, UnknownNameError
from halys.world import load_groups


@pytest.mark.parametrize(
    ("group", "kind", "count"),
    [
        ("coalition_2022", "economy", 39),
        ("EU27", "economy", 27),
        ("G7", "economy", 7),
        ("BRICS", "economy", 5),
        ("goods", "industry", 27),
        ("services", "industry", 23),
    ],
)
def test_sizes(world, group, kind, count):
    assert len(world.select(group, kind)) == count


def test_goods_and_services_are_all_industries(world):
    goods, services = set(world.select("goods", "industry")), set(world.select("services", "industry"))
    assert not goods & services
    assert goods | services == set(world.industries)


def test_coalition_is_eu_and_twelve_others_without_russia(world):
    coalition = set(world.select("coalition_2022"))
    assert set(world.select("EU27")) < coalition
    assert not coalition & {"RUS", "BLR", "CHN", "IND", "TUR"}


def test_members_that_the_table_lacks_are_shown(world):
    """Three members of NATO are not in the table; the group keeps them and says so."""
    nato = world.groups["NATO"]
    assert set(nato.missing(world.economies)) == {"ALB", "MNE", "MKD"}
    assert len(nato.members) == 32
    assert len(world.select("NATO")) == 29


def test_other_groups_lack_only_what_their_table_lacks(world):
    lacking = {
        g.name: set(g.missing(world.codes(g.kind))) for g in world.groups.values() if g.missing(world.codes(g.kind))
    }
    assert lacking == {"NATO": {"ALB", "MNE", "MKD"}, "NATO_2022": {"ALB", "MNE", "MKD"}, "BRICS_2025": {"ETH", "IRN"}}


def test_every_group_names_its_source_and_members_once():
    for group in load_groups().values():
        assert group.source
        assert group.label
        assert len(set(group.members)) == len(group.members) > 0


def test_selection_is_in_table_order_and_without_repetition(world):
    chosen = world.select(["USA", "G7", "CAN", "USA"])
    assert chosen == tuple(code for code in world.economies if code in set(chosen))
    assert len(chosen) == 7


def test_all(world):
    assert world.select("all") == world.economies
    assert world.select("all", "industry") == world.industries


def test_positions_are_indices_of_the_selection(world):
    at = world.positions(["RUS", "CHN"])
    assert [world.economies[j] for j in at] == ["CHN", "RUS"]
    assert at.dtype == np.intp


@pytest.mark.parametrize(
    ("name", "kind", "nearest"),
    [("GRB", "economy", "'GBR'"), ("coalition2022", "economy", "'coalition_2022'"), ("good", "industry", "'goods'")],
)
def test_unknown_name_gives_the_nearest(world, name, kind, nearest):
    with pytest.raises(UnknownNameError, match=rf"'{name}' is not .* of world icio-2022\. Nearest: .*{nearest}"):
        world.select(name, kind)


def test_full_name_instead_of_code(world):
    with pytest.raises(UnknownNameError, match=r"Nearest: 'DEU' \(Germany\)"):
        world.select("Germany")


@pytest.mark.parametrize(
    ("name", "kind", "said"), [("goods", "economy", "group of industries"), ("EU27", "industry", "economies")]
)
def test_group_of_the_wrong_kind(world, name, kind, said):
    with pytest.raises(UnknownNameError, match=said):
        world.select(name, kind)


def test_name_that_is_not_text(world):
    with pytest.raises(UnknownNameError, match="7 is not an economy"):
        world.select([7])


@pytest.mark.parametrize("kind", ["economy", "industry"])
def test_empty_list(world, kind):
    with pytest.raises(InputError, match=r"an empty list of (economies|industries)"):
        world.select([], kind)


def test_group_with_no_member_in_this_world(small_world):
    with pytest.raises(UnknownNameError, match="group 'EU27' has no member in world small-1"):
        small_world.select("EU27")
