"""The tokenizer, and the texts as tokens.

  python tokens.py DATA OUT

DATA holds the lists that data.py writes, and gets a file of uint16 tokens for each, documents after `<|endoftext|>` (id 0), and characters.json:
the length of what is held out, in characters. OUT gets the files of the model beside its weights and config.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

VOCABULARY = 6144
SPECIAL = ["<|endoftext|>", "<|user|>", "<|assistant|>", "<|system|>"]
COPIES = {"stories": 2, "chat": 1, "fairy": 1, "children": 1, "others": 1}  # in the text that the tokenizer is made of
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def plain(documents):
    """Pieces of 5,000 characters, of a book no more than 150,000."""
    for name, copies in COPIES.items():
        for text in documents[name] * copies:
            for token in SPECIAL:
                text = text.replace(token, "\n")
            for at in range(0, min(len(text), 150_000), 5000):
                yield text[at : at + 5000]


def answers(conversation):
    """The characters of the assistant's part."""
    turns = re.split(r"<\|(user|assistant|system)\|>", conversation)[1:]
    return sum(len(text) for role, text in zip(turns[::2], turns[1::2]) if role == "assistant")


def main():
    data, out = map(Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    documents = {name: json.loads((data / f"{name}.json").read_text()) for name in [*COPIES, "val_stories", "val_chats"]}
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(plain(documents), trainer)
    for name, texts in documents.items():
        encoded = tokenizer.encode_batch(texts, add_special_tokens=False)
        tokens = np.concatenate([np.asarray([0, *e.ids], np.uint16) for e in encoded])
        tokens.tofile(data / f"{name}.bin")
        print(name, len(texts), "documents", round(len(tokens) / 1e6, 2), "M tokens", flush=True)
    characters = {"val_stories": sum(map(len, documents["val_stories"])), "val_chats": sum(map(answers, documents["val_chats"]))}
    (data / "characters.json").write_text(json.dumps(characters))

    begin = SPECIAL[0]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{begin} $A", pair=f"{begin} $A $B", special_tokens=[(begin, 0)])
    tokenizer.save(str(out / "tokenizer.json"))
    ends = {name: begin for name in ("bos_token", "eos_token", "pad_token")}
    config = {"tokenizer_class": "PreTrainedTokenizerFast", **ends, "clean_up_tokenization_spaces": False}
    config |= {"model_max_length": 1024, "chat_template": TEMPLATE}
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    generation = {"bos_token_id": 0, "eos_token_id": [0, 1], "do_sample": True, "temperature": 0.6, "top_p": 0.9, "max_new_tokens": 400}
    (out / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")


main()
