"""Asking Vapi: what is sent, what may be repeated, and each way in which it fails."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from app.core.clock import utcnow
from app.core.http import create_client
from app.integrations.vapi.api import Vapi
from app.integrations.vapi.errors import (
    VapiBusy,
    VapiKeyRefused,
    VapiLacksIt,
    VapiOutcomeUnknown,
    VapiRefused,
    VapiUnintelligible,
    VapiUnreachable,
)
from tests.integrations.vapi.bodies import CALLER, assistant, call, phone_number, tool
from tests.integrations.vapi.conftest import KEY

NOBODY = "9c961570-cf62-45a9-983f-358e15c17cb7"
SINCE = datetime(2026, 11, 24, 10, tzinfo=UTC)
JSON = "Content-Type: application/json\r\n"


async def ready(vapi):
    """Return a call that the stand-in would make."""
    desk = await vapi.create_assistant(assistant())
    number = await vapi.create_phone_number(phone_number())
    return call(desk.id, number.id)


async def test_a_call_is_made_and_says_how_many_more_may_be(vapi, outside):
    made = await vapi.create_call(await ready(vapi))

    assert (made.status, made.limits.at_once, made.limits.left) == ("queued", 10, 9)
    assert made.metadata["attempt_id"] == "7"
    outside.settle()
    ended = await vapi.call(made.id)
    assert (ended.status, ended.report.ended_reason) == ("ended", ended.ended_reason)


async def test_what_is_sent_carries_the_key_and_camel_case(told, script):
    script.answers = [(201, b'{"id": "c-1"}', JSON)]

    await told.create_call(call())
    assert script.asked[0].startswith("POST /call HTTP/1.1\r\n")
    assert f"authorization: bearer {KEY}\r\n" in script.asked[0].lower()
    assert json.loads(script.bodies[0])["assistantOverrides"]["variableValues"] == {"customer_name": "Ada Lovelace"}


@pytest.mark.parametrize("fault", ["500-after", "cut-after", "503", "502", "408"])
async def test_a_call_without_a_clear_answer_is_unknown_and_asked_for_once(vapi, outside, fault, pauses):
    wanted = await ready(vapi)
    outside.faults.next(fault, api="vapi")

    with pytest.raises(VapiOutcomeUnknown):
        await vapi.create_call(wanted)
    assert pauses.seconds == []


async def test_a_call_whose_answer_was_lost_is_found_by_its_attempt(vapi, outside):
    wanted, began = await ready(vapi), utcnow()
    outside.faults.next("cut-after", api="vapi")

    with pytest.raises(VapiOutcomeUnknown):
        await vapi.create_call(wanted)
    found = await vapi.calls_since(began)
    assert [each.metadata["attempt_id"] for each in found] == ["7"]
    assert await vapi.calls_since(began + timedelta(minutes=5)) == []


async def test_a_call_that_takes_too_long_is_unknown(outside, client):
    hasty = Vapi(client, outside.vapi_url, SecretStr(outside.accounts.vapi_key), seconds=1)
    outside.faults.next("unanswered", api="vapi")

    with pytest.raises(VapiOutcomeUnknown):
        await hasty.create_call(call())


async def test_where_nobody_is_no_call_was_made(pauses):
    async with create_client() as client:
        vapi = Vapi(client, "http://127.0.0.1:9", SecretStr(KEY), pause=pauses)
        with pytest.raises(VapiUnreachable):
            await vapi.create_call(call())
        with pytest.raises(VapiUnreachable):
            await vapi.calls_since(SINCE)
    assert pauses.seconds == [1, 2]


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b"{}", b'{"id": 5}', b'{"id": "c-1'])
async def test_a_call_answered_in_words_nobody_understands_is_unknown(told, script, answer):
    script.answers = [(201, answer, JSON)]

    with pytest.raises(VapiOutcomeUnknown):
        await told.create_call(call())


async def test_too_many_calls_at_once_and_too_many_requests_are_busy(vapi, outside, told, script, monkeypatch):
    wanted = await ready(vapi)
    monkeypatch.setattr(outside.organisation, "concurrency", 0)
    script.answers = [(429, b"", "Retry-After: 7\r\n"), (429, b"", "Retry-After: soon\r\n")]

    with pytest.raises(VapiBusy):
        await vapi.create_call(wanted)
    for seconds in (7, 10):
        with pytest.raises(VapiBusy) as failure:
            await told.create_call(call())
        assert failure.value.seconds == seconds


async def test_what_is_refused_is_said_in_a_line_without_the_key_or_the_customer(told, script):
    said = [
        f"customer.number {CALLER} of\nAda Lovelace <ada@example.com> is bad,",
        f"key {KEY}",
        "+44 7400 99 99 99\x00",
    ]
    script.answers = [(400, json.dumps({"message": said}).encode(), JSON)]

    with pytest.raises(VapiRefused) as failure:
        await told.create_call(call())
    assert failure.value.detail == "Vapi refuses that (400): customer.number ... of ... ... is bad, key ... ..."


@pytest.mark.parametrize("body", [b"", b"[]", b'"no"', b'{"message": {}}', b'{"message": ""}', b"\xff"])
async def test_a_refusal_without_words_says_so(told, script, body):
    script.answers = [(400, body, JSON)]

    with pytest.raises(VapiRefused) as failure:
        await told.create_call(call())
    assert failure.value.detail == "Vapi refuses that (400): it does not say why."


async def test_our_secrets_at_twilio_do_not_come_back_in_a_refusal(told, script):
    script.answers = [
        (400, b'{"message": "twilios-own-token or twilios-own-secret is wrong ' + b"x" * 9_000 + b'"}', JSON)
    ]

    with pytest.raises(VapiRefused) as failure:
        await told.create_phone_number(phone_number())
    assert "own" not in failure.value.detail
    assert len(failure.value.detail) < 400


@pytest.mark.parametrize(("status", "error"), [(401, VapiKeyRefused), (403, VapiKeyRefused), (404, VapiLacksIt)])
async def test_a_key_or_an_id_that_is_not_known_is_called_so(told, script, status, error):
    script.answers = [(status, b"", ""), (status, b"", "")]

    with pytest.raises(error):
        await told.create_call(call())
    with pytest.raises(error):
        await told.call(NOBODY)


async def test_a_wrong_key_is_refused_by_the_stand_in_too(outside, client):
    with pytest.raises(VapiKeyRefused):
        await Vapi(client, outside.vapi_url, SecretStr(KEY)).assistants()


async def test_what_only_reads_is_asked_again_and_waits_as_long_as_vapi_says(told, script, pauses):
    script.answers = [(503, b"", ""), (429, b"", "Retry-After: 30\r\n"), (200, b'{"id": "c-1"}', JSON)]

    assert (await told.call("c-1")).id == "c-1"
    assert pauses.seconds == [1, 30]


async def test_what_only_reads_is_given_up_after_the_third_fault(told, script):
    script.answers = [None, (500, b"", ""), (502, b"", "")]

    with pytest.raises(VapiUnreachable):
        await told.call("c-1")
    assert len(script.asked) == 3


@pytest.mark.parametrize("heads", [["Retry-After: 900\r\n"], ["", "", ""]])
async def test_an_api_that_stays_busy_is_called_busy(told, script, heads):
    script.answers = [(429, b"", head) for head in heads]

    with pytest.raises(VapiBusy):
        await told.calls_since(SINCE)
    assert script.answers == []


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"results": []}', b"5"])
async def test_a_list_of_another_shape_is_unintelligible(told, script, body):
    script.answers = [(200, body, JSON), (200, body, JSON)]

    with pytest.raises(VapiUnintelligible):
        await told.calls_since(SINCE)
    with pytest.raises(VapiUnintelligible):
        await told.tools()


async def test_a_list_of_calls_leaves_out_what_is_none(told, script):
    script.answers = [(200, b'[{"id": "c-1"}, 5, {}, {"id": "c-2"}]', JSON)]

    assert [each.id for each in await told.calls_since(SINCE, 20)] == ["c-1", "c-2"]
    assert "GET /call?limit=20&createdAtGe=2026-11-24T09%3A59%3A00Z HTTP" in script.asked[0]


async def test_an_id_cannot_lead_to_another_path(told, script):
    script.answers = [(404, b"", "")]

    with pytest.raises(VapiLacksIt):
        await told.call("../assistant?x=1")
    assert script.asked[0].startswith("GET /call/..%2Fassistant%3Fx%3D1 ")


async def test_assistants_tools_and_numbers_are_made_listed_and_changed(vapi):
    desk = await vapi.create_assistant(assistant())
    find = await vapi.create_tool(tool())
    number = await vapi.create_phone_number(phone_number())

    await vapi.update_assistant(desk.id, assistant("New name"))
    await vapi.update_tool(find.id, tool("find_times"))
    await vapi.update_phone_number(number.id, phone_number().model_copy(update={"name": "New name"}))

    assert [(each.id, each.content["name"]) for each in await vapi.assistants()] == [(desk.id, "New name")]
    assert [(each.id, each.content["function"]["name"]) for each in await vapi.tools()] == [(find.id, "find_times")]
    listed = await vapi.phone_numbers()
    assert [(each.id, each.content["name"], each.content["smsEnabled"]) for each in listed] == [
        (number.id, "New name", False)
    ]
    assert "twilios-own-token" not in repr(listed)


async def test_an_update_is_repeated_for_it_says_the_same_twice(vapi, outside):
    desk = await vapi.create_assistant(assistant())
    outside.faults.next("503", api="vapi")

    assert (await vapi.update_assistant(desk.id, assistant("New name"))).content["name"] == "New name"


async def test_a_new_thing_without_an_answer_is_unknown(vapi, outside, told, script):
    outside.faults.next("500-after", api="vapi")
    script.answers = [(201, b"{}", JSON)]

    with pytest.raises(VapiOutcomeUnknown):
        await vapi.create_tool(tool())
    with pytest.raises(VapiOutcomeUnknown):
        await told.create_tool(tool())


async def test_everything_is_listed_however_many_pages_it_takes(vapi, outside):
    for number in range(250):
        outside.organisation.create(
            "tool", tool(f"tool_{number}").as_json(), now=SINCE + timedelta(seconds=number // 3)
        )

    found = await vapi.tools()
    assert sorted(each.content["function"]["name"] for each in found) == sorted(f"tool_{n}" for n in range(250))


async def test_a_list_that_begins_with_the_oldest_is_read_to_its_end_too(told, script):
    things = [
        {"id": str(number), "createdAt": f"2026-11-24T10:{number // 60:02}:{number % 60:02}.000Z"}
        for number in range(150)
    ]
    script.answers = [(200, json.dumps(page).encode(), JSON) for page in (things[:100], things[99:])]

    assert [each.id for each in await told.tools()] == [str(number) for number in range(150)]
    assert "createdAtGe=2026-11-24T10%3A01%3A39Z" in script.asked[1]


@pytest.mark.parametrize("when", [None, "soon", 5])
async def test_a_full_page_that_does_not_say_when_is_unintelligible(told, script, when):
    page = json.dumps([{"id": str(number), "createdAt": when} for number in range(100)]).encode()
    script.answers = [(200, page, JSON)]

    with pytest.raises(VapiUnintelligible):
        await told.tools()


async def test_a_list_without_an_end_is_left_when_it_repeats_itself(told, script):
    page = json.dumps([{"id": str(number), "createdAt": "2026-11-24T10:00:00Z"} for number in range(100)]).encode()
    script.answers = [(200, page, JSON), (200, page, JSON)]

    assert len(await told.tools()) == 100
    assert "createdAtLe=2026-11-24T10%3A00%3A00Z" in script.asked[1]


async def test_a_call_with_all_that_was_said_in_an_hour_is_read(told, script):
    body = {"id": "c-1", "status": "ended", "artifact": {"transcript": "word " * 30_000, "messages": ["x" * 3_000_000]}}
    script.answers = [(200, json.dumps(body).encode(), JSON)]

    assert len((await told.call("c-1")).report.transcript) == 150_000
