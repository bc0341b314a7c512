"""Makes encoders.json: outputs of small random encoders of each family, and of decoders that embed, by Hugging Face's implementation.

    pip install "transformers==5.24.0" "sentence-transformers==6.2.0" torch numpy    (the CPU build of torch does)
    python test/goldens/encoders.py

Run by hand; the tests read what it wrote. No weights are stored: a hash of a
tensor's name and of an element's index gives each element (weights.py).
"""

import json
from pathlib import Path

import numpy as np
import sentence_transformers
import torch
import transformers
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification
from weights import noise, tensor

LENGTHS = [2, 3, 9, 24, 57]
# Every third element of a vector tells as much as all of them.
STRIDE = 3

SHAPE = {
    "vocab_size": 320,
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 3,
    "max_position_embeddings": 64,
}
DISTIL = {"vocab_size": 320, "dim": 48, "hidden_dim": 96, "n_layers": 3, "n_heads": 3, "max_position_embeddings": 64}


def bert(name, architecture="BertModel", **fields):
    return {"name": f"BERT: {name}", "model_type": "bert", "architectures": [architecture], **SHAPE, "type_vocab_size": 2, **fields}


def roberta(name, architecture="RobertaModel", model_type="roberta", **fields):
    return {
        "name": f"RoBERTa: {name}",
        "model_type": model_type,
        "architectures": [architecture],
        **SHAPE,
        "max_position_embeddings": 66,
        "type_vocab_size": 1,
        "layer_norm_eps": 1e-5,
        "pad_token_id": 1,
        **fields,
    }


def distilbert(name, architecture="DistilBertModel", **fields):
    return {"name": f"DistilBERT: {name}", "model_type": "distilbert", "architectures": [architecture], **DISTIL, **fields}


def mpnet(name, architecture="MPNetModel", **fields):
    return {
        "name": f"MPNet: {name}",
        "model_type": "mpnet",
        "architectures": [architecture],
        **SHAPE,
        "max_position_embeddings": 66,
        "pad_token_id": 1,
        "layer_norm_eps": 1e-5,
        **fields,
    }


def modernbert(name, architecture="ModernBertModel", **fields):
    return {
        "name": f"ModernBERT: {name}",
        "model_type": "modernbert",
        "architectures": [architecture],
        **{key: value for key, value in SHAPE.items()},
        "num_hidden_layers": 4,
        "pad_token_id": 0,
        "eos_token_id": 1,
        "bos_token_id": 2,
        "cls_token_id": 2,
        "sep_token_id": 1,
        **fields,
    }


# A multiple of 64, the width from which on int8 rotates the residual stream.
DECODER = {
    "vocab_size": 320,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "bos_token_id": None,
    "eos_token_id": 0,
    "pad_token_id": None,
}


def decoder(name, model_type, architecture, **fields):
    return {"name": name, "model_type": model_type, "architectures": [architecture], **DECODER, **fields}


def labels(*names):
    return {"id2label": {str(i): name for i, name in enumerate(names)}, "label2id": {name: i for i, name in enumerate(names)}}


def pooling(mode, size=48, **fields):
    return {"module": "Pooling", "config": {"embedding_dimension": size, "pooling_mode": mode, **fields}}


NORMALIZE = {"module": "Normalize"}


def dense(rows, columns, activation, bias=True):
    return {"module": "Dense", "config": {"in_features": columns, "out_features": rows, "bias": bias, "activation_function": f"torch.nn.modules.{activation}"}}


CASES = [
    {**bert("mean and Normalize, token types"), "modules": [pooling("mean"), NORMALIZE], "types": True},
    {**bert("cls, gelu_new, an eps of its own", hidden_act="gelu_new", layer_norm_eps=1e-6), "modules": [pooling("cls"), NORMALIZE]},
    {
        **bert("every pooling, two Dense layers, a prompt that does not count", hidden_act="relu"),
        "modules": [
            pooling(["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"], include_prompt=False),
            dense(40, 288, "activation.Tanh"),
            dense(24, 40, "linear.Identity", bias=False),
            NORMALIZE,
        ],
        "promptTokens": 1,
    },
    {**bert("old names of norms"), "old": True},
    bert("a model of masked words", "BertForMaskedLM"),
    {**bert("one label", "BertForSequenceClassification", **labels("LABEL_0")), "types": True},
    bert("three labels", "BertForSequenceClassification", problem_type="single_label_classification", **labels("a", "b", "c")),
    roberta("mean"),
    roberta("XLM-R, cls", "XLMRobertaModel", "xlm-roberta"),
    roberta("several labels at once", "RobertaForSequenceClassification", problem_type="multi_label_classification", **labels("a", "b", "c", "d")),
    roberta("XLM-R, one label", "XLMRobertaForSequenceClassification", "xlm-roberta", **labels("LABEL_0")),
    distilbert("mean"),
    distilbert("two labels", "DistilBertForSequenceClassification", **labels("NEGATIVE", "POSITIVE")),
    {**mpnet("mean and Normalize"), "modules": [pooling("mean"), NORMALIZE]},
    {
        **modernbert("version 4, cls and Normalize", local_attention=16, global_attn_every_n_layers=3, global_rope_theta=1600.0, local_rope_theta=100.0),
        "modules": [pooling("cls"), NORMALIZE],
    },
    modernbert(
        "version 5, mean, layer types",
        local_attention=10,
        layer_types=["sliding_attention", "full_attention", "sliding_attention", "full_attention"],
        rope_parameters={"full_attention": {"rope_type": "default", "rope_theta": 5000.0}, "sliding_attention": {"rope_type": "default", "rope_theta": 200.0}},
    ),
    modernbert("three labels of the mean", "ModernBertForSequenceClassification", classifier_pooling="mean", local_attention=16, **labels("a", "b", "c")),
    modernbert("one label", "ModernBertForSequenceClassification", **labels("LABEL_0")),
    mpnet("a regression", "MPNetForSequenceClassification", problem_type="regression", **labels("LABEL_0")),
    {
        **decoder("Qwen3: last token and Normalize", "qwen3", "Qwen3ForCausalLM", head_dim=32, tie_word_embeddings=True, rope_theta=1000000.0),
        "modules": [pooling("lasttoken", 64), NORMALIZE],
    },
    {
        **decoder("Llama: weighted mean, a head of its own", "llama", "LlamaForCausalLM", num_hidden_layers=1, rope_theta=500.0),
        "modules": [pooling("weightedmean", 64)],
        "wholeModel": True,
    },
    {
        **decoder("Qwen2: both directions, mean, Dense", "qwen2", "Qwen2Model", is_causal=False),
        "modules": [pooling("mean", 64), dense(24, 64, "linear.Identity"), NORMALIZE],
    },
    {**decoder("Mistral: a window, last token", "mistral", "MistralModel", sliding_window=8), "modules": [pooling("lasttoken", 64), NORMALIZE]},
    decoder("Gemma 3: mean", "gemma3_text", "Gemma3TextModel", head_dim=16, query_pre_attn_scalar=16, sliding_window=8, num_hidden_layers=2, layer_types=["sliding_attention", "full_attention"], hidden_activation="gelu_pytorch_tanh"),
    {**decoder("Qwen3: three labels, padding", "qwen3", "Qwen3ForSequenceClassification", head_dim=16, **{**labels("a", "b", "c"), "pad_token_id": 1}), "padded": True},
]


def old_name(name):
    return name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")


def chain(modules):
    """The modules behind the transformer, and the shapes of their tensors."""
    built, shapes = [], []
    for i, module in enumerate(modules):
        config = dict(module.get("config", {}))
        if module["module"] == "Pooling":
            built.append(Pooling(**config))
        elif module["module"] == "Normalize":
            built.append(Normalize())
        else:
            activation = {"Tanh": torch.nn.Tanh(), "Identity": torch.nn.Identity()}[config.pop("activation_function").split(".")[-1]]
            made = Dense(**config, activation_function=activation)
            names = {name: list(value.shape) for name, value in made.state_dict().items()}
            made.load_state_dict({name: torch.from_numpy(tensor(f"{i}.{name}", shape).copy()) for name, shape in names.items()})
            built.append(made)
            module = {**module, "tensors": names}
        shapes.append(module)
    return built, shapes


def make(case):
    extra = ("name", "modules", "types", "old", "promptTokens", "wholeModel", "padded")
    config = {key: value for key, value in case.items() if key not in extra}
    fields = {key: value for key, value in config.items() if key != "model_type"}
    parsed = AutoConfig.for_model(config["model_type"], **json.loads(json.dumps(fields)))
    classifies = config["architectures"][0].endswith("ForSequenceClassification")
    auto = AutoModelForSequenceClassification if classifies else AutoModel
    model = auto.from_config(parsed, attn_implementation="eager", dtype=torch.float32).eval()
    renamed = old_name if case.get("old") else (lambda name: name)
    # Models with a head, and those of masked words, give the names of the encoder's tensors a prefix.
    prefix = "bert." if config["architectures"][0] == "BertForMaskedLM" else "model." if case.get("wholeModel") else ""
    stored = {name: prefix + renamed(name) for name in model.state_dict()}
    shapes = {stored[name]: list(value.shape) for name, value in model.state_dict().items()}
    loaded = model.load_state_dict({name: torch.from_numpy(tensor(stored[name], list(value.shape)).copy()) for name, value in model.state_dict().items()})
    assert not loaded.unexpected_keys and not loaded.missing_keys, loaded
    if case.get("wholeModel"):
        shapes["lm_head.weight"] = [config["vocab_size"], config["hidden_size"]]
    built, modules = chain(case.get("modules", []))
    inputs = []
    for length in LENGTHS:
        tokens = [3 + int((value + 0.5) * 300) for value in noise(f"{case['name']} {length}", length)]
        if case.get("padded") and length > 3:
            # Padding in the middle, and at the end, where it is not the last token.
            tokens[length // 2] = tokens[-1] = config["pad_token_id"]
        types = [int(i > length // 2) for i in range(length)] if case.get("types") else None
        ids = torch.tensor([tokens])
        given = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        if types:
            given["token_type_ids"] = torch.tensor([types])
        with torch.no_grad():
            out = model(**given)
            if classifies:
                values = out.logits[0]
            else:
                features = {"token_embeddings": out.last_hidden_state, "attention_mask": given["attention_mask"]}
                if "promptTokens" in case:
                    features["prompt_length"] = case["promptTokens"]
                for module in built or [Pooling(parsed.hidden_size, "mean")]:
                    features = module(features)
                values = features["sentence_embedding"][0]
        numbers = values.numpy() if classifies else values.numpy()[::STRIDE]
        inputs.append({"tokens": tokens, **({"types": types} if types else {}), "values": [float(f"{value:.7g}") for value in numbers]})
    return {
        "name": case["name"],
        "config": config,
        **({"modules": modules} if modules else {}),
        **({"promptTokens": case["promptTokens"]} if "promptTokens" in case else {}),
        "output": "logits" if classifies else "vector",
        "tensors": shapes,
        "inputs": inputs,
    }


def main():
    cases = []
    for case in CASES:
        made = make(case)
        values = np.concatenate([entry["values"] for entry in made["inputs"]])
        print(f"{made['name']}: {made['output']} of rms {np.sqrt((values**2).mean()):.3f}")
        cases.append(made)
    head = {"transformers": transformers.__version__, "sentence_transformers": sentence_transformers.__version__, "stride": STRIDE}
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    text = json.dumps(head)[:-1] + f', "cases": [\n{lines}\n]}}\n'
    json.loads(text)
    Path(__file__).with_name("encoders.json").write_text(text)


main()
