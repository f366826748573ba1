"""What a deployment may set about limits: other numbers, never none."""

import pytest

from app.cli.serving import server_config
from app.core.config import SettingsInvalid, load_settings


@pytest.fixture
def load(monkeypatch, tmp_path):
    """Load settings from an environment of the test's own."""
    monkeypatch.chdir(tmp_path)

    def load(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return load


PRODUCTION = {
    "APP_ENV": "production",
    "DATABASE_URL": "postgresql://somebody@/booking",
    "OPERATOR_API_KEY": "x" * 20,
    "APP_SECRET_KEY": "0" * 32,
}


def test_unset_limits_are_the_usual_ones_and_nobody_is_believed(load):
    settings = load()

    assert (settings.rate_limits, settings.redis_url, settings.trusted_proxy_hops) == ({}, None, 0)


def test_limits_are_set_by_policy(load):
    settings = load(APP_RATE_LIMITS='{"keys": 1200}', APP_TRUSTED_PROXY_HOPS="2", **PRODUCTION)

    assert (settings.rate_limits, settings.trusted_proxy_hops) == ({"keys": 1200}, 2)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"APP_RATE_LIMITS": '{"everybody": 5}'}, "there is no policy everybody"),
        ({"APP_RATE_LIMITS": '{"keys": 0}'}, "greater than or equal to 1"),
        ({"APP_RATE_LIMITS": '{"public": 1001}', **PRODUCTION}, "public can be 1000 at most"),
        ({"APP_TRUSTED_PROXY_HOPS": "-1"}, "APP_TRUSTED_PROXY_HOPS"),
        ({"REDIS_URL": "http://s3cret@nowhere"}, "must begin with redis://"),
    ],
)
def test_what_cannot_be_is_refused_before_the_service_starts(load, environment, message):
    with pytest.raises(SettingsInvalid, match=message) as refused:
        load(**environment)

    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("url", ["redis://:s3cret@red-1:6379", "rediss://host:6379/1", " unix:///run/redis.sock ", ""])
def test_redis_is_named_as_hosts_name_it_and_its_password_is_not_shown(load, url):
    settings = load(REDIS_URL=url)

    assert (settings.redis_url.get_secret_value() if settings.redis_url else "") == url.strip()
    assert "s3cret" not in repr(settings)


def test_the_server_believes_no_header_about_addresses():
    assert server_config("app.cli.serving:build").proxy_headers is False
