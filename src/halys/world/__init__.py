"""The baseline economy: who makes what, who buys it, and from whom.

A `World` is a set of balanced input-output accounts for many economies and industries. It knows nothing of shocks or of
behaviour; the layers below it read its arrays. Axis order is always from -> to. `halys.world.build` makes one from a
table file, `save_world` keeps it and `load_world` brings it back.
"""

from halys.world.accounts import Imbalance, calc_balance
from halys.world.groups import Group, load_groups
from halys.world.load import WORLDS, is_world_file, load_world
from halys.world.model import World
from halys.world.stored import check_target, read_world, save_world

__all__ = [
    "WORLDS",
    "Group",
    "Imbalance",
    "World",
    "calc_balance",
    "check_target",
    "is_world_file",
    "load_groups",
    "load_world",
    "read_world",
    "save_world",
]
