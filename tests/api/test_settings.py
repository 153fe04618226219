from pathlib import Path

import pytest

from api.opening import open_engine
from api.settings import is_loopback, read_settings
from engine.errors import SettingsError


def test_defaults_are_open_on_loopback(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path)
    assert (settings.host, settings.port, settings.home) == ("127.0.0.1", 8080, Path(".flowsmith"))
    assert not settings.needs_login


def test_variables_win_over_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# a comment\nexport FLOWSMITH_PORT=9000\nFLOWSMITH_HOME='data dir' # where\nSECRET_KEY=c2VjcmV0\n\n"
    )
    settings = read_settings({"FLOWSMITH_PORT": "9100"}, tmp_path)
    assert settings.port == 9100
    assert settings.home == Path("data dir")
    assert settings.environment["SECRET_KEY"] == "c2VjcmV0"


def test_an_unknown_name_suggests_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"FLOWSMITH_LLM_MODLE is not a setting; .*FLOWSMITH_LLM_MODEL\?"):
        read_settings({"FLOWSMITH_LLM_MODLE": "x"}, tmp_path)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"FLOWSMITH_PORT": "eighty"}, "FLOWSMITH_PORT"),
        ({"FLOWSMITH_USERNAME": "a@b.c"}, "FLOWSMITH_PASSWORD is missing"),
        ({"FLOWSMITH_PASSWORD": "x"}, "FLOWSMITH_USERNAME is missing"),
        ({"FLOWSMITH_HOST": "0.0.0.0"}, "set FLOWSMITH_USERNAME and FLOWSMITH_PASSWORD"),
    ],
    ids=["not a number", "no password", "no username", "open to others"],
)
def test_bad_values_say_the_fix(environment: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=message):
        read_settings(environment, tmp_path)


def test_a_broken_env_file_names_the_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nnot a pair\n")
    with pytest.raises(SettingsError, match=r"\.env, line 2"):
        read_settings({}, tmp_path)


def test_secrets_are_never_printed(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "FLOWSMITH_USERNAME": "a@b.c",
            "FLOWSMITH_PASSWORD": "pass-hidden",
            "OPENAI_API_KEY": "key-hidden",
            "FLOWSMITH_ENCRYPTION_KEY": "enc-hidden",
            "FLOWSMITH_DATABASE_URL": "postgresql://u:db-hidden@h/d",
            "SECRET_X": "env-hidden",
        },
        tmp_path,
    )
    assert "hidden" not in repr(settings)
    assert "hidden" not in str(settings)
    assert settings.llm_api_key is not None
    assert settings.llm_api_key.get_secret_value() == "key-hidden"


def test_another_address_is_checked_again(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path)
    assert settings.with_address(None, 0).port == 0
    with pytest.raises(SettingsError, match="can be reached from other machines"):
        settings.with_address("192.0.2.1", None)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("localhost", True), ("::1", True), ("0.0.0.0", False),
     ("example.com", False), ("", False)],
)  # fmt: skip
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_allowed_paths_reach_the_tasks_that_use_them(tmp_path: Path) -> None:
    settings = read_settings(
        {"FLOWSMITH_HOME": str(tmp_path), "FLOWSMITH_ALLOWED_PATHS": "/data:/srv/in"}, tmp_path
    )
    with open_engine(settings, schedule=False, in_memory=True) as engine:
        assert engine.world.settings["io.kestra.plugin.fs.local"] == {"allowed-paths": ["/data", "/srv/in"]}
