"""OpenVINO GenAI with continuous batching, as its model server runs it; weights are those of a GGUF file.

    python openvino_genai_peer.py FILE.gguf FOLDER THREADS

FOLDER keeps the model as OpenVINO GenAI's reader of GGUF converts it.
"""

import math
import os
import sys
import time

import numpy as np
import openvino as ov
import openvino_genai as genai
from peer_loop import serve

CACHE_GIB = 3
STREAMS = 16
EOS = 2

path, folder, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
PROPERTIES = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}


def convert():
    """Writes FOLDER, once."""
    if os.path.exists(os.path.join(folder, "openvino_model.xml")):
        return
    os.makedirs(folder, exist_ok=True)
    link = os.path.join(folder, os.path.basename(path))
    if not os.path.exists(link):
        os.symlink(path, link)
    # It saves the model beside the file.
    genai.LLMPipeline(link, "CPU", enable_save_ov_model=True)


def make_pipeline(prefix_caching):
    scheduler = genai.SchedulerConfig()
    scheduler.cache_size = CACHE_GIB
    scheduler.max_num_seqs = STREAMS
    scheduler.enable_prefix_caching = prefix_caching
    return genai.ContinuousBatchingPipeline(folder, scheduler, "CPU", PROPERTIES)


convert()
pipeline = make_pipeline(False)
state = {"requests": 0}


def add(target, prompt, tokens):
    config = genai.GenerationConfig()
    config.max_new_tokens = tokens
    config.ignore_eos = True
    config.do_sample = False
    state["requests"] += 1
    return target.add_request(state["requests"], ov.Tensor(np.array([prompt], dtype=np.int64)), config)


def read(handle):
    """Tokens that a request has got since the last call."""
    if not handle.can_read():
        return []
    return [token for output in handle.read().values() for token in output.generated_ids]


def decode_steps(prompts, steps):
    handles = [add(pipeline, prompt, 10_000) for prompt in prompts]
    started = [False] * len(handles)
    durations = []
    while len(durations) < steps:
        begin = time.perf_counter()
        pipeline.step()
        duration = time.perf_counter() - begin
        tokens = [len(read(handle)) for handle in handles]
        if all(started) and all(count == 1 for count in tokens):
            durations.append(1000 * duration)
        started = [was or count > 0 for was, count in zip(started, tokens)]
    for handle in handles:
        handle.stop()
    while pipeline.has_non_finished_requests():
        pipeline.step()
    return durations


def prefill(prompt):
    begin = time.perf_counter()
    handle = add(pipeline, prompt, 1)
    while not read(handle):
        pipeline.step()
    return 1000 * (time.perf_counter() - begin)


def closed_loop(callers, prompts, tokens):
    waiting = list(prompts)
    begin = time.perf_counter()
    running = [add(pipeline, waiting.pop(), tokens) for _ in range(callers)]
    while running:
        pipeline.step()
        for handle in list(running):
            read(handle)
            if handle.get_status() != genai.GenerationStatus.RUNNING:
                running.remove(handle)
                if waiting:
                    running.append(add(pipeline, waiting.pop(), tokens))
    return 1000 * (time.perf_counter() - begin)


def chat(script):
    target = make_pipeline(True)
    said = [list(script["system"]) for _ in script["turns"]]
    turn = [0] * len(said)
    asked = [0.0] * len(said)
    first = [False] * len(said)
    handles = {}
    first_tokens = []

    def ask(caller):
        said[caller] += script["turns"][caller][turn[caller]]
        turn[caller] += 1
        asked[caller] = time.perf_counter()
        first[caller] = True
        handles[caller] = add(target, said[caller], script["answerTokens"])

    begin = time.perf_counter()
    for caller in range(len(said)):
        ask(caller)
    while handles:
        target.step()
        for caller, handle in list(handles.items()):
            tokens = read(handle)
            if tokens and first[caller]:
                first[caller] = False
                if turn[caller] > 1:
                    first_tokens.append(1000 * (time.perf_counter() - asked[caller]))
            said[caller] += tokens
            if handle.get_status() != genai.GenerationStatus.RUNNING:
                del handles[caller]
                if turn[caller] < len(script["turns"][caller]):
                    ask(caller)
    return {"firstTokens": first_tokens, "whole": 1000 * (time.perf_counter() - begin)}


def perplexity(windows):
    """By the same converted model in OpenVINO's runtime: the pipeline gives no probabilities of a prompt's tokens."""
    compiled = ov.Core().compile_model(os.path.join(folder, "openvino_model.xml"), "CPU", PROPERTIES)
    request = compiled.create_infer_request()
    names = {name for port in compiled.inputs for name in port.names}
    total = 0.0
    for window in windows:
        request.reset_state()
        length = len(window)
        inputs = {
            "input_ids": np.array([window], dtype=np.int64),
            "attention_mask": np.ones((1, length), dtype=np.int64),
            "position_ids": np.arange(length, dtype=np.int64)[None],
            "beam_idx": np.zeros(1, dtype=np.int32),
        }
        request.infer({name: value for name, value in inputs.items() if name in names})
        logits = request.get_tensor("logits").data[0].astype(np.float64)
        largest = logits.max(axis=1, keepdims=True)
        normalizer = largest[:, 0] + np.log(np.exp(logits - largest).sum(axis=1))
        total += sum(normalizer[i] - logits[i, window[i + 1]] for i in range(length - 1))
    return math.exp(total / (len(windows) * (len(windows[0]) - 1)))


serve(
    f"OpenVINO GenAI {genai.__version__.split('-')[0]}",
    {
        "decodeSteps": decode_steps,
        "prefill": prefill,
        "closedLoop": closed_loop,
        "chat": chat,
        "perplexity": perplexity,
    },
)
