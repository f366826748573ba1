"""The form of keys."""

import string
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.clients.rules import SECRET_BITS, is_currency, make_key, parse_key

ids = st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number))
entropies = st.integers(0, 2**SECRET_BITS - 1)
environments = st.sampled_from(["live", "test"])


@given(ids, entropies, environments)
def test_a_key_carries_its_id_in_one_length(key_id, entropy, environment):
    key = make_key(key_id, environment, entropy=entropy)

    assert parse_key(key.text) == key_id
    assert len(key.text) == len("bk_test_") + 22 + 1 + 32 + 6
    assert key.last4 == key.text[-4:]


@given(ids, entropies, st.data())
def test_one_wrong_character_is_always_noticed(key_id, entropy, data):
    text = make_key(key_id, "live", entropy=entropy).text
    place = data.draw(st.integers(0, len(text) - 1))
    wrong = data.draw(st.sampled_from(string.ascii_letters + string.digits + "_- é").filter(lambda c: c != text[place]))

    assert parse_key(text[:place] + wrong + text[place + 1 :]) is None


@given(ids, entropies, st.integers(0, 68))
def test_a_cut_is_always_noticed(key_id, entropy, length):
    assert parse_key(make_key(key_id, "test", entropy=entropy).text[:length]) is None


@given(st.text(max_size=100))
def test_no_text_breaks_the_reader(text):
    assert parse_key(text) is None


def test_different_secrets_make_different_keys():
    key_id = UUID(int=7)

    assert len({make_key(key_id, "live", entropy=entropy).text for entropy in range(1_000)}) == 1_000


def test_money_is_what_people_pay_with():
    assert [code for code in ("GBP", "JPY", "XXX", "XAU", "gbp", "") if is_currency(code)] == ["GBP", "JPY"]
