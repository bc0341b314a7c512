"""Triton's Python client in HTTP mode against a running server: health, metadata, texts and vectors as JSON and as bytes, errors.

    python test/real/clients/triton_tensors.py HOST:PORT TOKEN MODEL

Prints a JSON object of what came back.
"""

import json
import sys

import numpy
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

address, token, model = sys.argv[1:]
# Anew for each call: the client writes the length of its JSON into them.
def headers():
    return {"authorization": f"Bearer {token}"}


client = triton.InferenceServerClient(address)
texts = numpy.array(["Cats eat mice.".encode(), "Zürich is a city.".encode(), "漢字".encode()], dtype=numpy.object_)


def infer(as_bytes):
    tensor = triton.InferInput("text", list(texts.shape), "BYTES")
    tensor.set_data_from_numpy(texts, binary_data=as_bytes)
    outputs = [triton.InferRequestedOutput("embedding", binary_data=as_bytes)]
    return client.infer(model, [tensor], outputs=outputs, request_id="7", headers=headers())


def error_of(call):
    try:
        call()
    except InferenceServerException as error:
        return [error.status(), error.message()]


binary, plain = infer(True), infer(False)
vectors = binary.as_numpy("embedding")
print(json.dumps({
    "live": client.is_server_live(headers=headers()),
    "ready": client.is_server_ready(headers=headers()),
    "model_ready": client.is_model_ready(model, headers=headers()),
    "metadata": client.get_model_metadata(model, headers=headers()),
    "id": binary.get_response()["id"],
    "shape": list(vectors.shape),
    "same": bool((vectors == plain.as_numpy("embedding").astype(numpy.float32)).all()),
    "length": float(numpy.linalg.norm(vectors[0])),
    "unknown": error_of(lambda: client.get_model_metadata("none", headers=headers())),
}))
