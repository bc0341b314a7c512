"""What ONNX Runtime's Python package computes with ONNX models that are no language models: golden of tensors.spec.ts.

By hand, after `npm run test:real`, with onnxruntime==1.30.0 and numpy:

    python test/real/tensors.py
"""

import json
from pathlib import Path

import numpy
import onnxruntime

HERE = Path(__file__).parent
MODELS = HERE.parents[1] / ".cache" / "real" / "tensors"


def waves(*shape):
    """Numbers that any language computes alike, up to rounding."""
    return numpy.sin(numpy.arange(numpy.prod(shape), dtype=numpy.float64) * 0.37).astype(numpy.float32).reshape(shape)


CASES = {
    "silero_vad.onnx": {"input": waves(2, 512), "state": numpy.zeros((2, 2, 128), numpy.float32), "sr": numpy.array(16000)},
    "ch_ppocr_mobile_v2.0_cls_mobile.onnx": {"x": waves(3, 3, 48, 192)},
    "PP-OCRv6_det_small.onnx": {"x": waves(1, 3, 160, 160)},
}

golden = {"onnxruntime": onnxruntime.__version__, "models": {}}
for name, feeds in CASES.items():
    session = onnxruntime.InferenceSession(MODELS / name)
    outputs = session.run(None, feeds)
    golden["models"][name] = {
        "inputs": {key: dict(shape=list(value.shape), kind="waves" if value.any() and value.ndim else float(value.max())) for key, value in feeds.items()},
        "outputs": {
            output.name: dict(shape=list(value.shape), first=value.reshape(-1)[:64].tolist(), sum=float(value.astype(numpy.float64).sum()))
            for output, value in zip(session.get_outputs(), outputs)
        },
    }
(HERE / "tensors.json").write_text(json.dumps(golden))
