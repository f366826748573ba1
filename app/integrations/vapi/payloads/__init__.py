"""What Vapi says, read tolerantly, and what it is answered, written strictly.

Real traffic does not keep to Vapi's own description, so nothing here relies on a shape: what is missing or of another
type is None, and only what is no message at all is an error. Every text, number and list that comes out has bounds and
can be stored. Each module is a part that is read by itself: `decoding` (JSON from a stranger), `cleaning` (bounds),
`privacy` (what may be stored), `tools` (tool calls and their results), `reports` (ends of calls), `messages`, `calls`
(what the API answers).
"""

from app.integrations.vapi.payloads.calls import Call, Limits, read_call
from app.integrations.vapi.payloads.messages import Message, read_message
from app.integrations.vapi.payloads.privacy import redacted, without_cards
from app.integrations.vapi.payloads.reports import KINDS, Report, Turn, ended_kind
from app.integrations.vapi.payloads.tools import PROBLEMS, ToolCall, ToolResult, tool_results

__all__ = [
    "KINDS",
    "PROBLEMS",
    "Call",
    "Limits",
    "Message",
    "Report",
    "ToolCall",
    "ToolResult",
    "Turn",
    "ended_kind",
    "read_call",
    "read_message",
    "redacted",
    "tool_results",
    "without_cards",
]
