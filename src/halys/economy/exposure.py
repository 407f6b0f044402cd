"""Exposure: how concentrated an economy's trade is, and how much of what it needs others control.

Concentration is Hirschman's [1]_, in the form of the sum of squared shares. Reliance on a set of suppliers is shown at
face value (who sells the input) and looked through (where along the chain it is produced) [2]_; the latter counts
production, so it double counts as gross trade does, while value-added shares do not. How much a product weighs is told
by two figures:

    import weight         M_s / I                          first-order loss of real income per 1 % on its cost [3]_
    cost of replacement   (X_s / I) (−ln(1 − m_s)) / theta   loss when these suppliers are shut out and all else stands

with M imports of the product from the suppliers, X its purchases, I final spending, m the suppliers' share of X. The
second is exact for the origin nest [4]_ and first order for everything else (factor prices, incomes and inputs stay);
it is infinite where nobody else sells the product.

References:
    .. [1] Hirschman (1945), National Power and the Structure of Foreign Trade.
    .. [2] Baldwin, Freeman and Theodorakopoulos (2023), Hidden exposure: measuring US supply chain reliance, Brookings
       Papers on Economic Activity 54(2): face-value and look-through exposure.
    .. [3] Hulten (1978), Review of Economic Studies 45(3); in open economies Baqaee and Farhi (2024), Networks,
    barriers,
       and trade, Econometrica 92(2).
    .. [4] Feenstra (1994), American Economic Review 84(1); Arkolakis, Costinot and Rodríguez-Clare (2012), American
       Economic Review 102(1).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.economy.supply_chain import SupplyChain

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


def concentration(values: Array, axis: int) -> Array:
    """Sum of squared shares of non-negative values along an axis, in (0, 1]; NaN where they are all zero."""
    total = values.sum(axis=axis)
    squares = (values**2).sum(axis=axis)
    return np.asarray(np.divide(squares, total**2, out=np.full_like(total, np.nan), where=total > 0))


class Concentration(NamedTuple):
    """Hirschman indices, in (0, 1]; NaN without trade."""

    imports: Array  # (economy, industry) over origins of the imports of a product
    exports: Array  # (economy, industry) over destinations of the exports of a product
    import_partners: Array  # (economy,) over origins of all imports
    export_partners: Array  # (economy,) over destinations of all exports


def trade_concentration(chain: SupplyChain) -> Concentration:
    """How concentrated imports are over origins, and exports over destinations."""
    pairs = chain.exports.sum(axis=0)
    return Concentration(
        imports=concentration(chain.exports, 1).T,
        exports=concentration(chain.exports, 2).T,
        import_partners=concentration(pairs, 0),
        export_partners=concentration(pairs, 1),
    )


class InputReliance(NamedTuple):
    """Shares (economy, industry) that a set of economies has in the inputs of every industry, in [0, 1].

    NaN where an industry is empty, or buys no inputs. An economy of the set counts towards itself.
    """

    face_value: Array  # of input spending: sold by the set
    look_through: Array  # of all production along the chain of its inputs: located in the set
    value_added: Array  # of the value of output: income earned in the set
    production: Array  # (economy, industry) not a share: all production along the chain of inputs per unit of output


def input_reliance(chain: SupplyChain, suppliers: Indices) -> InputReliance:
    """How much of the inputs of every industry everywhere a set of suppliers controls, directly and along the chain."""
    count, kinds = chain.output.shape
    inside = np.zeros((count, kinds))
    inside[suppliers] = 1.0
    sold = np.where(chain.output > 0, 1.0, np.nan)
    spent = chain.input_share.sum(axis=2)
    bought = np.matvec(chain.input_share, chain.trade_share[:, suppliers].sum(axis=1).T)
    content = chain.content(np.stack([np.ones_like(inside), inside, inside * chain.value_added_share]))
    everything, theirs = chain.in_inputs(content[:2])
    return InputReliance(
        face_value=sold * _ratio(bought, spent, spent > 0),
        look_through=sold * _ratio(theirs, everything, spent > 0),
        value_added=sold * content[2],
        production=everything,
    )


def _ratio(part: Array, whole: Array, where: NDArray[np.bool_]) -> Array:
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=where & (whole > 0))


class ImportExposure(NamedTuple):
    """What an economy buys from a set of suppliers, by product (industry,). Money in world value added."""

    imports: Array  # M from the suppliers, net of tariffs
    purchase_share: Array  # m: of all purchases of the product, from [0, 1]; NaN where it is not bought
    import_share: Array  # of all imports of the product; NaN without imports
    concentration: Array  # Hirschman index of the origins of its imports; NaN without imports
    import_weight: Array  # M / I
    replacement_cost: Array  # (X / I) (−ln(1 − m)) / theta; inf where nobody else sells the product


def import_exposure(chain: SupplyChain, theta: Array, target: int, suppliers: Indices) -> ImportExposure:
    """How exposed an economy is to a set of foreign suppliers, product by product.

    Args:
        theta: trade elasticities (industry,). target: position of the economy, which is left out of the suppliers.
    """
    suppliers = suppliers[suppliers != target]
    imports = chain.exports[:, :, target]
    taken = imports[:, suppliers].sum(axis=1)
    bought, income = chain.purchases[target], chain.final[target].sum()
    share = np.where(bought > 0, chain.trade_share[:, suppliers, target].sum(axis=1), np.nan)
    with np.errstate(divide="ignore"):
        lost = np.where(bought > 0, -np.log1p(-np.minimum(np.nan_to_num(share), 1.0)) / theta, 0.0)
    return ImportExposure(
        imports=taken,
        purchase_share=share,
        import_share=_ratio(taken, imports.sum(axis=1), bought > 0),
        concentration=concentration(imports, 1),
        import_weight=taken / income,
        replacement_cost=bought / income * lost,
    )


def reliance_by_origin(chain: SupplyChain) -> InputReliance:
    """As `input_reliance`, (origin, economy, industry): the share of every economy. They sum to 1 over origins."""
    count, kinds = chain.output.shape
    everywhere, own = np.arange(count), np.zeros((count, count, kinds))
    own[everywhere, everywhere] = 1.0
    sold = np.where(chain.output > 0, 1.0, np.nan)
    spent = chain.input_share.sum(axis=2)
    bought = np.matvec(chain.input_share, chain.trade_share.transpose(1, 2, 0))
    theirs = chain.in_inputs(chain.content(own))
    income = chain.content(own * chain.value_added_share)
    whole = theirs.sum(axis=0)
    return InputReliance(
        face_value=sold * _ratio(bought, np.broadcast_to(spent, bought.shape), spent > 0),
        look_through=sold * _ratio(theirs, np.broadcast_to(whole, theirs.shape), spent > 0),
        value_added=sold * income,
        production=whole,
    )
