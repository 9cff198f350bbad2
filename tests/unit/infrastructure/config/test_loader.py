"""Settings: precedence, origins, and refusals that say what, allowed and where."""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from pydantic import Field, SecretStr

from argosy.errors import ConfigError
from argosy.infrastructure.config import Section, Settings, known, load_section, load_settings, loader
from argosy.infrastructure.config.known import UnknownName, unknown_names
from argosy.infrastructure.config.reference import mask_url, show
from argosy.infrastructure.config.sources import RESERVED, config_file


class VenueSettings(Section):
    """A section as a domain writes it."""

    url: str = Field("https://venue.example", description="Base URL.")
    api_key: SecretStr | None = Field(None, description="Key.")
    limit: int = Field(5, ge=1, le=10, description="Calls a second.")
    series: tuple[str, ...] = Field((), description="Series.")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("ARGOSY_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARGOSY_HOME", str(tmp_path / "home"))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def origins(*sections: tuple[str, type[Section]]) -> dict[str, tuple[object, str]]:
    return {shown.name: (shown.value, shown.origin) for shown in show(sections)}


def test_environment_goes_before_file_before_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "argosy.toml", "[engine]\nclaim_ttl_s = 12\nrun_deadline_s = 99\n")
    monkeypatch.setenv("ARGOSY_ENGINE__CLAIM_TTL_S", "40")
    settings = load_settings()
    assert settings.engine.claim_ttl_s == 40
    assert settings.engine.run_deadline_s == 99
    assert settings.engine.heartbeat_s == 2
    where = origins()
    assert where["engine.claim_ttl_s"] == (40.0, "ARGOSY_ENGINE__CLAIM_TTL_S")
    assert where["engine.run_deadline_s"] == (99.0, "argosy.toml:engine.run_deadline_s")
    assert where["engine.heartbeat_s"] == (2.0, "default")


def test_the_named_file_goes_before_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "home" / "argosy.toml", "profile = 'staging'\n")
    assert config_file() == tmp_path / "home" / "argosy.toml"
    write(tmp_path / "argosy.toml", "")
    assert config_file() == Path("argosy.toml")
    named = write(tmp_path / "else.toml", "[worker]\nquick = 3\n")
    monkeypatch.setenv("ARGOSY_CONFIG", str(named))
    assert config_file() == named
    assert load_settings().worker.quick == 3
    monkeypatch.setenv("ARGOSY_CONFIG", str(tmp_path / "missing.toml"))
    with pytest.raises(ConfigError, match="names no file"):
        load_settings()


def test_every_wrong_value_is_told_with_range_and_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "argosy.toml", "[worker]\nquick = 0\n[engine]\nclaim_tl_s = 3\n")
    monkeypatch.setenv("ARGOSY_DASHBOARD__PORT", "eighty")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    problems = {problem["setting"]: problem for problem in caught.value.details["problems"]}
    assert problems["worker.quick"] == {
        "setting": "worker.quick",
        "value": 0,
        "allowed": "a whole number from 1 to 256",
        "setBy": "argosy.toml:worker.quick",
    }
    assert problems["dashboard.port"]["setBy"] == "ARGOSY_DASHBOARD__PORT"
    assert problems["dashboard.port"]["value"] == "eighty"
    assert "engine.claim_ttl_s" in problems["engine.claim_tl_s"]["allowed"]
    assert "worker.quick = 0 (set by argosy.toml:worker.quick): expected a whole number from 1 to 256" in str(
        caught.value
    )


def test_a_broken_file_is_told_with_its_line(tmp_path: Path) -> None:
    write(tmp_path / "argosy.toml", "[engine]\nclaim_ttl_s = \n")
    with pytest.raises(ConfigError, match="line 2"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ARGOSY_REDIS_URL", "http://x", "redis://"),
        ("ARGOSY_DATABASE_URL", "mysql://x", "postgresql://"),
        ("ARGOSY_SCHEDULE__TIMEZONE", "Mars/Olympus", "IANA"),
        ("ARGOSY_SANDBOX__HOST", "0.0.0.0", "loopback"),
        ("ARGOSY_DASHBOARD__HOST", "0.0.0.0", "behind_proxy"),
        ("ARGOSY_ENGINE__HEARTBEAT_S", "30", "visibility_timeout_s"),
        ("ARGOSY_EMERGENCY__DRAIN_S", "3", "a number more than 3"),
        ("ARGOSY_PROFILE", "prod", "one of development, staging, production"),
        ("ARGOSY_PROFILE", "production", "redis_url and database_url"),
        ("ARGOSY_ENGINE", "5", "a table"),
    ],
)
def test_refused(name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=words.replace("[", r"\[")):
        load_settings()


def test_production_defaults_and_own_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOSY_PROFILE", "production")
    monkeypatch.setenv("ARGOSY_REDIS_URL", "rediss://cache:6380/0")
    monkeypatch.setenv("ARGOSY_DATABASE_URL", "postgres://me:pw@db/argosy")
    settings = load_settings()
    assert settings.logging.format == "json"
    assert settings.sandbox.enabled is False
    assert settings.database_url == "postgresql+psycopg://me:pw@db/argosy"
    assert not settings.embedded
    assert origins()["logging.format"][1] == "profile production:logging.format"
    monkeypatch.setenv("ARGOSY_LOGGING__FORMAT", "console")
    assert load_settings().logging.format == "console"


def test_sections_of_domains_follow_the_same_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "argosy.toml", "[venue]\nlimit = 7\napi_key = 'from-file'\n")
    monkeypatch.setenv("ARGOSY_VENUE__SERIES", "a, b")
    section = load_section(VenueSettings, "venue")
    assert (section.limit, section.series) == (7, ("a", "b"))
    assert section.api_key is not None
    assert section.api_key.get_secret_value() == "from-file"
    where = origins(("venue", VenueSettings))
    assert where["venue.api_key"] == ("********", "argosy.toml:venue.api_key")
    monkeypatch.setenv("ARGOSY_VENUE__SERIES", '["c,d"]')
    assert load_section(VenueSettings, "venue").series == ("c,d",)
    monkeypatch.setenv("ARGOSY_VENUE__LIMIT", "11")
    with pytest.raises(ConfigError, match=r"venue\.limit = '11' \(set by ARGOSY_VENUE__LIMIT\)"):
        load_section(VenueSettings, "venue")


def test_secrets_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOSY_REDIS_URL", "redis://me:hunter2@cache/0")
    monkeypatch.setenv("ARGOSY_FLOWER__BASIC_AUTH", "me:hunter2")
    assert "hunter2" not in repr(load_settings())
    assert "hunter2" not in repr(origins())
    assert origins()["redis_url"][0] == "redis://me:********@cache/0"
    monkeypatch.setenv("ARGOSY_FLOWER__BASIC_AUTHS", "hunter2")
    monkeypatch.setenv("ARGOSY_DATABASE_URL", "mysql://me:hunter2@db")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(caught.value.as_dict())


def test_mask_url_keeps_what_is_no_secret() -> None:
    assert mask_url("redis://host:1/0") == "redis://host:1/0"
    assert mask_url("redis://:pw@host:1/0") == "redis://:********@host:1/0"


def test_names_nothing_reads_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOSY_ENGIN__CLAIM_TTL_S", "3")
    monkeypatch.setenv("ARGOSY_VENUE__LIMIT", "3")
    monkeypatch.setenv("ARGOSY_VENUE__LIMITS", "3")
    file = write(tmp_path / "argosy.toml", "profil = 'x'\n[venue]\nlimit = 2\nserie = 'a'\n")
    assert unknown_names(file, {"venue": VenueSettings}) == [
        UnknownName("ARGOSY_ENGIN__CLAIM_TTL_S", "ARGOSY_ENGIN__CLAIM_TTL_S", "ARGOSY_ENGINE__CLAIM_TTL_S"),
        UnknownName("ARGOSY_VENUE__LIMITS", "ARGOSY_VENUE__LIMITS", "ARGOSY_VENUE__LIMIT"),
        UnknownName("profil", str(file), "profile"),
        UnknownName("venue.serie", str(file), "venue.series"),
    ]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("ARGOSY_EMERGENCY_DRIFT_S", "ARGOSY_EMERGENCY__DRIFT_S"),
        ("argosy_emergency_drift_s", "ARGOSY_EMERGENCY__DRIFT_S"),
        ("ARGOSY_PROFIL", "ARGOSY_PROFILE"),
        ("ARGOSY_TRADING_TIMEOUT_S", "ARGOSY_TRADING__TIMEOUT_S"),
        ("ARGOSY_TRADING__POLYMARKET__PRIVAT_KEY", "ARGOSY_TRADING__POLYMARKET__PRIVATE_KEY"),
        ("ARGOSY_TRADING__POLYMARKT__API_KEY", "ARGOSY_TRADING__POLYMARKET__API_KEY"),
        ("ARGOSY_REDISURL", "ARGOSY_REDIS_URL"),
        ("ARGOSY_PROFILE__X", "ARGOSY_PROFILE"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_one(
    name: str, near: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "hunter22")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert f"{name}: did you mean {near}?" in str(caught.value)
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("[emergancy]\ndrift_s = 9\n", "emergency.drift_s"),
        ("redis_uri = 'x'\n", "redis_url"),
        ("[trading.polymarket]\napikey = 'x'\n", "trading.polymarket.api_key"),
        ("[trading]\ntimeout = 3\n", "trading.timeout_s"),
    ],
)
def test_an_unknown_key_of_the_file_is_refused_with_the_nearest_one(
    tmp_path: Path, text: str, near: str
) -> None:
    write(tmp_path / "argosy.toml", text)
    with pytest.raises(ConfigError, match=f"did you mean {near}"):
        load_settings()


def test_what_is_no_setting_but_known_is_let_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in RESERVED - {"ARGOSY_CONFIG"}:
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("argosy_worker__quick", "3")
    monkeypatch.setenv("ARGOSY_ENGINE", '{"claim_ttl_s": 40}')
    monkeypatch.setenv("ARGOSY_TRADING__TIMEOUT_S", "4")
    write(tmp_path / "argosy.toml", "[trading.polymarket]\napi_key = 'x'\n")
    settings = load_settings()
    assert (settings.worker.quick, settings.engine.claim_ttl_s) == (3, 40)


def test_sections_of_plug_ins_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("harbour-fees", "harbour_fees.register:DOMAIN", known.PLUGINS)
    monkeypatch.setattr(known, "entry_points", lambda group: [entry])
    known.plugin_sections.cache_clear()
    try:
        monkeypatch.setenv("ARGOSY_HARBOUR_FEES__RATE", "3")
        load_settings()
        monkeypatch.setenv("ARGOSY_HARBOR_FEES__RATE", "3")
        with pytest.raises(ConfigError, match="ARGOSY_HARBOR_FEES__RATE"):
            load_settings()
    finally:
        known.plugin_sections.cache_clear()


def test_a_stop_button_reports_an_unknown_name_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setenv("ARGOSY_PROFIL", "x")
    with loader.tolerate_unknown_names(told.append):
        assert load_settings().profile == "development"
    assert "ARGOSY_PROFILE" in told[0]
    with pytest.raises(ConfigError, match="ARGOSY_PROFILE"):
        load_settings()


def test_no_variable_that_the_project_names_is_refused(
    repo_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every name in code, Makefile and documents is a setting or one of the others, tests of typing errors aside."""
    folders = ("platform", "workers", "dashboard", "docs", "benchmarks", ".ci")
    files = [
        path
        for folder in folders
        for path in (repo_root / folder).rglob("*")
        if path.suffix in (".py", ".md", ".ts", "")
    ]
    files = [path for path in files if "node_modules" not in path.parts and path.is_file()]
    names = {
        name
        for path in [*files, repo_root / "Makefile", repo_root / "README.md"]
        for name in re.findall(r"\bARGOSY_[A-Z0-9_]*[A-Z0-9]\b", path.read_text(errors="replace"))
    }
    assert len(names) > 100
    own = {name for name in names if name.startswith("ARGOSY_MY_")}  # a plug-in of the guides' reader
    for name in names - {"ARGOSY_CONFIG"} - own:
        monkeypatch.setenv(name, "x")
    assert unknown_names(None) == []


def test_settings_by_hand_read_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARGOSY_WORKER__QUICK", "9")
    settings = Settings(home=tmp_path)
    assert settings.worker.quick == 2
    assert settings.run_dir == tmp_path / "run"
    with pytest.raises(ValueError, match="frozen"):
        settings.profile = "staging"  # type: ignore[misc]


class _Places(Section):
    recordings: tuple[Path, ...] = ()
    archive: Path | None = None
    label: str = "x"


def test_relative_paths_are_read_from_the_folder_of_their_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "elsewhere").mkdir()
    file = tmp_path / "etc" / "argosy.toml"
    file.write_text('home = "h"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.delenv("ARGOSY_HOME")
    monkeypatch.setenv("ARGOSY_CONFIG", "../etc/argosy.toml")
    monkeypatch.setenv("HOME", "/users/ann")
    assert load_settings().home.resolve() == tmp_path / "etc" / "h"
    places = '[places]\nrecordings = ["a", "/b"]\narchive = "~/c"\nlabel = "d/e"\n'
    file.write_text(places, encoding="utf-8")
    found = load_section(_Places, "places")
    assert [path.resolve() for path in found.recordings] == [tmp_path / "etc" / "a", Path("/b")]
    assert found.archive == Path("/users/ann/c")
    assert found.label == "d/e"


def test_relative_paths_of_the_environment_are_read_from_the_folder_the_stack_was_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARGOSY_PLACES__ARCHIVE", "archive")
    assert load_section(_Places, "places").archive == tmp_path / "archive"
    monkeypatch.setenv("ARGOSY_FOLDER", "/began/here")
    assert load_section(_Places, "places").archive == Path("/began/here/archive")
