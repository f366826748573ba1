"""What is held about a customer: all of it told, all of it forgotten."""

import pytest
from sqlalchemy import text

from app.customers import service

ADA = {"phone": "+447400123456", "name": "Ada Lovelace", "email": "ada@example.com"}


@pytest.fixture
async def ada(practice):
    """The path of a customer."""
    made = await practice.call("POST", "/customers", json=ADA, headers={"Idempotency-Key": "ada"})
    return f"/customers/{made.json()['id']}"


@pytest.fixture
def rooms(monkeypatch):
    """Two rooms above that hold something; `rooms` is told what they were asked."""
    asked = []

    async def export(_session, client, customer_id):
        return [{"of": str(customer_id), "client": str(client.id)}]

    def eraser(name):
        async def erase(session, client, customer_id):
            asked.append((name, client.id, customer_id))
            await session.execute(
                text("UPDATE clients SET name = :name WHERE id = :id"), {"name": name, "id": client.id}
            )

        return erase

    monkeypatch.setattr(service, "_personal_data", {})
    service.register_personal_data("letters", export, eraser("letters"))
    service.register_personal_data("visits", export, eraser("visits"))
    return asked


async def test_an_export_holds_what_every_room_holds(practice, ada, rooms):
    answer = await practice.call("GET", f"{ada}/export")

    customer = (await practice.call("GET", ada)).json()
    held = [{"of": customer["id"], "client": str(practice.id)}]
    expected = {"exportedAt": answer.json()["exportedAt"], "customer": customer, "letters": held, "visits": held}
    assert answer.json() == expected


async def test_an_erasure_asks_every_room_and_leaves_the_id_alone(practice, ada, rooms, sql):
    answer = await practice.call("POST", f"{ada}/erase")

    assert answer.status_code == 200
    left = answer.json()
    assert (left["phone"], left["name"], left["email"], left["version"]) == (None, None, None, 2)
    assert left["erasedAt"] is not None
    assert [(name, client) for name, client, _ in rooms] == [("visits", practice.id), ("letters", practice.id)]
    assert (await practice.call("GET", ada)).json() == left
    assert await sql("SELECT 1 FROM customers c WHERE c.client_id = :id AND c::text LIKE '%Ada%'", id=practice.id) == []


async def test_an_erasure_that_fails_in_one_room_erases_nothing(practice, ada, rooms, sql):
    async def fail(_session, _client, _customer_id):
        raise ConnectionError

    service.register_personal_data("attic", fail, fail)
    answer = await practice.call("POST", f"{ada}/erase")

    assert answer.status_code == 503
    assert (await practice.call("GET", ada)).json()["name"] == "Ada Lovelace"
    assert await sql("SELECT name FROM clients WHERE id = :id", id=practice.id) == [("Test Dental",)]


async def test_erasing_twice_is_as_good_as_once(practice, ada, rooms, sql):
    first = await practice.call("POST", f"{ada}/erase")
    second = await practice.call("POST", f"{ada}/erase")

    assert second.json() == first.json()
    assert len(rooms) == 2
    lines = await sql("SELECT action FROM audit_log WHERE client_id = :id", id=practice.id)
    assert lines == [("customer_erased",)]


async def test_an_erased_customer_cannot_change_and_their_phone_is_free_again(practice, ada):
    await practice.call("POST", f"{ada}/erase")

    change = await practice.call("PATCH", ada, json={"name": "Ada", "version": 2})
    anew = await practice.call("POST", "/customers", json=ADA)

    assert (change.status_code, change.json()["code"]) == (409, "customer_erased")
    assert anew.status_code == 201
    assert not ada.endswith(anew.json()["id"])


async def test_stored_answers_go_with_the_customer(practice, ada):
    before = await practice.call("POST", "/customers", json=ADA, headers={"Idempotency-Key": "ada"})
    await practice.call("POST", f"{ada}/erase")
    after = await practice.call("POST", "/customers", json=ADA, headers={"Idempotency-Key": "ada"})

    assert before.headers["Idempotent-Replayed"] == "true"
    assert ada.endswith(before.json()["id"])
    assert "Idempotent-Replayed" not in after.headers
    assert not ada.endswith(after.json()["id"])


async def test_who_exported_and_who_erased_stands_in_the_audit_log_without_personal_data(practice, ada, sql):
    await practice.call("GET", f"{ada}/export")
    await practice.call("POST", f"{ada}/erase")

    lines = await sql(
        "SELECT actor, action, subject_id::text, data FROM audit_log WHERE client_id = :id ORDER BY id", id=practice.id
    )

    assert [(action, data) for _, action, _, data in lines] == [("customer_exported", {}), ("customer_erased", {})]
    assert all(actor.startswith("key:") and ada.endswith(subject) for actor, _, subject, _ in lines)
