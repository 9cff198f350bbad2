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
    from argosy.core.money import decimal
    from argosy.core.risk.sizing import fixed_fraction

    part, whole = decimal(fraction, name="the fraction"), decimal(capital, name="the capital")
    _print(fixed_fraction(whole, part), whole, as_json)


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
    from argosy.core.money import decimal
    from argosy.core.risk.sizing import kelly_fraction

    part = kelly_fraction(decimal(probability), decimal(cost), decimal(share), decimal(cap))
    whole = decimal(capital, name="the capital")
    _print(max(whole, Decimal(0)) * part, whole, as_json)


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
    from argosy.core.money import decimal
    from argosy.core.risk.sizing import kelly_edge

    part = kelly_edge(decimal(mean), decimal(variance), decimal(share), decimal(cap))
    whole = decimal(capital, name="the capital")
    _print(max(whole, Decimal(0)) * part, whole, as_json)


@app.command()
def volatility(
    capital: Capital,
    target: Annotated[str, typer.Option(help="Wanted swing of the capital, a fraction a year.")],
    asset: Annotated[str, typer.Option(help="Volatility of the asset, a fraction a year.")],
    cap: Cap = "1",
    as_json: JsonFlag = False,
) -> None:
    """The exposure that swings by a target."""
    from argosy.core.money import decimal
    from argosy.core.risk.sizing import volatility_target

    part = volatility_target(decimal(target), decimal(asset), decimal(cap))
    whole = decimal(capital, name="the capital")
    _print(max(whole, Decimal(0)) * part, whole, as_json)


def _print(stake: Decimal, capital: Decimal, as_json: bool) -> None:
    part = stake / capital if capital > 0 else Decimal(0)
    if as_json:
        print_json({"stake": str(stake), "fraction": str(part)})
    else:
        console().print(f"{stake.normalize():f} ({part:.2%} of the capital)")
