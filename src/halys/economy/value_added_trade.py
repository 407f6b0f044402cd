"""Trade in value added: where the income is earned that final demand and exports pay for.

With v value added per unit of output, (I − A)^−1 the Leontief inverse of the world's supply chain, f_d what final users
in d buy from everywhere and e_c the gross exports of c, all at basic prices,

    value added of origin o absorbed in d    VA_od = v_o (I − A)^−1 f_d                     [1]_
    value-added exports of o                 VAX_o = sum_(d ≠ o) VA_od
    domestic value added in exports of c     DVA_c = v_c (I − A)^−1 e_c                     [2]_
    foreign value added in exports of c      FVA_c = sum_(o ≠ c) v_o (I − A)^−1 e_c

DVA includes what returns home in imported inputs. What is neither is tariffs, export taxes and middlemen's margins on
the inputs along the chain, and the export taxes on the exports themselves; it is told apart. Without taxes the two
shares sum to 1, and final spending is the value added that it absorbs.

References:
    .. [1] Johnson and Noguera (2012), Accounting for intermediates: production sharing and trade in value added,
       Journal of International Economics 86(2).
    .. [2] OECD, Guide to Trade in Value Added (TiVA) indicators: EXGR_DVA and EXGR_FVA.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from halys.economy.supply_chain import SupplyChain

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ValueAddedTrade:
    """Value added by origin, in exports and in final demand. Money in world value added; N economies, K industries."""

    chain: SupplyChain

    @cached_property
    def content(self) -> Array:
        """(origin, economy, industry): value added of each origin in a unit of output of every industry."""
        count, kinds = self.chain.output.shape
        own = np.zeros((count, count, kinds))
        own[np.arange(count), np.arange(count)] = self.chain.value_added_share
        return self.chain.content(own)

    @cached_property
    def absorbed(self) -> Array:
        """VA_od (origin, destination): value added by where it is earned and where final demand absorbs it."""
        in_purchases = self.chain.in_purchases(self.content)
        return np.asarray((in_purchases * self.chain.final).sum(axis=2))

    @cached_property
    def taxes_absorbed(self) -> Array:
        """(destination,): tariffs, export taxes and margins, along the whole chain, that final spending pays."""
        c = self.chain
        on_inputs = (c.input_share * c.tax_share[:, None, :]).sum(axis=2)
        embodied = c.in_purchases(c.content(on_inputs[None]))[0]
        return np.asarray(((embodied + c.tax_share) * c.final).sum(axis=1))

    @cached_property
    def value_added_exports(self) -> Array:
        """VAX (economy,): value added absorbed abroad."""
        return np.asarray(self.absorbed.sum(axis=1) - np.diagonal(self.absorbed))

    @cached_property
    def value_added_imports(self) -> Array:
        """(economy,): foreign value added that final demand absorbs."""
        return np.asarray(self.absorbed.sum(axis=0) - np.diagonal(self.absorbed))

    @cached_property
    def gross_exports(self) -> Array:
        """(economy, industry): exports at the border, with export taxes, net of tariffs."""
        return np.asarray(self.chain.exports.sum(axis=2).T)

    @cached_property
    def in_exports(self) -> Array:
        """(origin, economy, industry): value added of each origin in the gross exports of every industry."""
        sold = self.chain.receipts.sum(axis=2) - np.diagonal(self.chain.receipts, axis1=1, axis2=2)
        return np.asarray(self.content * sold.T)

    @cached_property
    def domestic_in_exports(self) -> Array:
        """DVA (economy, industry) by exporting industry."""
        count = len(self.chain.output)
        return np.asarray(self.in_exports[np.arange(count), np.arange(count)])

    @cached_property
    def foreign_in_exports(self) -> Array:
        """FVA (economy, industry) by exporting industry."""
        return np.asarray(self.in_exports.sum(axis=0) - self.domestic_in_exports)

    @cached_property
    def absorbed_by_industry(self) -> Array:
        """(destination, origin, industry): value added of every industry by where final demand absorbs it."""
        c = self.chain
        count, kinds = c.output.shape
        final = np.zeros((count, count, kinds))
        final[np.arange(count), np.arange(count)] = c.final
        return c.requirements(final) * c.value_added_share
