"""The student: its vocabulary, cut from the teacher's, its first weights, and its folder."""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

HIDDEN, LAYERS, HEADS, FEED, OUT, LENGTH, PIECES = 256, 2, 8, 1024, 384, 256, 8192
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
# Letters of other scripts than these stay unknown: their texts are not English.
SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "DIGIT")


def is_kept(character: str) -> bool:
    return not unicodedata.category(character).startswith(("L", "M")) or unicodedata.name(character, "").startswith(SCRIPTS)


def cut_vocabulary(teacher: Path, texts: list[str]) -> dict[str, int]:
    """The new ids of the pieces kept: special ones, single characters, then the most frequent in the texts; in the teacher's order."""
    file = json.loads((teacher / "tokenizer.json").read_text())
    vocab = file["model"]["vocab"]
    tokenizer = Tokenizer.from_file(str(teacher / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    counts = Counter(i for e in tokenizer.encode_batch(texts, add_special_tokens=False) for i in e.ids)
    kept = set(SPECIAL) | {p for p in vocab if len(p.removeprefix("##")) == 1 and is_kept(p.removeprefix("##"))}
    for piece, _ in sorted(vocab.items(), key=lambda item: (-counts[item[1]], item[1])):
        if len(kept) == PIECES:
            break
        if not piece.startswith("[unused"):
            kept.add(piece)
    ordered = [*SPECIAL, *(p for p in sorted(vocab, key=vocab.get) if p in kept and p not in SPECIAL)]
    return {piece: i for i, piece in enumerate(ordered)}


def cut_tokenizer(teacher: Path, vocab: dict[str, int]) -> dict:
    """The teacher's tokenizer.json with the vocabulary `vocab`."""
    file = json.loads((teacher / "tokenizer.json").read_text())
    file["truncation"], file["padding"] = None, None
    file["model"] = {"type": "WordPiece", **file["model"], "vocab": vocab}
    for token in file["added_tokens"]:
        token["id"] = vocab[token["content"]]
    for name, token in file["post_processor"]["special_tokens"].items():
        token["ids"] = [vocab[name]]
    return file


def first_weights(table: torch.Tensor, bias: torch.Tensor) -> dict[str, torch.Tensor]:
    """Weights whose output is that of the static model: the mean of `table`'s rows, [pieces, 384], plus `bias`.

    LayerNorm would make all tokens equally long. So 254 of the 256 dimensions hold a token's vector, one fills it up to the length 16,
    and all are orthogonal to the vector of ones: such a vector passes LayerNorm as it is. The layers begin with outputs of zero.
    """
    left, sizes, right = torch.linalg.svd(table, full_matrices=False)
    inner = (left * sizes)[:, : HIDDEN - 2]
    norms = inner.norm(dim=1, keepdim=True)
    length = HIDDEN**0.5
    scale = 0.9 * length / norms.flatten().quantile(0.95)
    inner = inner * scale * (0.9 * length / (norms * scale)).clamp(max=1)
    inner[: len(SPECIAL)] = 0
    rest = (HIDDEN - inner.pow(2).sum(1, keepdim=True)).sqrt()
    ones = torch.ones(HIDDEN, 1) / length
    spread, _ = torch.linalg.qr(torch.cat([ones, torch.randn(HIDDEN, HIDDEN - 1)], 1))
    basis = spread[:, 1:]  # 256 x 255
    new = {
        "embeddings.word_embeddings.weight": torch.cat([inner, rest], 1) @ basis.T,
        "embeddings.position_embeddings.weight": 0.02 * torch.randn(LENGTH, HIDDEN),
        "embeddings.token_type_embeddings.weight": torch.zeros(2, HIDDEN),
        "embeddings.LayerNorm.weight": torch.ones(HIDDEN),
        "embeddings.LayerNorm.bias": torch.zeros(HIDDEN),
    }
    shapes = {
        "attention.self.query": (HIDDEN, HIDDEN, 0.04),
        "attention.self.key": (HIDDEN, HIDDEN, 0.04),
        "attention.self.value": (HIDDEN, HIDDEN, 0.06),
        "attention.output.dense": (HIDDEN, HIDDEN, 0.0),
        "intermediate.dense": (FEED, HIDDEN, 0.06),
        "output.dense": (HIDDEN, FEED, 0.0),
    }
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}."
        for name, (rows, columns, deviation) in shapes.items():
            new[f"{prefix}{name}.weight"], new[f"{prefix}{name}.bias"] = torch.randn(rows, columns) * deviation, torch.zeros(rows)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            new[f"{prefix}{name}.weight"], new[f"{prefix}{name}.bias"] = torch.ones(HIDDEN), torch.zeros(HIDDEN)
    new["linear.weight"] = right[: HIDDEN - 2].T @ basis[:, :-1].T
    new["linear.bias"] = bias * scale
    return new


def model_config() -> dict:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": PIECES,
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": FEED,
        "hidden_act": "gelu",
        "max_position_embeddings": LENGTH,
        "type_vocab_size": 2,
        "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
        "attention_probs_dropout_prob": 0.0,
        "hidden_dropout_prob": 0.0,
        "position_embedding_type": "absolute",
        "torch_dtype": "float16",
    }


def write_json(path: Path, value) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n")


def write_folder(folder: Path, tokenizer: dict, weights: dict[str, torch.Tensor]) -> None:
    """The layout of sentence-transformers: Transformer, Pooling (mean), Dense, Normalize; weights in float16."""
    module = "sentence_transformers.models."
    chain = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Dense", "Dense"), ("3_Normalize", "Normalize"))
    write_json(folder / "modules.json", [{"idx": i, "name": str(i), "path": p, "type": module + t} for i, (p, t) in enumerate(chain)])
    write_json(folder / "config.json", model_config())
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": LENGTH, "do_lower_case": False})
    write_json(folder / "config_sentence_transformers.json", {"prompts": {}, "default_prompt_name": None, "similarity_fn_name": "cosine"})
    tokens = {name: f"[{name.removesuffix('_token').upper()}]" for name in ("unk_token", "sep_token", "pad_token", "cls_token", "mask_token")}
    write_json(folder / "tokenizer_config.json", {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": LENGTH, **tokens})
    write_json(folder / "1_Pooling/config.json", {"word_embedding_dimension": HIDDEN, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False})
    activation = "torch.nn.modules.linear.Identity"
    write_json(folder / "2_Dense/config.json", {"in_features": HIDDEN, "out_features": OUT, "bias": True, "activation_function": activation})
    (folder / "tokenizer.json").write_text(re.sub(r"\n {3,}", " ", json.dumps(tokenizer, ensure_ascii=False, indent=1)) + "\n")
    half = {name: tensor.half().contiguous() for name, tensor in weights.items()}
    save_file({n: t for n, t in half.items() if not n.startswith("linear.")}, folder / "model.safetensors", {"format": "pt"})
    save_file({n: t for n, t in half.items() if n.startswith("linear.")}, folder / "2_Dense/model.safetensors", {"format": "pt"})
    for path in (folder / "model.safetensors", folder / "2_Dense/model.safetensors"):
        path.chmod(0o644)
