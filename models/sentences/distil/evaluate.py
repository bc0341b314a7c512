"""Spearman's correlation between the cosines of a model and the teacher's, on what texts.py has held out.

  python evaluate.py --teacher FOLDER --held held.json --model FOLDER
  python evaluate.py --teacher FOLDER --held held.json --url http://127.0.0.1:8080/v1/embeddings

Of a domain's pairs, a third are random, a third neighbours in a document, a third a text and one of the teacher's ten nearest; `order`: the pairs
within the groups of order variants.
"""

import argparse
import json
import os
import random
import urllib.request
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr
from sentence_transformers import SentenceTransformer

PAIRS_OF_A_KIND = 600


def pairs_of(held, vectors):
    """Pairs of positions, by set."""
    texts, found = held["texts"], {}
    for domain in ("stories", "docs"):
        rng = random.Random(3)
        own = [i for i, text in enumerate(texts) if text["domain"] == domain and text["kind"] != "query"]
        pairs = [tuple(rng.sample(own, 2)) for _ in range(PAIRS_OF_A_KIND)]
        neighbours = [(a, b) for a, b in zip(own, own[1:]) if texts[a]["doc"] == texts[b]["doc"]]
        pairs += rng.sample(neighbours, min(PAIRS_OF_A_KIND, len(neighbours)))
        similar = vectors[own] @ vectors[own].T
        np.fill_diagonal(similar, -1)
        for row in rng.sample(range(len(own)), min(PAIRS_OF_A_KIND, len(own))):
            pairs.append((own[row], own[np.argsort(-similar[row])[rng.randrange(10)]]))
        found[domain] = sorted({(min(pair), max(pair)) for pair in pairs})
    starts = range(len(texts), len(texts) + 4 * len(held["groups"]), 4)
    found["order"] = [(at + a, at + b) for at in starts for a, b in combinations(range(4), 2)]
    return found


def vectors_of(folder, strings):
    model = SentenceTransformer(str(folder), device="cpu").float()
    return model.encode(strings, batch_size=64, normalize_embeddings=True)


def served_vectors(url, name, strings):
    key = os.environ.get("API_KEY")
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {key}"} if key else {})}
    found = []
    for at in range(0, len(strings), 64):
        body = json.dumps({"model": name, "input": strings[at : at + 64]}).encode()
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as response:
            found += [row["embedding"] for row in json.load(response)["data"]]
    return np.array(found, np.float32)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--held", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="a folder that sentence-transformers loads")
    parser.add_argument("--url", help="of /v1/embeddings of a server; its key in API_KEY")
    parser.add_argument("--name", default="sentences", help="the server's name of the model")
    options = parser.parse_args()
    held = json.loads(options.held.read_text())
    strings = [text["text"] for text in held["texts"]] + [text for group in held["groups"] for text in group]
    targets = vectors_of(options.teacher, strings)
    found = served_vectors(options.url, options.name, strings) if options.url else vectors_of(options.model, strings)
    for name, pairs in pairs_of(held, targets).items():
        teacher, student = ([float(vectors[a] @ vectors[b]) for a, b in pairs] for vectors in (targets, found))
        print(name, len(pairs), "pairs, Spearman", round(float(spearmanr(teacher, student).statistic), 4))
    print("mean cosine to the teacher's vectors", (found * targets).sum(1)[: len(held["texts"])].mean().round(4))


if __name__ == "__main__":
    main()
