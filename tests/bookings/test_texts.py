"""What people write is kept as they wrote it, and is never anything but text."""

# ruff: noqa: RUF001 - letters that look like others are the point

import pytest

TEN = "2026-03-24T10:00:00Z"

TEXTS = {
    "sql": "'); DROP TABLE bookings; --",
    "sql_union": "x' UNION SELECT key_hash FROM api_keys WHERE '1'='1",
    "dollar_quotes": "$$; SELECT pg_sleep(10); $$ $1 :name %s {0} %(name)s",
    "like": "100% _under_ \\backslash\\",
    "html": "<script>alert('x')</script><img src=x onerror=alert(1)>",
    "entities": "Fish &amp; Chips &lt;3",
    "template": "{{ 7*7 }} ${7*7} #{7*7} <%= 7*7 %>",
    "formula": '=HYPERLINK("http://example.com")',
    "json": '{"status": "cancelled"}, null, [1]',
    "path": "../../etc/passwd",
    "accents": "Žofie Dvořáková, naïve café",
    "combining": "e\u0301 is not é",
    "arabic": "محمد علي",
    "hebrew": "שלום",
    "persian_with_joiner": "می\u200cخواهم",
    "family": "👩\u200d👩\u200d👧",
    "astral": "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "null_in_words": "NULL undefined None",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_any_text_is_stored_and_returned_as_text(desk, text):
    customer = {"phone": "+447400123456", "name": text}
    metadata = {text: text, "deep": {text: [text]}}

    wanted = {**desk.place.wanted(TEN, notes=f"{text}\n\t{text}", metadata=metadata), "customer": customer}
    booked = await desk.post("/bookings", wanted)
    cancelled = await desk.do("cancel", booked, reason=text)
    read = await desk.read(booked)

    assert (booked.status_code, cancelled.status_code) == (201, 200)
    assert (read["customer"]["name"], read["notes"], read["cancelReason"]) == (text, f"{text}\n\t{text}", text)
    assert read["metadata"] == booked.json()["metadata"] == metadata
    assert booked.headers["content-type"] == "application/json"
    assert (await desk.get("/customers")).json()["items"][0]["name"] == text


async def test_numbers_keep_their_value(desk):
    metadata = {
        "huge": 10**300,
        "small": 5e-324,
        "third": 1 / 3,
        "negative": -0.5,
        "whole": 1.0,
        "yes": True,
        "nothing": None,
        "empty": [{}, [], ""],
    }

    booked = await desk.book(TEN, metadata=metadata)

    assert booked.json()["metadata"] == metadata
    assert (await desk.read(booked))["metadata"] == metadata


async def test_space_around_a_text_is_not_kept(desk):
    booked = await desk.post(
        "/bookings",
        {
            **desk.place.wanted(TEN, notes="  by the window \n"),
            "customer": {"phone": " 07400 123456 ", "name": " Ann "},
        },
    )

    assert (booked.json()["notes"], booked.json()["customer"]["name"]) == ("by the window", "Ann")
    assert booked.json()["customer"]["phone"] == "+447400123456"


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("07400 123456", "GB", "+447400123456"),
        ("+44 (0)7400 123-456", "US", "+447400123456"),
        ("(212) 555-2368", "US", "+12125552368"),
        ("0044 7400 123456", "FR", "+447400123456"),
        ("٠٧٤٠٠١٢٣٤٥٦", "GB", "+447400123456"),
    ],
)
async def test_a_phone_is_known_however_it_is_written(make_desk, written, region, number):
    desk = await make_desk(client={"region": region})

    first = await desk.book(TEN, written)
    again = await desk.book("2026-03-24T11:00:00Z", number)

    assert first.json()["customer"]["phone"] == number
    assert again.json()["customer"]["id"] == first.json()["customer"]["id"]
