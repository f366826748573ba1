"""Bodies that are no request: each is told what it is, and leaves nothing behind."""

import json

import pytest

START = "2026-03-24T10:00:00Z"
JSON = {"Content-Type": "application/json"}
MEGABYTE = 1_000_000


def whole(desk, **more):
    return json.dumps(desk.place.wanted(START, **more))


async def chunks():
    for _ in range(50):
        yield b" " * (MEGABYTE // 10)


def nested(depth):
    return '{"a":' * depth + "1" + "}" * depth


BODIES = {
    "cut_off": (lambda desk: whole(desk)[:-1].encode(), JSON, 400, "malformed_json"),
    "empty": (lambda _: b"", JSON, 422, "validation_failed"),
    "latin_1": (lambda desk: whole(desk, notes="_").replace("_", "é").encode("latin-1"), JSON, 400, "malformed_json"),
    "utf_16": (lambda desk: whole(desk).encode("utf-16"), JSON, 400, "malformed_json"),
    "utf_16_without_mark": (lambda desk: whole(desk).encode("utf-16-le"), JSON, 400, "malformed_json"),
    "utf_32": (lambda desk: whole(desk).encode("utf-32"), JSON, 400, "malformed_json"),
    "raw_nul": (lambda desk: whole(desk, notes="_").replace("_", "\0").encode(), JSON, 400, "malformed_json"),
    "five_megabytes": (lambda _: b'"' + b"a" * 5 * MEGABYTE + b'"', JSON, 413, "body_too_large"),
    "five_megabytes_in_chunks": (lambda _: chunks(), JSON, 413, "body_too_large"),
    "a_million_elements": (lambda _: b"[" + b"0," * 999_999 + b"0]", JSON, 413, "body_too_large"),
    "a_list": (lambda _: b"[" + b"0," * 99_999 + b"0]", JSON, 422, "validation_failed"),
    "deep_lists": (lambda _: b"[" * 100_000, JSON, 400, "malformed_json"),
    "deep_objects": (lambda _: nested(20_000).encode(), JSON, 400, "malformed_json"),
    "number": (lambda _: b"1", JSON, 422, "validation_failed"),
    "null": (lambda _: b"null", JSON, 422, "validation_failed"),
    "many_digits": (lambda _: b'{"seats": ' + b"9" * 5_000 + b"}", JSON, 400, "malformed_json"),
    "text": (lambda desk: whole(desk).encode(), {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
    "no_type": (lambda desk: whole(desk).encode(), {}, 415, "unsupported_media_type"),
    "form": (lambda _: b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
    "multipart": (
        lambda _: b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
        {"Content-Type": "multipart/form-data; boundary=x"},
        415,
        "unsupported_media_type",
    ),
    "strange_type": (lambda _: b"{}", {"Content-Type": "application/json\xff/;;="}, 415, "unsupported_media_type"),
}


@pytest.mark.parametrize("path", ["/api/bookings", "/api/bookings/hold"])
@pytest.mark.parametrize("kind", BODIES)
async def test_a_body_that_is_no_request_is_told_what_it_is(http, desk, nothing_written, kind, path):
    make, headers, status, code = BODIES[kind]
    sent = {name: value.encode("latin-1") for name, value in {**desk.place.headers, **headers}.items()}

    async with nothing_written(desk):
        answer = await http.post(path, content=make(desk), headers=sent)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["requestId"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize("step", ["confirm", "release", "extend", "cancel", "complete", "no-show"])
async def test_steps_without_need_of_a_body_refuse_a_wrong_one(http, desk, nothing_written, step):
    booked = (await desk.hold(START, "+447400123456")).json()["id"]
    answers = {}

    async with nothing_written(desk):
        for body, kind in ((b"{", JSON), (b"a=b", {"Content-Type": "text/plain"}), (b'{"x": 1}', JSON), (b"[]", JSON)):
            path = f"/api/bookings/{booked}/{step}"
            answer = await http.post(path, content=body, headers={**desk.place.headers, **kind})
            answers[body] = answer.json()["code"]

    assert list(answers.values()) == [
        "malformed_json",
        "unsupported_media_type",
        "validation_failed",
        "validation_failed",
    ]


async def test_an_answer_names_no_more_than_twenty_wrong_fields(desk):
    answer = await desk.post("/bookings", {f"field{number}": 1 for number in range(2_000)})

    problem = answer.json()
    assert (answer.status_code, len(problem["errors"])) == (422, 20)
    assert "2,002" in problem["detail"]


async def test_a_wrong_value_is_never_repeated(desk):
    answer = await desk.post("/bookings", desk.place.wanted("secret-of-a-customer", seats="secret-of-a-customer"))

    assert answer.status_code == 422
    assert {error["location"] for error in answer.json()["errors"]} == {"body.startsAt", "body.seats"}
    assert "secret" not in answer.text


async def test_a_mark_of_utf_8_is_no_harm(http, desk):
    body = b"\xef\xbb\xbf" + whole(desk).encode()

    answer = await http.post("/api/bookings", content=body, headers={**desk.place.headers, **JSON})

    assert answer.status_code == 201
