"""Anthropic's Python SDK against a running server: messages, a stream with a tool over two rounds, counts of tokens, errors.

    python test/real/clients/anthropic_tools.py URL TOKEN

Prints a JSON object of what came back.
"""

import json
import sys

import anthropic

url, token = sys.argv[1:]
client = anthropic.Anthropic(base_url=url, api_key=token, max_retries=0)
WEATHER = {
    "name": "get_weather",
    "description": "The weather of a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 20}, "days": {"type": "integer", "minimum": 1, "maximum": 7}},
        "required": ["city", "days"],
        "additionalProperties": False,
    },
}
asked = {"model": "smollm2", "max_tokens": 64, "tools": [WEATHER], "extra_body": {"temperature": 0}}
messages = [{"role": "user", "content": "What is the weather in Paris?"}]

must = {"type": "any", "disable_parallel_tool_use": True}
counted = client.messages.count_tokens(model="smollm2", messages=messages, tools=[WEATHER], tool_choice=must).input_tokens
with client.messages.stream(**asked, messages=messages, tool_choice=must) as stream:
    events = [event.type for event in stream]
    first = stream.get_final_message()
call = next(block for block in first.content if block.type == "tool_use")
result = {"type": "tool_result", "tool_use_id": call.id, "content": "18 degrees, sunny"}
second = client.messages.create(
    **asked, messages=[*messages, {"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
)


def error_of(**changes):
    try:
        client.messages.create(**{**asked, "messages": messages, **changes})
    except anthropic.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.body["error"]["type"]]


print(json.dumps({
    "counted": counted,
    "input_tokens": first.usage.input_tokens + first.usage.cache_read_input_tokens,
    "events": list(dict.fromkeys(events)),
    "stop_reasons": [first.stop_reason, second.stop_reason],
    "call": {"name": call.name, "input": call.input},
    "text": "".join(block.text for block in second.content if block.type == "text"),
    "errors": [error_of(model="none"), error_of(max_tokens=-1)],
}))
