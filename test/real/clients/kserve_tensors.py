"""KServe's Python client against a running server with the models of test/support/tensor-models.ts: health, numbers as JSON and as bytes.

By hand, since the client brings 450 MB with it:

    pip install kserve==0.21.0
    python test/real/clients/kserve_tensors.py http://HOST:PORT TOKEN

Prints a JSON object of what came back.
"""

import asyncio
import json
import sys

import numpy
from kserve import InferenceRESTClient, InferInput, InferRequest
from kserve.inference_client import RESTConfig

url, token = sys.argv[1:]


# Anew for each call: the client writes the length of its JSON into them.
def headers():
    return {"authorization": f"Bearer {token}"}


async def main():
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    rows = numpy.sin(numpy.arange(24, dtype=numpy.float32)).reshape(3, 8)

    async def infer(as_bytes):
        tensor = InferInput("x", [3, 8], "FP32")
        tensor.set_data_from_numpy(rows, binary_data=as_bytes)
        request = InferRequest(model_name="rows", infer_inputs=[tensor])
        answer = await client.infer(url, request, model_name="rows", headers=headers())
        return answer.outputs[0].as_numpy()

    as_bytes, as_json = await infer(True), await infer(False)
    print(json.dumps({
        "live": await client.is_server_live(url, headers=headers()),
        "ready": await client.is_server_ready(url, headers=headers()),
        "model_ready": await client.is_model_ready(url, "rows", headers=headers()),
        "shape": list(as_bytes.shape),
        "same": bool((as_bytes == as_json).all()),
    }))
    await client.close()


asyncio.run(main())
