"""Golden tokens of small tokenizers, beside the metadata that a GGUF file of them has.

    python3 -m venv .venv && .venv/bin/pip install tokenizers==0.23.3 transformers==5.24.0 sentencepiece==0.2.3 gguf==0.19.0
    .venv/bin/python test/goldens/gguf-tokenizers.py [--files FOLDER]

writes gguf-tokenizers.json beside this file: for each tokenizer the metadata, as llama.cpp's convert_hf_to_gguf.py writes them, and for
each text the ids and what they are decoded to, by the tokenizers library and by sentencepiece. `--files` also writes a GGUF file without
tensors of each, for llama.cpp's `llama-tokenize`. Patterns are those of transformers' GGUF reader or, where it has none, of the
tokenizer.json of the model that gave the name (SmolLM2, DeepSeek V3, Seed-Coder, GPT-2).
"""

import argparse
import io
import json
import pathlib

import gguf
import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers.integrations.gguf.gguf_tokenizer_mapping import GGUF_PRE_TOKENIZER_SPLITS as SPLITS

CORPUS = [
    'Once upon a time there was a little fox, who lived in a big forest. The fox said: "Hello, world!" HELLO, World!',
    "def f(x):\n    return [x + 1, 22, 333, 4444]\n\n\tprint(f(7))  # comment\r\n\r\n",
    "naïve café – ½ price, 10 €; ΑΣ Ünïcödé straße, I'm you're don't we'll IT'S",
    "日本語 のテキスト 한국어 العربية русский текст हिन्दी தமிழ் 😀 👍🏽",
    "camelCaseWord HTTPServer snake_case a/b//c/ x == y != z === --- ***",
] * 4

TEXTS = [
    "Hello, world!",
    " leading and trailing ",
    "two  spaces   three    four\n\nlines\r\n\ttabs \t mixed",
    " " * 37,
    "\n" * 9 + "x" + "\n \n",
    "Once upon a time, there was a fox in the forest.",
    "it's I'm YOU'RE don't '' ' We'LL IT'S",
    "a1b22c333d4444e55555 ½ ² ٣ ٣٤٥ 3.14",
    "naïve café straße ΑΣ Σ ς ΌΣΟΣ İstanbul",
    "e\u0301 a\u0308 \u1e9b\u0323 ﬁ Å \u212b हिन्दी தமிழ் ä́",
    "日本語のテキスト 한국어 العربية русский",
    "😀👍🏽 𝒳 \U0001f469\u200d\U0001f469\u200d\U0001f467",
    "x\ufeffy\ufeff z\u0085w\u00a0v\u2003u\u200bt\u2028s",
    "...!!! ?!?! (a) [b] {c} <d> -- __x__ a_b $5 5% #1 @me",
    "▁ ▁▁ under▁score ▁start",
    "def f(x):\n        return x\n",
    "a" * 60,
    "\x01\x7f control \x1b[0m <0x0A>",
    "CamelCaseWord HTTPServer snake_case getHTTPResponse ǅa aǅ",
    "a/b//c/\n/d //\n\n x==y != z === ---",
    "qzx qzx qzqzqz ŧŧŧ ŋŋ x </s> [PAD]",
]
ADDED_TEXTS = [
    "<think>why?</think> because",
    "<|bos|>hello<|eos|> <|bos|>  x <|eos|>\n",
    " <think> \n<think><think>a",
]

BYTE_LEVEL = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
GPT2 = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
DIGITS = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), GPT2])


def splits(*patterns):
    return pre_tokenizers.Sequence([*(pre_tokenizers.Split(Regex(p), "isolated") for p in patterns), BYTE_LEVEL])


DEEPSEEK3 = (
    r"\p{N}{1,3}",
    "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
)
SEED_CODER = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+"

# Name, pre-tokenizer, normalizer, whether whole pieces are taken without merges.
BYTE_LEVEL_TOKENIZERS = [
    ("llama-bpe", splits(SPLITS["llama-bpe"]), None, True),
    ("dbrx", splits(SPLITS["dbrx"]), None, False),
    ("qwen2", splits(SPLITS["qwen2"]), normalizers.NFC(), False),
    ("megrez", splits(SPLITS["megrez"]), None, False),
    ("qwen35", splits(SPLITS["qwen35"]), normalizers.NFC(), False),
    ("seed-coder", splits(SEED_CODER), None, False),
    ("gpt-4o", splits(SPLITS["gpt-4o"]), None, False),
    ("tekken", splits(SPLITS["tekken"]), None, True),
    ("deepseek-v3", splits(*DEEPSEEK3), None, False),
    ("gpt-2", GPT2, None, False),
    ("olmo", GPT2, normalizers.NFC(), False),
    ("smollm", DIGITS, None, False),
    ("command-r", DIGITS, normalizers.NFC(), False),
]


def byte_level(name, pre_tokenizer, normalizer, ignores_merges):
    """A tokenizer in whose vocabulary one word has no merges that lead to it."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    trained.train_from_iterator(CORPUS, trainer)
    model = json.loads(trained.to_str())["model"]
    merges = [tuple(merge) for merge in model["merges"] if "".join(merge) != "Hello"]
    vocab = dict(model["vocab"])
    vocab.setdefault("Hello", len(vocab))
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges, ignore_merges=ignores_merges))
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|bos|>", "<|eos|>"])
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in ["<think>", "</think>"]])

    size = tokenizer.get_vocab_size()
    texts = {id: text for text, id in tokenizer.get_vocab(with_added_tokens=True).items()}
    kinds = {"<|bos|>": 3, "<|eos|>": 3, "<think>": 4, "</think>": 4}
    metadata = {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": name,
        # The embeddings have one row more than the tokenizer has tokens.
        "tokenizer.ggml.tokens": [texts[id] for id in range(size)] + [f"[PAD{size}]"],
        "tokenizer.ggml.token_type": [kinds.get(texts[id], 1) for id in range(size)] + [5],
        "tokenizer.ggml.merges": [" ".join(merge) for merge in merges],
        "tokenizer.ggml.bos_token_id": tokenizer.token_to_id("<|bos|>"),
        "tokenizer.ggml.eos_token_id": tokenizer.token_to_id("<|eos|>"),
        "tokenizer.ggml.add_bos_token": name == "dbrx",
    }
    cases = []
    for text in TEXTS + ADDED_TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        cases.append(case(text, ids, tokenizer.decode(ids, skip_special_tokens=True)))
    return {"metadata": metadata, "cases": cases}


def sentence_piece(architecture, prefix, user_defined=(), forget_scores=False, byte_fallback=True):
    trained = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(line for text in CORPUS for line in text.splitlines()),
        model_writer=trained,
        model_type="bpe",
        vocab_size=364 + 256 * byte_fallback + len(user_defined),
        character_coverage=0.98,
        byte_fallback=byte_fallback,
        split_digits=True,
        allow_whitespace_only_pieces=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=prefix,
        user_defined_symbols=list(user_defined),
        hard_vocab_limit=False,
        minloglevel=2,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=trained.getvalue())
    tokens, scores, kinds = [], [], []
    for id in range(processor.get_piece_size()):
        text = processor.id_to_piece(id)
        kind = 1
        if processor.is_unknown(id):
            kind = 2
        elif processor.is_control(id):
            kind = 3
        elif processor.is_byte(id):
            kind = 6
        elif text in user_defined:
            kind, text = 4, text.replace("▁", " ")
        tokens.append(text)
        scores.append(processor.get_score(id))
        kinds.append(kind)
    metadata = {
        "general.architecture": architecture,
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.scores": [0.0 for _ in scores] if forget_scores else scores,
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0,
        **({} if prefix else {"tokenizer.ggml.add_space_prefix": False}),
    }
    texts = TEXTS + [text for text in ADDED_TEXTS if user_defined and "<|" not in text]
    # This one is a control token here, which sentencepiece never finds in a text.
    texts = [text.replace("</s>", "</t>") for text in texts]
    if architecture == "gemma3":
        # Gemma's tokenizer.json takes runs of the sign for a space as they stand in a text, sentencepiece with the spaces beside them.
        texts = [text for text in texts if "▁" not in text]
    cases = []
    for text in texts:
        ids = processor.encode(text)
        # Unknown pieces are decoded to a sign by sentencepiece, and to nothing by others.
        cases.append(case(text, ids, processor.decode([id for id in ids if not processor.is_unknown(id)])))
    return {"metadata": metadata, "cases": cases}


def case(text, ids, decoded):
    return {"text": text, "ids": ids, **({} if decoded == text else {"decoded": decoded})}


def write_file(path, metadata):
    writer = gguf.GGUFWriter(path, "llama")
    for key, value in metadata.items():
        if not key.startswith("tokenizer."):
            continue
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        else:
            writer.add_array(key, value)
    for add, value in [
        (writer.add_vocab_size, len(metadata["tokenizer.ggml.tokens"])),
        (writer.add_context_length, 64),
        (writer.add_embedding_length, 64),
        (writer.add_block_count, 1),
        (writer.add_feed_forward_length, 64),
        (writer.add_head_count, 1),
        (writer.add_layer_norm_rms_eps, 1e-5),
        (writer.add_rope_dimension_count, 64),
    ]:
        add(value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


RUNS = ["▁" * length for length in range(2, 32)] + ["\n" * length for length in range(1, 9)]
made = {f"gpt2 {options[0]}": byte_level(*options) for options in BYTE_LEVEL_TOKENIZERS}
made["llama"] = sentence_piece("llama", prefix=True)
made["llama without a prefix"] = sentence_piece("llama", prefix=False, user_defined=["<think>", "</think>", "▁▁", "▁fox▁"])
made["llama without bytes"] = sentence_piece("llama", prefix=True, byte_fallback=False)
made["gemma3"] = sentence_piece("gemma3", prefix=False, user_defined=["<think>", "</think>", *RUNS], forget_scores=True)

# Names with the same pattern, by the name of the tokenizer above that has it.
own = {name: SPLITS[name] for name, *_ in BYTE_LEVEL_TOKENIZERS if name in SPLITS}
first = {pattern: name for name, pattern in reversed(own.items())}
aliases = {name: first[pattern] for name, pattern in SPLITS.items()}

arguments = argparse.ArgumentParser()
arguments.add_argument("--files", type=pathlib.Path)
folder = arguments.parse_args().files
if folder:
    folder.mkdir(parents=True, exist_ok=True)
    for name, tokenizer in made.items():
        write_file(folder / f"{name.replace(' ', '-')}.gguf", tokenizer["metadata"])
path = pathlib.Path(__file__).with_name("gguf-tokenizers.json")
path.write_text(json.dumps({"aliases": aliases, "tokenizers": made}, ensure_ascii=False, separators=(",", ":")) + "\n")
print(f"{path.name}: {path.stat().st_size} bytes, {len(made)} tokenizers")
