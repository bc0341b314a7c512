"""The teacher's vectors of the texts: vectors.npy, float16, in the order of the texts; a row of zeros has not been computed yet.

  python teacher.py --teacher FOLDER --texts texts.jsonl --out vectors.npy --minutes 15

The texts that are held out come first, then the others in random order, until the time is up; a run goes on where the last one stopped.
"""

import argparse
import json
import random
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertModel

TOKENS_IN_BATCH, CHUNK = 2048, 1024


def batches(lengths, order):
    """Lists of positions of texts of similar lengths, of at most `TOKENS_IN_BATCH` tokens with their padding."""
    batch = []
    for i in sorted(order, key=lengths.__getitem__):
        if batch and lengths[i] * (len(batch) + 1) > TOKENS_IN_BATCH:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def padded(ids):
    """Ids and mask, [texts, longest]."""
    longest = max(map(len, ids))
    tokens, mask = torch.zeros(len(ids), longest, dtype=torch.long), torch.zeros(len(ids), longest)
    for row, own in enumerate(ids):
        tokens[row, : len(own)] = torch.tensor(own)
        mask[row, : len(own)] = 1
    return tokens, mask


def pooled(model, ids):
    """The mean of the tokens' vectors, [texts, hidden]."""
    tokens, mask = padded(ids)
    hidden = model(input_ids=tokens, attention_mask=mask if mask.min() == 0 else None).last_hidden_state
    return (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def load_tokenizer(folder, length=256):
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(length)
    return tokenizer


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--part", default="0/1", help="1/2: every second chunk; add the files of all parts")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    texts = [json.loads(line) for line in options.texts.open()]
    tokenizer = load_tokenizer(options.teacher)
    model = BertModel.from_pretrained(options.teacher, add_pooling_layer=False, attn_implementation="sdpa").eval()
    held = [i for i, t in enumerate(texts) if t["held"]]
    rest = [i for i, t in enumerate(texts) if not t["held"]]
    random.Random(2).shuffle(rest)
    vectors = np.load(options.out) if options.out.exists() else np.zeros((len(texts), 384), np.float16)
    begin, done, tokens = time.time(), 0, 0
    part, parts = map(int, options.part.split("/"))
    for at in range(part * CHUNK, len(held + rest), parts * CHUNK):
        chunk = (held + rest)[at : at + CHUNK]
        if vectors[chunk].any(1).all():
            continue
        ids = {i: e.ids for i, e in zip(chunk, tokenizer.encode_batch([texts[i]["text"] for i in chunk]))}
        with torch.inference_mode():
            for batch in batches({i: len(v) for i, v in ids.items()}, chunk):
                found = torch.nn.functional.normalize(pooled(model, [ids[i] for i in batch]), dim=1)
                vectors[batch] = found.half().numpy()
        done, tokens = done + len(chunk), tokens + sum(map(len, ids.values()))
        np.save(options.out.with_suffix(".new.npy"), vectors)
        options.out.with_suffix(".new.npy").replace(options.out)
        print(f"{done} texts, {tokens} tokens, {time.time() - begin:.0f} s", flush=True)
        if time.time() - begin > 60 * options.minutes:
            break


if __name__ == "__main__":
    main()
