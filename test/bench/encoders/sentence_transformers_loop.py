"""Encodes texts in batches, for so many seconds, as lines of JSON on standard input ask for it; responds with a line each.

    python sentence_transformers_loop.py MODEL THREADS
"""

import json
import sys
import time

import sentence_transformers
import torch
from sentence_transformers import SentenceTransformer

torch.set_num_threads(int(sys.argv[2]))
model = SentenceTransformer(sys.argv[1], device="cpu")
print(json.dumps({"version": sentence_transformers.__version__}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    texts, batch = asked["texts"], asked["batch"]
    latencies = []
    started = time.perf_counter()
    at = 0
    while time.perf_counter() - started < asked["seconds"]:
        part = [texts[(at + i) % len(texts)] for i in range(batch)]
        at += batch
        begin = time.perf_counter()
        model.encode(part, batch_size=batch, show_progress_bar=False)
        latencies += [1000 * (time.perf_counter() - begin)] * batch
    seconds = time.perf_counter() - started
    print(json.dumps({"perSecond": len(latencies) / seconds, "latencies": latencies}), flush=True)
