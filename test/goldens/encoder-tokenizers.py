"""Makes encoder-tokenizers.json: tokens of texts and pairs by the tokenizers library, for small tokenizers of encoders' kinds.

    pip install "transformers==5.24.0" "tokenizers==0.23.3" "sentencepiece==0.2.3"
    python test/goldens/encoder-tokenizers.py

Run by hand; the tests read what it wrote.
"""

import io
import json
import pathlib
import tempfile

import sentencepiece
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

CORPUS = [
    "Once upon a time there was a little fox, who lived in a big forest. The fox said: \"Hello, world!\"",
    "naïve café – ½ price, 10 €; Ünïcödé straße, I'm you're don't we'll unbelievable running runs runner",
    "日本語 のテキスト 한국어 العربية русский текст 😀",
] * 4

TEXTS = [
    "",
    "Hello, world!",
    "  two  spaces   three\n\nlines\r\n\ttabs ",
    "naïve CAFÉ straße ΑΣ ΌΣΟΣ İstanbul",
    "e\u0301 a\u0308 \u1e9b\u0323 ﬁ Å \u212b ½ ²",
    "日本語のテキスト 한국어 العربية русский текст",
    "😀👍🏽 𝒳 \U0001f469\u200d\U0001f469\u200d\U0001f467",
    "x\ufeffy\ufeff z\u0085w\u00a0v\u2003u\u200bt\u2028s \x00\x01\x7f\ufffd",
    "it's I'm don't (a) [b] $5 5% #1 @me ``x'' . . . n't",
    "unbelievable runnings qzx " + "a" * 101,
    "[CLS] fox [SEP] <s>fox</s> [MASK]",
    "ＡＢＣ ｶﾞ ㍿ ™ …",
    "Once upon a time there was a little fox, who lived in a big forest.",
]
PAIRS = [(TEXTS[i], TEXTS[j]) for i, j in [(1, 12), (12, 1), (12, 12), (0, 1), (5, 6), (3, 8)]]
LENGTHS = [8, 13, 30, 64]

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
S_SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def word_piece(normalizer):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=300, special_tokens=SPECIALS, show_progress=False))
    return tokenizer


def bert(lowercase, processor):
    tokenizer = word_piece(normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=lowercase))
    tokenizer.post_processor = processor
    return tokenizer


def roberta():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=S_SPECIALS, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    return tokenizer


def charsmap():
    """A small compiled map of characters: white space and controls, a ligature, wide letters, a letter with its accent."""
    rules = {"\u00a0": " ", "\u2003": " ", "\u0085": " ", "\n": " ", "\t": " ", "\ufeff": "", "\u200b": "", "\x01": "", "ﬁ": "fi", "㍿": "株式会社", "…": "...", "e\u0301": "é", "½": "1⁄2", "™": "TM"}
    rules.update({chr(0xFF21 + i): chr(65 + i) for i in range(26)})
    lines = ["%s\t%s" % (" ".join("%X" % ord(c) for c in a), " ".join("%X" % ord(c) for c in b)) for a, b in rules.items()]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "rules.tsv"
        path.write_text("\n".join(lines) + "\n")
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(CORPUS), model_writer=model, vocab_size=150, hard_vocab_limit=False, model_type="unigram", normalization_rule_tsv=str(path), minloglevel=2
        )
    return field(field(model.getvalue(), 3), 2)


def field(message, wanted):
    """The bytes of a field of a protobuf message."""
    at, found = 0, None

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 2:
            length = varint()
            if key >> 3 == wanted:
                found = message[at : at + length]
            at += length
        elif key & 7 == 0:
            varint()
        else:
            at += {1: 8, 5: 4}[key & 7]
    return found


def xlm_roberta():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Precompiled(charsmap()), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.train_from_iterator(CORPUS, trainers.UnigramTrainer(vocab_size=200, special_tokens=S_SPECIALS, unk_token="<unk>", show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


TEMPLATE = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
FIXTURES = {
    "bert-uncased": bert(True, TEMPLATE),
    "bert-cased": bert(False, processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))),
    "roberta": roberta(),
    "xlm-roberta": xlm_roberta(),
}


def encoded(tokenizer, *texts, **options):
    made = tokenizer(*texts, return_token_type_ids=True, **options)
    return {"ids": made["input_ids"], "types": made["token_type_ids"]}


def goldens(backend):
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend)
    texts = []
    for text in TEXTS:
        plain = tokenizer.encode(text, add_special_tokens=False)
        texts.append({"text": text, "ids": tokenizer(text)["input_ids"], "cut": tokenizer(text, truncation=True, max_length=8)["input_ids"], "decoded": tokenizer.backend_tokenizer.decode(plain, skip_special_tokens=True)})
    pairs = [{"pair": pair, "maxTokens": length, **encoded(tokenizer, *pair, truncation="longest_first", max_length=length)} for pair in PAIRS for length in LENGTHS]
    # Rust's truncation and padding are not the file's to say.
    backend.no_truncation()
    return {"json": json.loads(backend.to_str()), "texts": texts, "pairs": pairs}


path = pathlib.Path(__file__).with_name("encoder-tokenizers.json")
path.write_text(json.dumps({name: goldens(backend) for name, backend in FIXTURES.items()}, ensure_ascii=False, separators=(",", ":")) + "\n")
print(path, path.stat().st_size, "bytes")
