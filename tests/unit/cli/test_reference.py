"""The generated pages in docs/reference are what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from argosy.cli.root import ArgosyCommands
from argosy.cli.stack.reference import PAGES, cli_page, reference, settings_page


@pytest.mark.parametrize("name", sorted(PAGES))
def test_no_drift(name: str, repo_root: Path) -> None:
    page = repo_root / "docs" / "reference" / name
    assert page.read_text() == PAGES[name](), "run `argosy reference`"


def test_pages_name_everything() -> None:
    settings, cli = settings_page(), cli_page()
    for name, lazy in ArgosyCommands.table.items():
        assert f"## argosy {name}\n" in cli, lazy.help
    assert (
        "| `engine.claim_ttl_s` | `ARGOSY_ENGINE__CLAIM_TTL_S` | a number from 1 to 3,600 | `30` |"
        in settings
    )
    assert "| `trading.polymarket.private_key` |" in settings


def test_check_tells_what_is_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import typer

    reference(tmp_path, check=False)
    reference(tmp_path, check=True)
    (tmp_path / "cli.md").write_text("old")
    with pytest.raises(typer.Exit) as ended:
        reference(tmp_path, check=True)
    assert ended.value.exit_code == 1
    assert "cli.md" in capsys.readouterr().err
    assert (tmp_path / "cli.md").read_text() == "old"
