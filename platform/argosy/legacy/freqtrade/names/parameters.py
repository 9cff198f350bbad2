"""Parameters for freqtrade's hyperopt. Outside of hyperopt each has one value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class BaseParameter:
    """Parameter. `space` names the strategy's table (`buy_params` …) that sets `value`.

    `load` False keeps the default.
    """

    in_space = False
    name = ""

    def __init__(
        self,
        *,
        default: Any = None,
        space: str | None = None,
        optimize: bool = True,
        load: bool = True,
        **others: Any,
    ) -> None:
        self.default = self.value = default
        self.space = self.category = space
        self.optimize = optimize
        self.load = load

    def can_optimize(self) -> bool:
        return False

    @property
    def range(self) -> list[Any]:
        return [self.value]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value})"


class NumericParameter(BaseParameter):
    def __init__(self, low: Any, high: Any = None, **others: Any) -> None:
        super().__init__(**others)
        self.low, self.high = (low, high) if high is not None else low


class IntParameter(NumericParameter):
    """Integer parameter."""


class RealParameter(NumericParameter):
    """Float parameter."""


class DecimalParameter(NumericParameter):
    """Float parameter whose default is rounded to `decimals`."""

    def __init__(
        self, low: Any, high: Any = None, *, default: float, decimals: int = 3, **others: Any
    ) -> None:
        super().__init__(low, high, default=round(default, decimals), **others)


class CategoricalParameter(BaseParameter):
    def __init__(self, categories: Sequence[Any], **others: Any) -> None:
        super().__init__(**others)
        self.opt_range = categories


class BooleanParameter(CategoricalParameter):
    def __init__(self, **others: Any) -> None:
        super().__init__([True, False], **others)
