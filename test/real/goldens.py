"""Writes golden.json: what transformers makes of the GGUF file of the tests, dequantised to float32.

By hand, with torch, transformers and gguf (the versions are written into the golden):

    npm run test:real            # once, to fetch the file
    python3 test/real/goldens.py .cache/real/SmolLM2-135M-Instruct.Q4_1.gguf
"""

import json
import math
import sys
from pathlib import Path

import gguf
import tokenizers
import torch
import transformers
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = Path(__file__).parent
WINDOWS = 8
NEW_TOKENS = 48
TOP = 50
# Indices into the texts and the chats of texts.json that are continued.
TEXTS = [19, 2, 10]
CHATS = [0, 2, 3, 5, 8, 13, 16, 35, 36]

file = Path(sys.argv[1])
torch.set_num_threads(2)
model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32).eval()
tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
inputs = json.loads((HERE / "texts.json").read_text())
chats = [tokenizer.apply_chat_template(c, tokenize=False, add_generation_prompt=True) for c in inputs["chats"]]
texts = inputs["texts"] + chats


def encode(text):
    return tokenizer(text, add_special_tokens=False).input_ids


as_read = [encode(text) for text in texts]
# The GGUF reader of transformers forgets that "smollm" splits digits one by one, as the tokenizer that the model was trained with does.
backend = tokenizer.backend_tokenizer
backend.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), backend.pre_tokenizer])
split = [encode(text) for text in texts]


@torch.no_grad()
def log_probabilities(ids):
    return model(torch.tensor([ids])).logits[0].log_softmax(-1)


def perplexity():
    ids = encode((HERE / "perplexity.txt").read_text())
    length = len(ids) // WINDOWS
    total = 0.0
    for i in range(WINDOWS):
        window = ids[i * length : (i + 1) * length]
        total -= log_probabilities(window)[:-1].gather(1, torch.tensor(window[1:])[:, None]).sum().item()
    return math.exp(total / (WINDOWS * (length - 1)))


def continued(text):
    ids = encode(text)
    last = log_probabilities(ids)[-1].topk(TOP)
    greedy, gaps = [], []
    while len(greedy) < NEW_TOKENS:
        values, indices = log_probabilities(ids + greedy)[-1].topk(2)
        greedy.append(indices[0].item())
        gaps.append(round((values[0] - values[1]).item(), 5))
        if greedy[-1] == tokenizer.eos_token_id:
            break
    return {
        "text": text,
        "top": [[token, round(value, 5)] for token, value in zip(last.indices.tolist(), last.values.tolist())],
        "greedy": greedy,
        "gaps": gaps,
    }


def by_row(matrix, largest):
    steps = matrix.abs().amax(-1, keepdim=True) / largest
    return torch.where(steps == 0, matrix, (matrix / steps.clamp(min=1e-30)).round() * steps)


def losses():
    """Perplexities with weights by row of the matrix, or activations by row, in 8 bits: what int8 costs, part by part."""
    linear = [layer for layer in model.modules() if isinstance(layer, torch.nn.Linear)]
    original = [layer.weight.data for layer in linear]
    found = {"float32": perplexity()}
    for largest in (127, 64):
        for layer, weight in zip(linear, original):
            layer.weight.data = by_row(weight, largest)
        model.get_input_embeddings().weight.data = model.get_output_embeddings().weight.data
        found[f"weights{largest}"] = perplexity()
    for layer, weight in zip(linear, original):
        layer.weight.data = weight
    model.get_input_embeddings().weight.data = model.get_output_embeddings().weight.data
    for layer in linear:
        layer.register_forward_pre_hook(lambda _, args: (by_row(args[0], 127),))
    found["activations"] = perplexity()
    return {name: round(value, 4) for name, value in found.items()}


cases = [continued(text) for text in [inputs["texts"][i] for i in TEXTS] + [chats[i] for i in CHATS]]
versions = {module.__name__: module.__version__ for module in (torch, transformers, tokenizers)}
golden = {
    "versions": versions | {"gguf": gguf.__version__ if hasattr(gguf, "__version__") else "0.19.0"},
    "chats": chats,
    "ids": split,
    "readerIds": {str(i): ids for i, ids in enumerate(as_read) if ids != split[i]},
    "cases": cases,
    "perplexity": losses(),
}
(HERE / "golden.json").write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")) + "\n")
