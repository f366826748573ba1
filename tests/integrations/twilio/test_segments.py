"""What a text costs is counted as phones cut it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.twilio.segments import Segments, segments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments("GSM-7", 0, 1)),
        ("Your booking is confirmed.", Segments("GSM-7", 26, 1)),
        ("x" * 160, Segments("GSM-7", 160, 1)),
        ("x" * 161, Segments("GSM-7", 161, 2)),
        ("x" * 306, Segments("GSM-7", 306, 2)),
        ("x" * 307, Segments("GSM-7", 307, 3)),
        ("x" * 1_600, Segments("GSM-7", 1_600, 11)),
        ("€" * 80, Segments("GSM-7", 160, 1)),
        ("€" * 81, Segments("GSM-7", 162, 2)),
        ("x" * 152 + "€" + "x" * 152, Segments("GSM-7", 306, 3)),
        ("für £5, à la carte: ñ Ω", Segments("GSM-7", 23, 1)),
        ("ê", Segments("UCS-2", 1, 1)),
        ("It\N{RIGHT SINGLE QUOTATION MARK}s booked", Segments("UCS-2", 11, 1)),
        ("ы" * 70, Segments("UCS-2", 70, 1)),
        ("ы" * 71, Segments("UCS-2", 71, 2)),
        ("ы" * 134, Segments("UCS-2", 134, 2)),
        ("ы" * 135, Segments("UCS-2", 135, 3)),
        ("\N{GRINNING FACE}" * 35, Segments("UCS-2", 70, 1)),
        ("\N{GRINNING FACE}" * 67, Segments("UCS-2", 134, 3)),
        ("\N{GRINNING FACE}" * 800, Segments("UCS-2", 1_600, 25)),
    ],
)
def test_a_text_is_counted_as_it_is_cut(text, expected):
    assert segments(text) == expected


@given(st.text(max_size=700))
def test_the_parts_hold_the_text_and_none_is_for_nothing(text):
    counted = segments(text)
    room = 153 if counted.alphabet == "GSM-7" else 67

    assert counted.units == (
        len(text) + sum(character in "\f^{}\\[~]|€" for character in text)
        if counted.alphabet == "GSM-7"
        else len(text.encode("utf-16-le", "surrogatepass")) // 2
    )
    assert counted.count == 1 or counted.units <= counted.count * room
    assert counted.count == 1 or counted.units > (counted.count - 1) * (room - 1)
