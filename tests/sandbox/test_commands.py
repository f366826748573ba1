"""The commands: where things are, which accounts are stood in for, refusals in one line."""

import json
import signal
import socket
import subprocess

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from app.cli import app
from app.core.config import Caller, Settings
from app.sandbox.accounts import accounts_of
from app.sandbox.places import Places, known, written_down
from app.sandbox.server import listen
from app.sandbox.wiring import accounts_in_use, listen_near, stand_ins
from tests.cli.processes import finish, free_port, start
from tests.sandbox.asking import http

BARE = Settings(env="test", _env_file=None)
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A directory and an environment in which nothing is running and nothing is set."""
    monkeypatch.chdir(tmp_path)
    for name in ("APP_URL", "PORT", "API_KEY", "OPERATOR_API_KEY", "APP_ENV", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_where_things_are_is_written_down_for_the_owner_and_gone_afterwards(nowhere):
    path = nowhere / "var" / "running.json"
    with written_down(Places(ADDRESS, "http://127.0.0.1:4010", "key"), path):
        mode, found = path.stat().st_mode & 0o777, known(Caller(_env_file=None), path)

    assert (mode, found) == (0o600, Places(ADDRESS, "http://127.0.0.1:4010", "key"))
    assert not path.exists()
    assert known(Caller(_env_file=None), path) == Places(ADDRESS, "http://127.0.0.1:4010", None)


@pytest.mark.parametrize(("lives", "after"), [(True, "http://127.0.0.1:8461"), (False, ADDRESS)])
def test_what_another_that_still_runs_had_written_down_comes_back(nowhere, lives, after):
    path = nowhere / "running.json"
    with subprocess.Popen(["sleep", "60"]) as other:
        path.write_text(json.dumps({"service": "http://127.0.0.1:8461", "process": other.pid}))
        if not lives:
            other.kill()
            other.wait()
        with written_down(Places("http://127.0.0.1:9999"), path):
            during = known(Caller(_env_file=None), path).service
        found = known(Caller(_env_file=None), path).service
        other.kill()

    assert (during, found, path.exists()) == ("http://127.0.0.1:9999", after, lives)


def test_settings_go_before_what_was_written_down(nowhere, monkeypatch):
    monkeypatch.setenv("APP_URL", "http://127.0.0.1:9000/")
    monkeypatch.setenv("OPERATOR_API_KEY", "theirs")
    with written_down(Places(ADDRESS, None, "key")):
        assert known(Caller(_env_file=None)) == Places("http://127.0.0.1:9000", "http://127.0.0.1:4010", "theirs")


@pytest.mark.parametrize("content", ["", "[]", "{", '{"other": 1}'])
def test_what_was_written_down_badly_counts_as_nothing(nowhere, content):
    path = nowhere / "running.json"
    path.write_text(content)

    assert known(Caller(_env_file=None), path).service == ADDRESS


def test_every_account_that_is_not_set_is_stood_in_for():
    with stand_ins(BARE, ADDRESS, "a secret") as (settings, sandbox):
        assert sandbox is not None
        assert settings.twilio_api_url == settings.vapi_api_url == sandbox.url
        assert settings.twilio_account_sid == accounts_of("a secret").twilio_sid
        assert settings.smtp_url == SecretStr(str(sandbox.smtp_url))
        assert settings.public_url == ADDRESS


def test_an_account_that_is_set_is_left_alone():
    theirs = {"twilio_account_sid": "AC" + "0" * 32, "twilio_auth_token": SecretStr("theirs")}
    with stand_ins(BARE.model_copy(update=theirs), ADDRESS, "a secret") as (settings, sandbox):
        assert settings.twilio_api_url == "https://api.twilio.com"
        assert settings.twilio_auth_token == SecretStr("theirs")
        assert sandbox is not None
        assert (settings.vapi_api_url, settings.public_url) == (sandbox.url, None)


def test_nothing_is_served_where_every_account_is_set():
    theirs = {
        "twilio_account_sid": "AC" + "0" * 32,
        "vapi_api_key": SecretStr("theirs"),
        "smtp_url": SecretStr("smtp://mail.example.com"),
    }
    with stand_ins(BARE.model_copy(update=theirs), ADDRESS, "a secret") as (settings, sandbox):
        assert sandbox is None
        assert settings == BARE.model_copy(update=theirs)


def test_nothing_is_served_in_production():
    with stand_ins(BARE.model_copy(update={"env": "production"}), ADDRESS, "a secret") as (settings, sandbox):
        assert sandbox is None
        assert settings.twilio_account_sid is None


def test_webhooks_are_proven_as_the_settings_say_or_as_the_stand_ins_do():
    theirs = BARE.model_copy(update={"vapi_webhook_secret": SecretStr("theirs"), "vapi_webhook_plan": {"type": "hmac"}})

    assert accounts_in_use(BARE, "a secret") == accounts_of("a secret")
    assert accounts_in_use(theirs, "a secret").vapi_secret == "theirs"
    assert accounts_in_use(theirs, "a secret").vapi_plan == {"type": "hmac"}


def test_a_port_that_is_taken_is_passed_by():
    with listen() as taken, listen_near(taken.getsockname()[1]) as other:
        assert other.getsockname()[1] != taken.getsockname()[1]


def test_the_stand_ins_are_of_this_machine_alone():
    with listen() as door, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", door.getsockname()[1]), timeout=1)


def test_the_sandbox_refuses_a_taken_port_in_one_line(nowhere):
    with listen() as taken:
        ran = CliRunner().invoke(app, ["sandbox", "--port", str(taken.getsockname()[1]), "--no-mail"])

    assert ran.exit_code == 1
    assert "is taken" in ran.stderr
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["sandbox", "text", "call"])
def test_nothing_of_it_is_for_production(nowhere, monkeypatch, command):
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/booking")
    monkeypatch.setenv("OPERATOR_API_KEY", "x" * 40)
    monkeypatch.setenv("APP_SECRET_KEY", "x" * 40)
    ran = CliRunner().invoke(app, [command])

    assert (ran.exit_code, ran.stderr) == (1, "booking: the sandbox is not for APP_ENV=production.\n")


@pytest.mark.parametrize("command", ["text", "call"])
def test_who_has_not_started_the_service_is_told_how(nowhere, command):
    ran = CliRunner().invoke(app, [command, "hello"])

    assert (ran.exit_code, ran.stdout) == (1, "")
    assert ran.stderr == "booking: no key: start the service with `make run`, or set OPERATOR_API_KEY.\n"


def test_the_places_hold_no_key_when_shown():
    assert "secret" not in repr(Places(ADDRESS, None, "secret"))


@pytest.mark.parametrize("command", ["text", "call"])
def test_nobody_is_texted_through_a_real_account_without_being_named(nowhere, monkeypatch, command):
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "0" * 32)
    ran = CliRunner().invoke(app, [command, "hello"])

    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "say with --from whose phone it is" in ran.stderr


def test_the_sandbox_says_where_it_is_and_ends_when_told(tmp_path, stop_at_the_end):
    port = free_port()
    running = start("sandbox", "--port", str(port), "--no-mail", directory=tmp_path)
    stop_at_the_end(running)
    shown = ""
    while "Ctrl-C" not in shown:
        shown += running.stdout.readline()
        assert running.poll() is None
    written = (tmp_path / "var" / "running.json").read_text()
    answered = http.get(f"http://127.0.0.1:{port}/_sandbox").status_code
    running.send_signal(signal.SIGTERM)

    assert f"export APP_TWILIO_API_URL=http://127.0.0.1:{port}" in shown
    assert (answered, str(port) in written) == (200, True)
    code, _, complaints = finish(running)
    assert (code, complaints) == (0, "")
    assert not (tmp_path / "var" / "running.json").exists()
