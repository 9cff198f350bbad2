"""The command line. Nothing heavy is imported before a command needs it."""


def main() -> None:
    """Entry point `argosy`: runs the command and exits with a stable code (see docs/reference/cli.md)."""
    import gc

    from argosy.cli.root import run

    gc.set_threshold(
        200_000
    )  # imports make objects, not garbage: looking for it is a quarter of a halt's time
    raise SystemExit(run())
