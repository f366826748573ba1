"""What staff note of who wants no texts and no e-mail, and what customers have said of it themselves."""

import pytest

from app.customers.consents.service import opt_in, opt_out

ADA = {"phone": "+447400123456", "name": "Ada Lovelace", "email": "ada@example.com"}


@pytest.fixture
async def ada(practice):
    """The path of a customer."""
    return f"/customers/{(await practice.call('POST', '/customers', json=ADA)).json()['id']}"


@pytest.fixture
def says(app, practice, clock):
    """Have a phone stop or start texts, as a text or Twilio says it."""

    async def say(source):
        async with app.state.sessions.begin() as session:
            if source is None:
                return await opt_in(session, practice.id, "sms", ADA["phone"])
            return await opt_out(session, practice.id, "sms", ADA["phone"], source=source, now=clock.now)

    return say


def told(answer):
    assert answer.status_code == 200, answer.text
    return [(each["channel"], each["source"]) for each in answer.json()["optOuts"]]


async def test_staff_note_who_wants_no_texts_and_no_email_and_take_it_back(practice, ada, sql):
    none = await practice.call("GET", f"{ada}/consents")
    texts = [await practice.call("POST", f"{ada}/do-not-text") for _ in range(2)]
    both = await practice.call("POST", f"{ada}/do-not-email")
    export = await practice.call("GET", f"{ada}/export")
    emails = [await practice.call("DELETE", f"{ada}/do-not-text") for _ in range(2)]
    again = await practice.call("DELETE", f"{ada}/do-not-email")

    assert (told(none), [told(each) for each in texts]) == ([], [[("sms", "staff")]] * 2)
    assert told(both) == [("email", "staff"), ("sms", "staff")]
    assert export.json()["optOuts"] == both.json()["optOuts"]
    assert both.json()["optOuts"][1]["since"] == texts[0].json()["optOuts"][0]["since"]
    assert ([told(each) for each in emails], told(again)) == ([[("email", "staff")]] * 2, [])
    lines = await sql(
        "SELECT action, subject_id, data FROM audit_log WHERE client_id = :id ORDER BY id", id=practice.id
    )
    assert [(action, data.get("channel")) for action, _, data in lines] == [
        ("customer_opted_out", "sms"),
        ("customer_opted_out", "email"),
        ("customer_exported", None),
        ("customer_opted_in", "sms"),
        ("customer_opted_in", "email"),
    ]
    assert all(ada.endswith(str(subject)) for _, subject, _ in lines)


@pytest.mark.parametrize("source", ["text", "provider"])
async def test_who_stopped_texts_themselves_is_not_texted_again_by_a_note_of_staff(practice, ada, says, source):
    await practice.call("POST", f"{ada}/do-not-text")
    news = [await says(source), await says(source)]
    noted = await practice.call("POST", f"{ada}/do-not-text")
    refused = await practice.call("DELETE", f"{ada}/do-not-text")
    kept = await practice.call("GET", f"{ada}/consents")
    await says(None)
    started = await practice.call("GET", f"{ada}/consents")

    assert (news, told(noted)) == ([True, False], [("sms", source)])
    assert (refused.status_code, refused.json()["code"]) == (409, "stopped_by_customer")
    assert (told(kept), told(started)) == ([("sms", source)], [])


async def test_who_has_no_address_and_who_is_forgotten_cannot_be_noted_of(practice, ada):
    await practice.call("PATCH", ada, json={"email": None, "version": 1})
    without = [await practice.call(method, f"{ada}/do-not-email") for method in ("POST", "DELETE")]
    await practice.call("POST", f"{ada}/do-not-text")
    await practice.call("POST", f"{ada}/erase")
    erased = [await practice.call(method, f"{ada}/do-not-text") for method in ("POST", "DELETE")]
    anew = (await practice.call("POST", "/customers", json=ADA)).json()["id"]

    assert [(each.status_code, each.json()["code"]) for each in without] == [(409, "email_missing")] * 2
    assert [(each.status_code, each.json()["code"]) for each in erased] == [(409, "customer_erased")] * 2
    assert told(await practice.call("GET", f"{ada}/consents")) == []
    assert told(await practice.call("GET", f"/customers/{anew}/consents")) == [("sms", "staff")]
