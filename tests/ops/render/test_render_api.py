"""Asking Render: what is sent, and each way in which it fails."""

import pytest
from pydantic import SecretStr

from app.core.http import create_client
from app.integrations.render.api import Render
from app.integrations.render.errors import (
    RenderBusy,
    RenderKeyRefused,
    RenderLacksIt,
    RenderOutcomeUnknown,
    RenderRefused,
    RenderUnintelligible,
    RenderUnreachable,
)
from tests.render import KEY, POSTGRES, SERVICE, Bad

READ, EXPORT = f"/postgres/{POSTGRES}/recovery", f"/postgres/{POSTGRES}/export"


async def test_the_key_goes_along_as_a_bearer_and_fields_of_next_year_are_no_fault(render, stand):
    deploys = await render.deploys(SERVICE)

    assert [each.id for each in deploys] == ["dep-3", "dep-2", "dep-1"]
    assert [each.key for each in stand.received] == [f"Bearer {KEY}"]


async def test_what_only_reads_is_asked_again_until_render_answers(render, stand, pauses):
    stand.fail("GET", READ, Bad(503), Bad(dropped=True))

    assert (await render.recovery(POSTGRES)).recovery_status == "AVAILABLE"
    assert len(stand.received) == 3
    assert pauses.seconds == [1, 2]


async def test_what_only_reads_is_given_up_after_the_third_fault(render, stand):
    stand.fail("GET", READ, *[Bad(502)] * 4)

    with pytest.raises(RenderUnreachable):
        await render.recovery(POSTGRES)
    assert len(stand.received) == 3


async def test_nobody_there_is_unreachable(pauses):
    async with create_client() as client:
        with pytest.raises(RenderUnreachable):
            await Render(client, "http://127.0.0.1:9/v1", SecretStr(KEY), pause=pauses).recovery(POSTGRES)


@pytest.mark.parametrize("bad", [Bad(500), Bad(503), Bad(dropped=True), Bad(302, headers={"Location": "/elsewhere"})])
async def test_an_order_without_a_clear_answer_is_given_once_and_called_unknown(render, stand, bad):
    stand.fail("POST", f"/services/{SERVICE}/rollback", bad)

    with pytest.raises(RenderOutcomeUnknown):
        await render.roll_back(SERVICE, "dep-1")
    assert len(stand.sent("POST")) == 1


async def test_an_order_that_was_obeyed_in_words_nobody_understands_is_unknown(render, stand):
    stand.fail("POST", f"/services/{SERVICE}/rollback", Bad(201, b"<html>", obeyed=True))

    with pytest.raises(RenderOutcomeUnknown):
        await render.roll_back(SERVICE, "dep-1")
    assert len(stand.deploys) == 4


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"recoveryStatus": 5}', b"\xff\xfe", b'{"recoverySta'])
async def test_an_answer_of_another_shape_is_unintelligible(render, stand, content):
    stand.fail("GET", READ, Bad(200, content))

    with pytest.raises(RenderUnintelligible):
        await render.recovery(POSTGRES)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_is_not_taken_is_called_so_and_not_tried_again(render, stand, status):
    stand.fail("GET", READ, Bad(status))

    with pytest.raises(RenderKeyRefused):
        await render.recovery(POSTGRES)
    assert len(stand.received) == 1


async def test_an_unknown_id_is_called_so(render):
    with pytest.raises(RenderLacksIt):
        await render.recovery("dpg-another-a")


async def test_an_id_is_one_part_of_the_path_whatever_it_holds(render, stand):
    with pytest.raises(RenderLacksIt):
        await render.deploy(SERVICE, "../../postgres?x=")
    assert len(stand.received) == 1
    assert stand.received[0].path.startswith(f"/services/{SERVICE}/deploys/")


async def test_a_refusal_says_in_one_line_why_without_the_key(render, stand):
    said = f'{{"message": "one export\\nat a time for {KEY}\\u001b[31m"}}'.encode()
    stand.fail("POST", EXPORT, Bad(409, said))

    with pytest.raises(RenderRefused) as refused:
        await render.export(POSTGRES)
    assert refused.value.detail == "Render refuses that (409): one export at a time for ...[31m"


async def test_a_refusal_without_words_is_still_a_refusal(render, stand):
    stand.fail("POST", EXPORT, Bad(406, b""))

    with pytest.raises(RenderRefused, match=r"406.*does not say why"):
        await render.export(POSTGRES)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "51"}, 51), ({"Ratelimit-Reset": "7"}, 7), ({}, 10), ({"Retry-After": "soon"}, 10)],
)
async def test_where_render_is_busy_even_an_order_waits_as_long_as_it_says_and_is_given_again(
    render, stand, pauses, headers, seconds
):
    stand.fail("POST", EXPORT, Bad(429, headers=headers))

    await render.export(POSTGRES)

    assert pauses.seconds == [seconds]
    assert len(stand.exports) == 1


@pytest.mark.parametrize("answers", [[Bad(429, headers={"Retry-After": "3600"})], [Bad(429)] * 2])
async def test_where_render_stays_busy_it_is_given_up_with_the_time_to_come_back(render, stand, answers):
    stand.fail("GET", READ, *answers)

    with pytest.raises(RenderBusy, match=r"in (3600|10) s"):
        await render.recovery(POSTGRES)
    assert len(stand.received) == len(answers)
