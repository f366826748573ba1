"""Phone numbers: anything people write in, E.164 out."""

import phonenumbers

from app.core.errors import Invalid

LONGEST = 16
"""Characters of an E.164 number: the plus sign and at most 15 digits."""


class InvalidPhone(Invalid):
    """The number cannot belong to a phone in the client's region, nor anywhere with its country code."""

    detail = "That is not a phone number; send it with its country code, such as +447400123456."


def e164(text: str, region: str) -> str:
    """Return a number in E.164; without a country code it is read in the region (ISO 3166 code).

    Raises:
        InvalidPhone: no such number can exist. "Possible" is not enough: `1234` is possible in many regions.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise InvalidPhone from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidPhone
    normal = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if len(normal) > LONGEST:  # some countries' plans allow more than E.164 does
        raise InvalidPhone
    return normal
