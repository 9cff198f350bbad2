"""Postgres: what is configured and what happened.

Every read and write is an `Operation`: a small function over statements, written once and run either way:

    db = Database(url)                       # workers, beat, CLI
    db.run(bots.get("btc"))

    adb = AsyncDatabase(url)                 # dashboard
    await adb.run(runs.newest(bot_id="btc", limit=100))

Operations live in one module per noun: `bots`, `workflows`, `schedules`, `runs`, `executions`, `actions`,
`metrics`, `emergency`, `activity`, `progress`. They return the frozen records of `storage.records`.
One operation is one transaction; `together(a, b, …)` makes several one.
"""
