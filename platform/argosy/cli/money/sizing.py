"""`argosy risk sizing`: stakes by the same helpers that nodes use."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer

from argosy.cli._shared.output import JsonFlag, console, print_json

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
    """Stake a fixed fraction of the capital."""
    from argosy.core.money.money import bounded
    from argosy.core.risk.sizing import fixed_fraction

    part = bounded(fraction, name="the fraction", least=0, most=1)
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
    """Stake Kelly's fraction for a bet that pays 1 or nothing."""
    from argosy.core.money.money import bounded
    from argosy.core.risk.sizing import kelly_fraction

    numbers = [
        bounded(probability, name="the probability", least=0, most=1),
        bounded(cost, name="the cost", above=0, most=1),
        *_part_and_cap(share, cap),
    ]
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
    """Stake Kelly's fraction for returns of a known mean and variance."""
    from argosy.core.money.money import bounded, decimal
    from argosy.core.risk.sizing import kelly_edge

    numbers = [
        decimal(mean, name="the mean"),
        bounded(variance, name="the variance", above=0),
        *_part_and_cap(share, cap),
    ]
    _print(kelly_edge(*numbers), capital, as_json)


@app.command()
def volatility(
    capital: Capital,
    target: Annotated[str, typer.Option(help="Wanted swing of the capital, a fraction a year.")],
    asset: Annotated[str, typer.Option(help="Volatility of the asset, a fraction a year.")],
    cap: Cap = "1",
    as_json: JsonFlag = False,
) -> None:
    """Stake the exposure that brings the capital to a target volatility."""
    from argosy.core.money.money import bounded
    from argosy.core.risk.sizing import volatility_target

    numbers = [
        bounded(target, name="the target", least=0),
        bounded(asset, name="the asset's volatility", above=0),
        bounded(cap, name="the cap", least=0),
    ]
    _print(volatility_target(*numbers), capital, as_json)


def _part_and_cap(share: str, cap: str) -> list[Decimal]:
    from argosy.core.money.money import bounded

    return [
        bounded(share, name="the share", least=0, most=1),
        bounded(cap, name="the cap", least=0),
    ]


def _print(part: Decimal, capital: str, as_json: bool) -> None:
    """Print the stake in the currency of `capital`, and its `part` of the capital."""
    from argosy.core.money.money import bounded

    stake = bounded(capital, name="the capital", least=0) * part
    if as_json:
        print_json({"stake": str(stake), "fraction": str(part)})
    else:
        console().print(f"{stake.normalize():f} ({part:.2%} of the capital)")
