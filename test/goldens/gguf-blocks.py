"""Writes gguf-blocks.json: random blocks of each type, and the digest of the float32 values that the gguf package reads from them.

By hand, in an environment with gguf and numpy: python test/goldens/gguf-blocks.py
Scales are finite float16s of all magnitudes, subnormal ones and zeros among them; all other bytes are uniform.
"""

import base64
import hashlib
import json
import pathlib

import gguf
import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

BLOCKS = 64
# Where each type keeps its float16s.
HALVES = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "F16": [0],
}
TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"]

random = np.random.default_rng(20261126)


def halves(count):
    bits = random.integers(0, 0x10000, count, dtype=np.uint16)
    # An exponent of all ones is no finite number.
    bits = np.where(bits & 0x7C00 == 0x7C00, bits & 0x83FF, bits).astype(np.uint16)
    bits[:6] = [0x0000, 0x8000, 0x0001, 0x83FF, 0x7BFF, 0xFBFF]
    return bits


golden = {}
for name in TYPES:
    kind = GGMLQuantizationType[name]
    elements, size = GGML_QUANT_SIZES[kind]
    count = BLOCKS if elements > 1 else 256
    if name in ("F32", "BF16"):
        floats = (random.standard_normal(count) * 10.0 ** random.integers(-37, 38, count)).astype(np.float32)
        floats[:4] = [0.0, -0.0, 1e-45, 3.0e38]
        blocks = floats.view(np.uint8).reshape(count, 4)
        blocks = np.ascontiguousarray(blocks[:, 4 - size :])
    else:
        blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
        for at in HALVES[name]:
            blocks[:, at : at + 2] = random.permutation(halves(count)).view(np.uint8).reshape(count, 2)
    values = gguf.dequantize(blocks, kind).astype("<f4")
    assert np.isfinite(values).all() and values.size == count * elements
    golden[name] = {
        "blocks": base64.b64encode(blocks.tobytes()).decode(),
        "sha256": hashlib.sha256(values.tobytes()).hexdigest(),
        "first": [float(value) for value in values.reshape(-1)[:8]],
    }

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"gguf": "0.19.0", "types": golden}, indent=1) + "\n")
