"""Which addresses strangers may have us call, and that the one which was looked at is the one that is called."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.core.addresses import AddressRefused, is_public, pin
from app.core.http import Unanswered, create_client_for_strangers, send, send_to_stranger

PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]
WITHIN = [
    *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0"),
    *("fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"),
    *("2002:7f00:1::", "2001:0:7f00:1::1", "2001:db8::1", "not an address", ""),
]


def answering(*found):
    """Return a resolver that gives these addresses, one list after the other, and says how often it was asked."""
    asked = []

    async def lookup(host, port):
        asked.append((host, port))
        return found[min(len(asked), len(found)) - 1]

    return lookup, asked


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize("address", WITHIN)
def test_no_detour_leads_within(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://example.com/",
            "file:///etc/passwd",
            "example.com",
            "http://",
            "http:///x",
            "http://[::1",
            "https://e:x",
        ),
        *("https://ann:secret@example.com/", "http://example.com/ x", "http://example.com\r\nX: y", "http://e:99999/"),
    ],
)
async def test_what_is_no_plain_http_address_is_refused_without_being_looked_up(url):
    lookup, asked = answering(PUBLIC)

    with pytest.raises(AddressRefused) as refused:
        await pin(url, lookup=lookup)

    assert refused.value.reason in {"malformed", "with_password"}
    assert asked == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1", "127.1"])
async def test_this_machine_is_refused_however_it_is_written(host):
    with pytest.raises(AddressRefused):
        await pin(f"http://{host}:8000/")


async def test_one_address_within_among_public_ones_is_one_too_many():
    lookup, _ = answering(["8.8.8.8", "10.0.0.1"])

    with pytest.raises(AddressRefused, match="not_public"):
        await pin("https://example.com/", lookup=lookup)


@pytest.mark.parametrize(
    ("url", "address", "connects_to", "host"),
    [
        ("https://example.com/a?b=c#d", "8.8.8.8", "https://8.8.8.8:443/a?b=c", "example.com"),
        ("http://Example.com:8080/a", "8.8.8.8", "http://8.8.8.8:8080/a", "example.com:8080"),
        ("https://example.com", "2606:2800::1", "https://[2606:2800::1]:443", "example.com"),
    ],
)
async def test_the_address_that_was_looked_at_is_pinned(url, address, connects_to, host):
    lookup, _ = answering([address])

    pinned = await pin(url, lookup=lookup)

    assert (pinned.url, pinned.host, pinned.name) == (connects_to, host, "example.com")


async def test_a_name_that_changes_its_mind_is_asked_once_and_no_redirect_is_followed():
    seen = []

    def serve(request):
        seen.append(request)
        return httpx.Response(302, headers={"Location": "http://127.0.0.1/"})

    lookup, asked = answering(["8.8.8.8"], ["127.0.0.1"])
    async with create_client_for_strangers(httpx.MockTransport(serve)) as client:
        reply = await send_to_stranger(client, "POST", "https://example.com/x", seconds=30, body=b"{}", lookup=lookup)

    (request,) = seen
    assert (reply.status, asked) == (302, [("example.com", 443)])
    assert (request.url.host, request.headers["Host"]) == ("8.8.8.8", "example.com")
    assert request.extensions["sni_hostname"] == "example.com"


async def test_a_name_that_is_never_found_is_given_up_in_time():
    async def lookup(_host, _port):
        raise TimeoutError

    async with create_client_for_strangers() as client:
        with pytest.raises((AddressRefused, Unanswered)):
            await send_to_stranger(client, "GET", "https://example.com/", seconds=30, lookup=lookup)


def certificate_of(name, directory):
    """Make a certificate of a name that signs itself, and return the paths of it and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = directory / "certificate.pem", directory / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


@pytest.mark.parametrize(("asked", "answered"), [("example.com", True), ("example.org", False)])
async def test_a_pinned_connection_still_asks_for_the_names_own_certificate(tmp_path, asked, answered):
    certificate, key = certificate_of("example.com", tmp_path)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate, key)

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 Fine\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_side)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    trusting = ssl.create_default_context(cafile=certificate)
    async with httpx.AsyncClient(verify=trusting) as client:
        try:
            reply = await send(client, "GET", url, seconds=5, extensions={"sni_hostname": asked})
        except Unanswered:
            reply = None
    server.close()

    assert (reply is not None and reply.status == 204) is answered
