"""What counts as proof that a sum of asks below one is real, and what is a late read."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from argosy.domains.trading.evidence import (
    EvidencePolicy,
    EvidenceVerdict,
    Observation,
    Top,
    assess,
    pair_claim,
)
from tests.support.binary import crypto_fees

D = Decimal
POLICY = EvidencePolicy()
CLAIM = pair_claim(crypto_fees())


def top(bid: str | Decimal | None, ask: str | Decimal | None, ms: int, at: int | None = None) -> Top:
    return Top(None if bid is None else D(bid), None if ask is None else D(ask), ms, at)


def seen(
    second: float,
    up: tuple[str | Decimal | None, str | Decimal | None],
    down: tuple[str | Decimal | None, str | Decimal | None],
) -> Observation:
    """Without the venue's time, as in one-second recordings."""
    ms = int(second * 1000)
    return Observation(ms, top(*up, ms), top(*down, ms))


def timed(
    second: float,
    up: tuple[str | Decimal, str | Decimal],
    down: tuple[str | Decimal, str | Decimal],
    skew_ms: int = 0,
) -> Observation:
    ms = int(second * 1000)
    return Observation(ms, top(*up, ms, ms), top(*down, ms, ms - skew_ms))


def judge(*history: Observation) -> EvidenceVerdict:
    return assess(history, history[-1].seen_ms, POLICY, CLAIM)


def codes(history: list[Observation]) -> list[str]:
    return [judge(*history[: i + 1]).code for i in range(len(history))]


CALM = [seen(i, ("0.49", "0.50"), ("0.50", "0.51")) for i in range(5)]


def lasting(rows: int, gap: str = "0.06") -> list[Observation]:
    """Both books move every second, as live ones do, and stay `gap` apart for `rows` seconds."""
    history = list(CALM)
    for i in range(5, 5 + rows):
        bid = D("0.49") + D(i % 3) / 100
        other = 1 - bid - D("0.01") - D(gap)
        history.append(seen(i, (bid, bid + D("0.01")), (other, other + D("0.01"))))
    return history


def test_mirrored_books_are_consistent() -> None:
    assert set(codes(CALM)) == {"consistent"}


def test_one_stale_row_is_never_proof() -> None:
    fallen = seen(5, ("0.41", "0.42"), ("0.50", "0.51"))
    after = seen(6, ("0.41", "0.42"), ("0.58", "0.59"))
    assert codes([*CALM, fallen, after])[5:] == ["lagging", "consistent"]


def test_two_stale_rows_are_never_proof() -> None:
    history = [*CALM, *(seen(5 + i, ("0.41", "0.42"), ("0.50", "0.51")) for i in range(2))]
    history.append(seen(7, ("0.41", "0.42"), ("0.58", "0.59")))
    assert "proven" not in codes(history)


def test_a_frozen_book_is_never_proof_however_long() -> None:
    history = list(CALM)
    for i in range(5, 60):
        bid = D("0.41") + D(i % 4) / 100
        history.append(seen(i, (bid, bid + D("0.01")), ("0.50", "0.51")))
    found = codes(history)
    assert "proven" not in found
    assert found[-1] == "frozen"


def test_a_lasting_dislocation_of_living_books_is_proven() -> None:
    found = codes(lasting(12))
    assert "proven" in found
    # Not before it has been seen four times over three seconds.
    assert found.index("proven") >= 5 + 3


def test_a_lasting_dislocation_of_quiet_books_needs_longer() -> None:
    history = [*CALM, *(seen(5 + i, ("0.43", "0.44"), ("0.46", "0.47")) for i in range(15))]
    found = codes(history)
    assert found.index("proven") == 5 + POLICY.quiet_observations - 1
    assert found[found.index("proven") :] == ["proven"] * (len(history) - found.index("proven"))


def test_a_small_old_gap_does_not_vouch_for_a_large_new_one() -> None:
    small = [*lasting(9, gap="0.06")]
    jump = seen(14, ("0.30", "0.31"), ("0.40", "0.41"))
    assert judge(*small, jump).code == "unproven"


def test_a_row_in_between_that_is_no_quote_starts_over() -> None:
    history = lasting(12)
    at = codes(history).index("proven")
    history[at - 1] = seen(at - 1, ("0.52", "0.50"), ("0.44", "0.45"))
    assert codes(history)[at] != "proven"


def test_a_gap_in_time_starts_over() -> None:
    history = lasting(12)
    at = codes(history).index("proven")
    late = [
        Observation(
            o.seen_ms + 10_000,
            top(o.up.bid, o.up.ask, o.seen_ms + 10_000),
            top(o.down.bid, o.down.ask, o.seen_ms + 10_000),
        )
        for o in history[at:]
    ]
    assert judge(*history[:at], late[0]).code != "proven"


def test_what_is_no_quote() -> None:
    sane = ("0.50", "0.51")
    assert judge(seen(0, ("0.50", "0.50"), sane)).code == "locked"
    assert judge(seen(0, ("0.52", "0.50"), sane)).code == "crossed"
    assert judge(seen(0, (None, "0.01"), ("0.98", "0.99"))).code == "one_sided"
    old = seen(0, sane, ("0.49", "0.50"))
    assert assess([old], 3_001, POLICY, CLAIM).code == "stale"
    assert assess([old], -2_001, POLICY, CLAIM).code == "stale"


def test_a_leftover_of_the_old_market_has_an_empty_side() -> None:
    assert judge(seen(0, ("0.43", "0.45"), (None, "0.01"))).code == "one_sided"


def test_timed_books_of_one_moment_are_proven_the_second_time() -> None:
    first = timed(0, ("0.42", "0.43"), ("0.46", "0.47"))
    again = timed(1, ("0.42", "0.43"), ("0.46", "0.47"))
    assert judge(first).code == "unproven"
    assert judge(first, again).code == "proven"


def test_timed_books_of_different_moments_prove_nothing() -> None:
    history = [timed(i, ("0.42", "0.43"), ("0.46", "0.47"), skew_ms=400) for i in range(10)]
    assert set(codes(history)) == {"skewed"}


def test_timed_lag_is_seen_through() -> None:
    before = timed(0, ("0.49", "0.50"), ("0.50", "0.51"))
    moved = timed(1, ("0.41", "0.42"), ("0.50", "0.51"))
    again = timed(2, ("0.41", "0.42"), ("0.50", "0.51"))
    assert [judge(before, moved).code, judge(before, moved, again).code] == ["lagging", "lagging"]


def test_observations_survive_their_document() -> None:
    for observation in (*CALM, timed(1, ("0.42", "0.43"), ("0.46", "0.47"), skew_ms=7)):
        assert Observation.from_json(observation.to_json()) == observation


cents = st.integers(2, 96)


@given(
    st.lists(cents, min_size=4, max_size=60),
    st.integers(1, 2),
    st.sampled_from(["up", "down"]),
)
def test_lag_alone_never_proves_anything(path: list[int], lag: int, who: str) -> None:
    """Whatever the true price does, reading one book late by a row or two is never taken for free money."""
    history = []
    for i in range(lag, len(path)):
        up_at = path[i - lag] if who == "up" else path[i]
        down_at = path[i - lag] if who == "down" else path[i]
        up, down = D(up_at) / 100, D(down_at) / 100
        history.append(seen(i, (up, up + D("0.01")), (1 - down - D("0.01"), 1 - down)))
    assert all(judge(*history[: i + 1]).code != "proven" for i in range(len(history)))


@given(st.lists(st.tuples(cents, cents, cents, cents), min_size=1, max_size=30))
def test_any_books_get_a_verdict(rows: list[tuple[int, int, int, int]]) -> None:
    history = [
        seen(i, (D(a) / 100, D(b) / 100), (D(c) / 100, D(e) / 100)) for i, (a, b, c, e) in enumerate(rows)
    ]
    verdict = judge(*history)
    last = history[-1]
    if verdict.ok:
        assert last.up.bid is not None and last.up.ask is not None and last.up.bid < last.up.ask
        claimed = CLAIM(last)
        assert verdict.code == "proven" or (claimed is not None and claimed <= 0)
