"""Distils the student from the teacher on one GPU for a given time, and writes its folder.

  python train.py --teacher FOLDER --texts FOLDER --first FOLDER --out FOLDER --seconds 190

TEACHER is all-MiniLM-L6-v2, TEXTS comes from texts.py. Vectors of tokens, dense layer, tokenizer and configs are those of FIRST, whose
layers add nothing to a mean of the vectors of tokens (the first version); the layers here begin with outputs of zero.
`--limit 1000 --seconds 20` shows on a CPU that it runs.
"""

import argparse
import json
import math
import shutil
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn.functional import normalize
from transformers import BertConfig, BertModel

LAYERS, LENGTH, RATE, WARM_STEPS = 4, 256, 6e-4, 400
TEACHER_TOKENS, BATCH_TOKENS, BATCH_TEXTS = 65_536, 32_768, 2048
BUCKETS = np.array([16, 32, 48, 64, 96, 128, 192, 256])
CENTRES, NEIGHBOURS = 384, 32  # similar texts stand side by side in a batch, this many at least
SIMILAR, LOCAL, LOCAL_OF_FOURS = 15, 5, 10  # weights of the losses beside 1 - cosine
DEVIATIONS = {"query": 0.04, "key": 0.04, "value": 0.06, "attention.output.dense": 0.0, "intermediate.dense": 0.06, "output.dense": 0.0}
COPIED = ("config_sentence_transformers.json", "modules.json", "sentence_bert_config.json", "tokenizer.json", "tokenizer_config.json")
COPIED_MODULES = ("1_Pooling/config.json", "2_Dense/config.json")
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class Tokens:
    """Token ids of texts, one after the other on the device."""

    def __init__(self, folder, texts):
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(LENGTH)
        ids = [np.array(e.ids, np.int32) for at in range(0, len(texts), 100_000) for e in tokenizer.encode_batch(texts[at : at + 100_000])]
        self.lengths = np.array([len(own) for own in ids])
        self.sizes = torch.from_numpy(self.lengths).to(DEVICE)
        self.starts = self.sizes.cumsum(0) - self.sizes
        self.flat = torch.from_numpy(np.concatenate(ids)).to(DEVICE)

    def batch(self, rows):
        """Ids and mask, [rows, longest rounded up to 16]."""
        longest = (int(self.lengths[rows].max()) + 15) // 16 * 16
        rows = torch.from_numpy(rows).to(DEVICE)
        at = torch.arange(longest, device=DEVICE)[None]
        mask = at < self.sizes[rows][:, None]
        ids = self.flat[(self.starts[rows][:, None] + at).clamp_(max=len(self.flat) - 1)]
        return torch.where(mask, ids, 0).long(), mask


def pooled(model, ids, mask):
    """The mean of the tokens' vectors, [texts, hidden]."""
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
    return (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


@torch.no_grad()
def teacher_vectors(folder, tokens):
    """[texts, 384] of length 1, float16."""
    model = BertModel.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float16 if DEVICE == "cuda" else torch.float32).to(DEVICE).eval()
    found = torch.zeros(len(tokens.lengths), model.config.hidden_size, dtype=torch.float16, device=DEVICE)
    order = np.argsort(-tokens.lengths, kind="stable")
    at = 0
    while at < len(order):
        rows = order[at : at + TEACHER_TOKENS // tokens.lengths[order[at]]]
        found[torch.from_numpy(rows).to(DEVICE)] = normalize(pooled(model, *tokens.batch(rows)), dim=1).half()
        at += len(rows)
    return found


class Student(torch.nn.Module):
    def __init__(self, first):
        super().__init__()
        config = json.loads((first / "config.json").read_text()) | {"num_hidden_layers": LAYERS, "dtype": "float32"}
        dropout = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        self.bert = BertModel(BertConfig(**(config | dropout)), add_pooling_layer=False)
        weights = {name: w.float() for name, w in load_file(first / "model.safetensors").items() if name.startswith("embeddings.")}
        self.bert.load_state_dict(weights, strict=False)
        dense = {name.removeprefix("linear."): w.float() for name, w in load_file(first / "2_Dense/model.safetensors").items()}
        self.linear = torch.nn.Linear(*dense["weight"].T.shape)
        self.linear.load_state_dict(dense)
        for name, module in self.bert.encoder.named_modules():
            if isinstance(module, torch.nn.Linear):
                deviation = next(own for part, own in DEVIATIONS.items() if name.endswith(part))
                torch.nn.init.normal_(module.weight, std=deviation)
                torch.nn.init.zeros_(module.bias)

    def forward(self, ids, mask):
        with torch.autocast(DEVICE, torch.bfloat16, enabled=DEVICE == "cuda"):
            mean = pooled(self.bert, ids, mask)
        return normalize(self.linear(mean), dim=1)


def by_bucket(lengths, groups):
    """Batches of groups of rows that are padded to the same length."""
    bucket = np.searchsorted(BUCKETS, lengths[groups].max(1))
    for b, longest in enumerate(BUCKETS):
        own = groups[bucket == b]
        count = max(1, min(BATCH_TEXTS, BATCH_TOKENS // longest) // groups.shape[1])
        yield from (own[at : at + count] for at in range(0, len(own), count))


def plan(lengths, targets, fours_at, rng):
    """The batches of an epoch, [groups, texts]: of single texts, groups of similar ones of similar length; else fours."""
    single = np.arange(fours_at)
    centres = targets[torch.from_numpy(rng.choice(single, CENTRES)).to(DEVICE)].T
    cluster = torch.cat([(targets[at : min(at + 200_000, fours_at)] @ centres).argmax(1) for at in range(0, fours_at, 200_000)]).cpu().numpy()
    bucket = np.searchsorted(BUCKETS, lengths[single])
    single = single[np.lexsort((rng.random(fours_at), cluster, bucket))]
    single = rng.permutation(single[: fours_at // NEIGHBOURS * NEIGHBOURS].reshape(-1, NEIGHBOURS))
    fours = rng.permutation(np.arange(fours_at, len(lengths)).reshape(-1, 4))
    batches = [*by_bucket(lengths, single), *by_bucket(lengths, fours)]
    return [batches[i] for i in rng.permutation(len(batches))]


def differences(found, target):
    """The mean squared difference of the similarities within each group, [groups, texts, 384]."""
    return ((found @ found.transpose(1, 2) - target @ target.transpose(1, 2)) ** 2).mean()


def loss_of(found, target, group):
    parts = [x.view(-1, group, x.shape[1]) for x in (found, target)]
    local = (LOCAL_OF_FOURS if group == 4 else LOCAL) * differences(*parts)
    return 1 - (found * target).sum(1).mean() + SIMILAR * differences(found[None], target[None]) + local


def write_folder(folder, first, model):
    for name in (*COPIED, *COPIED_MODULES):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(first / name, folder / name)
    config = json.loads((first / "config.json").read_text()) | {"num_hidden_layers": LAYERS}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    weights = {name: w.detach().half().cpu().contiguous() for name, w in model.bert.state_dict().items() if not name.endswith("_ids")}
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    dense = {f"linear.{name}": w.detach().half().cpu() for name, w in model.linear.state_dict().items()}
    save_file(dense, folder / "2_Dense/model.safetensors", {"format": "pt"})


def main():
    parser = argparse.ArgumentParser()
    for name in ("teacher", "texts", "first", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=190, help="of training, after the teacher's vectors")
    parser.add_argument("--limit", type=int, help="of texts of each kind")
    options = parser.parse_args()
    torch.manual_seed(4)
    rng = np.random.default_rng(4)
    singles, fours = ((options.texts / name).read_text().splitlines()[: options.limit] for name in ("singles.txt", "fours.txt"))
    targets = teacher_vectors(options.teacher, Tokens(options.teacher, singles + fours))
    tokens = Tokens(options.first, singles + fours)
    model = Student(options.first).to(DEVICE)
    print(len(targets), "texts,", sum(p.numel() for p in model.parameters()), "parameters", flush=True)

    matrices = [p for p in model.bert.encoder.parameters() if p.dim() == 2]
    tables = [model.bert.embeddings.word_embeddings.weight, model.bert.embeddings.position_embeddings.weight]
    chosen = {id(p) for p in matrices + tables}
    others = [p for p in model.parameters() if id(p) not in chosen]
    kinds = ((matrices, RATE, 0.01), (tables, 1.25 * RATE, 0.0), (others, RATE, 0.0))
    optimizer = torch.optim.AdamW([{"params": own, "base": rate, "weight_decay": decay} for own, rate, decay in kinds], betas=(0.9, 0.98))
    begin, step, done, batches = time.time(), 0, 0.0, []
    while done < 1:
        done = min(1.0, (time.time() - begin) / options.seconds)
        batches = batches or plan(tokens.lengths, targets, len(singles), rng)
        groups = batches.pop()
        for own in optimizer.param_groups:
            own["lr"] = own["base"] * min(1, (step + 1) / WARM_STEPS) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
        rows = groups.ravel()
        loss = loss_of(model(*tokens.batch(rows)), targets[torch.from_numpy(rows).to(DEVICE)].float(), groups.shape[1])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 200 == 0 or DEVICE == "cpu":
            print(f"{done:.0%} step {step} loss {loss.item():.4f}", flush=True)
    write_folder(options.out, options.first, model)


if __name__ == "__main__":
    main()
