"""Seals: what was written is what is read, or it is told that it is not."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ops.backups.errors import ManifestDamaged, ManifestEdited, ManifestSealedElsewhere
from app.ops.backups.rules.manifests import Failure, Proof
from app.ops.backups.service.sealing import Seal

SEAL = Seal("the-secret-of-this-service-and-no-other")
PROOF = Proof(
    id=UUID(int=1),
    backup_id=UUID(int=2),
    level=1,
    passed=False,
    code="artefact_damaged",
    detail="Bytes have changed.",
    at=datetime(2026, 3, 23, 8, tzinfo=UTC),
    duration_seconds=0.25,
    steps={"load": 1.5},
    host="here",
)
STORED = SEAL.write(PROOF)


def with_seal(**seal: object) -> bytes:
    content = orjson.loads(STORED)
    return orjson.dumps({**content, "seal": {**content["seal"], **seal}})


def test_what_was_sealed_is_read_as_it_was():
    assert SEAL.read(Proof, STORED) == PROOF


def test_layout_and_order_are_no_edit():
    turned = dict(reversed(orjson.loads(STORED).items()))

    assert SEAL.read(Proof, orjson.dumps(turned)) == PROOF


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, len(STORED) - 1), byte=st.integers(0, 255))
def test_no_changed_byte_ever_gives_another_document(at, byte):
    try:
        read = SEAL.read(Proof, STORED[:at] + bytes([byte]) + STORED[at + 1 :])
    except (ManifestDamaged, ManifestEdited, ManifestSealedElsewhere):
        return

    assert read == PROOF


@pytest.mark.parametrize(
    "change", [{"passed": True}, {"level": 3}, {"code": None}, {"more": 1}, {"durationSeconds": 1}]
)
def test_an_edit_is_told(change):
    edited = orjson.dumps({**orjson.loads(STORED), **change})

    with pytest.raises(ManifestEdited):
        SEAL.read(Proof, edited)


def test_a_member_taken_away_is_an_edit():
    content = orjson.loads(STORED)
    del content["code"]

    with pytest.raises(ManifestEdited):
        SEAL.read(Proof, orjson.dumps(content))


@pytest.mark.parametrize("hmac", ["", "é", None, 5, ["a"], {"a": 1}])
def test_whatever_stands_for_the_seal_is_an_edit(hmac):
    with pytest.raises(ManifestEdited):
        SEAL.read(Proof, with_seal(hmac=hmac))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'"seal"', b"1", b"null", b"{}", b'{"seal": 1}', b"\xff\xfe", b"[" * 100_000]
)
def test_what_is_no_document_is_damaged(content):
    with pytest.raises(ManifestDamaged):
        SEAL.read(Proof, content)


def test_a_genuine_document_of_another_kind_is_damaged():
    with pytest.raises(ManifestDamaged):
        SEAL.read(Failure, STORED)


def test_another_secret_is_told_from_an_edit_and_can_be_done_without():
    other = Seal("another-secret")

    with pytest.raises(ManifestSealedElsewhere):
        other.read(Proof, STORED)
    assert other.read_unsealed(Proof, STORED) == PROOF


def test_the_name_of_a_key_is_no_part_of_it():
    assert SEAL.name in STORED.decode()
    assert "the-secret-of-this-service" not in STORED.decode()
    assert Seal("the-secret-of-this-service-and-no-other").name == SEAL.name != Seal("another-secret").name


def test_members_that_a_later_version_adds_are_read_over():
    class Later(Proof):
        weather: str = "fair"

    stored = SEAL.write(Later(**PROOF.model_dump()))

    assert SEAL.read(Proof, stored) == PROOF
