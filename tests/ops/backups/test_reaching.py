"""Addresses of databases: what the service connects to, backups and PostgreSQL's programs connect to as well."""

import pytest
from sqlalchemy.engine import URL, make_url

from app.ops.backups.service.programs import environment
from app.ops.backups.service.reaching import parts
from app.ops.backups.service.snapshots import connected

PASSWORDS = ["a@b:c/d#e'f g", "ssl=x", "p+q", "100%", "ä€", "a?b=c&d", '\\x"y', "[]"]


@pytest.mark.parametrize("password", PASSWORDS)
def test_any_password_user_and_database_arrive_as_they_are(password):
    url = URL.create("postgresql", "us er@x", password, "h", 6543, "d b+/%", {"sslmode": "require"})

    words = parts(url.render_as_string(hide_password=False))
    given = environment(url.render_as_string(hide_password=False))

    assert (words["user"], words["password"], words["database"]) == ("us er@x", password, "d b+/%")
    assert (given["PGUSER"], given["PGPASSWORD"], given["PGDATABASE"]) == ("us er@x", password, "d b+/%")
    assert (words["ssl"], given["PGSSLMODE"], words["port"], given["PGPORT"]) == ("require", "require", 6543, "6543")


def test_without_a_user_or_a_password_none_is_made_up(monkeypatch):
    for name in ("PGUSER", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)

    assert parts("postgresql:///book?host=/a%20folder/with+plus") == {"host": "/a folder/with plus", "database": "book"}
    assert not {"PGUSER", "PGPASSWORD"} & environment("postgresql:///book?host=/run").keys()


def test_several_hosts_keep_their_ports():
    given = environment("postgresql://clerk@/book?host=one:5432&host=two:5433")

    assert (given["PGHOST"], given["PGPORT"]) == ("one,two", "5432,5433")


async def test_a_socket_and_a_port_at_once_lead_where_the_service_goes(filled_url):
    url = make_url(filled_url)
    both = url.set(port=url.port or 5432).render_as_string(hide_password=False)

    async with connected(both) as connection:
        assert await connection.fetchval("SELECT current_database()") == url.database
