"""Who is counted: a verified key before the address, and the address left of the proxies that are known."""

from types import SimpleNamespace
from uuid import UUID

import pytest

from app.clients.apart import claims
from app.clients.rules import make_key
from app.core.auth import Recognised
from app.core.limits.callers import NOWHERE, Caller, caller_of, identity_of

CLIENT, EDGE, PROXY = "203.0.113.9", "172.70.1.1", "10.0.0.4"
KEY = "key:01a2075e-0739-7396-8c3b-2a749f9c4cfb"
MADE_UP = make_key(UUID(KEY[4:]), "live", entropy=17).text


def caller(*forwarded, hops=0, peer=PROXY, known=None, **headers):
    fields = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    fields += [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    app = SimpleNamespace(state=SimpleNamespace(recognise=lambda _scope: known, claims=claims))
    scope = {"type": "http", "headers": fields, "client": (peer, 4711) if peer else None, "app": app}
    return caller_of(scope, hops=hops)


@pytest.mark.parametrize(
    ("forwarded", "hops", "identity"),
    [
        ((), 0, f"ip:{PROXY}"),
        ((f"{CLIENT}, {EDGE}",), 0, f"ip:{PROXY}"),
        ((CLIENT,), 1, f"ip:{CLIENT}"),
        ((f"{CLIENT}, {EDGE}",), 2, f"ip:{CLIENT}"),
        ((f"{CLIENT},{EDGE}",), 2, f"ip:{CLIENT}"),
        ((CLIENT, EDGE), 2, f"ip:{CLIENT}"),
        ((f"[2001:db8::1], {EDGE}",), 2, f"ip:{PROXY}"),
        ((f"2001:db8:1:2:3:4:5:6, {EDGE}",), 2, "ip:2001:db8:1:2::/64"),
        ((f"2001:db8:1:2:ffff::, {EDGE}",), 2, "ip:2001:db8:1:2::/64"),
        ((f"::ffff:{CLIENT}, {EDGE}",), 2, f"ip:{CLIENT}"),
        ((), 2, f"ip:{PROXY}"),
        ((CLIENT,), 2, f"ip:{PROXY}"),
        ((f"unknown, {EDGE}",), 2, f"ip:{PROXY}"),
        ((f", {EDGE}",), 2, f"ip:{PROXY}"),
        ((f"999.1.1.1, {EDGE}",), 2, f"ip:{PROXY}"),
        (("\xff" * 4_000 + f", {EDGE}",), 2, f"ip:{PROXY}"),
    ],
)
def test_an_address_is_the_one_left_of_the_known_proxies(forwarded, hops, identity):
    assert caller(*forwarded, hops=hops) == Caller(identity, "anonymous")


@pytest.mark.parametrize("lies", ["1.2.3.4", "1.2.3.4, 5.6.7.8", "garbage", "127.0.0.1, ::1, 10.0.0.1", ",,,,", "\x00"])
def test_what_a_caller_writes_itself_does_not_change_who_it_is(lies):
    as_one = caller(f"{lies}, {CLIENT}, {EDGE}", hops=2)
    as_two = caller(lies, f"{CLIENT}, {EDGE}", hops=2)

    assert as_one == as_two == caller(f"{CLIENT}, {EDGE}", hops=2)


def test_who_comes_through_a_unix_socket_is_counted_too():
    assert caller(peer=None).identity == NOWHERE == identity_of(NOWHERE)
    assert caller(peer="a-name").identity == NOWHERE


@pytest.mark.parametrize("headers", [{"x_api_key": "bk_test_x"}, {"authorization": "Bearer bk_test_x"}])
def test_a_verified_key_counts_before_its_address(headers):
    found = caller(f"{CLIENT}, {EDGE}", hops=2, known=Recognised(KEY, True, 1_200), **headers)

    assert found == Caller(KEY, "verified", is_operator=True, agreed=1_200)


@pytest.mark.parametrize(
    ("headers", "standing"),
    [
        ({"x_api_key": MADE_UP}, "claimed"),
        ({"authorization": f"bearer {MADE_UP}"}, "claimed"),
        ({"x_api_key": MADE_UP, "authorization": f"Bearer {MADE_UP[:-1]}"}, "anonymous"),
        ({"x_api_key": MADE_UP[:-6] + "000000"}, "anonymous"),
        ({"x_api_key": "bk_test_made-up"}, "anonymous"),
        ({"x_api_key": "something else"}, "anonymous"),
        ({"x_api_key": "  "}, "anonymous"),
        ({"authorization": f"Basic {MADE_UP}"}, "anonymous"),
        ({}, "anonymous"),
    ],
)
def test_a_key_that_nobody_knows_counts_for_its_address(headers, standing):
    assert caller(peer=CLIENT, **headers) == Caller(f"ip:{CLIENT}", standing)


def test_without_a_key_nobody_is_asked_whose_it_is():
    assert caller(peer=CLIENT, known=Recognised(KEY, False)).identity == f"ip:{CLIENT}"


@pytest.mark.parametrize(
    ("written", "identity"),
    [
        ("operator", "operator"),
        (CLIENT, f"ip:{CLIENT}"),
        (f"ip:{CLIENT}", f"ip:{CLIENT}"),
        ("2001:db8::1", "ip:2001:db8::/64"),
        ("ip:2001:db8::/64", "ip:2001:db8::/64"),
        (KEY.upper().replace("KEY", "key"), KEY),
        ("account:AC-1_2.3", "account:AC-1_2.3"),
        ("account:", None),
        (f"account:{'x' * 65}", None),
        ("account:a b", None),
        ("key:17", None),
        ("ip:", None),
        ("", None),
        ("203.0.113.9/24", None),
        ("everybody", None),
        ("operator ", None),
    ],
)
def test_an_identity_is_read_as_people_write_it(written, identity):
    assert identity_of(written) == identity
