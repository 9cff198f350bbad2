"""The command line. A command's heavy imports happen only when it runs."""


def main() -> None:
    """Run the entry point `argosy`: one command, ended by a stable exit code.

    docs/reference/cli.md lists the codes.
    """
    import gc

    from argosy.cli.root import run

    gc.set_threshold(
        200_000
    )  # imports make objects, not garbage: collecting it takes a quarter of a halt's time
    raise SystemExit(run())
