"""`argosy status`: running processes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psutil
import typer
from rich.markup import escape

from argosy.cli._shared.output import ExitCode, JsonFlag, console, print_json, print_table
from argosy.core.clock import SystemClock
from argosy.infrastructure.config import Settings, load_settings
from argosy.infrastructure.servers.folders import data_folders
from argosy.infrastructure.supervisor.leftovers import by_name
from argosy.infrastructure.supervisor.runtime import RunningStack

app = typer.Typer()


@app.command()
def status(as_json: JsonFlag = False) -> None:
    """Show running processes, their times and restarts, and where to look.

    Exit code 4 when nothing runs.

    State `unsupervised`: the supervisor was killed and its processes run on. Every command works. A process
    that ends is not started again until `argosy up` takes over.
    """
    settings = load_settings()
    runtime = RunningStack.at_work(settings)
    if runtime is None:
        if as_json:
            print_json({"state": "stopped", "home": str(settings.home), "processes": [], "urls": {}})
        else:
            console().print(f"nothing runs in {settings.home}; start it with `argosy up`", soft_wrap=True)
        raise typer.Exit(ExitCode.NOT_RUNNING)
    state = runtime.state if runtime.alive else "unsupervised"
    processes = describe_processes(runtime, settings)
    problems = worker_problems(runtime)
    if as_json:
        print_json(
            {
                "state": state,
                "home": str(settings.home),
                "pid": runtime.pid,
                "startedAt": runtime.started_at,
                "urls": runtime.urls,
                "folders": {name: str(path) for name, path in data_folders(settings).items()},
                "memoryMb": sum(process["memoryMb"] for process in processes),
                "processes": processes,
                "workerProblems": problems,
            }
        )
        return
    now = SystemClock().now()
    since = now - datetime.fromisoformat(runtime.started_at)
    print_table(
        ["process", "state", "#pid", "#restarts", "#up for", "#MB"],
        [
            (p["name"], p["state"], p["pid"], p["restarts"], duration(p["upS"]), p["memoryMb"])
            for p in processes
        ],
        title=f"{state} for {duration(since.total_seconds())} in {settings.home}",
    )
    if not runtime.alive:
        console().print(
            f"the supervisor (process {runtime.pid}) has ended: what ends now is not started again; "
            "`argosy up` takes over, `argosy down` ends everything",
            soft_wrap=True,
        )
    for problem in problems:
        console().print(f"[yellow]{escape(problem['text'])}[/]", soft_wrap=True)
    for name, path in data_folders(settings).items():
        console().print(f"{name:<10} {path}", soft_wrap=True)
    for name, url in runtime.urls.items():
        console().print(f"{name:<10} [cyan]{url}[/]")


def worker_problems(runtime: RunningStack) -> list[dict[str, Any]]:
    """Return workers that a node holds, that are silent, or that have another build.

    The list is empty when Redis does not answer.
    """
    from argosy.errors import Unavailable
    from argosy.infrastructure.state.fleet import troubles
    from argosy.infrastructure.state.overview import RedisOverview

    try:
        found = troubles(RedisOverview(runtime.redis_url).workers())
    except Unavailable:
        return []  # the table of processes shows if Redis runs
    return [{"worker": each.sign.name, "pid": each.sign.pid, "text": each.text} for each in found]


def describe_processes(runtime: RunningStack, settings: Settings) -> list[dict[str, Any]]:
    """Return every process with its present state.

    A full disk keeps later starts out of the runtime file. Such processes are found by the mark in their
    environment.
    """
    pids = {state.name: state.pid for state in runtime.processes}
    if not all(state.alive for state in runtime.processes):
        running = by_name(runtime.stack_id, settings.home)
        pids = {
            state.name: state.pid if state.alive else running.get(state.name, state.pid)
            for state in runtime.processes
        }
    return [describe(state.name, pids[state.name], state.restarts) for state in runtime.processes]


def describe(name: str, pid: int | None, restarts: int) -> dict[str, Any]:
    """Return one process with its present state. Memory includes its children, in MB."""
    facts: dict[str, Any] = {
        "name": name, "pid": pid, "state": "restarting", "restarts": restarts, "upS": None, "memoryMb": 0,
    }  # fmt: skip
    if pid is None:
        return facts
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return {**facts, "state": "gone"}
        family = [process, *process.children(recursive=True)]
        facts["state"] = "running"
        facts["upS"] = round(SystemClock().now().timestamp() - process.create_time(), 1)
        facts["memoryMb"] = round(sum(memory(member) for member in family) / 1e6)
    except psutil.Error:
        facts["state"] = "gone"
    return facts


def memory(process: psutil.Process) -> int:
    """Return the memory of a process in bytes.

    Where the system reports it, each shared page is divided among its processes (PSS); else it is resident
    memory.
    """
    try:
        full = process.memory_full_info()
        return int(getattr(full, "pss", None) or full.rss)
    except (psutil.AccessDenied, NotImplementedError):
        return int(process.memory_info().rss)


def duration(seconds: float | None) -> str:
    """Return a duration in its two largest units: `3d 4h`, `5m 12s`."""
    if seconds is None:
        return ""
    left = int(seconds)
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        if left >= size or (unit == "s" and not parts):
            parts.append(f"{left // size}{unit}")
            left %= size
    return " ".join(parts[:2])
