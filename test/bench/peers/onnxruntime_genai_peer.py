"""ONNX Runtime GenAI. Its generators take prompts of one length, which decode together from begin to end.

    python onnxruntime_genai_peer.py FOLDER THREADS
"""

import json
import math
import sys
import time

import numpy as np
import onnxruntime_genai as genai
from importlib.metadata import version
from peer_loop import serve

folder, threads = sys.argv[1], int(sys.argv[2])
config = genai.Config(folder)
config.overlay(json.dumps({"model": {"decoder": {"session_options": {"intra_op_num_threads": threads}}}}))
model = genai.Model(config)


def make_generator(streams, length):
    """For sequences of exactly so many tokens: none ends before."""
    params = genai.GeneratorParams(model)
    params.set_search_options(batch_size=streams, max_length=length, min_length=length, do_sample=False)
    return genai.Generator(model, params)


def start(prompts, tokens):
    """A generator that has read prompts, and has the first of so many tokens."""
    generator = make_generator(len(prompts), len(prompts[0]) + tokens)
    generator.append_tokens(np.array(prompts, dtype=np.int32))
    generator.generate_next_token()
    return generator


def timed(run):
    begin = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - begin)


def decode_steps(prompts, steps):
    generator = start(prompts, steps + 2)
    return [timed(generator.generate_next_token) for _ in range(steps)]


def prefill(prompt):
    return timed(lambda: start([prompt], 2))


def closed_loop(callers, prompts, tokens):
    """Requests are alike, so that callers who wait for each other lose nothing."""

    def run():
        for at in range(0, len(prompts), callers):
            generator = start(prompts[at : at + callers], tokens)
            for _ in range(tokens - 1):
                generator.generate_next_token()

    return timed(run)


def chat(script):
    """A generator for each caller, which keeps the keys and values of all that was said; they take turns, token by token."""
    turns, answer = script["turns"], script["answerTokens"]
    first_tokens = []
    begin = time.perf_counter()
    length = len(script["system"]) + sum(len(turn) + answer for turn in turns[0])
    generators = [make_generator(1, length) for _ in turns]
    for i in range(len(turns[0])):
        asked = time.perf_counter()
        for caller, generator in enumerate(generators):
            said = turns[caller][i] if i > 0 else script["system"] + turns[caller][i]
            generator.append_tokens(np.array([said], dtype=np.int32))
            generator.generate_next_token()
            if i > 0:
                first_tokens.append(1000 * (time.perf_counter() - asked))
        for _ in range(answer - 1):
            for generator in generators:
                generator.generate_next_token()
    return {"firstTokens": first_tokens, "whole": 1000 * (time.perf_counter() - begin)}


def perplexity(windows):
    """Token by token, as the graph gives the logits of the last one only."""
    total = 0.0
    for window in windows:
        generator = make_generator(1, len(window) + 1)
        for token, following in zip(window, window[1:]):
            generator.append_tokens(np.array([[token]], dtype=np.int32))
            logits = generator.get_logits().reshape(-1).astype(np.float64)
            total += logits.max() + math.log(np.exp(logits - logits.max()).sum()) - logits[following]
    return math.exp(total / (len(windows) * (len(windows[0]) - 1)))


serve(
    f"ONNX Runtime GenAI {version('onnxruntime-genai')}",
    {
        "decodeSteps": decode_steps,
        "prefill": prefill,
        "closedLoop": closed_loop,
        "chat": chat,
        "perplexity": perplexity,
    },
)
