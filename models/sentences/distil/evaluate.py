"""Spearman's correlation between the cosines of a model and the teacher's, on pairs of texts that were held out.

  python evaluate.py --texts texts.jsonl --vectors vectors.npy --model FOLDER
  python evaluate.py --texts texts.jsonl --vectors vectors.npy --url http://127.0.0.1:8080/v1/embeddings --name sentences

A third of a domain's pairs are random, a third neighbours in a document, a third a text and one of the teacher's ten nearest.
"""

import argparse
import json
import os
import random
import urllib.request
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

DOMAINS, PAIRS_OF_A_KIND = ("stories", "docs"), 600


def load_vectors(paths):
    """The sum of the parts, [texts, 384]."""
    return sum(np.load(path).astype(np.float32) for path in paths)


def held_pairs(texts, vectors):
    """Pairs of positions of sentences and passages, by domain."""
    found = {}
    for domain in DOMAINS:
        rng = random.Random(3)
        own = [i for i, t in enumerate(texts) if t["held"] and t["domain"] == domain and t["kind"] != "query" and vectors[i].any()]
        pairs = [tuple(rng.sample(own, 2)) for _ in range(PAIRS_OF_A_KIND)]
        neighbours = [(a, b) for a, b in zip(own, own[1:]) if texts[a]["doc"] == texts[b]["doc"]]
        pairs += rng.sample(neighbours, min(PAIRS_OF_A_KIND, len(neighbours)))
        similar = vectors[own] @ vectors[own].T
        np.fill_diagonal(similar, -1)
        for row in rng.sample(range(len(own)), PAIRS_OF_A_KIND):
            pairs.append((own[row], own[np.argsort(-similar[row])[rng.randrange(10)]]))
        found[domain] = sorted({(min(p), max(p)) for p in pairs})
    return found


def correlations(pairs, vectors, others):
    """Spearman's rho by domain; `others` maps the position of a text to its vector of length 1."""
    result = {}
    for domain, own in pairs.items():
        teacher = [float(vectors[a] @ vectors[b]) for a, b in own]
        student = [float(others[a] @ others[b]) for a, b in own]
        result[domain] = round(float(spearmanr(teacher, student).statistic), 4)
    return result


def served_vectors(url, name, texts):
    key = os.environ.get("API_KEY")
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {key}"} if key else {})}
    found = []
    for at in range(0, len(texts), 64):
        body = json.dumps({"model": name, "input": texts[at : at + 64]}).encode()
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as response:
            found += [row["embedding"] for row in json.load(response)["data"]]
    return np.array(found, np.float32)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, nargs="+", required=True)
    parser.add_argument("--model", type=Path, help="a folder that sentence-transformers loads")
    parser.add_argument("--url", help="of /v1/embeddings of a server; its key in API_KEY")
    parser.add_argument("--name", default="sentences", help="the server's name of the model")
    options = parser.parse_args()
    texts = [json.loads(line) for line in options.texts.open()]
    vectors = load_vectors(options.vectors)
    pairs = held_pairs(texts, vectors)
    used = sorted({i for own in pairs.values() for pair in own for i in pair})
    strings = [texts[i]["text"] for i in used]
    if options.url:
        found = served_vectors(options.url, options.name, strings)
    else:
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(options.model), device="cpu").float()
        found = model.encode(strings, batch_size=64, normalize_embeddings=True)
    for domain, own in pairs.items():
        teacher = np.array([vectors[a] @ vectors[b] for a, b in own])
        print(domain, len(own), "pairs; teacher's cosines at 5, 50, 95 %:", np.percentile(teacher, (5, 50, 95)).round(2))
    cosines = (found * vectors[used]).sum(1)
    print("Spearman", correlations(pairs, vectors, dict(zip(used, found))), "mean cosine to the teacher's vectors", cosines.mean().round(4))


if __name__ == "__main__":
    main()
