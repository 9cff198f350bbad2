"""The command `argosy`: its sub-commands, and the exit code after an error."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated, Any

import typer
from typer.core import TyperCommand
from typer.exceptions import Abort
from typer.main import get_command

from argosy.cli._shared.lazy import Lazy, LazyGroup, command_of
from argosy.cli._shared.output import ExitCode, exit_code, print_error, print_json
from argosy.cli._shared.terminal import neutral
from argosy.errors import ArgosyError

STOPS = ("halt", "alert", "shutdown", "emergency", "down", "status", "cancel-all")
"""Commands that make things safe or show them; an unknown setting does not stop them."""


class ArgosyCommands(LazyGroup):
    """Sub-commands of `argosy`; a module is imported when its command is called."""

    table = {
        "up": Lazy("argosy.cli.stack.up", "Start everything."),
        "down": Lazy("argosy.cli.stack.down", "Stop everything that `up` started."),
        "status": Lazy("argosy.cli.stack.status", "Show what runs, since when, and where."),
        "doctor": Lazy("argosy.cli.stack.doctor", "Check this machine and say how to mend it."),
        "config": Lazy("argosy.cli.stack.config", "Show and check the settings."),
        "db": Lazy("argosy.cli.stack.db", "Database migrations."),
        "bots": Lazy("argosy.cli.bots.bots", "Make, list, run, pause and archive bots."),
        "strategies": Lazy("argosy.cli.bots.strategies", "Strategies there are."),
        "schedules": Lazy("argosy.cli.bots.schedules", "When bots run."),
        "capital": Lazy("argosy.cli.money.capital", "How bots' capital is shared, lent and in use."),
        "workflow": Lazy("argosy.cli.bots.workflow", "Validate, plan, run and save workflow documents."),
        "nodes": Lazy("argosy.cli.bots.nodes", "Node types there are."),
        "new": Lazy("argosy.cli.new.command", "Write a venue, domain, node, strategy or bot to begin with."),
        "runs": Lazy("argosy.cli.bots.runs", "Runs, past and present."),
        "trace": Lazy("argosy.cli.data.trace", "The way of one order, step by step."),
        "events": Lazy("argosy.cli.data.events", "The stream of events."),
        "logs": Lazy("argosy.cli.stack.logs", "What the processes of this machine wrote."),
        "credentials": Lazy("argosy.cli.stack.credentials", "Keys of venues."),
        "emergency": Lazy(
            "argosy.cli.safety.emergency", "Emergency states (the kill switch) and their history."
        ),
        "halt": Lazy("argosy.cli.safety.halt", "HALT (reduce-only), the kill switch."),
        "alert": Lazy("argosy.cli.safety.alert", "Take new risk in smaller sizes only."),
        "shutdown": Lazy("argosy.cli.safety.shutdown", "Stop runs and cancel all orders, in two steps."),
        "resume": Lazy("argosy.cli.safety.resume", "Return to work."),
        "cancel-all": Lazy(
            "argosy.cli.safety.cancel_all", "Cancel every open order at a venue, whatever else runs."
        ),
        "actions": Lazy("argosy.cli.safety.actions", "Actions whose outcome is open."),
        "ledger": Lazy("argosy.cli.money.ledger", "The ledger: portfolios, proofs, statements, exports."),
        "risk": Lazy("argosy.cli.money.risk", "Show, set and check risk limits."),
        "audit": Lazy("argosy.cli.safety.audit", "Who changed what."),
        "notify": Lazy("argosy.cli.stack.notify", "Messages to people."),
        "sandbox": Lazy("argosy.cli.data.sandbox", "The local venue server."),
        "prepare": Lazy("argosy.cli.stack.prepare", "Migrate the database and put the first bots in."),
        "reference": Lazy("argosy.cli.stack.reference", "Write the generated reference pages."),
        "version": Lazy("argosy.cli.stack.version", "Print the version."),
    }

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands, those of the domains last."""
        from argosy.cli._shared.domain_commands import domain_commands

        for name in domain_commands():
            self.commands.setdefault(name, TyperCommand(name, help=f"Commands of the domain {name}."))
        return super().list_commands(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0] if args else ""
        if name in self.table or name.startswith("-"):
            return super().resolve_command(ctx, args)
        from argosy.cli._shared.domain_commands import domain_commands

        found = domain_commands().get(name)
        if found is None:
            return super().resolve_command(ctx, args)
        return name, command_of(name, found(), f"Commands of the domain {name}."), args[1:]


app = typer.Typer(
    name="argosy",
    cls=ArgosyCommands,
    help="Argosy runs a fleet of profit-seeking bots across very different markets on one engine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # Rich's help takes longer to import than everything else together
)


def _version(wanted: bool) -> None:
    if wanted:
        from argosy import __version__

        typer.echo(f"argosy {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Argosy runs a fleet of profit-seeking bots across very different markets on one engine."""


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code.

    An error is a panel, or `{"error": …}` with --json, never a traceback.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    with neutral(moves=arguments[:1] in (["up"], ["down"])):
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    if next((each for each in arguments if not each.startswith("-")), None) in STOPS:
        from argosy.infrastructure.config.loader import tolerate_unknown_names

        with tolerate_unknown_names(lambda text: print(f"warning: {text}", file=sys.stderr)):
            return _outcome(arguments)
    return _outcome(arguments)


def _outcome(arguments: list[str]) -> int:
    """Run the command, print its error, and return its exit code."""
    as_json = "--json" in arguments
    try:
        result: Any = get_command(app).main(arguments, prog_name="argosy", standalone_mode=False)
        sys.stdout.flush()
    except ArgosyError as error:
        print_error(error, as_json=as_json)
        return exit_code(error)
    except Abort:
        return ExitCode.INTERRUPTED
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _enough()
    except SystemExit as ended:
        # Typer exits in this way only when the reader has closed the output.
        if type(sys.stdout).__name__ == "PacifyFlushWrapper":
            return _enough()
        raise ended
    except Exception as error:  # noqa: BLE001 - last resort: a plain message here, the traceback in a file
        return _unusual(error, as_json=as_json)
    return result if isinstance(result, int) else ExitCode.OK


def _enough() -> int:
    """Return OK: the reader of the output has closed it, as `head` does.

    Stdout is redirected to /dev/null, so that Python's flush at exit writes nothing more.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    return ExitCode.OK


def _unusual(error: Exception, *, as_json: bool) -> int:
    """Print a wrong argument (one of Click's errors) or an unexpected error.

    Return the exit code.
    """
    shown = getattr(error, "format_message", None)
    if shown is not None:
        if as_json:
            print_json({"error": {"code": "usage", "message": shown()}})
        else:
            from typer.rich_utils import rich_format_error

            rich_format_error(error)  # type: ignore[arg-type]
        return int(getattr(error, "exit_code", ExitCode.USAGE))
    print_error(
        ArgosyError(
            f"an unexpected error: {type(error).__name__}: {error}",
            remedy=f"the details are in {_keep(error)}; please report them",
        ),
        as_json=as_json,
    )
    return ExitCode.FAILED


def _keep(error: Exception) -> str:
    """Write the traceback to cli-errors.log and return its path.

    If the file cannot be written, return the traceback itself.
    """
    from argosy.infrastructure.config import Settings
    from argosy.infrastructure.logging.redact import text
    from argosy.infrastructure.private import append_privately, private_folder

    home = os.environ.get("ARGOSY_HOME")  # not load_settings(): that may be what failed
    settings = Settings.model_validate({"home": home}) if home else Settings()
    path = settings.log_dir / "cli-errors.log"
    details = text("".join(traceback.format_exception(error)))
    try:
        private_folder(path.parent)
        with append_privately(path) as file:
            file.write(details.encode("utf-8", "backslashreplace"))
    except OSError:
        return details
    return str(path)
