"""Makes families.json: logits of small random models of each family of decoders, by Hugging Face's implementation.

    pip install "transformers==5.24.0" torch numpy    (the CPU build of torch does)
    python test/goldens/families.py

Run by hand; the tests read what it wrote. No weights are stored: a hash of a tensor's name and of an element's index gives
each element (weights.py).
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
import transformers
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText
from weights import noise, tensor

PROMPT_TOKENS = 40
NEW_TOKENS = 8
# The ends of three chunks of the prompt, of two shorter prompts continued by 8 tokens, and of the whole continuation.
POSITIONS = [11, 19, 24, 32, 39, 47]
# Every fifth logit tells as much as all of them.
STRIDE = 5
# A greedy choice that is this close to another one could go either way.
MIN_MARGIN = 1e-2

SHAPE = {
    "vocab_size": 320,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "bos_token_id": None,
    "eos_token_id": 0,
    "pad_token_id": None,
}


def llama(name, **fields):
    return {"name": f"Llama: {name}", "model_type": "llama", "architectures": ["LlamaForCausalLM"], **fields}


def mistral(name, **fields):
    return {"name": f"Mistral: {name}", "model_type": "mistral", "architectures": ["MistralForCausalLM"], **fields}


def qwen2(name, **fields):
    return {"name": f"Qwen2: {name}", "model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], **fields}


def qwen3(name, **fields):
    return {"name": f"Qwen3: {name}", "model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"], **fields}


def gemma3(name, **fields):
    return {
        "name": f"Gemma 3: {name}",
        "model_type": "gemma3_text",
        "architectures": ["Gemma3ForCausalLM"],
        "hidden_activation": "gelu_pytorch_tanh",
        **fields,
    }


def phi3(name, **fields):
    return {"name": f"Phi-3: {name}", "model_type": "phi3", "architectures": ["Phi3ForCausalLM"], **fields}


def granite(name, **fields):
    return {"name": f"Granite 3: {name}", "model_type": "granite", "architectures": ["GraniteForCausalLM"], **fields}


def olmo2(name, **fields):
    return {"name": f"OLMo 2: {name}", "model_type": "olmo2", "architectures": ["Olmo2ForCausalLM"], **fields}


def smollm3(name, **fields):
    return {"name": f"SmolLM3: {name}", "model_type": "smollm3", "architectures": ["SmolLM3ForCausalLM"], **fields}


def factors(count, first, step):
    return [round(first + step * i, 4) for i in range(count)]


# Fields as published files have them: those of transformers 4 (rope_theta, rope_scaling) or 5 (rope_parameters).
CASES = [
    llama("grouped heads, tied, no scaling", tie_word_embeddings=True, rope_theta=10000.0, torch_dtype="bfloat16"),
    llama(
        "llama3 scaling, a head per key, biases",
        num_key_value_heads=4,
        attention_bias=True,
        mlp_bias=True,
        rope_theta=500.0,
        rope_scaling={
            "rope_type": "llama3",
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 32,
        },
    ),
    llama(
        "version 5, linear scaling, one key/value head, wide head",
        num_key_value_heads=1,
        head_dim=32,
        rope_parameters={"rope_type": "linear", "factor": 4.0, "rope_theta": 1000.0},
        dtype="bfloat16",
    ),
    mistral("a window of 8", sliding_window=8, rope_theta=10000.0, head_dim=16),
    mistral("no window, head_dim 24", sliding_window=None, rope_theta=1000000.0, head_dim=24),
    mistral(
        "version 5, a window of 16, a head per key",
        sliding_window=16,
        num_key_value_heads=4,
        rope_parameters={"rope_type": "default", "rope_theta": 100000.0},
    ),
    qwen2("tied, window not used", tie_word_embeddings=True, use_sliding_window=False, sliding_window=8, max_window_layers=2, rope_theta=1000000.0),
    qwen2("late layers with a window", use_sliding_window=True, sliding_window=8, max_window_layers=2, rope_theta=10000.0),
    qwen2(
        "version 5, yarn",
        use_sliding_window=False,
        sliding_window=None,
        rope_parameters={
            "rope_type": "yarn",
            "factor": 4.0,
            "original_max_position_embeddings": 32,
            "rope_theta": 1000.0,
        },
    ),
    qwen3("tied, head_dim 32", tie_word_embeddings=True, head_dim=32, rope_theta=1000000.0, rope_scaling=None, sliding_window=None),
    qwen3(
        "yarn with parameters of its own, attention biases",
        head_dim=16,
        attention_bias=True,
        rope_theta=10000.0,
        rope_scaling={
            "rope_type": "yarn",
            "factor": 2.0,
            "original_max_position_embeddings": 64,
            "beta_fast": 16.0,
            "beta_slow": 2.0,
            "attention_factor": 1.25,
        },
    ),
    qwen3(
        "version 5, one key/value head",
        head_dim=16,
        num_key_value_heads=1,
        layer_types=["full_attention"] * 4,
        rope_parameters={"rope_type": "default", "rope_theta": 5000.0},
    ),
    gemma3(
        "version 4, windows by pattern, one key/value head",
        num_key_value_heads=1,
        head_dim=16,
        query_pre_attn_scalar=100,
        num_hidden_layers=6,
        sliding_window=8,
        sliding_window_pattern=3,
        rope_theta=1000000.0,
        rope_local_base_freq=10000.0,
        rope_scaling=None,
        attn_logit_softcapping=None,
        final_logit_softcapping=None,
    ),
    gemma3(
        "version 4, linear scaling of full layers, score scale of its own, layer types",
        head_dim=32,
        query_pre_attn_scalar=128,
        sliding_window=16,
        layer_types=["sliding_attention", "full_attention", "sliding_attention", "full_attention"],
        rope_theta=1000.0,
        rope_local_base_freq=100.0,
        rope_scaling={"rope_type": "linear", "factor": 8.0},
    ),
    gemma3(
        "version 5, nested ropes, head_dim 256, untied",
        head_dim=256,
        num_attention_heads=2,
        num_key_value_heads=1,
        num_hidden_layers=2,
        tie_word_embeddings=False,
        sliding_window=12,
        layer_types=["sliding_attention", "full_attention"],
        rope_parameters={
            "full_attention": {"rope_type": "linear", "factor": 2.0, "rope_theta": 50000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 500.0},
        },
    ),
    phi3("no scaling, a window of 9, a head per key", num_key_value_heads=4, sliding_window=9, rope_theta=10000.0, rope_scaling=None),
    phi3(
        "longrope beyond the original context, a part of the head, tied",
        tie_word_embeddings=True,
        head_dim=32,
        hidden_size=128,
        partial_rotary_factor=0.75,
        original_max_position_embeddings=32,
        rope_theta=10000.0,
        sliding_window=512,
        rope_scaling={"type": "longrope", "short_factor": factors(12, 1, 0.05), "long_factor": factors(12, 1, 0.75)},
    ),
    {
        **phi3(
            "version 5, longrope within the original context, half of the head",
            hidden_size=128,
            original_max_position_embeddings=64,
            rope_parameters={
                "rope_type": "longrope",
                "rope_theta": 10000.0,
                "partial_rotary_factor": 0.5,
                "original_max_position_embeddings": 64,
                "short_factor": factors(8, 1.1, 0.05),
                "long_factor": factors(8, 1, 0.75),
            },
        ),
        "contextLength": 64,
    },
    granite(
        "tied, four multipliers",
        tie_word_embeddings=True,
        attention_multiplier=0.2,
        embedding_multiplier=12.0,
        logits_scaling=4.0,
        residual_multiplier=0.22,
        rope_theta=10000.0,
        rope_scaling=None,
    ),
    granite(
        "untied, biases, a head per key",
        num_key_value_heads=4,
        attention_bias=True,
        mlp_bias=True,
        attention_multiplier=0.5,
        embedding_multiplier=6.0,
        logits_scaling=0.5,
        residual_multiplier=0.5,
        rope_theta=1000000.0,
    ),
    granite("version 5, one multiplier, one key/value head", num_key_value_heads=1, attention_multiplier=0.125, rope_parameters={"rope_type": "default", "rope_theta": 10000.0}),
    olmo2("a head per key", num_key_value_heads=4, rope_theta=500000.0, rope_scaling=None),
    olmo2("grouped heads, biases, tied", attention_bias=True, tie_word_embeddings=True, rope_theta=10000.0, rms_norm_eps=1e-6),
    olmo2("version 5, one key/value head", num_key_value_heads=1, rope_parameters={"rope_type": "default", "rope_theta": 500000.0}),
    smollm3(
        "no_rope_layers",
        no_rope_layers=[1, 0, 1, 0],
        no_rope_layer_interval=2,
        rope_theta=5000000.0,
        use_sliding_window=False,
        sliding_window=None,
        layer_types=["full_attention"] * 4,
    ),
    smollm3("interval, untied, biases", tie_word_embeddings=False, attention_bias=True, mlp_bias=True, no_rope_layer_interval=3, rope_theta=2000.0),
    smollm3(
        "version 5, windows in layers that rotate nothing",
        num_key_value_heads=4,
        use_sliding_window=True,
        sliding_window=8,
        rope_parameters={"rope_type": "default", "rope_theta": 2000000.0},
    ),
]

MULTIMODAL = {
    "name": "Gemma 3: the text model of a multimodal one",
    "architectures": ["Gemma3ForConditionalGeneration"],
    "model_type": "gemma3",
    "eos_token_id": [0, 1],
    "image_token_index": 319,
    "boi_token_index": 317,
    "eoi_token_index": 318,
    "mm_tokens_per_image": 4,
    "text_config": {
        "model_type": "gemma3_text",
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 24,
        "vocab_size": 320,
        "max_position_embeddings": 128,
        "sliding_window": 8,
        "sliding_window_pattern": 2,
        "query_pre_attn_scalar": 100,
        "rope_scaling": {"rope_type": "linear", "factor": 8.0},
    },
    "vision_config": {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 32,
        "patch_size": 8,
        "model_type": "siglip_vision_model",
    },
}


PHI4_MINI = {
    "architectures": ["Phi3ForCausalLM"],
    "model_type": "phi3",
    "hidden_size": 3072,
    "num_attention_heads": 24,
    "max_position_embeddings": 131072,
    "original_max_position_embeddings": 4096,
    "partial_rotary_factor": 0.75,
    "rope_theta": 10000.0,
    "rope_scaling": {"type": "longrope", "short_factor": factors(48, 1, 0.01), "long_factor": factors(48, 1, 0.6)},
}
QWEN25 = {
    "architectures": ["Qwen2ForCausalLM"],
    "model_type": "qwen2",
    "hidden_size": 3584,
    "num_attention_heads": 28,
    "max_position_embeddings": 32768,
    "rope_theta": 1000000.0,
}


def yarn(**fields):
    return {**QWEN25, "rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768, **fields}}


# Rotary embeddings of published sizes, with the context length of the engine.
ROPES = [
    ("Qwen2.5 with yarn", yarn(), 131072),
    ("yarn with bounds between dimensions", yarn(truncate=False, beta_fast=24, beta_slow=2), 131072),
    ("yarn with two scales", yarn(factor=40.0, mscale=0.707, mscale_all_dim=1.0), 131072),
    ("yarn that extends nothing", yarn(factor=1.0), 32768),
    ("yarn without an original length", {**QWEN25, "rope_scaling": {"rope_type": "yarn", "factor": 2.0}}, 65536),
    (
        "Llama 3.2 1B",
        {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "hidden_size": 2048,
            "num_attention_heads": 32,
            "head_dim": 64,
            "max_position_embeddings": 131072,
            "rope_theta": 500000.0,
            "rope_scaling": {
                "factor": 32.0,
                "high_freq_factor": 4.0,
                "low_freq_factor": 1.0,
                "original_max_position_embeddings": 8192,
                "rope_type": "llama3",
            },
        },
        131072,
    ),
    ("Phi-4-mini within the original context", PHI4_MINI, 4096),
    ("Phi-4-mini beyond the original context", PHI4_MINI, 4097),
    ("longrope cut to less than the original context", {**PHI4_MINI, "max_position_embeddings": 2048}, 2048),
    (
        "longrope with factors of its own, in the words of version 5",
        {
            **{key: value for key, value in PHI4_MINI.items() if not key.startswith(("rope", "partial"))},
            "rope_parameters": {
                "rope_type": "longrope",
                "rope_theta": 5000.0,
                "partial_rotary_factor": 0.5,
                "factor": 8.0,
                "attention_factor": 1.5,
                "original_max_position_embeddings": 4096,
                "short_factor": factors(32, 1, 0.01),
                "long_factor": factors(32, 1, 0.6),
            },
        },
        8192,
    ),
]


def rope(name, config, context):
    fields = {key: value for key, value in config.items() if key != "model_type"}
    parsed = AutoConfig.for_model(config["model_type"], **json.loads(json.dumps(fields)))
    initialise = ROPE_INIT_FUNCTIONS[parsed.rope_parameters["rope_type"]]
    frequencies, factor = initialise(parsed, "cpu", seq_len=context)
    return {
        "name": name,
        "config": {**SHAPE, **config},
        "contextLength": context,
        "frequencies": [float(f"{value:.7g}") for value in frequencies.tolist()],
        "attentionFactor": factor,
    }


def make(case):
    config = {key: value for key, value in case.items() if key not in ("name", "contextLength")}
    multimodal = "text_config" in config
    if not multimodal:
        config = {**SHAPE, **config}
    fields = {key: value for key, value in config.items() if key not in ("model_type", "torch_dtype", "dtype")}
    parsed = AutoConfig.for_model(config["model_type"], **json.loads(json.dumps(fields)))
    auto = AutoModelForImageTextToText if multimodal else AutoModelForCausalLM
    model = auto.from_config(parsed, attn_implementation="eager", dtype=torch.float32).eval()
    state = dict(model.state_dict())
    if (parsed.get_text_config() if multimodal else parsed).tie_word_embeddings:
        state.pop("lm_head.weight")
    shapes = {name: list(value.shape) for name, value in state.items()}
    weights = {name: torch.from_numpy(tensor(name, shape).copy()) for name, shape in shapes.items()}
    loaded = model.load_state_dict(weights, strict=False)
    assert not loaded.unexpected_keys and set(loaded.missing_keys) <= {"lm_head.weight"}, loaded
    model.tie_weights()

    def logits(ids):
        with torch.no_grad():
            return model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float().numpy()

    for attempt in range(100):
        seed = noise(f"{case['name']} {attempt}", PROMPT_TOKENS)
        prompt = [3 + int((value + 0.5) * 300) for value in seed]
        ids, margin = list(prompt), math.inf
        for _ in range(NEW_TOKENS):
            last = logits(ids)[-1]
            second, first = np.sort(last)[-2:]
            margin = min(margin, float(first - second))
            ids.append(int(last.argmax()))
        if margin > MIN_MARGIN:
            break
    else:
        raise RuntimeError(f"{case['name']}: no prompt has clear choices.")
    found = logits(ids)
    return {
        "name": case["name"],
        "config": config,
        **({"contextLength": case["contextLength"]} if "contextLength" in case else {}),
        "tensors": shapes,
        "prompt": prompt,
        "greedy": ids[PROMPT_TOKENS:],
        "logits": [[float(f"{value:.7g}") for value in found[position][::STRIDE]] for position in POSITIONS],
    }


def main():
    cases = []
    for case in [*CASES, MULTIMODAL]:
        made = make(case)
        values = np.array(made["logits"])
        print(f"{made['name']}: logits of rms {np.sqrt((values**2).mean()):.2f}, greedy {made['greedy']}")
        cases.append(made)
    head = {"transformers": transformers.__version__, "torch": torch.__version__, "positions": POSITIONS, "stride": STRIDE}
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    ropes = ",\n".join(json.dumps(rope(*entry), separators=(",", ":")) for entry in ROPES)
    text = json.dumps(head)[:-1] + f', "ropes": [\n{ropes}\n], "cases": [\n{lines}\n]}}\n'
    json.loads(text)
    Path(__file__).with_name("families.json").write_text(text)


main()
