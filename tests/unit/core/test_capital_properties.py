"""Whatever is granted in whatever order: never more than the capital, and never at a kept share's cost."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from argosy.core.money.capital import BOT_ITSELF, Available, Lending, Share, Use, available

NAMES = ["a", "b", "c", "d"]
amounts = st.decimals(0, 2000, places=2)
lendings = st.sampled_from(["none", "idle"])


@st.composite
def splits(draw: st.DrawFn) -> list[Share]:
    """Weights in hundredths that sum to at most 1."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=1, max_size=len(NAMES))))
    weights = [high - low for low, high in pairwise([0, *cuts])]
    return [
        Share(name, Decimal(weight) / 100, draw(st.booleans()))
        for name, weight in zip(NAMES, weights, strict=False)
    ]


uses_of = st.lists(
    st.builds(Use, st.sampled_from([*NAMES, BOT_ITSELF, "gone"]), amounts, amounts), max_size=6
)
askers = st.sampled_from([*NAMES, BOT_ITSELF])
steps = st.lists(
    st.tuples(askers, st.decimals(0, 1, places=2), st.booleans()),
    max_size=25,
)


def walk(
    capital: Decimal, shares: list[Share], lending: Lending, moves: list[tuple[str, Decimal, bool]]
) -> dict[str, Decimal]:
    """Each move takes a part of what is granted, or gives back a part of what is in use."""
    used: dict[str, Decimal] = {}
    for name, part, takes in moves:
        if takes:
            granted = available(capital, shares, [Use(k, v) for k, v in used.items()], lending, name)
            used[name] = used.get(name, Decimal(0)) + granted.total * part
        else:
            used[name] = used.get(name, Decimal(0)) * (1 - part)
        assert sum(used.values()) <= capital
    return used


@given(amounts, splits(), lendings, steps, askers)
def test_grants_never_pass_the_capital(
    capital: Decimal, shares: list[Share], lending: Lending, moves: list[tuple[str, Decimal, bool]], last: str
) -> None:
    used = walk(capital, shares, lending, moves)
    more = available(capital, shares, [Use(k, v) for k, v in used.items()], lending, last)
    assert more.own >= 0
    assert more.lent >= 0
    assert sum(used.values()) + more.total <= capital


@given(amounts, splits(), lendings, steps)
def test_a_kept_share_is_always_there_for_its_strategy(
    capital: Decimal, shares: list[Share], lending: Lending, moves: list[tuple[str, Decimal, bool]]
) -> None:
    used = walk(capital, shares, lending, moves)
    for share in shares:
        if lending == "none" or not share.lends:
            found = available(
                capital, shares, [Use(k, v) for k, v in used.items()], lending, share.strategy_id
            )
            missing = share.weight * capital - used.get(share.strategy_id, Decimal(0))
            assert found.own == max(missing, Decimal(0))


@given(amounts, splits(), lendings, steps)
def test_a_lenders_share_is_only_missing_as_far_as_it_is_in_use(
    capital: Decimal, shares: list[Share], lending: Lending, moves: list[tuple[str, Decimal, bool]]
) -> None:
    used = walk(capital, shares, lending, moves)
    weights = {share.strategy_id: share.weight for share in shares}
    over = sum(max(use - weights.get(k, Decimal(0)) * capital, Decimal(0)) for k, use in used.items())
    for share in shares:
        found = available(capital, shares, [Use(k, v) for k, v in used.items()], lending, share.strategy_id)
        missing = max(share.weight * capital - used.get(share.strategy_id, Decimal(0)), Decimal(0))
        assert found.own >= missing - over


@given(amounts, splits(), uses_of, lendings, askers, st.sampled_from([*NAMES, "gone"]), amounts, amounts)
def test_more_in_use_never_grants_more_and_more_capital_never_less(
    capital: Decimal,
    shares: list[Share],
    uses: list[Use],
    lending: Lending,
    asker: str,
    other: str,
    more: Decimal,
    paid_in: Decimal,
) -> None:
    now = available(capital, shares, uses, lending, asker).total
    tiny = Decimal("1e-20")
    assert available(capital, shares, [*uses, Use(other, more)], lending, asker).total <= now + tiny
    assert available(capital + paid_in, shares, uses, lending, asker).total >= now - tiny


@given(amounts, splits(), uses_of, lendings, askers, st.randoms())
def test_the_order_of_shares_and_uses_does_not_matter(
    capital: Decimal, shares: list[Share], uses: list[Use], lending: Lending, asker: str, random: object
) -> None:
    def shuffled(items: list) -> list:  # type: ignore[type-arg]
        copy = list(items)
        random.shuffle(copy)  # type: ignore[attr-defined]
        return copy

    found: Available = available(capital, shares, uses, lending, asker)
    assert available(capital, shuffled(shares), shuffled(uses), lending, asker) == found


@given(amounts, splits(), uses_of, lendings)
def test_nobody_is_granted_what_is_in_use_already(
    capital: Decimal, shares: list[Share], uses: list[Use], lending: Lending
) -> None:
    free = max(capital - sum((use.total for use in uses), Decimal(0)), Decimal(0))
    for share in shares:
        assert available(capital, shares, uses, lending, share.strategy_id).total <= free
