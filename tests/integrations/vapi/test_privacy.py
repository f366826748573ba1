"""What of a payload may be stored: no secrets, and no numbers of payment cards."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.vapi.payloads import redacted, without_cards

VISA, AMEX, MAESTRO = "4111111111111111", "378282246310005", "6304000000000000000"


def luhn(digits):
    """Return whether the check digit is right; written down once more, digit by digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


@pytest.mark.parametrize(
    "key",
    [
        *("twilioAuthToken", "token", "accessToken", "secret", "serverUrlSecret", "twilioApiKey", "twilioApiSecret"),
        *("api_key", "X-Api-Key", "Authorization", "x-vapi-secret", "password", "privateKey", "secretKey", "Cookie"),
        *("credentials", "listenUrl", "controlUrl"),
    ],
)
@pytest.mark.parametrize("value", ["s3cret", {"deep": "s3cret"}, ["s3cret"]])
def test_what_stands_under_a_secret_name_is_hidden(key, value):
    assert redacted({"phoneNumber": [{key: value, "id": "1"}]}) == {"phoneNumber": [{key: "[hidden]", "id": "1"}]}


@pytest.mark.parametrize("key", ["maxTokens", "promptTokens", "twilioAccountSid", "credentialId", "tokenizer", "key"])
def test_what_is_no_secret_stays(key):
    assert redacted({key: 500}) == {key: 500}


def test_a_secret_that_is_not_set_is_still_not_set():
    assert redacted({"serverUrlSecret": None}) == {"serverUrlSecret": None}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (VISA, "[card 1111]"),
        (f"it is {VISA}.", "it is [card 1111]."),
        ("4111 1111 1111 1111", "[card 1111]"),
        ("4111-1111-1111-1111", "[card 1111]"),
        ("4111, 1111, 1111, 1111", "[card 1111]"),
        ("4111\u00a01111\u00a01111\u00a01111", "[card 1111]"),
        (" ".join(VISA), "[card 1111]"),
        (f"amex {AMEX} ok", "amex [card 0005] ok"),
        (f"{VISA} 12/27 123", "[card 1111] 12/27 123"),
        ("4111 1111 1111 1111 12", "[card 1111] 12"),
        ("07 4111 1111 1111 1111", "07 [card 1111]"),
        (f"{VISA}, {AMEX}", "[card 1111], [card 0005]"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("+44 7400 123456 or +1 415 555 2671", "+44 7400 123456 or +1 415 555 2671"),
        ("1722115407145", "1722115407145"),
        ("at 10, 11, 12, 13 and 14", "at 10, 11, 12, 13 and 14"),
        (VISA + "1" * 8, VISA + "1" * 8),
        ("٤١١١١١١١١١١١١١١١", "٤١١١١١١١١١١١١١١١"),
        ("", ""),
    ],
)
def test_a_card_shows_its_last_four_and_other_numbers_stay(said, shown):
    assert without_cards(said) == shown


@given(st.from_regex(r"[2-689][0-9]{11,17}", fullmatch=True), st.sampled_from(["", " ", "-"]))
def test_any_number_with_a_right_check_digit_is_masked_however_it_is_grouped(digits, separator):
    whole = next(digits + check for check in "0123456789" if luhn(digits + check))
    said = separator.join(whole[place : place + 4] for place in range(0, len(whole), 4))

    assert without_cards(f"card {said}!") == f"card [card {whole[-4:]}]!"


@given(st.text(alphabet="0123456789 -,.a", max_size=80))
def test_masking_leaves_everything_but_digits_and_what_is_between_them(said):
    masked = without_cards(said)

    assert masked.replace("[card ", "").count("a") == said.count("a")


def test_cards_go_from_every_text_and_whole_number_that_is_stored():
    stored = redacted({"a": [VISA, {"b": int(VISA)}], "url": "https://files/4111111111111111.wav", "n": 1722115407145})

    assert stored == {
        "a": ["[card 1111]", {"b": "[card 1111]"}],
        "url": "https://files/4111111111111111.wav",
        "n": 1722115407145,
    }


def test_a_fraction_is_never_a_card():
    assert redacted({"cost": 4.111111111111111}) == {"cost": 4.111111111111111}


def test_what_is_stored_has_bounds():
    deep: object = "x"
    for _ in range(50):
        deep = {"deeper": deep}

    stored: Any = redacted(
        {"deep": deep, "long": "x" * 300_000, "many": list(range(5_000)), "k" * 500: 1, "big": 10**30}
    )
    assert b'"[cut]"' in orjson.dumps(stored["deep"])
    assert (len(stored["long"]), len(stored["many"]), stored["big"]) == (200_000, 2_000, None)
    assert max(len(key) for key in stored) == 100


def test_a_card_at_the_very_end_of_what_is_kept_is_not_cut_in_two():
    said = "x" * 199_990 + " " + VISA

    stored: Any = redacted({"transcript": said})
    assert "4111" not in stored["transcript"]
