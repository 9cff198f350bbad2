"""The command line. Nothing heavy is imported before a command needs it."""


def main() -> None:
    """Entry point `argosy`: runs the command and exits with a stable code (see docs/reference/cli.md)."""
    from argosy.cli.root import run

    raise SystemExit(run())
