"""A client's own words: checked when they are saved, used when something is sent."""

import asyncio

import pytest

from tests.messages.conftest import coming

PATH = "/api/templates/sms/confirmation"


@pytest.fixture
def put(office):
    """Save a template: `await put(body="…")`."""

    async def act(path=PATH, headers=None, **template):
        keys = {**office.desk.place.headers, **(headers or {})}
        return await office.desk.http.put(path, json=template, headers=keys)

    return act


async def test_without_templates_ours_are_used(office):
    answer = await office.desk.get("/templates")

    items = answer.json()["items"]
    assert [(item["own"], item["version"]) for item in items] == [(False, 0)] * 8
    text = next(item for item in items if (item["channel"], item["kind"]) == ("sms", "confirmation"))
    assert text["preview"]["body"].startswith("Test Dental: Check-up with Ann Archer, Tue 24 Mar at 14:30, is booked.")
    assert (text["preview"]["segments"], text["preview"]["alphabet"]) == (2, "GSM-7")
    assert text["preview"]["characters"] == len(text["preview"]["body"])


async def test_a_client_speaks_in_its_own_words(office, outside, put):
    saved = await put(body="Hi! {time}")
    await office.book(coming())
    await office.work()

    assert (saved.status_code, saved.json()["own"], saved.json()["version"]) == (200, True, 1)
    assert outside.messages[0].body.startswith("Hi! ")
    assert outside.messages[0].body.endswith(" at 10:00")


async def test_a_preview_counts_what_a_text_costs(put):
    saved = await put(body="Zażółć gęślą jaźń {client}" + "!" * 60)

    assert saved.json()["preview"]["alphabet"] == "UCS-2"
    assert saved.json()["preview"]["segments"] == 2


async def test_an_unknown_placeholder_is_refused_with_the_list_of_those_there_are(office, put):
    refused = await put(body="{client} {stylist} {wen}")

    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "unknown_placeholder")
    assert problem["unknown"] == ["stylist", "wen"]
    assert "service" in problem["placeholders"]
    assert "{service}" in problem["detail"]
    assert (await office.desk.get("/templates/sms/confirmation")).json()["own"] is False


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ({"body": "{client"}, "unbalanced_braces"),
        ({"body": "client}"}, "unbalanced_braces"),
        ({"body": "Reply CANCEL to cancel"}, "asks_for_stop_word"),
        ({"body": "x" * 641}, "template_too_long"),
        ({"body": "{time}" * 21}, "template_too_long"),
        ({"body": "Hello", "subject": "Hello"}, "subject_missing"),
        ({"body": ""}, "validation_failed"),
        ({"body": "   "}, "validation_failed"),
        ({"body": "x" * 2_001}, "validation_failed"),
        ({"body": "a\u0000b"}, "validation_failed"),
        ({"body": "a\u202eb"}, "validation_failed"),
        ({"body": 7}, "validation_failed"),
        ({"text": "Hello"}, "validation_failed"),
    ],
)
async def test_what_cannot_be_sent_is_refused_when_it_is_saved(put, template, code):
    refused = await put(**template)

    assert (refused.status_code, refused.json()["code"]) in {(422, code), (400, code)}


async def test_an_email_needs_a_subject_that_is_checked_too(put):
    path = "/api/templates/email/change"

    without = await put(path, body="Hello")
    wrong = await put(path, body="Hello", subject="{nobody}")
    right = await put(path, body="Hello", subject="Now {time}")

    assert [each.json().get("code") for each in (without, wrong, right)] == [
        "subject_missing",
        "unknown_placeholder",
        None,
    ]
    assert right.json()["preview"]["subject"] == "Now Tue 24 Mar at 14:30"
    assert right.json()["preview"]["segments"] is None


@pytest.mark.parametrize("path", ["/api/templates/fax/change", "/api/templates/sms/reply"])
async def test_there_are_templates_for_no_other_messages(put, path):
    assert (await put(path, body="Hello")).status_code == 422


async def test_a_change_from_an_old_version_is_refused(put):
    await put(body="One")

    stale = await put(body="Two", version=0)
    tagged = await put(headers={"If-Match": '"7"'}, body="Two")
    right = await put(headers={"If-Match": '"1"'}, body="Two", version=1)

    assert [(each.status_code, each.json().get("code")) for each in (stale, tagged)] == [
        (409, "version_conflict"),
        (412, "precondition_failed"),
    ]
    assert (right.json()["version"], right.headers["ETag"]) == (2, '"2"')


async def test_of_first_words_saved_at_the_same_moment_none_fails(put):
    answers = await asyncio.gather(*[put(body=f"{number}: {{time}}") for number in range(8)])

    assert [answer.status_code for answer in answers] == [200] * 8
    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 9))


async def test_of_first_words_that_exclude_each_other_one_is_saved(put):
    answers = await asyncio.gather(*[put(body=f"{number}: {{time}}", version=0) for number in range(8)])

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7


async def test_a_template_that_is_removed_gives_way_to_ours(office, put):
    await put(body="One")
    headers = office.desk.place.headers

    gone = await office.desk.http.delete(PATH, headers=headers)
    twice = await office.desk.http.delete(PATH, headers=headers)

    assert (gone.status_code, twice.status_code, twice.json()["code"]) == (204, 404, "template_not_found")
    assert (await office.desk.get("/templates/sms/confirmation")).json()["own"] is False


async def test_changes_stand_in_the_audit_log_without_words(office, put):
    await put(body="Secret wording")

    entry = (await office.desk.get("/audit")).json()["items"][0]
    assert (entry["action"], entry["data"]) == ("template_changed", {"channel": "sms", "kind": "confirmation"})
