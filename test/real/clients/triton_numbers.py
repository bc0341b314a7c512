"""Triton's Python client in HTTP mode against the models of test/support/tensor-models.ts: every type as bytes and, but for halves, as JSON; scalars.

    python test/real/clients/triton_numbers.py HOST:PORT TOKEN

Prints a JSON object of what came back.
"""

import json
import sys

import numpy
import tritonclient.http as triton
from tritonclient.utils import triton_to_np_dtype

address, token = sys.argv[1:]
client = triton.InferenceServerClient(address)


# Anew for each call: the client writes the length of its JSON into them.
def headers():
    return {"authorization": f"Bearer {token}"}


def infer(model, arrays, outputs, as_bytes):
    inputs = []
    for name, datatype, array in arrays:
        tensor = triton.InferInput(name, list(array.shape), datatype)
        tensor.set_data_from_numpy(array, binary_data=as_bytes or datatype == "FP16")
        inputs.append(tensor)
    wanted = [triton.InferRequestedOutput(name, binary_data=as_bytes) for name in outputs]
    return client.infer(model, inputs, outputs=wanted, headers=headers())


def arrays_of(model):
    for tensor in client.get_model_metadata(model, headers=headers())["inputs"]:
        name, datatype = tensor["name"], tensor["datatype"]
        if datatype == "BYTES":
            array = numpy.array([["Zürich".encode(), b"a"]], dtype=numpy.object_)
        else:
            array = numpy.array([[1, 0]]).astype(triton_to_np_dtype(datatype))
        yield name, datatype, array


arrays = list(arrays_of("types"))
same = {}
for as_bytes in (True, False):
    names = [name.replace("in_", "out_") for name, datatype, _ in arrays if as_bytes or datatype != "FP16"]
    answer = infer("types", arrays, names, as_bytes)
    for name, datatype, array in arrays:
        if not as_bytes and datatype == "FP16":
            continue
        found = answer.as_numpy(name.replace("in_", "out_"))
        texts = lambda values: [value if isinstance(value, bytes) else value.encode() for value in values.reshape(-1)]
        is_same = texts(found) == texts(array) if datatype == "BYTES" else bool((found == array).all())
        same[f"{datatype} as {'bytes' if as_bytes else 'JSON'}"] = is_same

x = numpy.arange(6, dtype=numpy.float32).reshape(2, 3)
scaled = [infer("scaled", [("x", "FP32", x), ("factor", "FP32", numpy.array(2, dtype=numpy.float32))], ["product"], b) for b in (True, False)]
print(json.dumps({"same": same, "products": [answer.as_numpy("product").tolist() for answer in scaled]}))
