"""The supply chain of a world economy as an input-output system at basic prices, and its exact Leontief inverse.

An industry (j, k) spends the share g_jks of its sales on product s, of which the seller (i, s) receives r_ijs (what is
left after tariffs, export taxes and the margins of middlemen); its technical coefficients are A_(is)(jk) = r_ijs g_jks
[1]_. Two questions are answered, for as many right-hand sides as asked and without ever forming the matrix:

    what is in a unit of output      y = v (I − A)^−1        (row vectors: value added, production, imports by origin)
    what final demand requires       x = (I − A)^−1 f        (column vectors: output of every industry)

Both are found by splitting A into trade at home, inverted economy by economy, and trade across borders, which is
iterated: a regular splitting of an M-matrix, so that it converges whenever the inverse exists, and since all terms are
non-negative nothing cancels and the relative accuracy of every number is that of the iteration.

References:
    .. [1] Miller and Blair (2009), Input-Output Analysis: Foundations and Extensions, 2nd edition, chapters 2 and 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline
from halys.economy.equilibrium import Equilibrium
from halys.errors import InputError

Array = NDArray[np.float64]
_EXACT = 1e-14  # relative change of an iteration at which it is done
_MOST = 2000


@dataclass(frozen=True, eq=False)
class SupplyChain:
    """Who buys what from whom to make what; N economies, K industries. Money in world value added.

    Attributes:
        receipts: (industry, exporter, importer), what sellers receive: sales net of tariffs and export taxes.
        purchases: X (economy, industry), at buyers' prices.
        trade_share: pi (industry, exporter, importer), share of each seller in purchases, tariffs included.
        input_share: (economy, industry, input), inputs at buyers' prices per unit of sales.
        output: Y (economy, industry), sales at basic prices; the sum of receipts over importers.
        factor_income: (economy, industry), value added.
        final: (economy, industry), final spending by product, at buyers' prices.
        exports: (industry, exporter, importer), sales across borders at the border: with export taxes, net of tariffs.
    """

    receipts: Array
    purchases: Array
    trade_share: Array
    input_share: Array
    output: Array
    factor_income: Array
    final: Array
    exports: Array

    @classmethod
    def of_baseline(cls, b: Baseline) -> SupplyChain:
        """That of a balanced world."""
        final = b.final_share * b.income[:, None]
        return cls(
            receipts=b.flows,
            purchases=b.purchases,
            trade_share=b.trade_share,
            input_share=b.input_share,
            output=b.output,
            factor_income=b.factor_income,
            final=final,
            exports=b.flows_abroad,
        )

    @classmethod
    def of_equilibrium(cls, q: Equilibrium) -> SupplyChain:
        """That after a shock."""
        b, c, e = q.baseline, q.coefficients, q.solution.evaluation
        purchases = q.solution.purchases * b.bought
        receipts = c.seller * e.supply[:, :, None] * (purchases.T / e.phi)[:, None, :]
        # What industries do not use. The solver's tolerance may leave a zero a hair below.
        final = purchases - np.matvec(q.input_share.transpose(0, 2, 1), e.output)
        final = np.where(b.final_share > 0, np.maximum(final, 0.0), 0.0)
        return cls(
            receipts=receipts,
            purchases=purchases,
            trade_share=q.trade_share,
            input_share=q.input_share,
            output=e.output,
            factor_income=q.value_added,
            final=final,
            exports=q.flows * (1.0 - np.eye(len(b.income))),
        )

    @cached_property
    def receipt_share(self) -> Array:
        """r (industry, exporter, importer): receipts of each seller per unit of purchases at buyers' prices."""
        bought = self.purchases.T[:, None, :]
        return np.asarray(np.divide(self.receipts, bought, out=np.zeros_like(self.receipts), where=bought > 0))

    @cached_property
    def value_added_share(self) -> Array:
        """(economy, industry): value added per unit of sales; 0 where an industry is empty."""
        empty = np.zeros_like(self.output)
        return np.asarray(np.divide(self.factor_income, self.output, out=empty, where=self.output > 0))

    @cached_property
    def tax_share(self) -> Array:
        """(economy, industry): tariffs, export taxes and middlemen's margins per unit of purchases of the product."""
        return np.where(self.purchases > 0, 1.0 - self.receipt_share.sum(axis=1).T, 0.0)

    @cached_property
    def _home(self) -> tuple[Array, Array]:
        """Receipt share of sellers at home (economy, industry), and (economy, K, K) inverse of I − A at home.

        Raises:
            InputError: an economy in which a group of industries adds no value and buys only from itself.
        """
        own = np.diagonal(self.receipt_share, axis1=1, axis2=2).T  # (economy, product)
        coefficients = own[:, :, None] * self.input_share.transpose(0, 2, 1)
        try:
            inverse = np.linalg.inv(np.eye(own.shape[1]) - coefficients)
        except np.linalg.LinAlgError as error:
            raise InputError(_NO_INVERSE) from error
        return np.ascontiguousarray(own), np.asarray(inverse, dtype=np.float64)

    @cached_property
    def _abroad(self) -> Array:
        """Receipt share (industry, exporter, importer) of sellers abroad."""
        count = len(self.output)
        return np.asarray(self.receipt_share * (1.0 - np.eye(count)))

    def content(self, values: Array) -> Array:
        """What is in a unit of output of every industry, along the whole chain.

        Args:
            values: (case, economy, industry) >= 0, what each industry adds itself per unit of its output.

        Returns:
            (case, economy, industry): values (I − A)^−1.
        """
        inverse, inputs = self._home[1], self.input_share.transpose(0, 2, 1)

        def with_home(x: Array) -> Array:  # (economy, case, industry), times the inverse of the economy
            return np.asarray(x @ inverse)

        direct = np.ascontiguousarray(values.transpose(1, 0, 2))
        y = with_home(direct)
        for _ in range(_MOST):
            bought = y.transpose(2, 1, 0) @ self._abroad  # (product, case, importer)
            new = with_home(direct + bought.transpose(2, 1, 0) @ inputs)
            if _settled(new, y):
                return np.ascontiguousarray(new.transpose(1, 0, 2))
            y = new
        raise InputError(_NO_INVERSE)

    def in_purchases(self, content: Array) -> Array:
        """From the content of a unit of output to that of a unit of purchases (case, economy, product)."""
        return np.asarray((content.transpose(2, 0, 1) @ self.receipt_share).transpose(1, 2, 0))

    def in_inputs(self, content: Array) -> Array:
        """From the content of a unit of output to that of the inputs of a unit of output (case, economy, industry)."""
        return np.asarray(np.matvec(self.input_share, self.in_purchases(content)))

    def requirements(self, final: Array) -> Array:
        """Output of every industry that final spending takes, along the whole chain.

        Args:
            final: (case, economy, product) >= 0, at buyers' prices.

        Returns:
            (case, economy, industry): (I − A)^−1 f, at basic prices.
        """
        inverse, share = self._home[1].transpose(0, 2, 1), self.receipt_share.transpose(0, 2, 1)
        abroad = self._abroad.transpose(0, 2, 1)  # (product, importer, exporter)

        def with_home(x: Array) -> Array:  # (economy, case, industry)
            return np.asarray(x @ inverse)

        direct = (final.transpose(2, 0, 1) @ share).transpose(2, 1, 0)
        x = with_home(direct)
        for _ in range(_MOST):
            bought = (x @ self.input_share).transpose(2, 1, 0)  # (product, case, importer)
            new = with_home(direct + (bought @ abroad).transpose(2, 1, 0))
            if _settled(new, x):
                return np.ascontiguousarray(new.transpose(1, 0, 2))
            x = new
        raise InputError(_NO_INVERSE)


_NO_INVERSE = (
    "the supply chain has no Leontief inverse: a group of industries adds no value and buys only from itself. Give "
    "every industry with sales some value added."
)


def _settled(new: Array, old: Array) -> bool:
    return bool((np.abs(new - old) <= _EXACT * np.abs(new).max()).all())
