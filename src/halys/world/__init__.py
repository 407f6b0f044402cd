"""The baseline economy: who makes what, who buys it, and from whom.

A `World` is a set of balanced input-output accounts for many economies and industries. It knows nothing of shocks or of
behaviour; the layers below it read its arrays. Axis order is always from -> to.
"""

from halys.world.accounts import Imbalance, calc_balance
from halys.world.groups import Group, load_groups
from halys.world.load import WORLDS, load_world
from halys.world.model import World

__all__ = ["WORLDS", "Group", "Imbalance", "World", "calc_balance", "load_groups", "load_world"]
