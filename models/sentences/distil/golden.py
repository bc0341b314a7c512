"""Reference of the bundled encoder: golden.json, computed by sentence-transformers in float32.

  python golden.py FOLDER

`cases`: text, token ids, vector of 384 elements. `queries`: the passage of `passages` that is nearest to each query.
Prints where that is not the passage that answers it.
"""

import json
import sys
from pathlib import Path

from sentence_transformers import SentenceTransformer

TEXTS = (
    "The cat sat on the mat.",
    "The dog bit the man.",
    "The man bit the dog.",
    "A kitten was sleeping on the rug.",
    "How do I install the package?",
    "HELLO",
    "Café déjà vu, naïve façade; £5, 10 °C and x²!",
    "If the file does not exist, an error is raised and the exit status is 1.",
    "Once upon a time there was a poor woodcutter who lived at the edge of a great forest with his wife and his two children. "
    "They had little to eat, and when a famine came to the land, he could no longer find bread for them all.",
    "Привет, 你好, unbelievably antidisestablishmentarianism",
)
PASSAGES = (
    "Run npm install to add the library to your project.",
    "The server listens on port 8080 unless another port is set.",
    "Set the environment variable API_KEY to your secret key.",
    "Passwords can be changed on the settings page of your account.",
    "The function returns the largest number in the list.",
    "The wolf blew down the house of straw.",
    "The princess lost her golden ball in the well.",
    "A little girl in a red hood brought cake to her grandmother.",
    "The fisherman caught a fish that could speak.",
    "Heat the oven and bake the bread for forty minutes.",
)
QUERIES = (
    ("how to install the package", 0),
    ("which port does it use", 1),
    ("I forgot my password and want a new one", 3),
    ("get the maximum of an array", 4),
    ("a girl visits her grandma", 7),
    ("the talking fish", 8),
    ("a recipe", 9),
)


def main():
    folder = Path(sys.argv[1])
    model = SentenceTransformer(str(folder), device="cpu").float()
    vectors = model.encode(list(TEXTS), batch_size=1)
    tokens = [model.tokenizer(text)["input_ids"] for text in TEXTS]
    cases = [{"text": text, "tokens": ids, "vector": [round(float(x), 6) for x in vector]} for text, ids, vector in zip(TEXTS, tokens, vectors)]
    similar = model.encode([query for query, _ in QUERIES]) @ model.encode(list(PASSAGES)).T
    queries = []
    for (query, answer), row in zip(QUERIES, similar):
        order = row.argsort()[::-1]
        print(query, "->", PASSAGES[order[0]], row[order[:2]].round(3), "" if order[0] == answer else f"WRONG, {answer} has {row[answer]:.3f}")
        queries.append({"query": query, "nearest": int(order[0])})
    golden = {"note": "sentence-transformers, float32 on the float16 weights", "cases": cases, "passages": PASSAGES, "queries": queries}
    (folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


main()
