"""Nats a character and a token of models, each with its own tokenizer, on what data.py has held out.

  python compare.py DATA FOLDER [FOLDER ...]

Of dialogues, the assistant's tokens count and the one that ends them.
"""

import json
import re
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

ROWS = 8


def learned(ids, marks):
    """Whether each of the ids counts; `marks`: the ids of the roles, the assistant's first."""
    found, role = [False], None
    for token in ids[1:]:
        found.append(role == marks[0] and token != marks[0])
        role = token if token in marks else role
    return found


def characters(text):
    turns = re.split(r"<\|(user|assistant|system)\|>", text)
    return len(text) if len(turns) == 1 else sum(len(own) for role, own in zip(turns[1::2], turns[2::2]) if role == "assistant")


@torch.inference_mode()
def main():
    data, *folders = map(Path, sys.argv[1:])
    for folder in folders:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        marks = [tokenizer.token_to_id(f"<|{role}|>") for role in ("assistant", "user", "system")]
        for name in ("val_stories", "val_chats"):
            texts = json.loads((data / f"{name}.json").read_text())
            total = tokens = 0
            for at in range(0, len(texts), ROWS):
                rows = [[0, *e.ids] for e in tokenizer.encode_batch(texts[at : at + ROWS], add_special_tokens=False)]
                counted = [learned([*own, 0], marks) if name == "val_chats" else [False] + [True] * (len(own) - 1) for own in rows]
                ids, mask = (torch.nn.utils.rnn.pad_sequence([torch.tensor(own) for own in part], batch_first=True) for part in (rows, counted))
                ids = torch.nn.functional.pad(ids, (0, mask.shape[1] - ids.shape[1]))
                losses = torch.nn.functional.cross_entropy(model(ids).logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
                total += losses[mask[:, 1:]].sum().item()
                tokens += mask.sum().item()
            length = sum(map(characters, texts))
            print(folder, name, round(total / length, 4), "nats a character,", round(total / tokens, 4), "a token", flush=True)


main()
