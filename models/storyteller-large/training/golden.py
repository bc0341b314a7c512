"""Reference of the model: golden.json, computed by transformers in float32.

  python golden.py FOLDER

`cases`: prompt, token ids, last logits, greedy tokens up to an end or 48, and the smallest gap between first and second choice on the way.
`sampled`: a text of 400 tokens at temperature 1 and the mean of its tokens' negative log likelihoods, in nats.
"""

import json
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

PROMPTS = (
    "Once upon a time",
    "The cat and the dog",
    "Lily and Tom were friends. One day,",
    '"Where are you going?" asked the old woman.',
    "Émile said: 你好 🙂",
    "<|endoftext|><|user|>Tell me a story about a dragon in 3 sentences.<|assistant|>",
    "<|endoftext|><|user|>Hello!<|assistant|>Hello! Shall I tell you a story?<|user|>Who are you?<|assistant|>",
)
GREEDY_TOKENS, SAMPLED_TOKENS = 48, 400


@torch.inference_mode()
def main():
    folder = Path(sys.argv[1])
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ends = set(model.config.eos_token_id)

    def last_logits(ids):
        return model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1]

    cases = []
    for prompt in PROMPTS:
        # Conversations bring their special tokens.
        prompt_ids = tokenizer.encode(prompt, add_special_tokens=not prompt.startswith("<|endoftext|>")).ids
        logits = first = last_logits(prompt_ids)
        greedy, gaps = [], []
        while True:
            best, second = logits.topk(2).values.tolist()
            gaps.append(best - second)
            greedy.append(int(logits.argmax()))
            if greedy[-1] in ends or len(greedy) == GREEDY_TOKENS:
                break
            logits = last_logits(prompt_ids + greedy)
        print(prompt, "->", tokenizer.decode(greedy), round(min(gaps), 4))
        cases.append(
            {
                "prompt": prompt,
                "prompt_ids": prompt_ids,
                "last_logits": [round(x, 5) for x in first.tolist()],
                "greedy": greedy,
                "smallest_margin": round(min(gaps), 5),
            }
        )

    generator, ids = torch.Generator().manual_seed(5), list(cases[0]["prompt_ids"])
    begin, losses = len(ids), []
    for _ in range(SAMPLED_TOKENS):
        chances = last_logits(ids).double().softmax(0)
        token = int(chances.multinomial(1, generator=generator))
        losses.append(-chances[token].log().item())
        ids.append(token)
    sampled = {"ids": ids, "prompt_tokens": begin, "mean_nll": round(sum(losses) / len(losses), 6)}
    golden = {"note": "transformers, float32 on the float16 weights", "cases": cases, "sampled": sampled}
    (folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


main()
