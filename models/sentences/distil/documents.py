"""Documents of two domains, as (name, paragraphs).

Stories: `*.txt.xz` with documents between `<|endoftext|>` or blank lines, and `*.jsonl.xz` with `question` and `context`.
Docs: Markdown, reStructuredText, manual pages (`*.[1-8]` or `*.[1-8].gz`) and docstrings of Python files, found below the folders.
"""

import ast
import gzip
import hashlib
import json
import lzma
import re
import warnings
from itertools import zip_longest
from pathlib import Path


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
