"""Settings come from the environment, name what is wrong, and hold no secret."""

from pathlib import Path

import pytest

from assistant.config import Settings
from assistant.errors import ConfigError


def test_defaults_need_nothing() -> None:
    assert Settings.from_env({}) == Settings()
    assert Settings().folder.is_absolute()


def test_every_field_has_a_variable_and_given_values_win() -> None:
    env = {
        "LITASSIST_BACKEND": "ollama:x",
        "LITASSIST_TIMEOUT_S": "3.5",
        "LITASSIST_CONTEXT_TOKENS": "4096",
        "LITASSIST_HOME": "somewhere",
        "LITASSIST_EMBEDDER": "",
    }
    settings = Settings.from_env(env, backend="extractive", embedder=None)
    assert settings.effort == "auto"
    assert (settings.backend, settings.timeout_s, settings.context_tokens) == ("extractive", 3.5, 4096)
    assert settings.home == Path("somewhere")
    assert settings.embedder == "builtin"


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"LITASSIST_TIMEOUT_S": "soon"}, "LITASSIST_TIMEOUT_S"),
        ({"LITASSIST_UNSUPPORTED": "hide"}, "unsupported"),
        ({"LITASSIST_EFFORT": "heroic"}, "effort"),
        ({"LITASSIST_CONTEXT_TOKENS": "5"}, "context_tokens"),
        ({"LITASSIST_MAX_ANSWER_TOKENS": "-1"}, "max_answer_tokens"),
    ],
)
def test_a_bad_value_is_named(env: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        Settings.from_env(env)


def test_the_example_file_names_every_setting_once_and_with_its_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in Settings.__dataclass_fields__:
        monkeypatch.delenv(f"LITASSIST_{name.upper()}", raising=False)
    example = (Path(__file__).parent.parent / ".env.example").read_text(encoding="utf-8")
    rows = [line.split("=", 1) for line in example.splitlines() if line and not line.startswith("#")]
    names = [name for name, _ in rows]
    assert {f"LITASSIST_{name.upper()}" for name in Settings.__dataclass_fields__} <= set(names)
    assert sorted(names) == sorted(set(names))
    assert Settings.from_env(dict(rows)) == Settings.from_env({})


def test_the_fingerprint_moves_with_what_shapes_an_answer_and_not_with_the_place() -> None:
    base = Settings()
    assert Settings(home=Path("x")).fingerprint == base.fingerprint
    assert Settings(backend="ollama:x").fingerprint != base.fingerprint
