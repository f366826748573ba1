"""Exports: begun, awaited, shown without their address, fetched whole or not at all."""

import hashlib
import json
import stat

import pytest

from app.ops.render.errors import ExportUnfinished
from app.ops.render.service.exporting import create
from tests.render import DUMP, KEY, POSTGRES, Bad

PATH = f"/postgres/{POSTGRES}/export"


def test_an_export_is_begun_by_an_empty_order_and_not_awaited(ask, stand):
    code, said, _ = ask("exports", "create", "--json")

    assert (code, json.loads(said)) == (0, {"begun": True})
    assert stand.sent("POST") == [("POST", PATH, None)]


def test_an_export_is_awaited_and_its_address_kept_to_itself(ask, stand):
    code, said, errors = ask("exports", "create", "--wait", "--every", "0", "--json")

    told = json.loads(said)
    assert (code, told["id"], told["ready"], told["url"]) == (0, "exp-0", True, None)
    assert (told["createdAt"], told["expiresAt"]) == ("2026-11-23T10:00:00Z", "2026-11-30T10:00:00Z")
    assert errors.splitlines() == ["export exp-0 is being made", "export exp-0 is finished"]


def test_the_list_shows_addresses_only_when_asked(ask, stand):
    ask("exports", "create", "--wait", "--every", "0")

    assert "signature" not in ask("exports", "list")[1] + ask("exports", "list", "--json")[1]
    assert "/dumps/exp-0.dir.tar.gz?signature=secret" in ask("exports", "list", "--show-url")[1]
    [shown] = json.loads(ask("exports", "list", "--show-url", "--json")[1])["exports"][:1]
    assert shown["url"].endswith("signature=secret")


def test_an_empty_list_is_one(ask):
    assert ask("exports", "list")[:2] == (0, "No exports.\n")
    assert ask("exports", "list", "--json")[:2] == (0, '{"exports": []}\n')


def test_an_export_arrives_whole_in_a_file_for_us_alone_and_the_key_stays_here(ask, stand, tmp_path):
    code, said, _ = ask("exports", "create", "--download", "dump.tar.gz", "--every", "0", "--json")

    file = tmp_path / "dump.tar.gz"
    assert file.read_bytes() == DUMP
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = json.loads(said)
    assert (code, told["bytes"], told["sha256"]) == (0, len(DUMP), hashlib.sha256(DUMP).hexdigest())
    fetched = [each for each in stand.received if each.path.startswith("/dumps/")]
    assert [each.key for each in fetched] == [None]
    assert [each.key for each in stand.received if each not in fetched] == [f"Bearer {KEY}"] * (len(stand.received) - 1)


def test_an_earlier_export_is_fetched_by_its_id(ask, stand):
    ask("exports", "create", "--wait", "--every", "0")
    ask("exports", "create", "--wait", "--every", "0")

    assert "exp-1" in ask("exports", "list", "--download", "newest")[1]
    assert "exp-0" in ask("exports", "list", "--download", "first", "--export", "exp-0")[1]
    assert "(no_export)" in ask("exports", "list", "--download", "none", "--export", "exp-7")[2]


@pytest.mark.parametrize("bad", [Bad(dropped=True), Bad(403), Bad(200, b""), Bad(302, headers={"Location": "/"})])
def test_what_does_not_arrive_whole_leaves_no_file(ask, stand, tmp_path, bad):
    ask("exports", "create", "--wait", "--every", "0")
    stand.fail("GET", "/dumps/exp-0.dir.tar.gz", bad)

    code, said, errors = ask("exports", "list", "--download", "dump")

    assert (code, said) == (1, "")
    assert errors.endswith("(download_failed)\n")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over_a_file(ask, stand, tmp_path):
    (tmp_path / "dump").write_text("mine")
    ask("exports", "create", "--wait", "--every", "0")

    code, _, errors = ask("exports", "list", "--download", "dump")

    assert (code, errors) == (1, "booking: There is a file dump already: name another. (file_exists)\n")
    assert (tmp_path / "dump").read_text() == "mine"


def test_a_folder_that_is_not_there_is_said_in_one_line(ask):
    ask("exports", "create", "--wait", "--every", "0")

    assert (
        "nowhere/dump cannot be written: No such file or directory."
        in ask("exports", "list", "--download", "nowhere/dump")[2]
    )


def test_a_second_export_at_a_time_is_refused_in_renders_words(ask, stand):
    stand.fail("POST", PATH, Bad(409, b'{"message":"an export is already in progress"}'))

    code, _, errors = ask("exports", "create")

    assert code == 1
    assert errors == "booking: Render refuses that (409): an export is already in progress (render_refused)\n"


def test_an_order_without_an_answer_says_where_to_look_and_is_not_repeated(ask, stand):
    stand.fail("POST", PATH, Bad(500))

    code, _, errors = ask("exports", "create", "--wait")

    assert (code, len(stand.sent("POST"))) == (1, 1)
    assert "`booking render exports list` shows it" in errors


async def test_waiting_ends_although_the_export_never_does(render, stand, waiting, pauses):
    stand.looks_until_exported = 1_000

    with pytest.raises(ExportUnfinished):
        await create(render, POSTGRES, waiting)
    assert pauses.seconds == [10] * 4
