"""Golden tokens of small tokenizers that use what model folders use, from the original library.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install tokenizers==0.23.3 transformers==5.24.0 jinja2
    /tmp/venv/bin/python test/goldens/make_tokenizers.py

writes tokenizers.json beside this file: for each tokenizer its files, and for each text the ids with and without special tokens
and what the ids are decoded to. Files are merged by transformers, the rest is the tokenizers library.
"""

import json
import pathlib
import tempfile

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

CORPUS = [
    "Once upon a time there was a little fox, who lived in a big forest. The fox said: \"Hello, world!\"",
    "def f(x):\n    return [x + 1, 22, 333, 4444]\n\n\tprint(f(7))  # comment",
    "naïve café – ½ price, 10 €; ΑΣ Ünïcödé straße, I'm you're don't we'll",
    "日本語 のテキスト 한국어 العربية русский текст 😀 👍🏽",
] * 4

TEXTS = [
    "",
    "Hello, world!",
    " leading and trailing ",
    "two  spaces   three    four\n\nlines\r\n\ttabs \t mixed",
    "Once upon a time, there was a fox.",
    "it's I'm YOU'RE don't '' '",
    "a1b22c333d4444e55555 ½ ² ٣ 3.14",
    "naïve café straße ΑΣ Σ ς ΌΣΟΣ İstanbul",
    "e\u0301 a\u0308 \u1e9b\u0323 ﬁ Å \u212b",
    "日本語のテキスト 한국어 العربية русский",
    "😀👍🏽 𝒳 \U0001f469\u200d\U0001f469\u200d\U0001f467",
    "x\ufeffy\ufeff z\u0085w\u00a0v\u2003u\u200bt\u2028s",
    "...!!! ?!?! (a) [b] {c} <d> -- __x__ a_b $5 5% #1 @me",
    "▁ ▁▁ under▁score ▁start",
    "<s>hello</s> <s> hello </s>",
    "[PAD]word[PAD] wordTOKENword TOKEN,TOKEN 1TOKEN TOKEN1 _TOKEN",
    "  <mask>  x <mask>\n\ny<mask>",
    "def f(x):\n        return x\n",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "    " * 5 + "deep",
    "\x00\x01\x7f control \x1b[0m",
    "CamelCaseWord HTTPServer snake_case",
    "qzx qzx qzqzqz ŧŧŧ ŋŋ x",
]

MODELS = {}


def model(name, tokenizer):
    MODELS[name] = json.loads(tokenizer.to_str())["model"]
    return name


def trained_bpe(size, alphabet, **options):
    tokenizer = Tokenizer(models.BPE(**options))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False) if alphabet else pre_tokenizers.Metaspace()
    specials = ["<unk>", "<s>", "</s>"]
    if options.get("byte_fallback"):
        specials += [f"<0x{i:02X}>" for i in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if alphabet else [],
        special_tokens=specials,
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def trained_unigram(size, byte_fallback):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=size, special_tokens=["<unk>", "<s>", "</s>"], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    made = json.loads(tokenizer.to_str())["model"]
    vocab = [tuple(entry) for entry in made["vocab"]]
    if byte_fallback:
        vocab = vocab[:3] + [(f"<0x{i:02X}>", -12.0) for i in range(256)] + vocab[3:]
    return Tokenizer(models.Unigram(vocab, unk_id=0, byte_fallback=byte_fallback))


BYTES = model("bytes", trained_bpe(420, True))
SPM = model("spm", trained_bpe(500, False, unk_token="<unk>", byte_fallback=True, fuse_unk=True))
SPM_UNK = model("spm-unk", trained_bpe(260, False, unk_token="<unk>", fuse_unk=True))
SPM_UNFUSED = model("spm-unfused", trained_bpe(260, False, unk_token="<unk>"))
UNIGRAM = model("unigram", trained_unigram(260, False))
UNIGRAM_BYTES = model("unigram-bytes", trained_unigram(260, True))

BYTE_DECODER = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
SPM_DECODER = {
    "type": "Sequence",
    "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
        {"type": "ByteFallback"},
        {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0},
    ],
}
GPT2 = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
BYTES_ONLY = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
SPM_NORMALIZER = {
    "type": "Sequence",
    "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}],
}


def token(id, content, **flags):
    base = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {"id": id, "content": content, **base, **flags}


SPECIAL = [token(0, "<unk>"), token(1, "<s>"), token(2, "</s>")]


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


def split(pattern, behavior, invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def metaspace(scheme, is_split):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": is_split}


def bos(*after):
    return {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
        + [{"SpecialToken": {"id": token_, "type_id": 0}} for token_ in after],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {
            name: {"id": name, "ids": [id], "tokens": [name]} for id, name in [(1, "<s>"), (2, "</s>")]
        },
    }


FIXTURES = {}


def fixture(name, model_name, pre_tokenizer, decoder, normalizer=None, post_processor=None, added=None, **files):
    size = len(MODELS[model_name]["vocab"])
    tokens = SPECIAL + [token(size + i, **entry) for i, entry in enumerate(added or [])]
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": tokens,
        "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": post_processor,
        "decoder": decoder,
        "model": model_name,
    }
    config = {"tokenizer_class": "PreTrainedTokenizerFast", **files.pop("config", {})}
    FIXTURES[name] = {
        "files": {"tokenizer.json": tokenizer, "tokenizer_config.json": config, **{f"{k}.json": v for k, v in files.items()}}
    }


fixture("gpt2", BYTES, GPT2, BYTE_DECODER)
fixture("gpt2-prefix-space", BYTES, {**GPT2, "add_prefix_space": True}, BYTE_DECODER, post_processor=bos())
fixture("qwen", BYTES, sequence(split(QWEN, "Isolated"), BYTES_ONLY), BYTE_DECODER, normalizer={"type": "NFC"})
fixture("llama3", BYTES, sequence(split(LLAMA3, "Isolated"), BYTES_ONLY), BYTE_DECODER, post_processor={"type": "Sequence", "processors": [{**GPT2}, bos()]})
fixture("starcoder", BYTES, sequence({"type": "Digits", "individual_digits": True}, GPT2), BYTE_DECODER)
fixture("falcon", BYTES, sequence({"type": "Punctuation", "behavior": "Contiguous"}, GPT2, {"type": "Digits", "individual_digits": False}, split("[0-9][0-9][0-9]", "Isolated")), BYTE_DECODER)
fixture("punctuation", BYTES, sequence({"type": "Punctuation", "behavior": "Isolated"}, BYTES_ONLY), BYTE_DECODER)
for behavior in ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]:
    fixture(f"split-{behavior}", BYTES, sequence(split(r"\s|\d+", behavior), BYTES_ONLY), BYTE_DECODER)
    fixture(f"split-{behavior}-inverted", BYTES, sequence(split(r"\w+|[^\w\s]", behavior, True), BYTES_ONLY), BYTE_DECODER)
    fixture(f"split-{behavior}-string", BYTES, sequence(split(" ", behavior, False, "String"), BYTES_ONLY), BYTE_DECODER)
fixture("whitespace", BYTES, sequence({"type": "Whitespace"}, BYTES_ONLY), BYTE_DECODER)
fixture("whitespace-split", BYTES, sequence({"type": "WhitespaceSplit"}, BYTES_ONLY), BYTE_DECODER)
fixture("lowercase", BYTES, GPT2, BYTE_DECODER, normalizer={"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}, {"type": "Strip", "strip_left": True, "strip_right": True}]})
fixture("replace-regex", BYTES, GPT2, BYTE_DECODER, normalizer={"type": "Replace", "pattern": {"Regex": r"\s{2,}"}, "content": "$& "})
fixture("llama2", SPM, None, SPM_DECODER, normalizer=SPM_NORMALIZER, post_processor=bos())
fixture("gemma", SPM, split(" ", "MergedWithPrevious", False, "String"), {"type": "Sequence", "decoders": SPM_DECODER["decoders"][:3]}, normalizer={"type": "Replace", "pattern": {"String": " "}, "content": "▁"}, post_processor=bos(), added=[{"content": "▁▁▁▁", "special": False}, {"content": "\n\n", "special": False}])
for scheme in ["always", "first", "never"]:
    for is_split in [True, False]:
        decoder = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": is_split}
        fixture(f"metaspace-{scheme}-{is_split}", SPM_UNK, metaspace(scheme, is_split), decoder, added=[{"content": "TOKEN", "special": False}])
fixture("unfused", SPM_UNFUSED, metaspace("always", True), {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True})
fixture("unigram", UNIGRAM, metaspace("always", True), {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True})
fixture("unigram-bytes", UNIGRAM_BYTES, None, SPM_DECODER, normalizer=SPM_NORMALIZER)
fixture("added", BYTES, GPT2, BYTE_DECODER, added=[
    {"content": "TOKEN", "special": False, "single_word": True},
    {"content": "<mask>", "lstrip": True, "rstrip": True},
    {"content": "word", "special": False, "normalized": True},
    {"content": "qzx", "special": False, "lstrip": True},
    {"content": "qz", "special": False},
    {"content": "[PAD]", "special": True},
])
fixture("added-normalized", BYTES, GPT2, BYTE_DECODER, normalizer={"type": "Lowercase"}, added=[
    {"content": "TOKEN", "special": False, "normalized": True},
    {"content": "Word", "special": False, "normalized": False},
])
# The truth in five files.
size = len(MODELS[BYTES]["vocab"])
decoder_entry = lambda content, **flags: {k: v for k, v in token(0, content, **flags).items() if k != "id"}
fixture("decoder-table", BYTES, GPT2, BYTE_DECODER, config={
    "eos_token": "[PAD]",
    "bos_token": "<s>",
    "added_tokens_decoder": {
        "1": decoder_entry("<s>"),
        "2": decoder_entry("</s>", special=False, lstrip=True),
        str(size): decoder_entry("[PAD]"),
        str(size + 1): decoder_entry("TOKEN", special=False),
    },
})
fixture("legacy-files", BYTES, GPT2, BYTE_DECODER, special_tokens_map={"eos_token": {"content": "[PAD]", "lstrip": False, "rstrip": False, "normalized": False, "single_word": False}}, added_tokens={"[PAD]": size, "TOKEN": size + 1})
fixture("named", BYTES, GPT2, BYTE_DECODER, config={"eos_token": "fox" if "fox" in MODELS[BYTES]["vocab"] else "Ġfox", "bos_token": "<s>", "add_bos_token": True, "add_eos_token": False})
fixture("bos-and-eos", BYTES, GPT2, BYTE_DECODER, post_processor=bos(), config={"eos_token": "</s>", "bos_token": "<s>", "add_bos_token": True, "add_eos_token": True})
fixture("no-bos", BYTES, GPT2, BYTE_DECODER, post_processor=bos(), config={"eos_token": "</s>", "bos_token": "<s>", "add_bos_token": False, "add_eos_token": False})


def goldens(name, files):
    with tempfile.TemporaryDirectory() as folder:
        for file, content in files.items():
            if file == "tokenizer.json":
                content = {**content, "model": MODELS[content["model"]]}
            (pathlib.Path(folder) / file).write_text(json.dumps(content))
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
        largest = max(tokenizer.get_vocab().values())
        cases = []
        for text in TEXTS:
            plain = tokenizer.encode(text, add_special_tokens=False)
            cases.append({
                "text": text,
                "plain": plain,
                "framed": tokenizer.encode(text, add_special_tokens=True),
                "decoded": tokenizer.backend_tokenizer.decode(plain, skip_special_tokens=True),
            })
        return {"vocabSize": largest + 1, "eos": tokenizer.eos_token_id, "cases": cases}


for name, entry in FIXTURES.items():
    entry.update(goldens(name, entry["files"]))
path = pathlib.Path(__file__).with_name("tokenizers.json")
path.write_text(json.dumps({"models": MODELS, "tokenizers": FIXTURES}, ensure_ascii=False, separators=(",", ":")) + "\n")
print(path, path.stat().st_size, "bytes,", len(FIXTURES), "tokenizers")
