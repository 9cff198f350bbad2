"""`assess` against a plain reference model in fractions, over random books, and what must hold of any answer."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from support.risk import NOW, account, ago, buy, facts, held, limit, mark, waiting

from argosy.core.risk import Constraint, ConstraintKind, Proposal, Snapshot, assess
from argosy.core.risk.assess import resize
from argosy.core.scope import ScopePath

K = ConstraintKind
OF_ORDERS = [
    kind
    for kind in K
    if kind
    not in (K.PRICE_FLOOR, K.LARGEST_CHANGE, K.COOLDOWN, K.SHARE_OF_MARKET, K.STOCK_DAYS, K.UTILISATION)
]
"""Kinds that the reference knows; the others have their borders in test_value_limits.py."""
PATHS = [
    ScopePath(domain, bot, strategy, venue, symbol)
    for domain, bot, strategy, venue, symbol in [
        ("t", "a", "s", "v", "X"), ("t", "a", "u", "v", "X"), ("t", "a", "s", "v", "Y"), ("t", "b", "s", "v", "X"),
        ("t", "b", "", "w", "X"), ("d", "c", "s", "w", "Y"),
    ]
]  # fmt: skip
PARAMETERS = {K.CORRELATION_GROUP: {"assets": "v/X, w/*"}, K.CUSTOM: {"measure": "m"}}
MOST = {
    K.LEVERAGE: 8, K.CONCENTRATION: 8, K.ACTION_RATE: 6, K.DAILY_LOSS: 100, K.DRAWDOWN: 1, K.VOLATILITY: 100, K.CUSTOM: 100,
}  # fmt: skip

cents = st.integers(-400, 400).map(lambda n: Decimal(n) / 4)
amounts = st.integers(1, 400).map(lambda n: Decimal(n) / 4)
paths = st.sampled_from(PATHS)
scopes = st.sampled_from(sorted({scope for path in PATHS for scope in path.scopes}))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    things = [held(q, c, p) for q, c, p in draw(st.lists(st.tuples(cents, cents, paths), max_size=5))]
    things += [waiting(q, r, p) for q, r, p in draw(st.lists(st.tuples(cents, amounts, paths), max_size=4))]
    marked = draw(st.sets(st.sampled_from(sorted({path.asset for path in PATHS}))))
    marks = {asset: mark(draw(amounts), draw(st.one_of(st.none(), amounts))) for asset in sorted(marked)}
    names = ("equity", "cash", "reserved", "day_start_equity", "high_water")
    sums = {name: draw(amounts) for name in names}
    everywhere = {scope for path in PATHS for scope in path.scopes}
    accounts = {scope: account(scope, **sums) for scope in sorted(everywhere)}
    decided = [(ago(s), p) for s, p in draw(st.lists(st.tuples(st.integers(0, 120), paths), max_size=5))]
    return facts(*things, marks=marks, accounts=accounts, decided=decided, custom={"m": draw(amounts)})


@st.composite
def proposals(draw: st.DrawFn) -> Proposal:
    quantity = Decimal(draw(st.integers(1, 60))) / draw(st.sampled_from([1, 10]))
    delta = quantity * draw(st.sampled_from([1, -1]))
    fee = Decimal(draw(st.integers(0, 8))) / 4
    price = draw(amounts)
    return buy(quantity, price, draw(paths), delta=delta, reserve=quantity * price + fee)


@st.composite
def constraints(draw: st.DrawFn) -> Constraint:
    kind = draw(st.sampled_from(OF_ORDERS))
    amount = Decimal(draw(st.integers(0, MOST.get(kind, 20_000) * 4))) / 4
    parameters = PARAMETERS.get(kind, {})
    return limit(kind, amount, draw(scopes), id=str(draw(st.integers(0, 10**6))), parameters=parameters)


def passes(constraint: Constraint, proposal: Proposal, snapshot: Snapshot) -> bool:
    """The reference: simulates every open action of the worse side, sums in fractions."""
    scope = constraint.scope
    if scope not in proposal.path.scopes:
        return True
    bound = Fraction(constraint.limit)
    equity = Fraction(snapshot.accounts[scope].equity)
    kind = constraint.kind
    if kind is K.CAPITAL_PER_ACTION:
        return Fraction(proposal.reserve) <= bound
    if kind is K.MINIMUM_BALANCE:
        known = snapshot.accounts[scope]
        return Fraction(known.cash) - Fraction(known.reserved) - Fraction(proposal.reserve) >= bound
    if kind is K.ACTION_RATE:
        made = [
            at for at, path in snapshot.decided if scope in path.scopes and (NOW - at).total_seconds() < 60
        ]
        return len(made) + 1 <= bound
    asset = proposal.path.asset
    if kind is K.DAILY_LOSS:
        return Fraction(snapshot.accounts[scope].day_start_equity) - equity <= bound
    if kind is K.DRAWDOWN:
        highest = Fraction(snapshot.accounts[scope].high_water)
        return (highest - equity) / highest <= bound
    if kind is K.VOLATILITY:
        priced = snapshot.marks.get(asset)
        return priced is not None and priced.volatility is not None and priced.volatility <= constraint.limit
    if kind is K.CUSTOM:
        return Fraction(snapshot.custom["m"]) <= bound
    if kind is K.CORRELATION_GROUP and not (asset == ("v", "X") or asset[0] == "w"):
        return True

    def worth(path: ScopePath, own: Fraction, instead: Fraction) -> Fraction:
        """Value of units at mark, or what stands for it without one."""
        if kind is K.POSITION_SIZE:
            return own
        known = snapshot.marks.get(path.asset)
        return instead if known is None else own * Fraction(known.price)

    lines: dict[tuple[str, tuple[str, str]], tuple[Fraction, Fraction]] = {}
    keys = {
        (each.path.bot, each.path.asset): each.path
        for each in [*snapshot.holdings, *snapshot.open, proposal]
        if scope in each.path.scopes
    }
    for key, path in keys.items():
        holdings = [
            h for h in snapshot.holdings if scope in h.path.scopes and (h.path.bot, h.path.asset) == key
        ]
        opened = [o for o in snapshot.open if scope in o.path.scopes and (o.path.bot, o.path.asset) == key]
        quantity = Fraction(sum((h.quantity for h in holdings), Decimal(0)))
        cost = abs(Fraction(sum((h.cost for h in holdings), Decimal(0))))
        sides = []
        for sign in (1, -1):
            value = worth(path, quantity, cost if quantity >= 0 else -cost)
            for each in opened:
                if each.delta * sign > 0 or (each.delta == 0 and sign < 0):
                    value += worth(path, Fraction(each.delta), sign * Fraction(each.reserved))
            if key == (proposal.path.bot, proposal.path.asset) and proposal.delta * sign > 0:
                assert proposal.price is not None
                value += worth(
                    path, Fraction(proposal.delta), Fraction(proposal.delta) * Fraction(proposal.price)
                )
            sides.append(value)
        lines[key] = sides[0], sides[1]
    if kind is K.CORRELATION_GROUP:
        inside = [v for (_, a), v in lines.items() if a == ("v", "X") or a[0] == "w"]
        return max(abs(sum(up for up, _ in inside)), abs(sum(down for _, down in inside))) <= bound
    if kind in (K.POSITION_SIZE, K.CONCENTRATION):
        lines = {key: value for key, value in lines.items() if key[1] == asset}
    total = sum((max(abs(up), abs(down)) for up, down in lines.values()), Fraction(0))
    return total <= bound * (equity if kind in (K.LEVERAGE, K.CONCENTRATION) else 1)


@settings(max_examples=200, deadline=None)
@given(snapshots(), proposals(), st.lists(constraints(), min_size=1, max_size=4))
def test_as_the_reference(snapshot: Snapshot, proposal: Proposal, rules: list[Constraint]) -> None:
    found = assess(proposal, rules, snapshot)
    for finding in found.findings:
        (rule,) = [r for r in rules if r.id == finding.constraint][:1]
        if sum(r.id == rule.id for r in rules) == 1:
            assert (finding.verdict != "denied") == passes(rule, proposal, snapshot), finding.text
    assert found.allowed == all(passes(rule, proposal, snapshot) for rule in rules)


@settings(max_examples=150, deadline=None)
@given(snapshots(), proposals(), st.lists(constraints(), min_size=1, max_size=4))
def test_the_smaller_quantity_is_the_largest_that_passes(
    snapshot: Snapshot, proposal: Proposal, rules: list[Constraint]
) -> None:
    """By trying every size on the grid with the reference, from the top."""
    found = assess(proposal, rules, snapshot)
    if found.allowed:
        assert found.quantity is None
        return
    exponent = proposal.quantity.as_tuple().exponent
    assert isinstance(exponent, int)
    step = Decimal(1).scaleb(min(exponent, 0))
    best = None
    for n in range(int(proposal.quantity / step) - 1, 0, -1):
        smaller = resize(proposal, n * step)
        # The reserve shrinks in proportion; a third has no last digit.
        if all(passes(rule, smaller, snapshot) for rule in rules):
            best = n * step
            break
    assert found.quantity == best


@settings(max_examples=80, deadline=None)
@given(snapshots(), proposals(), st.lists(constraints(), min_size=1, max_size=4), st.integers(1, 99))
def test_a_smaller_size_never_fails_where_a_larger_passes(
    snapshot: Snapshot, proposal: Proposal, rules: list[Constraint], percent: int
) -> None:
    smaller = resize(proposal, proposal.quantity * percent / 100)
    if assess(proposal, rules, snapshot).allowed:
        assert assess(smaller, rules, snapshot).allowed
    assert assess(smaller, rules, snapshot).score <= assess(proposal, rules, snapshot).score


@settings(max_examples=60, deadline=None)
@given(snapshots(), proposals(), st.lists(constraints(), max_size=5))
def test_a_reduction_is_never_denied(snapshot: Snapshot, proposal: Proposal, rules: list[Constraint]) -> None:
    found = assess(replace(proposal, reducing=True), rules, snapshot)
    assert found.allowed
    assert all(finding.verdict != "denied" for finding in found.findings)
    assert 0 <= found.score <= 1
