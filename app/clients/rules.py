"""The form and life of keys, and which currencies there are."""

import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Environment = Literal["live", "test"]
KeyStatus = Literal["active", "expired", "revoked"]

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_ID_LENGTH, _SECRET_LENGTH, _CHECKSUM_LENGTH = 22, 32, 6
SECRET_BITS = 190
"""As many random bits as fit into the secret part."""

_KEY = re.compile(r"bk_(?:live|test)_([0-9A-Za-z]{22})_[0-9A-Za-z]{32}[0-9A-Za-z]{6}")

CLIENT_KEY = r"^[a-z0-9](-?[a-z0-9])*$"

_CURRENCIES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK
    MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU
    UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - a table is easier to compare with the standard than 154 quoted words
)
"""ISO 4217's circulating currencies; funds, metals and test codes left out."""


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key just made; `text` is shown once and never kept."""

    id: UUID
    text: str

    @property
    def last4(self) -> str:
        """The four characters by which people tell keys apart."""
        return self.text[-4:]


def environment_of(env: str) -> Environment:
    """Return what a key's text says of the installation that issued it."""
    return "live" if env == "production" else "test"


def make_key(key_id: UUID, environment: Environment, *, entropy: int) -> KeyText:
    """Return the key `bk_<live|test>_<id>_<secret><checksum>`; `entropy` is a random number of `SECRET_BITS` bits."""
    secret = _base62(entropy, _SECRET_LENGTH)
    body = f"bk_{environment}_{_base62(key_id.int, _ID_LENGTH)}_{secret}"
    return KeyText(id=key_id, text=body + _checksum(body))


def parse_key(text: str) -> UUID | None:
    """Return the id that a key carries; None where the text is no key, or a key with a slip of the pen."""
    match = _KEY.fullmatch(text)
    if match is None or _checksum(text[:-_CHECKSUM_LENGTH]) != text[-_CHECKSUM_LENGTH:]:
        return None
    number = 0
    for digit in match.group(1):
        number = number * 62 + _VALUES[digit]
    return UUID(int=number) if number < 1 << 128 else None


def key_status(*, revoked_at: datetime | None, expires_at: datetime | None, now: datetime) -> KeyStatus:
    """Return what a key is good for; it is expired from the very instant of its expiry on."""
    if revoked_at is not None:
        return "revoked"
    return "expired" if expires_at is not None and expires_at <= now else "active"


def is_currency(code: str) -> bool:
    """Tell whether people pay in it: an ISO 4217 code in circulation."""
    return code in _CURRENCIES


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, value = divmod(number, 62)
        digits.append(_DIGITS[value])
    return "".join(reversed(digits))
