"""Postgres restored from an older copy under running workers: no risk on old books, and a way out that ends clean."""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from support.engine import wait_for

from chaos import bots, commands, lateness, proof
from chaos.calm import unrest
from chaos.campaign import cli, flow, verify
from chaos.outages import IN_FLIGHT_S
from chaos.proof import Books, Difference
from chaos.shots import Harm, Weapon
from chaos.stack import ChaosStack, patiently
from chaos.venue import account_of

OLDER, BEFORE_A_HALT = "older", "older than a halt"
VARIANTS = {OLDER: 3, BEFORE_A_HALT: 1}
SECONDS = (2, 5, 10, 20)
"""How much is forgotten."""
NOTICED_S = 60
BLIND_S = 6.0
"""How long the bots go on trying after the platform was halted."""
RESUMED_S = 240
MOST = 5


def fire(harm: Harm) -> None:
    stack = harm.stack
    known = {order["id"] for order in _orphans(stack)}
    stack.stop_server("postgres")
    older = stack.copy_server("postgres")
    stack.raise_server("postgres")
    harm.notes["copied"] = patiently(stack.venue.now_ms)
    flow(stack, 3)
    harm.endure()
    if harm.shot.variant == BEFORE_A_HALT:
        harm.stop = lateness.halt(stack)
    stack.crash_server("postgres")
    stack.raise_server("postgres", older=older)
    harm.notes["restored"] = stack.venue.now_ms()
    harm.notes["known"] = known


def prove(harm: Harm, settle_s: float) -> None:
    """Raises AssertionError."""
    stack, shot = harm.stack, harm.shot
    known: set[str] = harm.notes.pop("known")
    restored_ms: int = harm.notes.pop("restored")
    copied_ms: int = harm.notes.pop("copied")
    wait_for(
        lambda: any(each.scope == "platform" and each.state == "HALT" for each in _states(stack)),
        timeout_s=NOTICED_S,
        why=f"{shot}: the platform is halted because its books went back in time",
    )
    time.sleep(BLIND_S)
    since = restored_ms + IN_FLIGHT_S * 1000
    orders = stack.venue.orders()
    risk = [order["id"] for order in orders if order["created"] > since and order["side"] == "BUY"]
    assert not risk, f"{shot}\n{len(risk)} orders took risk on old books: {risk[:MOST]}"
    harm.notes["forgotten orders"] = len({o["id"] for o in _orphans(stack)} - known)
    patiently(stack.venue.calm)
    patiently(lambda: bots.ticking(stack.runtime.database, False))
    books = Books(stack.servers.endpoints.database_url)
    wait_for(
        lambda: not patiently(lambda: unrest(stack, books)),
        timeout_s=settle_s,
        why=f"{shot}: all that had begun ends: {unrest(stack, books)[:MOST]}",
    )
    _way_out(stack, str(shot))
    verify(stack, str(shot))
    strange = [
        order["id"]
        for order in _orphans(stack)
        if order["id"] not in known and not copied_ms - 5000 <= order["created"] <= since
    ]
    assert not strange, (
        f"{shot}\norders without an intent that are not of the time that was forgotten: {strange}"
    )
    left = [str(each) for each in differences(stack)] + _holdings(stack, books)
    assert not left, f"{shot}\nafter the way out:\n  " + "\n  ".join(left[:20])


def _states(stack: ChaosStack) -> list[Any]:
    return patiently(stack.runtime.desk.status, why="Postgres answers")


def _orphans(stack: ChaosStack) -> list[dict[str, Any]]:
    """Orders of our bots that no intent knows: forgotten by an earlier restore, if by any."""
    books = Books(stack.servers.endpoints.database_url)
    accounts = {account_of(bot) for bot in bots.SMALL_BOTS}
    ours = {
        row["order_id"]
        for row in patiently(
            lambda: books.rows("SELECT lower(venue_id) AS order_id FROM intents WHERE venue_id IS NOT NULL")
        )
    }
    return [o for o in stack.venue.orders() if o["account"] in accounts and o["id"] not in ours]


def _way_out(stack: ChaosStack, told: str) -> None:
    """What an operator does: cancel what is not known, book what is explained, resume. Raises AssertionError."""
    for bot in bots.SMALL_BOTS:
        done = cli(
            stack, "cancel-all", "--venue", "polymarket", "--sandbox", bot, "--yes", "--reason", "restored"
        )
        assert done.returncode == 0, f"{told}\n`argosy cancel-all` of {bot}: {done.stdout}{done.stderr}"
    ends = time.monotonic() + RESUMED_S
    while True:
        try:
            commands.ask(
                stack, "resume", "--scope", "platform", "--reason", "restored, compared and adjusted"
            )
            return
        except AssertionError as error:
            if time.monotonic() > ends:
                raise AssertionError(f"{told}\nno way out of the restore: {error}") from None
        for bot in bots.SMALL_BOTS:
            _adjust(stack, bot)


def _adjust(stack: ChaosStack, bot: str) -> None:
    """Books every difference that the newest comparison names."""
    books = Books(stack.servers.endpoints.database_url)
    newest = books.rows(
        "SELECT status, differences FROM reconciliations WHERE bot_id = %s ORDER BY at DESC, id DESC LIMIT 1",
        bot,
    )
    for row in newest[0]["differences"] if newest and newest[0]["status"] == "drift" else []:
        more = Decimal(row["theirs"]) - Decimal(row["ours"])
        money = len(row["asset"]) <= 6  # a currency; tokens have long names
        done = cli(
            stack, "ledger", "adjust", "--bot", bot, "--venue", row["venue"], "--asset", row["asset"],
            f"--{'amount' if money else 'quantity'}={more}", "--reason", "orders that the restore forgot",
        )  # fmt: skip
        assert done.returncode == 0, f"`argosy ledger adjust` of {bot}: {row}: {done.stdout}{done.stderr}"


def differences(stack: ChaosStack) -> Sequence[Difference]:
    """As the proof has them, but for orders that a restore forgot and for the sums that they are part of."""
    orphans = _orphans(stack)
    excused = {each for order in orphans for each in (order["id"], order["token"])}
    return [
        each
        for each in proof.differences(
            Books(stack.servers.endpoints.database_url), stack.venue, bots.SMALL_BOTS
        )
        if not any(name in each.text for name in excused)
    ]


def _holdings(stack: ChaosStack, books: Books) -> list[str]:
    """Positions that are not what the venue holds for the account, orders that were forgotten included."""
    found = []
    for bot in bots.SMALL_BOTS:
        theirs = stack.venue.shares(account_of(bot))
        ours = {
            row["symbol"]: row["quantity"]
            for row in books.rows(
                "SELECT symbol, sum(quantity) AS quantity FROM positions WHERE bot_id = %s AND mode = 'sandbox' "
                "GROUP BY symbol HAVING sum(quantity) <> 0",
                bot,
            )
        }
        found += [
            f"{bot}: position of {symbol} is {ours.get(symbol, 0)}, the venue holds {theirs.get(symbol, 0)}"
            for symbol in sorted({*ours, *theirs})
            if ours.get(symbol, 0) != theirs.get(symbol, 0)
        ]
    return found


WEAPON = Weapon("restores", VARIANTS, SECONDS, fire, halts=0, prove=prove, differences=differences)
