"""Workflow documents named on the command line: files, or ids of packaged documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from argosy.errors import ArgosyError, InvalidInput, NotFound

if TYPE_CHECKING:
    from argosy.graph.document import WorkflowDocument
    from argosy.graph.expansion import Resolve

FileArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="A workflow document, or the id of a packaged one.")
]


def read(name: str) -> bytes:
    """Return the document's bytes.

    Raises NotFound with the ids of packaged documents, and InvalidInput for a folder or an unreadable file.
    """
    path = Path(name)
    if path.is_file():
        return _bytes(path)
    if path.exists():
        raise InvalidInput(f"{name} is not a file", expected="a JSON file", found="a folder")
    from argosy.bootstrap.types import packaged_workflow, packaged_workflows

    if name in packaged_workflows():
        from argosy.graph.document import canonical

        return canonical(packaged_workflow(name))
    raise NotFound(
        f"there is no file {name}",
        expected=f"a JSON file, or one of {', '.join(sorted(packaged_workflows()))}",
    )


def beside(name: str, workflow_id: str) -> WorkflowDocument | None:
    """Return the document `workflow_id` from the folder of the file `name`; None if absent.

    Raises InvalidInput.
    """
    from argosy.graph.document import parse

    if not Path(name).is_file():
        return None
    path = Path(name).parent / f"{Path(workflow_id).name}.json"
    if not path.is_file():
        return None
    try:
        found = parse(_bytes(path))
    except ArgosyError as error:
        raise InvalidInput(f"{path} is not a workflow document", found=str(error)) from None
    return found if found.id == workflow_id else None


def _bytes(path: Path) -> bytes:
    """Read at most one byte more than a document may have. Raises InvalidInput."""
    from argosy.graph.document import MAX_BYTES

    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read", found=str(error.strerror)) from None
    return raw  # parsing refuses a longer document


def resolver(name: str) -> Resolve:
    """Return a function that finds strategies: beside the file first, then packaged ones."""
    folder = Path(name).parent if Path(name).is_file() else None

    def resolve(workflow_id: str) -> WorkflowDocument:
        from argosy.bootstrap.types import packaged_workflow
        from argosy.graph.document import parse

        beside = folder / f"{Path(workflow_id).name}.json" if folder is not None else None
        if beside is not None and beside.is_file():
            try:
                return parse(beside.read_bytes())
            except ArgosyError as error:
                raise InvalidInput(f"{beside} is not a workflow document", found=str(error)) from None
        return packaged_workflow(workflow_id)

    return resolve
