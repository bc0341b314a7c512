"""Builds the model of ONNX Runtime GenAI from a GGUF file in Q4_0: float32 weights as Hugging Face's reader gives them, in blocks of 32 again.

    python onnxruntime_genai_build.py FILE.gguf FOLDER
"""

import os
import subprocess
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"

import onnx
from transformers import AutoModelForCausalLM, AutoTokenizer

path, folder = sys.argv[1:]
source, name = os.path.split(path)
with tempfile.TemporaryDirectory() as plain:
    model = AutoModelForCausalLM.from_pretrained(source, gguf_file=name)
    # A model that was read from GGUF refuses to be saved.
    config = model.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    copy = type(model)(config)
    copy.load_state_dict(model.state_dict())
    copy.tie_weights()
    copy.save_pretrained(plain)
    AutoTokenizer.from_pretrained(source, gguf_file=name).save_pretrained(plain)
    builder = [sys.executable, "-m", "onnxruntime_genai.models.builder"]
    options = [
        "accuracy_level=4",
        "block_size=32",
        "is_symmetric=true",
        # As in the file. With shared embeddings, that graph lacks a weight.
        "matmul_mixed_precision=last_matmul:int8",
        "shared_embeddings=false",
        # Else each token of a prompt gets its logits.
        "prune_lm_head=true",
    ]
    subprocess.run(
        [*builder, "-i", plain, "-o", folder, "-c", plain, "-p", "int4", "-e", "cpu", "--extra_options", *options],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

# transformers.js takes the shape of an empty cache from here.
graph = os.path.join(folder, "model.onnx")
built = onnx.load(graph, load_external_data=False)
for value in [*built.graph.input, *built.graph.output]:
    for dimension in value.type.tensor_type.shape.dim:
        if dimension.dim_param == "kv_cache_dim":
            dimension.dim_value = config.head_dim
onnx.save(built, graph)
# Where transformers.js looks for it; last, as it says that all is there.
config.save_pretrained(folder)
