"""Writes golden.json and vectors.bin: what sentence-transformers makes of 500 texts with all-MiniLM-L6-v2, in float32.

By hand, with sentence-transformers (the versions are written into the golden):

    npm run test:real            # once, to fetch the model
    python3 test/real/encoder/goldens.py .cache/real/all-MiniLM-L6-v2

A text is a part of the passages, which follow each other from any one of them on, as [passage, begin, end] in code points. Vectors are
stored in 16 bits: the cosine of a vector and its rounded form is above 1 - 2e-8.
"""

import hashlib
import json
import random
import sys
from pathlib import Path

import numpy as np
import sentence_transformers
import tokenizers
import torch
import transformers
from sentence_transformers import SentenceTransformer

HERE = Path(__file__).parent
TEXTS = 500
# The longest input of the model, special tokens included.
MAX_TOKENS = 256
# Texts without special tokens around them, of one token and more.
BARE = 6
# Texts that are cut to the longest input.
TOO_LONG = 9

torch.set_num_threads(1)
model = SentenceTransformer(sys.argv[1], device="cpu")
tokenizer = model.tokenizer
assert model.max_seq_length == MAX_TOKENS
# As in the package, the file of the tokenizer cuts to 128 and pads.
tokenizer.backend_tokenizer.no_truncation()
tokenizer.backend_tokenizer.no_padding()
passages = json.loads((HERE / "passages.json").read_text())
rng = random.Random(18)


def from_passage(first):
    return " ".join(passages[first:] + passages[:first])


def encode(text, special=True):
    return tokenizer.backend_tokenizer.encode(text, add_special_tokens=special)


def case(first, wanted, special=True):
    """A text from a passage on, or from a later one, of as many tokens as wanted."""
    corpus = from_passage(first)
    begin = rng.choice([0] + [i + 1 for i, c in enumerate(passages[first]) if c == " "])
    rest = corpus[begin : begin + 12 * wanted + 200]
    content = wanted - 2 if special else wanted
    ends = [end for _, end in encode(rest, special=False).offsets]
    # Where a text is cut, its last tokens may be others.
    for end in sorted(ends[max(0, content - 6) : content + 6], key=lambda end: abs(end - ends[content - 1])):
        if len(encode(rest[:end], special).ids) == wanted:
            return first, begin, begin + end, special
    return case((first + 1) % len(passages), wanted, special)


wanted = list(range(3, MAX_TOKENS + 1))
while len(wanted) < TEXTS - BARE - TOO_LONG:
    wanted.append(rng.choice([3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, MAX_TOKENS - 1, MAX_TOKENS, rng.randint(6, 72)]))
wanted += [MAX_TOKENS + 1 + 7 * i for i in range(TOO_LONG)]
cases = [case((17 * i) % len(passages), 1 + i // 2, special=False) for i in range(BARE)]
cases += [case(i % len(passages), length) for i, length in enumerate(wanted)]
assert len(cases) == TEXTS

rows, vectors = [], []
for first, begin, end, special in cases:
    text = from_passage(first)[begin:end]
    if special:
        features = model.preprocess([text])
        vector = model.encode(text, convert_to_numpy=True)
    else:
        features = tokenizer([text], add_special_tokens=False, return_tensors="pt")
        with torch.no_grad():
            vector = model.forward(dict(features))["sentence_embedding"][0].numpy()
    ids = features["input_ids"][0].numpy().astype("<i4")
    digest = hashlib.sha256(ids.tobytes()).hexdigest()[:12]
    rows.append([first, begin, end, special, len(ids), digest])
    vectors.append(vector.astype(np.float64))

lengths = [row[4] for row in rows]
assert set(lengths) == set(range(1, MAX_TOKENS + 1))
scale = max(np.abs(vector).max() for vector in vectors) / 32767
rounded = np.round(np.array(vectors) / scale).astype("<i2")
worst = min(float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)) for a, b in zip(vectors, rounded.astype(np.float64)))
print(f"{len(rows)} texts, {sum(lengths)} tokens, the longest {max(lengths)}; worst cosine of a rounded vector: 1 - {1 - worst:.1e}")
(HERE / "vectors.bin").write_bytes(rounded.tobytes())
versions = {module.__name__: module.__version__ for module in (torch, transformers, tokenizers, sentence_transformers)}
lines = ",\n".join(json.dumps(row) for row in rows)
(HERE / "golden.json").write_text(
    f'{{\n"versions": {json.dumps(versions)},\n"scale": {float(scale)!r},\n"cases": [\n{lines}\n]\n}}\n'
)
