"""What Vapi keeps of a call whose words are forgotten here: deleted there, once, and nobody is told what is not so."""

from uuid import uuid4

import pytest

from app.calls.reports.events import CallForgotten
from app.calls.reports.jobs import delete_at_vapi, have_deleted
from app.core.clock import utcnow
from app.integrations.vapi.errors import VapiUnreachable
from app.jobs.errors import PermanentFailure, TryLater
from tests.bookings.conftest import phone
from tests.calls.callers import PROOF

REPORT = {"endedReason": "customer-ended-call", "artifact": {"transcript": "AI: Hello."}}


@pytest.fixture
async def board(make_switchboard):
    """A client with a line."""
    return await make_switchboard()


@pytest.fixture
def take(board, outside):
    """Have a call taken that Vapi knows; returns its row. `ended`: whether its report came."""

    async def call(number=3, *, ended=True):
        [line] = await board.sql("SELECT * FROM lines WHERE client_id = :id", id=board.client_id)
        about = {"id": str(uuid4()), "type": "inboundPhoneCall", "customer": {"number": phone(number)}}
        about["phoneNumberId"] = line.vapi_phone_number_id
        outside.organisation.keep({**about, "status": "ended"})
        message = (
            {"type": "end-of-call-report", **REPORT} if ended else {"type": "status-update", "status": "in-progress"}
        )
        answer = await board.desk.http.post(
            "/webhooks/vapi", json={"message": {**message, "call": about}}, headers=PROOF
        )
        assert answer.status_code == 200
        [row] = await board.sql("SELECT * FROM calls WHERE vapi_id = :id", id=about["id"])
        return row

    return call


async def forgotten(board, *calls):
    """Have the words of calls be forgotten here, as they are once they are old."""
    for call in calls:
        await board.change({"id": call.id}, words_deleted_at=utcnow())


async def run(board):
    """Leave jobs for what is to be deleted, and do them."""
    async with board.sessions.begin() as session:
        await have_deleted(session, now=utcnow())
    await board.work()


async def test_a_call_is_deleted_at_vapi_once_its_words_are_forgotten_here(board, take, outside):
    kept, old, erased = await take(1), await take(2), await take(3)
    customer = (await board.desk.post("/customers", {"phone": phone(3)})).json()["id"]
    await board.desk.post(f"/customers/{customer}/erase")
    await forgotten(board, old)

    await run(board)
    await run(board)

    assert set(outside.organisation.calls) & {kept.vapi_id, old.vapi_id, erased.vapi_id} == {kept.vapi_id}
    shown = [(await board.desk.get(f"/calls/{each.id}")).json() for each in (kept, old, erased)]
    assert [each["providerDeletedAt"] is not None for each in shown] == [False, True, True]
    assert board.failures == []


async def test_a_call_that_goes_on_or_has_no_report_yet_is_left_until_then(board, take, outside):
    call = await take(ended=False)
    await forgotten(board, call)
    await run(board)
    before = call.vapi_id in outside.organisation.calls
    await board.change({"id": call.id}, status="ended", reported_at=utcnow())

    await run(board)

    assert (before, call.vapi_id in outside.organisation.calls) == (True, False)


async def test_what_is_gone_at_vapi_is_deleted(board, take, outside):
    call = await take()
    del outside.organisation.calls[call.vapi_id]
    await forgotten(board, call)

    await run(board)

    assert (await board.row({"id": call.id})).provider_deleted_at is not None


async def test_without_an_account_nothing_is_asked_and_the_log_says_how_many_stay(
    make_switchboard, configured, take, board, logged
):
    call = await take()
    await forgotten(board, call)
    without = await make_switchboard(settings=configured.model_copy(update={"vapi_api_key": None}), line=False)

    async with without.sessions.begin() as session:
        await have_deleted(session, now=utcnow())

    [line] = [each for each in logged() if each["event"] == "calls_left_at_vapi"]
    assert line["calls"] >= 1
    assert (await board.row({"id": call.id})).deletion_asked_at is None


@pytest.mark.parametrize(
    ("fault", "failure"), [("400", PermanentFailure), ("401", TryLater), ("429", TryLater), ("503", VapiUnreachable)]
)
async def test_what_vapi_does_not_do_is_asked_again_or_held(board, take, outside, fault, failure):
    call = await take()
    await forgotten(board, call)
    outside.faults.next(fault, api="vapi", count=9)

    async with board.sessions() as session:
        with pytest.raises(failure):
            await delete_at_vapi(session, CallForgotten(board.client_id, call.id), now=utcnow())
    outside.faults.clear()

    assert (await board.row({"id": call.id})).provider_deleted_at is None
