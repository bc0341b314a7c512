"""Exports of real models to ONNX, as people have them: SmolLM2-135M-Instruct by optimum's exporter in float32, float16, 8 and 4 bits, and all-MiniLM-L6-v2
in float32 and quantised by ONNX Runtime. exports.spec.ts compares them with the same weights in safetensors.

By hand, after `npm run test:real`, in the environment of test/goldens/onnx-exports.py:

    python test/real/exports.py

Takes 3 GB of disk below .cache/real/exports.
"""

import shutil
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.transformers.float16 import convert_float_to_float16
from optimum.exporters.onnx import onnx_export_from_model
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "real"
EXPORTS = CACHE / "exports"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


def variants(folder, names):
    file = folder / "model.onnx"
    if "q8" in names:
        quantize_dynamic(file, folder / "model_quantized.onnx", weight_type=QuantType.QInt8, per_channel=True, extra_options={"MatMulConstBOnly": True})
    if "q4" in names:
        quantizer = MatMulNBitsQuantizer(onnx.load(file), block_size=32, is_symmetric=True)
        quantizer.process()
        quantizer.model.save_model_to_file(str(folder / "model_q4.onnx"))
    if "fp16" in names:
        onnx.save(convert_float_to_float16(onnx.load(file), keep_io_types=False, disable_shape_infer=True), folder / "model_fp16.onnx")


def smollm2():
    model = AutoModelForCausalLM.from_pretrained(CACHE, gguf_file=GGUF, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(CACHE, gguf_file=GGUF)
    source, folder = EXPORTS / "smollm2-safetensors", EXPORTS / "smollm2"
    model.save_pretrained(source)
    onnx_export_from_model(model, folder, task="text-generation-with-past", do_validation=False)
    for target in (source, folder):
        tokenizer.save_pretrained(target)
        # It copies the GGUF file under the name of a tokenizer.
        (target / "tokenizer.model").unlink(missing_ok=True)
    variants(folder, ["q8", "q4", "fp16"])


def minilm():
    source, folder = CACHE / "all-MiniLM-L6-v2", EXPORTS / "minilm"
    onnx_export_from_model(AutoModel.from_pretrained(source).eval(), folder, task="feature-extraction", do_validation=False)
    for path in source.iterdir():
        if path.suffix == ".safetensors":
            continue
        if path.is_dir():
            shutil.copytree(path, folder / path.name, dirs_exist_ok=True)
        else:
            shutil.copy(path, folder / path.name)
    variants(folder, ["q8"])


shutil.rmtree(EXPORTS, ignore_errors=True)
EXPORTS.mkdir(parents=True)
smollm2()
minilm()
