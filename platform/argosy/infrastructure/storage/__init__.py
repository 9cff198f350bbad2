"""Postgres: configuration and history.

Every read and write is an `Operation`: a small function over statements. One function serves the sync and the async
engine:

    db = Database(url)                       # workers, beat, CLI
    db.run(bots.get("btc"))

    adb = AsyncDatabase(url)                 # dashboard
    await adb.run(runs.newest(bot_id="btc", limit=100))

Operations live in one module per noun: `bots`, `workflows`, `schedules`, `runs`, `executions`, `actions`,
`metrics`, `emergency`, `activity`, `progress`. They return the frozen records of `storage.records`. One operation
is one transaction; `together(a, b, …)` runs several operations in one transaction.
"""
