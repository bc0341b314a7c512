"""Texts to distil on: sentences, short passages and short queries of two domains, as JSON lines.

  python texts.py --stories FOLDER --docs FOLDER [FOLDER ...] --out texts.jsonl

Stories: `*.txt.xz` with documents between `<|endoftext|>` or blank lines, and `*.jsonl.xz` with `question` and `context`.
Docs: Markdown, reStructuredText, manual pages (`*.[1-8]` or `*.[1-8].gz`) and docstrings of Python files, found below the folders.
A line of the output: `text`, `domain` ("stories", "docs"), `doc`, `kind` ("sentence", "passage", "query"), `held` (true for some documents).
"""

import argparse
import ast
import gzip
import hashlib
import json
import lzma
import random
import re
import sys
import warnings
from itertools import zip_longest
from pathlib import Path

SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9])")
WORD = re.compile(r"[A-Za-z]{2,}")
SPAN_SHARE, PASSAGE_SHARE = 0.12, 0.15
HELD_PERCENT, HELD_TEXTS = 4, 1600


def is_held(doc: str) -> bool:
    return int(hashlib.sha256(doc.encode()).hexdigest(), 16) % 100 < HELD_PERCENT


def is_prose(text: str) -> bool:
    """Mostly words; no tables, code or lists of numbers."""
    letters = sum(c.isalpha() or c == " " for c in text)
    return letters >= 0.8 * len(text) and len(WORD.findall(text)) >= 2


def pieces(paragraphs, rng):
    """(kind, text) in the order of the document."""
    for paragraph in paragraphs:
        paragraph = re.sub(r"\s+", " ", paragraph).strip()
        sentences = [s.strip() for s in SENTENCE_END.split(paragraph)]
        at = 0
        while at < len(sentences):
            count = rng.choice((2, 2, 3)) if rng.random() < PASSAGE_SHARE else 1
            text = " ".join(sentences[at : at + count])
            kind = "passage" if count > 1 and at + 1 < len(sentences) else "sentence"
            at += count
            words = len(text.split())
            if words > 60 or not is_prose(text):
                continue
            if words >= 5:
                yield kind, text
                if rng.random() < SPAN_SHARE:
                    cut = text.split()
                    length = rng.randint(2, 6)
                    begin = rng.randrange(max(1, len(cut) - length))
                    yield "query", " ".join(cut[begin : begin + length]).strip(" ,.;:!?\"'()")
            elif words >= 2:
                yield "query", text


def story_documents(folder: Path):
    for path in sorted(folder.glob("*.txt.xz")):
        content = lzma.open(path, "rt", encoding="utf-8").read()
        parts = content.split("<|endoftext|>") if "<|endoftext|>" in content else re.split(r"\n\s*\n", content)
        for i, part in enumerate(parts):
            yield f"{path.name}:{i}", re.split(r"\n\s*\n", part)
    for path in sorted(folder.glob("*.jsonl.xz")):
        for line in lzma.open(path, "rt", encoding="utf-8"):
            entry = json.loads(line)
            # The context is a document of its own; its questions go where it goes.
            yield "context:" + hashlib.sha256(entry["context"].encode()).hexdigest(), [entry["question"].strip()]


def markdown(content: str):
    content = re.sub(r"```.*?```|~~~.*?~~~|<!--.*?-->", "\n\n", content, flags=re.S)
    content = re.sub(r"!\[[^\]]*\]\([^)]*\)|<[^>]+>", " ", content)
    content = re.sub(r"\[([^\]]*)\]\([^)]*\)|\[([^\]]*)\]\[[^\]]*\]", lambda m: m[1] or m[2] or "", content)
    content = re.sub(r"https?://\S+", " ", content)
    content = re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", content)
    content = re.sub(r"^\s*(?:#+|[-+•>]|\d+\.)\s+", "\n\n", content, flags=re.M)
    return [p for p in re.split(r"\n\s*\n", content) if "|" not in p]


def restructured(content: str):
    content = re.sub(r"^\s*(?:\.\. |>>>|:\w+).*$|^[=\-~^*#`]{3,}$", "\n", content, flags=re.M)
    content = re.sub(r":\w+(?::\w+)?:`~?([^`<]*)[^`]*`_*", r"\1", content)
    return markdown(content)


def manual(content: str):
    content = re.sub(r"^\.\\\".*$|^\.(?:TH|Dd|Dt|Os|ad|nh|hy|ie|el|if|de|nf|fi).*$", "", content, flags=re.M)
    content = re.sub(r"^[.'](?:SH|SS|PP|P|LP|TP|IP|HP|Sh|Ss|Pp|It|br|sp|RS|RE)\b ?(.*)$", r"\n\n\1\n\n", content, flags=re.M)
    content = re.sub(r"^[.'](?:B|I|BR|BI|IR|RB|RI|Nm|Nd|Ar|Fl|Cm|Pa|Xr|Em|Sy) ", "", content, flags=re.M)
    content = re.sub(r"^[.'].*$", "", content, flags=re.M)
    content = re.sub(r"\\f.|\\&|\\[|^/,]", "", content)
    content = content.replace(r"\-", "-").replace(r"\(aq", "'").replace(r"\e", "")
    return [p for p in re.split(r"\n\s*\n", content) if "\\" not in p]


def docstrings(content: str):
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(content)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            text = ast.get_docstring(node)
            if text:
                found += [p for p in restructured(text) if not re.search(r"[\[\]{}=]|->", p)]
    return found


READERS = ((r"\.(?:md|markdown)$", markdown), (r"\.rst$", restructured), (r"/man[1-8]/[^/]*\.[1-8](?:\.gz)?$", manual), (r"\.py$", docstrings))
READABLE = re.compile("|".join(pattern for pattern, _ in READERS))


def doc_documents(folders, rng):
    """From each folder in turn, so that a large one does not fill the set."""
    lists = [[str(path) for path in sorted(Path(folder).rglob("*")) if READABLE.search(str(path))] for folder in folders]
    for paths in lists:
        rng.shuffle(paths)
    for name in (name for row in zip_longest(*lists) for name in row if name is not None):
        path = Path(name)
        reader = next(read for pattern, read in READERS if re.search(pattern, name))
        if "/test" in name or path.is_symlink() or not path.is_file() or path.stat().st_size > 300_000:
            continue
        try:
            raw = path.read_bytes()
            yield name, reader((gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8"))
        except (UnicodeDecodeError, SyntaxError, ValueError, RecursionError, OSError):
            continue


def take(domain, documents, limit, rng, seen):
    """The pieces of documents, each text once, until there are `limit` texts to train on; 4 % of the documents are held out, until they have 1,600 texts."""
    kept, trained, kept_back = [], 0, 0
    for doc, paragraphs in documents:
        # The paragraphs of one long book would fill the set: no document gives more than 400.
        if len(paragraphs) > 400:
            begin = rng.randrange(len(paragraphs) - 400)
            paragraphs = paragraphs[begin : begin + 400]
        held = is_held(doc)
        if held and kept_back >= HELD_TEXTS:
            continue
        if trained >= limit:
            break
        for kind, text in pieces(paragraphs, rng):
            key = re.sub(r"\W+", " ", text.lower()).strip()
            if key in seen or not key:
                continue
            seen.add(key)
            trained, kept_back = trained + (not held), kept_back + held
            kept.append({"text": text, "domain": domain, "doc": doc, "kind": kind, "held": held})
    return kept


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stories", type=Path, required=True)
    parser.add_argument("--docs", nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=90_000, help="texts to train on, of each domain")
    options = parser.parse_args()
    rng, seen = random.Random(1), set()
    stories = list(story_documents(options.stories))
    rng.shuffle(stories)
    texts = take("stories", stories, options.limit, rng, seen)
    texts += take("docs", doc_documents(options.docs, rng), options.limit, rng, seen)
    with options.out.open("w") as out:
        for entry in texts:
            out.write(json.dumps(entry, ensure_ascii=False) + "\n")
    for domain in ("stories", "docs"):
        own = [t for t in texts if t["domain"] == domain]
        print(domain, len(own), "held", sum(t["held"] for t in own), "words", sum(len(t["text"].split()) for t in own) / max(1, len(own)), file=sys.stderr)


main()
