"""Are two lists of trades the same?"""

from __future__ import annotations

from typing import Any

_LEVELS = frozenset({"roi", "stop_loss", "trailing_stop_loss"})


def differences(
    theirs: list[dict[str, Any]], ours: list[dict[str, Any]], length: int, last_ms: int
) -> list[str]:
    """One sentence for each trade that only one side made, or ended elsewhere.

    freqtrade's backtester sells inside a candle when its high or low passes a level; a bot that is polled as candles
    begin does so at the start of the next one. Positions that are open at the end are closed by freqtrade alone.
    """
    found = []
    closed = {trade["opened"]: trade["closed"] for trade in ours}
    for trade in theirs:
        opened, ended = trade["opened"], trade["closed"]
        if opened not in closed:
            found.append(f"freqtrade entered at {opened}, the bridge did not")
            continue
        own = closed[opened]
        if own is None:
            same = trade["reason"] == "force_exit" or ended >= last_ms
        else:
            same = own == ended or (trade["reason"] in _LEVELS and own == ended + length)
        if not same:
            found.append(
                f"entered at {opened}: freqtrade left at {ended} ({trade['reason']}), the bridge at {own}"
            )
    known = {trade["opened"] for trade in theirs}
    found += [f"the bridge entered at {at}, freqtrade did not" for at in closed if at not in known]
    return found
