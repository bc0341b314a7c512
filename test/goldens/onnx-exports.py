"""Small models of random weights, exported to ONNX as the exporters of the field write them, and what ONNX Runtime's own Python package computes with the
very files: goldens of test/model/onnx-decoders.spec.ts and onnx-encoders.spec.ts.

By hand, in an environment of its own, since optimum's exporter wants an older transformers:

    pip install optimum-onnx==0.1.0 transformers==4.57.6 torch==2.8.0 onnx onnxruntime==1.30.0 onnxscript onnx_ir accelerate
    pip install --no-deps onnxruntime-genai==0.11.2
    python test/goldens/onnx-exports.py
"""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import optimum.version
import torch
import transformers
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.transformers.float16 import convert_float_to_float16
from optimum.exporters.onnx import onnx_export_from_model

ROOT = Path(__file__).parent / "onnx"
VOCABULARY = 96
PROMPT = [(i * 37 + 5) % (VOCABULARY - 4) + 4 for i in range(40)]
# Lengths of the prompt whose last logits are kept; longer than the windows.
ENDS = [1, 9, 25, 40]
NEW_TOKENS = 6

SMALL = dict(
    vocab_size=VOCABULARY,
    hidden_size=32,
    intermediate_size=40,
    num_hidden_layers=2,
    num_attention_heads=2,
    max_position_embeddings=128,
)
GROUPED = dict(SMALL, num_attention_heads=4, num_key_value_heads=2, head_dim=16)
SPECIAL = dict(bos_token_id=1, eos_token_id=2, pad_token_id=0)


def random_weights(model):
    generator = torch.Generator().manual_seed(7)
    for parameter in model.parameters():
        if parameter.dim() > 1:
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.2
    return model.eval().float()


def causal(config):
    return random_weights(transformers.AutoModelForCausalLM.from_config(config))


def export(name, model, task, **options):
    folder = ROOT / name
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as work:
        onnx_export_from_model(model, Path(work), task=task, do_validation=False, **options)
        folder.mkdir(parents=True)
        for file in ["model.onnx", "config.json", "generation_config.json"]:
            if (Path(work) / file).exists():
                shutil.copy(Path(work) / file, folder / file)
    write_tokenizer(folder)
    return folder


def write_tokenizer(folder):
    """Four special tokens and a token for each of some characters."""
    vocabulary = {"<pad>": 0, "<s>": 1, "</s>": 2, "<unk>": 3}
    for code in range(33, 33 + VOCABULARY - 4):
        vocabulary[chr(code)] = len(vocabulary)
    special = [
        dict(id=i, content=token, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
        for token, i in list(vocabulary.items())[:4]
    ]
    model = dict(
        type="BPE", dropout=None, unk_token="<unk>", continuing_subword_prefix=None, end_of_word_suffix=None,
        fuse_unk=False, byte_fallback=False, vocab=vocabulary, merges=[],
    )  # fmt: skip
    byte_level = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=True)
    tokenizer = dict(
        version="1.0", truncation=None, padding=None, added_tokens=special, normalizer=None, pre_tokenizer=byte_level,
        post_processor=None, decoder=byte_level, model=model,
    )  # fmt: skip
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))


def quantise(file, suffix, **options):
    target = file.with_name(f"model{suffix}.onnx")
    quantize_dynamic(file, target, **options)
    return target


def blocks(file):
    quantizer = MatMulNBitsQuantizer(onnx.load(file), block_size=32, is_symmetric=False)
    quantizer.process()
    target = file.with_name("model_q4.onnx")
    quantizer.model.save_model_to_file(str(target))
    return target


def half(file, suffix):
    target = file.with_name(f"model{suffix}.onnx")
    onnx.save(convert_float_to_float16(onnx.load(file), keep_io_types=False, disable_shape_infer=True), target)
    return target


def merged(file, target):
    """A file with two graphs in one, as older exporters wrote it: `use_cache_branch` chooses."""
    model = onnx.load(file)
    graph = model.graph

    def branch(name):
        nodes = []
        made = {output for node in graph.node for output in node.output}
        rename = lambda value: f"{name}/{value}" if value in made else value
        for node in graph.node:
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            copy.input[:] = [rename(value) for value in node.input]
            copy.output[:] = [rename(value) for value in node.output]
            copy.name = f"{name}/{node.name}"
            nodes.append(copy)
        outputs = [onnx.helper.make_tensor_value_info(rename(o.name), o.type.tensor_type.elem_type, None) for o in graph.output]
        return onnx.helper.make_graph(nodes, name, [], outputs)

    choice = onnx.helper.make_node(
        "If", ["use_cache_branch"], [output.name for output in graph.output],
        then_branch=branch("with_past"), else_branch=branch("without_past"), name="optimum::if",
    )  # fmt: skip
    flag = onnx.helper.make_tensor_value_info("use_cache_branch", onnx.TensorProto.BOOL, [1])
    both = onnx.helper.make_graph([choice], "merged", [*graph.input, flag], graph.output, graph.initializer)
    onnx.save(onnx.helper.make_model(both, opset_imports=model.opset_import, ir_version=model.ir_version), target)


def built_by_genai(name, source, precision):
    """The model builder of ONNX Runtime GenAI, whose attention is fused."""
    from onnxruntime_genai.models.builder import create_model

    folder = ROOT / name
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as work:
        try:
            create_model(None, str(source), f"{work}/out", precision, "cpu", f"{work}/cache")
        except ValueError:
            # It copies the tokenizer last, of which there is none.
            pass
        folder.mkdir(parents=True)
        for file in ["model.onnx", "model.onnx.data"]:
            shutil.copy(Path(work) / "out" / file, folder / file)
    shutil.copy(source / "config.json", folder / "config.json")
    write_tokenizer(folder)
    return folder


class Session:
    def __init__(self, file):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def run(self, ids, **more):
        """All of a sequence at once, without a past."""
        feeds = {}
        for value in self.session.get_inputs():
            integers = {
                "input_ids": lambda: ids,
                "attention_mask": lambda: [1] * len(ids),
                "position_ids": lambda: list(range(len(ids))),
                "token_type_ids": lambda: more.get("types", [0] * len(ids)),
            }
            if value.name in integers:
                feeds[value.name] = np.array([integers[value.name]()], dtype=np.int64)
            elif value.name == "use_cache_branch":
                feeds[value.name] = np.array([False])
            else:
                dtype = np.float16 if "float16" in value.type else np.float32
                feeds[value.name] = np.zeros((1, value.shape[1], 0, value.shape[3]), dtype)
        return self.session.run(None, feeds)[0][0].astype(np.float32)


def rounded(values):
    return [float(f"{value:.6g}") for value in values]


def golden_decoder(file):
    session = Session(file)
    tokens = list(PROMPT)
    logits = {str(end): rounded(session.run(PROMPT[:end])[-1]) for end in ENDS}
    for _ in range(NEW_TOKENS):
        tokens.append(int(session.run(tokens)[-1].argmax()))
    logits[str(len(tokens))] = rounded(session.run(tokens)[-1])
    return dict(file=str(file.relative_to(ROOT)), prompt=PROMPT, greedy=tokens[len(PROMPT) :], logits=logits)


TEXTS = [PROMPT[:1], PROMPT[:7], PROMPT[3:12], PROMPT[:24], PROMPT[5:40], PROMPT]


def golden_encoder(file):
    session = Session(file)
    return dict(file=str(file.relative_to(ROOT)), texts=TEXTS, outputs=[rounded(session.run(text).reshape(-1)) for text in TEXTS])


def decoders():
    c = transformers
    llama_config = c.LlamaConfig(**GROUPED, **SPECIAL, tie_word_embeddings=True)
    llama = causal(llama_config)
    folder = export("llama", llama, "text-generation-with-past")
    inner = folder / "onnx"
    inner.mkdir()
    fp32 = inner / "model.onnx"
    shutil.move(folder / "model.onnx", fp32)
    quantise(fp32, "_quantized", weight_type=QuantType.QUInt8)
    quantise(fp32, "_int8", weight_type=QuantType.QInt8, per_channel=True)
    half(fp32, "_fp16")
    half(blocks(fp32), "_q4f16")
    yield from sorted(inner.glob("*.onnx"))

    # Wide enough for the kernels that products of larger models take.
    wide = dict(GROUPED, hidden_size=128, intermediate_size=256, head_dim=64, num_attention_heads=2, num_key_value_heads=1)
    folder = export("llama-wide", causal(c.LlamaConfig(**wide, **SPECIAL)), "text-generation-with-past")
    quantise(folder / "model.onnx", "_quantized", weight_type=QuantType.QUInt8)
    blocks(folder / "model.onnx")
    yield from sorted(folder.glob("*.onnx"))

    old = ROOT / "llama-merged"
    shutil.rmtree(old, ignore_errors=True)
    old.mkdir()
    merged(fp32, old / "decoder_model_merged.onnx")
    for file in ["config.json", "generation_config.json", "tokenizer.json"]:
        shutil.copy(ROOT / "llama" / file, old / file)
    yield old / "decoder_model_merged.onnx"

    others = {
        # No positions among its inputs, and windows of 8 in every second layer.
        "gemma3": c.Gemma3TextConfig(
            **GROUPED, **SPECIAL, query_pre_attn_scalar=16, sliding_window=8, layer_types=["sliding_attention", "full_attention"]
        ),
        "mistral": c.MistralConfig(**GROUPED, **SPECIAL, sliding_window=8),
        "qwen3": c.Qwen3Config(**GROUPED, **SPECIAL),
        # Learned positions, one matrix for queries, keys and values, LayerNorm: families that the engine builds no graph of.
        "gpt2": c.GPT2Config(vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=2, n_positions=128, bos_token_id=1, eos_token_id=2),
        "phi": c.PhiConfig(**SMALL, **SPECIAL, partial_rotary_factor=0.5),
    }
    for name, config in others.items():
        yield export(name, causal(config), "text-generation-with-past") / "model.onnx"

    # Lists of axes as attributes, and a softmax over all axes from its own on.
    old = transformers.AutoModelForCausalLM.from_config(others["gpt2"], attn_implementation="eager")
    yield export("gpt2-opset11", random_weights(old), "text-generation-with-past", opset=11) / "model.onnx"

    with tempfile.TemporaryDirectory() as work:
        for name, model, precision in [("genai-llama", llama, "int4"), ("genai-gemma3", causal(others["gemma3"]), "fp32")]:
            source = Path(work) / name
            model.save_pretrained(source)
            yield built_by_genai(name, source, precision) / "model.onnx"

    # Biases by distance in place of positions, which the engine's attention does not have.
    export("bloom", causal(c.BloomConfig(vocab_size=VOCABULARY, hidden_size=32, n_layer=1, n_head=2)), "text-generation-with-past")


class Pooled(torch.nn.Module):
    """As sentence-transformers exports: the mean of the tokens' vectors, of length 1."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        vectors = self.model(input_ids, attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).float()
        mean = (vectors * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return vectors, torch.nn.functional.normalize(mean, dim=1)


def encoders():
    c = transformers
    sizes = dict(SMALL, max_position_embeddings=130)
    bert = random_weights(c.BertModel(c.BertConfig(**sizes)))
    folder = export("bert", bert, "feature-extraction")
    modules = [dict(idx=i, name=str(i), path=path, type=f"sentence_transformers.models.{kind}") for i, (path, kind) in
               enumerate([("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")])]  # fmt: skip
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(dict(word_embedding_dimension=32, pooling_mode_mean_tokens=True)))
    quantise(folder / "model.onnx", "_quantized", weight_type=QuantType.QUInt8)
    half(folder / "model.onnx", "_fp16")
    yield from sorted(folder.glob("*.onnx"))

    pooled = ROOT / "pooled"
    shutil.rmtree(pooled, ignore_errors=True)
    pooled.mkdir()
    ids = torch.ones(1, 4, dtype=torch.int64)
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        Pooled(bert), (ids, ids), str(pooled / "model.onnx"), dynamo=False, opset_version=14,
        input_names=["input_ids", "attention_mask"], output_names=["token_embeddings", "sentence_embedding"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "token_embeddings": axes, "sentence_embedding": {0: "batch"}},
    )  # fmt: skip
    for file in ["config.json", "tokenizer.json"]:
        shutil.copy(folder / file, pooled / file)

    xlmr = c.XLMRobertaForSequenceClassification(c.XLMRobertaConfig(**sizes, num_labels=1, type_vocab_size=1))
    yield export("xlm-roberta-rerank", random_weights(xlmr), "text-classification") / "model.onnx"
    distil = c.DistilBertConfig(vocab_size=VOCABULARY, dim=32, hidden_dim=40, n_layers=2, n_heads=2, max_position_embeddings=130, num_labels=3)
    folder = export("distilbert-classify", random_weights(c.DistilBertForSequenceClassification(distil)), "text-classification")
    quantise(folder / "model.onnx", "_quantized", weight_type=QuantType.QInt8)
    yield from sorted(folder.glob("*.onnx"))
    modern = c.ModernBertConfig(**sizes, local_attention=16, reference_compile=False, cls_token_id=1, sep_token_id=2, **SPECIAL)
    yield export("modernbert", random_weights(c.ModernBertModel(modern)), "feature-extraction") / "model.onnx"


versions = dict(
    onnxruntime=onnxruntime.__version__, onnx=onnx.__version__, optimum=optimum.version.__version__,
    transformers=transformers.__version__, torch=torch.__version__,
)  # fmt: skip
golden = dict(
    versions=versions,
    decoders=[golden_decoder(file) for file in decoders()],
    encoders=[golden_encoder(file) for file in encoders()],
)
(ROOT / "golden.json").write_text(json.dumps(golden))
