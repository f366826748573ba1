"""How fast and how often is sent, and to whom: pure."""

from datetime import timedelta

import phonenumbers

SETTLES = timedelta(minutes=2)
"""So long after a sending without an answer the provider's list is believed, and the message sent again."""
MOST_SENDINGS = 2
"""What the provider did not answer is sent once more, if its list does not show it, and never a third time."""
MOST_BEGINNINGS = 10
"""So often a message may be begun whose worker died each time: then the provider is not to blame."""
CLOCKS_DIFFER = timedelta(seconds=5)
"""Between two machines: a message that is due in less is due."""

FIRST_WAIT, NEXT_WAIT = timedelta(seconds=10), timedelta(minutes=1)
"""Until a provider that cannot be reached is tried again."""
LATER = timedelta(minutes=5)
"""Until what a carrier refused for now is tried again."""
LOOK_AFTER = timedelta(seconds=10)
"""Until a message without an answer is first looked for in the provider's list."""

STEP, BURST = timedelta(seconds=1), timedelta(seconds=5)
"""A long code takes about one text a second; Twilio keeps a few in line for it."""
SERVICE_STEP, SERVICE_BURST = timedelta(milliseconds=100), timedelta(seconds=3)
"""A messaging service has several numbers, and spreads over them."""

_LANDLINES = {
    phonenumbers.PhoneNumberType.FIXED_LINE,
    phonenumbers.PhoneNumberType.PREMIUM_RATE,
    phonenumbers.PhoneNumberType.TOLL_FREE,
    phonenumbers.PhoneNumberType.SHARED_COST,
    phonenumbers.PhoneNumberType.UAN,
    phonenumbers.PhoneNumberType.VOICEMAIL,
    phonenumbers.PhoneNumberType.PAGER,
}


def textable(phone: str) -> bool:
    """Return whether a number (E.164) may be a phone that shows texts: no landline, no service number, no short code.

    Where a country's numbers do not tell, it may.
    """
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) not in _LANDLINES


def pace_of(sender: str) -> tuple[timedelta, timedelta]:
    """Return the time between two texts of a sender, and how far ahead of that it may be."""
    return (SERVICE_STEP, SERVICE_BURST) if sender.startswith("MG") else (STEP, BURST)
