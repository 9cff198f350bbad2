"""Saved workflows, templates, and requests that create or change bots."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from argosy.core.bot import ID_PATTERN
from argosy.core.wire import Line, Wire
from dashboard.wire import Instant, Json, View

ModeName = Literal["paper", "sandbox", "live"]


class WorkflowItem(View):
    """Newest version of a workflow.

    A `version` of 0 comes with a domain and is not saved yet.
    """

    id: str
    kind: Literal["strategy", "bot"]
    name: str
    version: int
    digest: str


class WorkflowList(View):
    items: list[WorkflowItem]


class WorkflowVersionView(View):
    """One version of a workflow. `bots` use exactly this version as their own workflow."""

    version: int
    digest: str
    name: str
    note: str
    created_at: Instant
    created_by: str
    bots: list[str]


class WorkflowDetail(View):
    """A workflow with its newest `document`, and up to 100 versions, newest first."""

    id: str
    kind: Literal["strategy", "bot"]
    name: str
    version: int
    digest: str
    document: Json
    versions: list[WorkflowVersionView]


class DocumentBody(Wire):
    document: Json = Field(description="A workflow document.")


class ProblemView(View):
    """Problem of a document. Errors keep a workflow from running, warnings do not."""

    code: str
    severity: Literal["error", "warning"]
    message: str
    remedy: str
    node_id: str | None
    edge: int | None
    path: str | None


class Validation(View):
    valid: bool
    problems: list[ProblemView]


class _Saving(Wire):
    note: Line = Field(default="", max_length=2000)
    keep_bots: bool = Field(default=False, description="Bots whose own workflow it is keep their version.")
    live: bool = Field(default=False, description="Bots in live mode may use the new version too.")


class SaveBody(_Saving):
    """Request to save a document.

    `base` is the newest version that the client saw (0: none yet). Null overwrites any version.
    """

    document: Json = Field(description="A workflow document.")
    base: int | None = Field(default=None, ge=0, le=2**31 - 1)


class RestoreBody(_Saving):
    version: int = Field(ge=1, le=2**31 - 1, description="The version to go back to.")


class SavedView(View):
    """Result of a save.

    `new` is true if the document became a version of its own. `bots` use it from their next run on.
    `kept_bots` keep their version.
    """

    id: str
    kind: Literal["strategy", "bot"]
    version: int
    digest: str
    new: bool
    bots: list[str]
    kept_bots: list[str]
    warnings: list[str]


class TemplateView(View):
    """Workflow of a bot that comes with a domain.

    Capital and schedule are those of the domain's own bot, if it has them.
    """

    id: str
    name: str
    description: str
    domain: str
    capital: Decimal | None
    schedule: Json | None
    strategies: list[str]


class TemplateList(View):
    items: list[TemplateView]


class BotBody(Wire):
    """Request to create a bot, with exactly one of `document` and `template`.

    A field of null takes its value from the template, the document or the ledger.

    An empty `schedule` means that only a person starts runs. `strategies` are documents to save with the bot.
    A strategy that is already saved stays as it is. `values` have the form of the command line:
    `node.parameter=value`.
    """

    id: str | None = Field(default=None, pattern=ID_PATTERN)
    name: Line | None = Field(default=None, min_length=1, max_length=200)
    document: Json | None = None
    template: str | None = Field(default=None, max_length=64)
    strategies: list[Json] = Field(default=[], max_length=100)
    values: list[str] = Field(default=[], max_length=500)
    capital: Decimal | None = Field(default=None, gt=0, max_digits=60)
    currency: str | None = Field(default=None, pattern=r"^[A-Z0-9]{2,12}$")
    schedule: Json | None = None
    mode: ModeName = "paper"
    domain: str | None = Field(default=None, max_length=64)
    paused: bool = False
    reason: Line = Field(default="", max_length=2000)


class BotMade(View):
    """The created bot; `warnings` are for its author."""

    id: str
    domain: str
    mode: ModeName
    state: Literal["running", "paused"]
    workflow_id: str
    workflow_digest: str
    warnings: list[str]


class ModeBody(Wire):
    mode: ModeName
    leave_positions: bool = Field(
        default=False, description="Leave what it holds in the account of the mode it leaves."
    )
    reason: Line = Field(default="", max_length=2000)


class ModeChanged(View):
    """Result of a change of mode.

    `left` are the positions that stay in the account and books of the mode `before`. They are neither sold
    nor moved.
    """

    id: str
    before: ModeName
    mode: ModeName
    state: Literal["running", "paused"]
    left: list[str]


class BotGone(View):
    """A bot that was archived, brought back, or removed."""

    id: str
    state: Literal["archived", "paused", "removed"]


class BotVersionView(View):
    """One version of a bot's settings.

    `settings` holds name, domain, mode, workflow, capital, currency, config and schedules of that version.
    """

    version: int
    settings: Json
    note: str
    created_at: Instant
    created_by: str


class BotVersionList(View):
    """Versions of a bot's settings, newest first."""

    items: list[BotVersionView]


class ReasonQuery(Wire):
    reason: Line = Field(default="", max_length=2000)
