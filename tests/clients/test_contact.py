"""A client's lines and how it keeps in touch."""

from uuid import UUID

import pytest

from app.clients.contact.service import line_at_vapi, line_of, lines_of, terms_of
from app.customers.consents.service import opt_in, opt_out, opted_out

SERVICE = "MG" + "0" * 32


@pytest.fixture
async def client(make_client):
    return await make_client()


@pytest.fixture
def number(client):
    return f"+4474{client.id.int % 10**8:08d}"


def path(client, rest):
    return f"/api/clients/{client.client_key}/{rest}"


async def test_without_a_word_customers_are_reminded_twice_and_left_in_peace_at_night(http, client):
    told = (await http.get(path(client, "contact"), headers=client.headers)).json()

    assert (told["reminderMinutes"], told["quietFrom"], told["quietUntil"]) == ([1440, 120], "21:00", "08:00")
    assert (told["texts"], told["emails"], told["keepDays"], told["version"]) == (True, True, 90, 1)


async def test_what_is_changed_is_what_jobs_read(app, http, client):
    wanted = {"reminderMinutes": [60, 2880], "quietFrom": "20:30", "handOverTo": "07400 123456", "version": 1}

    changed = await http.patch(path(client, "contact"), json=wanted, headers=client.headers)

    async with app.state.sessions() as session:
        terms = await terms_of(session, client.id)
    assert (changed.status_code, changed.json()["version"], changed.headers["etag"]) == (200, 2, '"2"')
    assert (terms.reminder_minutes, terms.hand_over_to) == ((2880, 60), "+447400123456")
    assert (terms.quiet_from.isoformat(), terms.keep_days) == ("20:30:00", 90)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"reminderMinutes": [60, 60]}, "body.reminderMinutes"),
        ({"reminderMinutes": [1, 2, 3, 4, 5, 6]}, "body.reminderMinutes"),
        ({"reminderMinutes": [-5]}, "body.reminderMinutes.0"),
        ({"quietFrom": "25:00"}, "body.quietFrom"),
        ({"quietFrom": "21:00:30"}, "body.quietFrom"),
        ({"keepDays": 0}, "body.keepDays"),
        ({"callsPerDay": 11}, "body.callsPerDay"),
        ({"senderEmail": "nobody"}, "body.senderEmail"),
        ({"texts": None}, "body.texts"),
        ({"emails": "yes"}, "body.emails"),
    ],
)
async def test_what_makes_no_sense_is_refused(http, client, wanted, field):
    refused = await http.patch(path(client, "contact"), json={**wanted, "version": 1}, headers=client.headers)

    assert (refused.status_code, refused.json()["code"]) == (422, "validation_failed")
    assert field in [error["location"] for error in refused.json()["errors"]]


async def test_a_line_leads_to_its_client(app, http, client, number):
    wanted = {"vapiPhoneNumberId": f"vapi-{client.id}", "messagingServiceSid": SERVICE}
    put = await http.put(path(client, f"lines/{number}"), json=wanted, headers=client.operator_headers)

    async with app.state.sessions() as session:
        by_number, by_vapi = await line_of(session, number), await line_at_vapi(session, f"vapi-{client.id}")
        own = await lines_of(session, client.id)
        nobody = await line_of(session, "+447400000000")
    assert (put.status_code, put.json()["number"]) == (200, number)
    assert by_number is not None
    assert by_number == by_vapi
    assert (by_number.client, by_number.messaging_service_sid) == (client.context, SERVICE)
    assert [(line.number, line.client_id) for line in own] == [(number, client.id)]
    assert nobody is None


async def test_only_operators_give_and_take_lines(http, client, number):
    put = await http.put(path(client, f"lines/{number}"), json={}, headers=client.headers)
    taken = await http.delete(path(client, f"lines/{number}"), headers=client.headers)

    assert [(each.status_code, each.json()["code"]) for each in (put, taken)] == [(403, "operator_only")] * 2


async def test_a_line_belongs_to_one_client(http, client, make_client, number):
    other = await make_client()
    vapi = {"vapiPhoneNumberId": f"vapi-{client.id}"}
    await http.put(path(client, f"lines/{number}"), json=vapi, headers=client.operator_headers)

    same_number = await http.put(path(other, f"lines/{number}"), json={}, headers=other.operator_headers)
    same_vapi = await http.put(path(other, "lines/+447911123456"), json=vapi, headers=other.operator_headers)
    gone = await http.delete(path(client, f"lines/{number}"), headers=client.operator_headers)
    twice = await http.delete(path(client, f"lines/{number}"), headers=client.operator_headers)

    codes = [(each.status_code, each.json()["code"]) for each in (same_number, same_vapi, twice)]
    assert codes == [(409, "line_taken"), (409, "vapi_number_taken"), (404, "line_not_found")]
    assert gone.status_code == 204


async def test_a_wish_not_to_be_texted_is_kept_for_its_client_and_channel_without_the_number(app, client, sql, clock):
    phone, other = "+447400123456", UUID(int=client.id.int ^ 1)
    async with app.state.sessions.begin() as session:
        new = [await opt_out(session, client.id, "sms", phone, source="text", now=clock.now) for _ in range(2)]
        out = [
            await opted_out(session, client.id, "sms", phone),
            await opted_out(session, client.id, "voice", phone),
            await opted_out(session, other, "sms", phone),
        ]
        stored = (await session.connection()).exec_driver_sql
        rows = (await stored("SELECT address_digest FROM opt_outs")).all()
        back = [await opt_in(session, client.id, "sms", phone) for _ in range(2)]
        now_in = await opted_out(session, client.id, "sms", phone)

    assert (new, out, back, now_in) == ([True, False], [True, False, False], [True, False], False)
    assert all(len(row[0]) == 32 for row in rows)
