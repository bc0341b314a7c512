"""Distils the student from the teacher's vectors, and writes its folder.

  python train.py --teacher FOLDER --texts texts.jsonl --vectors vectors.npy --out models/sentences --minutes 30

Prints Spearman's correlations of the static models, and of the student as it learns; the folder holds the best so far.
"""

import argparse
import json
import random
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch.nn.functional import normalize
from transformers import BertConfig, BertModel

from evaluate import correlations, held_pairs, load_vectors
from static import bag, fitted, loss_of, token_vectors, weighted
from student import LENGTH, cut_tokenizer, cut_vocabulary, first_weights, model_config, write_folder
from teacher import pooled

LEAF, TOKENS_IN_BATCH, RATE, TABLE_RATE, SIMILARITY, REPORT_SECONDS = 12, 1536, 2e-4, 1e-3, 15, 150


def groups(rows, targets, lengths):
    """Batches of texts of similar lengths, made of leaves of similar texts, so that cosines in a batch spread."""
    rows = sorted(rows, key=lambda i: lengths[i] + random.random())
    found = []
    for at in range(0, len(rows), 1500):
        leaves, open_ = [], [rows[at : at + 1500]]
        while open_:
            own = open_.pop()
            if len(own) <= LEAF:
                leaves.append(own)
                continue
            along = targets[own] @ (targets[random.choice(own)] - targets[random.choice(own)])
            order = along.argsort().tolist()
            half = len(own) // 2
            open_ += [[own[i] for i in order[:half]], [own[i] for i in order[half:]]]
        random.shuffle(leaves)
        batch = []
        for leaf in leaves:
            batch += leaf
            if len(batch) * max(lengths[i] for i in batch) >= TOKENS_IN_BATCH:
                found.append(batch)
                batch = []
        if batch:
            found.append(batch)
    random.shuffle(found)
    return found


class Student(torch.nn.Module):
    def __init__(self, weights):
        super().__init__()
        config = BertConfig(**{**model_config(), "torch_dtype": "float32"})
        self.bert = BertModel(config, add_pooling_layer=False)
        self.linear = torch.nn.Linear(*weights["linear.weight"].T.shape)
        self.bert.load_state_dict({n: w for n, w in weights.items() if not n.startswith("linear.")}, strict=False)
        self.linear.load_state_dict({n.removeprefix("linear."): w for n, w in weights.items() if n.startswith("linear.")})

    def forward(self, ids):
        return self.linear(pooled(self.bert, ids))

    def weights(self):
        linear_ = {f"linear.{n}": w for n, w in self.linear.state_dict().items()}
        return {**{n: w for n, w in self.bert.state_dict().items() if not n.endswith("_ids")}, **linear_}


def vectors_of(model, ids, rows):
    """Vectors of length 1 by row."""
    found = {}
    rows = sorted(rows, key=lambda i: len(ids[i]))
    with torch.inference_mode():
        for at in range(0, len(rows), 64):
            own = rows[at : at + 64]
            found.update(zip(own, normalize(model([ids[i] for i in own]), dim=1).numpy()))
    return found


class Lesson:
    """Texts with their tokens and the teacher's vectors, which may grow while the student learns."""

    def __init__(self, texts, tokenizer, paths):
        self.texts, self.tokenizer, self.paths, self.ids = texts, tokenizer, paths, {}
        self.vectors = load_vectors(paths)
        self.pairs = held_pairs(texts, self.vectors)
        self.held = sorted({i for own in self.pairs.values() for pair in own for i in pair})
        self.add(self.held)
        self.refresh()

    def add(self, rows):
        rows = [i for i in rows if i not in self.ids]
        self.ids.update((i, e.ids) for i, e in zip(rows, self.tokenizer.encode_batch([self.texts[i]["text"] for i in rows])))

    def refresh(self):
        self.vectors = load_vectors(self.paths)
        self.targets = torch.from_numpy(self.vectors)
        self.known = [i for i in self.vectors.any(1).nonzero()[0].tolist() if not self.texts[i]["held"]]
        self.add(self.known)
        self.lengths = {i: len(self.ids[i]) for i in self.known}
        print(f"{len(self.known)} texts, {sum(self.lengths.values())} tokens", flush=True)

    def report(self, name, found):
        scores = correlations(self.pairs, self.vectors, found)
        print(name, scores, flush=True)
        return sum(scores.values())


def static_model(lesson, teacher_folder, vocab):
    """A vector for each piece, and a bias, that give the teacher's vectors as their mean."""
    teacher = BertModel.from_pretrained(teacher_folder, add_pooling_layer=False).eval()
    teacher_ids = json.loads((teacher_folder / "tokenizer.json").read_text())["model"]["vocab"]
    inner = {i: own[1:-1] for i, own in lesson.ids.items()}
    known, held = ([inner[i] for i in rows] for rows in (lesson.known, lesson.held))

    def report(name, table, bias):
        lesson.report(name, dict(zip(lesson.held, normalize(bag(table, held) + bias, dim=1).numpy())))

    table = weighted(token_vectors(teacher, vocab, teacher_ids), known)
    report("static, the teacher's vectors of tokens", table, 0)
    table, bias = fitted(table, known, lesson.targets[lesson.known])
    report("static, fitted", table, bias)
    return table, bias


def distil(model, lesson, minutes, save):
    words = model.bert.embeddings.word_embeddings.weight
    others = [w for w in model.parameters() if w is not words]
    optimizer = torch.optim.AdamW([{"params": others, "lr": RATE}, {"params": [words], "lr": TABLE_RATE}], betas=(0.9, 0.98), weight_decay=0.0)
    rates = [group["lr"] for group in optimizer.param_groups]
    best = lesson.report("student, before", vectors_of(model, lesson.ids, lesson.held))
    save()
    begin, step, reported, losses = time.time(), 0, time.time(), []
    while time.time() - begin < 60 * minutes:
        lesson.refresh()
        for batch in groups(lesson.known, lesson.targets, lesson.lengths):
            passed = (time.time() - begin) / (60 * minutes)
            if passed >= 1:
                break
            for group, rate in zip(optimizer.param_groups, rates):
                group["lr"] = rate * min(1, (step + 1) / 40) * max(0.02, 1 - passed)
            loss = loss_of(model([lesson.ids[i] for i in batch]), lesson.targets[batch], SIMILARITY)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(others, 1.0)
            optimizer.step()
            step, losses = step + 1, [*losses[-49:], loss.item()]
            if step % 50 == 0:
                print(f"{step} steps, {time.time() - begin:.0f} s, loss {sum(losses) / 50:.4f}", flush=True)
            if time.time() - reported > REPORT_SECONDS:
                score, reported = lesson.report("student", vectors_of(model, lesson.ids, lesson.held)), time.time()
                if score > best:
                    best = score
                    save()
    if lesson.report("student, at the end", vectors_of(model, lesson.ids, lesson.held)) >= best:
        save()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    random.seed(options.seed)

    texts = [json.loads(line) for line in options.texts.open()]
    vocab = cut_vocabulary(options.teacher, [t["text"] for t in texts if not t["held"]])
    file = cut_tokenizer(options.teacher, vocab)
    tokenizer = Tokenizer.from_str(json.dumps(file))
    tokenizer.enable_truncation(LENGTH)
    lesson = Lesson(texts, tokenizer, options.vectors)
    model = Student(first_weights(*static_model(lesson, options.teacher, vocab)))
    options.out.mkdir(parents=True, exist_ok=True)
    distil(model, lesson, options.minutes, lambda: write_folder(options.out, file, model.weights()))


if __name__ == "__main__":
    main()
