"""Trains the model on one GPU for a given time, and writes weights and config.

  python train.py DATA OUT --seconds 170

DATA comes from tokens.py. The mixture of sources changes on the way (`shares`), and the rate falls as a cosine of the time. Kept are the weights
with the least loss, in nats a character of held-out stories plus dialogues; of dialogues, the assistant's tokens count and the one that ends them.
`--width 96 --layers 2 --batch 4 --seconds 60` shows on a CPU that it runs.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

VOCABULARY, WINDOW, HEAD, QUERY_HEADS, KEY_HEADS, DROPOUT, RATE = 6144, 1024, 64, 6, 2, 0.1, 2e-3
USER, ASSISTANT, SYSTEM = 1, 2, 3
STREAMS = ("fairy", "children", "others")  # books: windows from anywhere; the others are packed as whole documents
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def shares(done):
    """Part of a batch by source, when `done` of the time has passed."""
    if done < 0.42:
        return {"children": 0.34, "others": 0.24, "fairy": 0.08, "stories": 0.12, "chat": 0.22}
    if done < 0.7:
        return {"children": 0.27, "others": 0.08, "fairy": 0.10, "stories": 0.19, "chat": 0.36}
    return {"chat": 0.86, "stories": 0.14}


# Documents


def documents(data, name):
    """(tokens, those that are to be learned) of each document."""
    tokens = np.fromfile(data / f"{name}.bin", np.uint16).astype(np.int16)
    for own in np.split(tokens, np.flatnonzero(tokens == 0)[1:]):
        learned = np.arange(len(own)) > 0
        if "chat" in name:
            marks = np.maximum.accumulate(np.where((own >= USER) & (own <= SYSTEM), np.arange(len(own)), -1))
            learned = (marks >= 0) & (own[np.maximum(marks, 0)] == ASSISTANT) & (own != ASSISTANT)
            learned |= (own == USER) & np.concatenate([[False], learned[:-1]])
        yield own, learned


def packed(documents, rng=None):
    """Rows of WINDOW + 1 tokens, of whole documents in random order where there is an `rng`, else of one each. The end of a document is learned."""
    documents = list(documents)
    rows, marks, open_rows = [], [], []
    for i in range(len(documents)) if rng is None else rng.permutation(len(documents)):
        own, learned = (part[: WINDOW + 1] for part in documents[i])
        place = next((o for o in open_rows if o[1] + len(own) <= WINDOW + 1), None) if rng else None
        if place is None:
            place = [len(rows), 0]
            open_rows = [*open_rows, place][-12:]
            rows.append(np.zeros(WINDOW + 1, np.int16))
            marks.append(np.zeros(WINDOW + 1, bool))
        row, at = place
        end = place[1] = at + len(own)
        rows[row][at:end] = own
        marks[row][at:end] |= learned
        if rng and end <= WINDOW:
            marks[row][end] |= learned[-1]
    return torch.from_numpy(np.stack(rows)).to(DEVICE), torch.from_numpy(np.stack(marks)).to(DEVICE)


class Batches:
    def __init__(self, data, size):
        rng = np.random.default_rng(1)
        self.size, self.order = size, {}
        self.rows = {}
        for name in ("chat", "stories"):
            copies = [packed(documents(data, name), rng) for _ in range(3)]
            self.rows[name] = tuple(torch.cat(part) for part in zip(*copies))
        self.streams = {name: torch.from_numpy(np.fromfile(data / f"{name}.bin", np.uint16).astype(np.int16)).to(DEVICE) for name in STREAMS}

    def take(self, name, count):
        if name in STREAMS:
            stream = self.streams[name]
            at = torch.randint(0, len(stream) - WINDOW - 1, (count, 1), device=DEVICE) + torch.arange(WINDOW + 1, device=DEVICE)
            return stream[at], torch.ones_like(at, dtype=torch.bool)
        rows, marks = self.rows[name]
        if len(self.order.get(name, ())) < count:
            self.order[name] = torch.randperm(len(rows), device=DEVICE)
        own, self.order[name] = self.order[name][:count], self.order[name][count:]
        return rows[own], marks[own]

    def next(self, done):
        counts = {name: max(1, round(share * self.size)) for name, share in shares(done).items()}
        first = next(iter(counts))
        counts[first] = max(1, counts[first] + self.size - sum(counts.values()))
        return (torch.cat(part) for part in zip(*(self.take(name, count) for name, count in counts.items())))


# The model: Llama, embeddings tied


def norm(x, weight):
    wide = x.float()
    return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + 1e-5) * weight).to(x.dtype)


class Block(torch.nn.Module):
    def __init__(self, width, layers):
        super().__init__()

        def matrix(inputs, outputs, deviation=0.02):
            return torch.nn.Parameter(torch.randn(outputs, inputs) * deviation)

        inner, deep = width * 7 // 3, 0.02 / math.sqrt(2 * layers)
        self.norm1, self.norm2 = (torch.nn.Parameter(torch.ones(width)) for _ in range(2))
        self.qkv, self.out = matrix(width, (QUERY_HEADS + 2 * KEY_HEADS) * HEAD), matrix(QUERY_HEADS * HEAD, width, deep)
        self.gate_up, self.down = matrix(width, 2 * inner), matrix(inner, width, deep)

    def forward(self, x, cos, sin):
        batch, length, _ = x.shape
        heads = F.linear(norm(x, self.norm1), self.qkv).view(batch, length, -1, HEAD).transpose(1, 2)
        turned, values = heads[:, : QUERY_HEADS + KEY_HEADS].float(), heads[:, QUERY_HEADS + KEY_HEADS :]
        half = torch.cat([-turned[..., HEAD // 2 :], turned[..., : HEAD // 2]], -1)
        turned = (turned * cos + half * sin).to(values.dtype)
        queries, keys = turned[:, :QUERY_HEADS], turned[:, QUERY_HEADS:]
        keys, values = (part.repeat_interleave(QUERY_HEADS // KEY_HEADS, 1) for part in (keys, values))
        mixed = F.scaled_dot_product_attention(queries, keys, values, is_causal=True).transpose(1, 2).reshape(batch, length, -1)
        x = x + F.dropout(F.linear(mixed, self.out), DROPOUT, self.training)
        gate, up = F.linear(norm(x, self.norm2), self.gate_up).chunk(2, -1)
        return x + F.dropout(F.linear(F.silu(gate) * up, self.down), DROPOUT, self.training)


class Llama(torch.nn.Module):
    def __init__(self, width, layers):
        super().__init__()
        self.embedding = torch.nn.Parameter(torch.randn(VOCABULARY, width) * 0.02)
        self.norm = torch.nn.Parameter(torch.ones(width))
        self.blocks = torch.nn.ModuleList(Block(width, layers) for _ in range(layers))
        angles = torch.arange(WINDOW).float()[:, None] / 10000 ** (torch.arange(0, HEAD, 2).float() / HEAD)
        self.register_buffer("cos", torch.cat([angles.cos()] * 2, -1))
        self.register_buffer("sin", torch.cat([angles.sin()] * 2, -1))

    def forward(self, rows):
        """The loss of each token after the first, [rows, WINDOW]."""
        ids, targets = rows[:, :-1].long(), rows[:, 1:].long()
        with torch.autocast(DEVICE, torch.bfloat16):
            x = F.dropout(F.embedding(ids, self.embedding).bfloat16(), DROPOUT, self.training)
            for block in self.blocks:
                x = block(x, self.cos, self.sin)
            logits = F.linear(norm(x, self.norm), self.embedding)
        return F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)


def write_model(folder, model):
    weights = {"model.embed_tokens.weight": model.embedding, "model.norm.weight": model.norm}
    for i, block in enumerate(model.blocks):
        layer = f"model.layers.{i}."
        weights[layer + "input_layernorm.weight"], weights[layer + "post_attention_layernorm.weight"] = block.norm1, block.norm2
        parts = block.qkv.split([QUERY_HEADS * HEAD, KEY_HEADS * HEAD, KEY_HEADS * HEAD])
        weights |= {f"{layer}self_attn.{name}_proj.weight": part for name, part in zip("qkv", parts)}
        weights[layer + "self_attn.o_proj.weight"] = block.out
        weights |= {f"{layer}mlp.{name}_proj.weight": part for name, part in zip(("gate", "up"), block.gate_up.chunk(2))}
        weights[layer + "mlp.down_proj.weight"] = block.down
    save_file({name: w.detach().cpu().half().contiguous().clone() for name, w in weights.items()}, folder / "model.safetensors", {"format": "pt"})
    kinds = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "attention_bias": False, "mlp_bias": False, "hidden_act": "silu"}
    ends = {"tie_word_embeddings": True, "bos_token_id": 0, "eos_token_id": [0, USER], "torch_dtype": "float16", "vocab_size": VOCABULARY}
    heads = {"num_attention_heads": QUERY_HEADS, "num_key_value_heads": KEY_HEADS, "head_dim": HEAD}
    width, layers, inner = model.embedding.shape[1], len(model.blocks), model.blocks[0].down.shape[1]
    sizes = {"hidden_size": width, "num_hidden_layers": layers, **heads, "intermediate_size": inner, "max_position_embeddings": WINDOW}
    config = {**kinds, **ends, **sizes, "rms_norm_eps": 1e-5, "rope_theta": 10000.0}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


@torch.no_grad()
def validate(model, held, characters):
    """Nats a token and nats a character, by set."""
    model.eval()
    found = {}
    for name, (rows, marks) in held.items():
        total = sum((model(rows[at : at + 64]) * marks[at : at + 64, 1:]).sum().item() for at in range(0, len(rows), 64))
        found[name] = (total / marks[:, 1:].sum().item(), total / characters[name])
    model.train()
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=170, help="of training, after compilation")
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--batch", type=int, default=64)
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_float32_matmul_precision("high")
    options.out.mkdir(parents=True, exist_ok=True)
    batches = Batches(options.data, options.batch)
    held = {name: packed(documents(options.data, name)) for name in ("val_stories", "val_chats")}
    characters = json.loads((options.data / "characters.json").read_text())
    model = Llama(options.width, options.layers).to(DEVICE)
    print(round(sum(p.numel() for p in model.parameters()) / 1e6, 2), "M parameters", flush=True)
    if DEVICE == "cuda":
        for block in model.blocks:
            block.compile()
    groups = [{"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": 0.1}]
    groups += [{"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.95))

    def step(done, rate):
        rows, marks = batches.next(done)
        loss = (model(rows) * marks[:, 1:]).sum() / marks[:, 1:].sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.item()

    step(0, 1e-5)  # compiles
    begin, steps, best, asked, done = time.time(), 0, math.inf, 0.0, 0.0
    while done < 1:
        done = min(1.0, (time.time() - begin) / options.seconds)
        loss = step(done, RATE * min(1, (steps + 1) / 200) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done))))
        steps += 1
        if done >= asked:
            asked = done + 0.1
            found = validate(model, held, characters)
            print(f"{done:.0%} step {steps} loss {loss:.3f}", {k: tuple(round(x, 4) for x in v) for k, v in found.items()}, flush=True)
            score = sum(a_character for _, a_character in found.values())
            if score < best:
                best = score
                write_model(options.out, model)


main()
