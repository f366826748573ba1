"""Tool calls as they come, and the results as Vapi takes them."""

import json

import pytest

from app.integrations.vapi.errors import Unreadable
from app.integrations.vapi.payloads import PROBLEMS, ToolCall, ToolResult, read_message, tool_results


def calls(*items, member="toolCallList"):
    body = {"message": {"type": "tool-calls", member: list(items)}}
    return read_message(json.dumps(body).encode()).tool_calls


def call(arguments, number="call_1"):
    return {"id": number, "type": "function", "function": {"name": "find_slots", "arguments": arguments}}


@pytest.mark.parametrize("arguments", [{"day": "Tuesday"}, '{"day": "Tuesday"}', ' {"day":"Tuesday"}\n'])
def test_arguments_come_as_an_object_or_as_its_text(arguments):
    assert calls(call(arguments))[0].arguments == {"day": "Tuesday"}


@pytest.mark.parametrize("arguments", [None, "", "  ", "{}", {}, "null"])
def test_no_arguments_are_an_empty_object(arguments):
    assert calls(call(arguments))[0] == ToolCall("call_1", "find_slots", {})


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("{day: Tuesday}", "arguments_not_json"),
        ("{", "arguments_not_json"),
        ("[" * 5_000, "arguments_not_json"),
        ("[]", "arguments_not_an_object"),
        ([], "arguments_not_an_object"),
        ([{"day": "Tuesday"}], "arguments_not_an_object"),
        (5, "arguments_not_an_object"),
        (True, "arguments_not_an_object"),
        ('"Tuesday"', "arguments_not_an_object"),
        ('{"day": "' + "x" * 20_000 + '"}', "arguments_too_large"),
        ({str(number): "x" * 1_000 for number in range(50)}, "arguments_too_large"),
    ],
)
def test_arguments_that_cannot_be_used_are_named_and_the_other_calls_are_read(arguments, problem):
    bad, good = calls(call(arguments), call({"day": "Friday"}, "call_2"))

    assert (bad.id, bad.name, bad.arguments, bad.problem) == ("call_1", "find_slots", None, problem)
    assert good == ToolCall("call_2", "find_slots", {"day": "Friday"})
    assert problem in PROBLEMS


def test_arguments_have_bounds_all_the_way_down():
    deep = {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}
    found = calls(
        call({"deep": deep, "long": "x" * 5_000, "list": list(range(500)), "nul": "a\x00b", "half": "\ud83d"})
    )

    arguments = found[0].arguments
    assert arguments["deep"] == {"a": {"b": {"c": {"d": {"e": "[cut]"}}}}}
    assert (len(arguments["long"]), arguments["long"][-5:]) == (4_000, "[cut]")
    assert arguments["list"] == list(range(100))
    assert (arguments["nul"], arguments["half"]) == ("ab", "\ufffd")


@pytest.mark.parametrize("item", ["call_1", 5, None, [], True])
def test_a_call_that_is_no_object_is_named(item):
    assert calls(item) == (ToolCall("", "", problem="not_an_object"),)


@pytest.mark.parametrize("name", [None, "", 5, {}, "no such name!", "x" * 65, "a\nb"])
def test_a_call_without_a_usable_name_is_named(name):
    assert calls({"id": "call_1", "name": name}) == (ToolCall("call_1", "", problem="no_name"),)


@pytest.mark.parametrize("number", [None, 5, "", "x" * 201, "a\x00", {}])
def test_an_id_that_cannot_be_repeated_exactly_is_none(number):
    assert calls({"id": number, "name": "find_slots"}) == (ToolCall("", "find_slots", {}),)


def test_fifty_calls_are_read_in_their_order():
    found = calls(*[call({"place": place}, f"call_{place}") for place in range(50)])

    assert [(each.id, each.arguments) for each in found] == [(f"call_{n}", {"place": n}) for n in range(50)]


def test_of_more_calls_than_are_read_each_still_has_its_answer():
    found = calls(*[call({}, f"call_{place}") for place in range(70)])

    assert [each.problem for each in found] == [None] * 64 + ["too_many_tool_calls"] * 6
    assert found[-1].id == "call_69"


@pytest.mark.parametrize("member", ["toolCallList", "toolCalls", "toolWithToolCallList"])
def test_a_bomb_of_calls_is_refused(member):
    with pytest.raises(Unreadable) as failure:
        calls(*[{}] * 300, member=member)

    assert failure.value.code == "too_many_tool_calls"


@pytest.mark.parametrize("junk", ["zzz", 5, {}, None, []])
def test_a_list_that_is_none_gives_way_to_the_next(junk):
    message = {"type": "tool-calls", "toolCallList": junk, "toolCalls": [call({"day": "Friday"})]}

    found = read_message(json.dumps({"message": message}).encode()).tool_calls
    assert found == (ToolCall("call_1", "find_slots", {"day": "Friday"}),)


@pytest.mark.parametrize(
    "item",
    [
        {"name": "find_slots", "toolCall": {"id": "call_1", "parameters": {"day": "Friday"}}},
        {"function": {"name": "find_slots"}, "toolCall": {"id": "call_1", "arguments": {"day": "Friday"}}},
        {"toolCall": {"id": "call_1", "function": {"name": "find_slots", "parameters": {"day": "Friday"}}}},
    ],
)
def test_a_call_within_its_tool_takes_the_tools_name_where_it_has_none(item):
    assert calls(item, member="toolWithToolCallList") == (ToolCall("call_1", "find_slots", {"day": "Friday"}),)


def test_other_messages_have_no_tool_calls_whatever_they_hold():
    body = {"message": {"type": "conversation-update", "toolCallList": [call({})]}}

    assert read_message(json.dumps(body).encode()).tool_calls == ()


def test_results_are_one_line_each_under_the_name_and_the_id_that_came():
    answer = tool_results(
        [
            ToolResult(ToolCall("call_1", "find_slots"), "Tuesday at ten,\n or\t eleven.\x00\u2028Which?"),
            ToolResult(ToolCall("call_2", "book_appointment"), "That time was just taken.", failed=True),
        ]
    )

    assert answer == {
        "results": [
            {"name": "find_slots", "toolCallId": "call_1", "result": "Tuesday at ten, or eleven. Which?"},
            {"name": "book_appointment", "toolCallId": "call_2", "error": "That time was just taken."},
        ]
    }


def test_a_result_is_never_empty_and_never_endless():
    empty, endless = ToolResult(ToolCall("a", "b"), " \n "), ToolResult(ToolCall("a", "b"), "x" * 100_000)

    said = [each["result"] for each in tool_results([empty, endless])["results"]]
    assert (said[0], len(said[1])) == ("Done.", 4_000)
