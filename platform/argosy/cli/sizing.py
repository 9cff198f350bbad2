"""`argosy risk sizing`: how much to stake, by the helpers that nodes use."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer

from argosy.cli.output import JsonFlag, console, print_json

app = typer.Typer(help="How much to stake.", no_args_is_help=True)

Capital = Annotated[str, typer.Option(help="Capital, in any currency.")]
Share = Annotated[str, typer.Option(help="Part of Kelly's fraction.")]
Cap = Annotated[str, typer.Option(help="Largest part of the capital.")]


@app.command()
def fixed(
    capital: Capital,
    fraction: Annotated[str, typer.Option(help="Part of the capital.")],
    as_json: JsonFlag = False,
) -> None:
    """A fixed fraction."""
    from argosy.core.risk.sizing import fixed_fraction

    (part,) = _decimals(fraction=fraction)
    _print(fixed_fraction(Decimal(1), part), capital, as_json)


@app.command()
def kelly(
    capital: Capital,
    probability: Annotated[str, typer.Option(help="Of winning, 0 to 1.")],
    cost: Annotated[str, typer.Option(help="Of a share that pays 1, fee included.")],
    share: Share = "0.25",
    cap: Cap = "1",
    as_json: JsonFlag = False,
) -> None:
    """Kelly's fraction for a bet that pays 1 or nothing."""
    from argosy.core.risk.sizing import kelly_fraction

    numbers = _decimals(probability=probability, cost=cost, share=share, cap=cap)
    _print(kelly_fraction(*numbers), capital, as_json)


@app.command()
def edge(
    capital: Capital,
    mean: Annotated[str, typer.Option(help="Expected return over a period, above the riskless.")],
    variance: Annotated[str, typer.Option(help="Of the return over the same period.")],
    share: Share = "0.25",
    cap: Cap = "1",
    as_json: JsonFlag = False,
) -> None:
    """Kelly's fraction for returns of a known mean and variance."""
    from argosy.core.risk.sizing import kelly_edge

    numbers = _decimals(mean=mean, variance=variance, share=share, cap=cap)
    _print(kelly_edge(*numbers), capital, as_json)


@app.command()
def volatility(
    capital: Capital,
    target: Annotated[str, typer.Option(help="Wanted swing of the capital, a fraction a year.")],
    asset: Annotated[str, typer.Option(help="Volatility of the asset, a fraction a year.")],
    cap: Cap = "1",
    as_json: JsonFlag = False,
) -> None:
    """The exposure that swings by a target."""
    from argosy.core.risk.sizing import volatility_target

    _print(volatility_target(*_decimals(target=target, asset=asset, cap=cap)), capital, as_json)


def _decimals(**given: str) -> list[Decimal]:
    """In order. Raises InvalidInput with the name of what is no number."""
    from argosy.core.money import decimal

    return [decimal(value, name=f"the {name}") for name, value in given.items()]


def _print(part: Decimal, capital: str, as_json: bool) -> None:
    """The stake in the currency of `capital`, and the `part` of it."""
    (whole,) = _decimals(capital=capital)
    stake = max(whole, Decimal(0)) * part
    if as_json:
        print_json({"stake": str(stake), "fraction": str(part)})
    else:
        console().print(f"{stake.normalize():f} ({part:.2%} of the capital)")
