"""Objects in a store that speaks S3: how it is asked, and its bad days, over real HTTP."""

import time
from datetime import timedelta

import pytest

from app.core.clock import utcnow
from app.core.errors import AppError
from app.integrations.storage.errors import (
    ObjectExists,
    StoreAddressInvalid,
    StoreFull,
    StoreRefused,
    StoreUnreachable,
)
from app.integrations.storage.objects import PART_BYTES
from tests import s3
from tests.integrations.storage.conftest import IMPATIENT, content, objects_at

LARGE = b"0123456789abcdef" * (2 * PART_BYTES // 16)
ACTS = {
    "list": lambda store: store.list(),
    "get": lambda store: content(store, "a/one"),
    "put": lambda store: store.put("a/new", [b"x"]),
    "put in parts": lambda store: store.put("a/new", [LARGE]),
    "delete": lambda store: store.delete("a/one"),
}

EMPTY_LIST = b"""<?xml version="1.0"?>
<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>"""


@pytest.fixture(
    params=[
        pytest.param(act, id=name, marks=[pytest.mark.prove] if name in {"list", "delete"} else [])
        for name, act in ACTS.items()
    ]
)
def act(request):
    """Each thing that a store is asked to do; what goes one way with others is asked in long proofs."""
    return request.param


def test_a_small_object_is_one_look_and_one_write(proxied, s3_proxy, prefix):
    proxied.put("a/one", [b"sma", b"ll"])

    assert s3_proxy.requests == [
        f"GET /{s3.BUCKET}?list-type=2&prefix={prefix.replace('/', '%2F')}%2Fa%2F",
        f"PUT /{s3.BUCKET}/{prefix}/a/one",
    ]


def test_a_store_that_knows_conditions_lets_one_of_two_writers_win(proxied, s3_proxy, objects):
    s3_proxy.conditional = True

    objects.put("a/one", [b"first"])
    s3_proxy.answer(200, "GET", times=1, content=EMPTY_LIST)  # the look was before

    with pytest.raises(ObjectExists):
        proxied.put("a/one", [b"second"])

    assert content(objects, "a/one") == b"first"


def test_a_write_whose_answer_was_lost_is_found_to_be_done(proxied, s3_proxy):
    s3_proxy.conditional = True
    s3_proxy.lose_answer("PUT", times=1)

    proxied.put("a/one", [b"once"])

    assert content(proxied, "a/one") == b"once"
    assert [request.split("?")[0].split()[0] for request in s3_proxy.requests] == ["GET", "PUT", "PUT", "GET", "GET"]


def test_a_store_that_refuses_conditions_is_written_to_without_them(proxied, s3_proxy):
    s3_proxy.answer(501, "PUT", times=4)

    proxied.put("a/one", [b"plain"])
    proxied.put("a/two", [b"plain"])

    assert content(proxied, "a/one") == content(proxied, "a/two") == b"plain"
    assert sum(request.startswith("PUT") for request in s3_proxy.requests) == 6


def test_more_objects_than_a_page_holds_are_all_listed():
    server = s3.S3Server()
    there = server.objects / s3.BUCKET / "some" / "many"
    there.mkdir(parents=True)
    for number in range(1_205):
        (there / f"{number:04}").write_bytes(b"x")
    try:
        store = objects_at(server.start().endpoint, "some")

        assert len(store.list("many/")) == len(store.list()) == 1_205
    finally:
        server.close()


def test_one_store_sees_nothing_of_another_in_the_same_bucket(objects, s3_server, prefix):
    objects.put("a/one", [b"x"])
    beside = objects_at(s3_server.endpoint, f"{prefix}-beside")

    assert beside.list() == {}


def test_a_store_without_a_prefix_has_the_whole_bucket(objects, s3_server, prefix):
    objects.put("a/one", [b"x"])

    assert f"{prefix}/a/one" in objects_at(s3_server.endpoint, "").list(prefix)


@pytest.mark.parametrize("status", [pytest.param(500, marks=pytest.mark.prove), 503])
def test_a_passing_fault_of_the_server_is_lived_through(proxied, s3_proxy, objects, status, act):
    objects.put("a/one", [b"x"])
    s3_proxy.answer(status, times=1)

    act(proxied)

    assert len(s3_proxy.requests) >= 2


@pytest.mark.parametrize("status", [pytest.param(500, marks=pytest.mark.prove), 503])
def test_a_server_that_keeps_failing_is_unreachable(proxied, s3_proxy, status, act):
    s3_proxy.answer(status)

    with pytest.raises(StoreUnreachable):
        act(proxied)


def test_a_server_that_never_answers_is_given_up_in_time(hasty, s3_proxy, act):
    s3_proxy.hang()
    began = time.monotonic()

    with pytest.raises(StoreUnreachable):
        act(hasty)

    assert time.monotonic() - began < 3 * IMPATIENT.total_seconds() + 1
    assert s3_proxy.hung.is_set()


def test_a_server_that_is_gone_is_unreachable_and_back_when_it_is(proxied, s3_proxy, act, objects):
    objects.put("a/one", [b"x"])
    s3_proxy.stop()
    with pytest.raises(StoreUnreachable):
        act(proxied)

    s3_proxy.start()
    act(proxied)

    assert len(s3_proxy.requests) > 0


def test_a_refusal_is_told_with_the_stores_own_code(proxied, s3_proxy, act):
    s3_proxy.deny("/")

    with pytest.raises(StoreRefused, match=r"refuses this \(AccessDenied\)"):
        act(proxied)

    assert len(s3_proxy.requests) == 1


def test_a_store_without_room_is_full(proxied, s3_proxy):
    s3_proxy.answer(507, "PUT")

    with pytest.raises(StoreFull):
        proxied.put("a/one", [b"x"])


def test_a_slow_answer_may_take_longer_than_patience_as_long_as_it_comes(hasty, s3_proxy, objects):
    whole = bytes(200_000)
    objects.put("a/one", [whole])
    s3_proxy.slow(300_000, "GET")
    began = time.monotonic()

    assert content(hasty, "a/one") == whole
    assert time.monotonic() - began > IMPATIENT.total_seconds()


@pytest.mark.parametrize("whole", [b"x" * 300_000, LARGE], ids=["small", "large"])
def test_a_connection_lost_halfway_is_taken_up_again(proxied, s3_proxy, whole):
    s3_proxy.cut(150_000, "PUT", times=1)
    proxied.put("a/one", [whole])
    s3_proxy.cut(150_000, "GET", times=1)

    assert content(proxied, "a/one") == whole


@pytest.mark.parametrize("whole", [b"x" * 300_000, LARGE], ids=["small", "large"])
def test_a_connection_that_is_lost_each_time_leaves_nothing(proxied, s3_proxy, objects, whole):
    s3_proxy.cut(150_000, "PUT")

    with pytest.raises(StoreUnreachable):
        proxied.put("a/one", [whole])

    assert objects.list() == {}


def test_an_answer_that_breaks_off_is_no_short_object(proxied, s3_proxy, objects):
    objects.put("a/one", [bytes(5_000_000)])
    s3_proxy.cut(1_000_000, "GET")
    got = []

    with pytest.raises(StoreUnreachable):
        got.extend(proxied.get("a/one"))


@pytest.mark.parametrize("act", [act for name, act in ACTS.items() if name != "delete"])
def test_a_wrong_bucket_is_told(s3_server, prefix, act):
    elsewhere = objects_at(s3_server.endpoint, prefix, bucket="no-such-bucket")

    with pytest.raises(StoreRefused, match=r"no such bucket: look at APP_BACKUP_URL"):
        act(elsewhere)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "not-the-secret-of-it"}, "SignatureDoesNotMatch"),
        ({"AWS_ACCESS_KEY_ID": "nobody-we-know"}, "InvalidAccessKeyId"),
    ],
)
def test_wrong_keys_are_told_and_not_shown(s3_server, prefix, act, given, word):
    wrong = objects_at(s3_server.endpoint, prefix, **given)

    with pytest.raises(StoreRefused, match=word) as told:
        act(wrong)

    assert told.value.__cause__ is None
    assert all(secret not in told.value.detail for secret in (*given.values(), s3.ACCESS, s3.SECRET))


@pytest.mark.parametrize("bucket", ["key:secret@bucket", "", "a", "b/c", "-bucket", "bu cket"])
def test_what_is_no_bucket_is_refused_without_being_repeated(s3_server, bucket):
    with pytest.raises(StoreAddressInvalid) as told:
        objects_at(s3_server.endpoint, "x", bucket=bucket)

    assert "secret" not in told.value.detail


def test_a_location_tells_the_place_and_no_keys(objects, prefix):
    assert objects.location == f"s3://{s3.BUCKET}/{prefix}"
    assert s3.SECRET not in repr(vars(objects))


def test_there_is_nothing_to_sweep(objects):
    assert objects.sweep(utcnow() + timedelta(days=1)) == 0


def test_every_failure_of_a_store_has_a_code_that_begins_like_it():
    assert {failure.code for failure in (StoreUnreachable(), StoreRefused(), StoreFull())} == {
        "store_unreachable",
        "store_refused",
        "store_full",
    }
    assert issubclass(StoreRefused, AppError)
