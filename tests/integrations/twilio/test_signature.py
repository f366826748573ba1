"""Only what Twilio has signed for this very address is let in."""

from hashlib import sha256
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from app.integrations.twilio.errors import SignatureInvalid
from app.integrations.twilio.payloads import LARGEST_FORM_BYTES, MOST_FIELDS, read_form
from app.integrations.twilio.signature import FORM, SETTINGS_HEADER, Algorithm, Secrets, sign, verify

URL = "https://booking.example.com/webhooks/twilio/sms?m=42"
TOKEN, SHARED = "a-token-of-the-account", "a-secret-of-a-shared-key"
SECRETS = Secrets(SecretStr(TOKEN), {"key_1": SecretStr(SHARED)})
FIELDS = {"Body": ["Hello"], "From": ["+447400123456"], "ToCity": [""]}
WITH_SHARED = {SETTINGS_HEADER: "key=key_1,algorithm=HMAC_SHA256"}


def accepted(*, signature, url=URL, body=None, content_type=FORM, secrets=SECRETS, headers=None):
    """Return whether a request is let in."""
    content = urlencode(FIELDS, doseq=True).encode() if body is None else body
    named = {"X-Twilio-Signature": signature, **(headers or {})}
    try:
        verify(url=url, headers=named, body=content, content_type=content_type, secrets=secrets)
    except SignatureInvalid:
        return False
    return True


def test_the_signatures_of_twilios_own_tests_are_taken(payload):
    vectors = payload("twilio_signature_vectors")
    secrets = Secrets(SecretStr(vectors["token"]))
    url, body = vectors["url"], urlencode(vectors["params"]).encode()
    plain = url.replace("https", "http")
    twice = vectors["duplicate_params"]
    hashed = vectors["json_body"]

    taken = {
        "plain": accepted(signature=vectors["expected_sha1_base64"], url=url, body=body, secrets=secrets),
        "443": accepted(signature=vectors["port_443_variant"], url=url, body=body, secrets=secrets),
        "80": accepted(signature=vectors["http_port_80_variant"], url=plain, body=body, secrets=secrets),
        "1234": accepted(
            signature=vectors["http_port_1234_variant"],
            url=plain.replace(".com/", ".com:1234/"),
            body=body,
            secrets=secrets,
        ),
        "port of ours": accepted(
            signature=vectors["expected_sha1_base64"],
            url=url.replace(".com/", ".com:1234/"),
            body=body,
            secrets=secrets,
        ),
        "twice": accepted(signature=twice["expected"], url=url, body=twice["form"].encode(), secrets=secrets),
        "json": accepted(
            signature=hashed["expected"],
            url=hashed["url"],
            body=hashed["body"].encode(),
            content_type="application/json",
            secrets=secrets,
        ),
    }

    assert taken == dict.fromkeys(taken, True)


def test_the_signature_with_sha_256_is_the_one_that_twilios_library_makes(payload):
    vectors = payload("twilio_signature_vectors")
    params = {name: [value] for name, value in vectors["params"].items()}

    made = sign(vectors["url"], params, vectors["token"], "HMAC_SHA256")

    assert made == "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s="


def test_a_shared_key_signs_in_place_of_the_token():
    signature = sign(URL, FIELDS, SHARED, "HMAC_SHA256")

    assert accepted(signature=signature, headers=WITH_SHARED)
    assert not accepted(signature=signature)
    assert not accepted(signature=sign(URL, FIELDS, TOKEN), headers=WITH_SHARED)


@pytest.mark.parametrize(
    "settings",
    [
        "key=key_2,algorithm=HMAC_SHA256",
        "key=key_1,algorithm=HMAC_SHA512",
        "key=key_1,algorithm=none",
        "key=key_1",
        "algorithm=HMAC_SHA256",
        "key=,algorithm=HMAC_SHA256",
        "HMAC_SHA256",
        ",",
    ],
)
def test_a_key_or_an_algorithm_that_is_not_known_is_refused(settings):
    for secret in (SHARED, TOKEN, ""):
        for signature in (sign(URL, FIELDS, secret), sign(URL, FIELDS, secret, "HMAC_SHA256")):
            assert not accepted(signature=signature, headers={SETTINGS_HEADER: settings})


@pytest.mark.parametrize("secrets", [Secrets(), Secrets(SecretStr("")), Secrets(None, {"key_1": SecretStr("")})])
def test_nobody_is_let_in_where_there_is_no_secret(secrets):
    assert not accepted(signature=sign(URL, FIELDS, ""), secrets=secrets)
    assert not accepted(signature=sign(URL, FIELDS, "", "HMAC_SHA256"), secrets=secrets, headers=WITH_SHARED)


@pytest.mark.parametrize(
    ("changed", "of_what"),
    [
        ({"body": b"Body=Hallo&From=%2B447400123456&ToCity="}, "the text"),
        ({"body": b"Body=Hello&From=%2B447400123456"}, "a blank field left out"),
        ({"body": b"Body=Hello+&From=%2B447400123456&ToCity="}, "a space put after it"),
        ({"body": b""}, "no body"),
        ({"url": URL.replace("42", "43")}, "the query"),
        ({"url": URL.replace("sms", "status")}, "the path"),
        ({"url": URL.replace("booking", "other")}, "the host"),
        ({"url": URL.replace("https", "http")}, "the scheme"),
        ({"content_type": "application/json"}, "what the body is"),
        ({"content_type": None}, "nothing said of the body"),
    ],
)
def test_what_was_changed_on_the_way_is_refused(changed, of_what):
    signature = sign(URL, FIELDS, TOKEN)

    assert accepted(signature=signature)
    assert not accepted(signature=signature, **changed), of_what


def test_the_fragment_of_an_address_is_not_signed():
    assert accepted(signature=sign(URL, FIELDS, TOKEN), url=f"{URL}#rc=3&rp=5xx,ct,rt")


def test_the_names_of_headers_may_be_written_in_any_case():
    signature = sign(URL, FIELDS, TOKEN)
    content = urlencode(FIELDS, doseq=True).encode()

    for name in ("x-twilio-signature", "X-TWILIO-SIGNATURE"):
        verify(url=URL, headers={name: signature}, body=content, content_type=FORM, secrets=SECRETS)


def test_a_body_that_is_no_form_is_held_to_its_hash_in_the_address():
    body = b'{"a": 1}'
    hashed = f"{URL}&bodySHA256={sha256(body).hexdigest()}"
    sent = {"content_type": "application/json", "body": body}

    assert accepted(signature=sign(hashed, {}, TOKEN), url=hashed, **sent)
    assert not accepted(signature=sign(hashed, {}, TOKEN), url=hashed, **{**sent, "body": b'{"a": 2}'})
    assert not accepted(signature=sign(hashed, {}, TOKEN), url=hashed, **{**sent, "body": b""})
    assert not accepted(signature=sign(URL, {}, TOKEN), url=URL, **sent)
    twice = f"{hashed}&bodySHA256={sha256(b'x').hexdigest()}"
    assert not accepted(signature=sign(twice, {}, TOKEN), url=twice, **sent)


@pytest.mark.parametrize(
    "body",
    [
        b"Body=%FF%FE",
        b"Body=\xff",
        b"Body=%ED%A0%80",
        b"Body=\x00&\x00=%00",
        b"&&&===",
        b"Body=" + b"x" * (1 << 20),
        b"&".join(b"f%d=1" % number for number in range(MOST_FIELDS + 1)),
    ],
)
@pytest.mark.parametrize("signature", ["", "x", "é\udcff", "=" * 100_000])
def test_what_cannot_be_read_is_refused_and_nothing_breaks(body, signature):
    assert not accepted(signature=signature, body=body)
    assert not accepted(signature=signature, body=body, content_type="text/\udcff")


@pytest.mark.parametrize(
    "url",
    ["", "booking", "ftp://there/", "https://", "https://[::1", "https://a b/\udcff?" + "&" * 200, "https://[]:x/"],
)
def test_an_address_that_is_none_is_refused(url):
    assert not accepted(signature="x", url=url)
    assert not accepted(signature="x", url=url, body=b"{}", content_type="application/json")


def test_a_form_may_say_in_which_alphabet_it_is():
    assert accepted(signature=sign(URL, FIELDS, TOKEN), content_type="Application/X-WWW-Form-URLEncoded; charset=UTF-8")


def test_a_hash_may_be_written_in_either_case():
    hashed = f"{URL}&bodySHA256={sha256(b'x').hexdigest().upper()}"

    assert accepted(signature=sign(hashed, {}, TOKEN), url=hashed, body=b"x", content_type="text/plain")


def test_what_is_too_much_is_refused_even_if_it_is_signed():
    large = b"x" * (LARGEST_FORM_BYTES + 1)
    hashed = f"{URL}&bodySHA256={sha256(large).hexdigest()}"
    long = f"{URL}{'&a=1' * 200}&bodySHA256={sha256(b'x').hexdigest()}"

    assert not accepted(signature=sign(hashed, {}, TOKEN), url=hashed, body=large, content_type="text/plain")
    assert not accepted(signature=sign(long, {}, TOKEN), url=long, body=b"x", content_type="text/plain")


def test_a_form_of_the_greatest_size_is_still_read():
    fields = {"Body": ["x" * (LARGEST_FORM_BYTES - 5)]}

    assert accepted(signature=sign(URL, fields, TOKEN), body=urlencode(fields, doseq=True).encode())


@given(
    fields=st.dictionaries(
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
        st.lists(st.text(st.characters(codec="utf-8"), max_size=50), min_size=1, max_size=3),
        max_size=8,
    ),
    query=st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=9), st.text(max_size=9), max_size=3),
    port=st.sampled_from(["", ":443", ":8443"]),
    shared=st.booleans(),
)
def test_whatever_our_signer_signs_our_verifier_takes_and_not_with_another_secret(fields, query, port, shared):
    path = "&".join(f"{quote(key, errors='replace')}={quote(value, errors='replace')}" for key, value in query.items())
    url = f"https://there.example{port}/x?{path}"
    body = urlencode(fields, doseq=True).encode()
    algorithm: Algorithm = "HMAC_SHA256" if shared else "HMAC_SHA1"
    secret = SHARED if shared else TOKEN
    sent = {"url": url, "body": body, "headers": WITH_SHARED if shared else {}}

    assert read_form(body) == fields
    assert accepted(signature=sign(url, fields, secret, algorithm), **sent)
    assert not accepted(signature=sign(url, fields, secret + "x", algorithm), **sent)
