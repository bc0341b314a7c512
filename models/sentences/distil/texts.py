"""Texts to distil on, and texts that are held out.

  python texts.py --stories FOLDER --docs FOLDER [FOLDER ...] --out FOLDER

singles.txt: a text a line, words in lower case with a blank between: sentences, passages of neighbours, and short queries cut from sentences.
fours.txt: four lines a time, a sentence and three order variants. held.json: `texts` and `groups` of four of documents that are in neither.
"""

import argparse
import hashlib
import json
import random
import re
import unicodedata
from pathlib import Path

from documents import doc_documents, story_documents
from variants import from_template, is_content, variants

SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9])")
WORD = re.compile(r"[A-Za-z]{2,}")
WORDS = {"stories": 10_300_000, "docs": 7_800_000}
HELD_PERCENT, HELD_TEXTS, HELD_GROUPS = 4, 1000, 150  # of documents; of each domain
PASSAGES = ((2, 0.24), (3, 0.10), (5, 0.025), (8, 0.012), (12, 0.006))  # sentences, and the share of sentences that such a passage begins with
QUERIES = ((2, 3, 0.16), (4, 7, 0.16), (1, 1, 0.04))  # words at least and at most, and the share of sentences that one is cut from
LONGEST_PASSAGE, GROUPS, TEMPLATES = 225, 90_000, 15_000


def is_held(doc):
    return int(hashlib.sha256(doc.encode()).hexdigest(), 16) % 100 < HELD_PERCENT


def is_prose(text):
    """Mostly words; no tables, code or lists of numbers."""
    letters = sum(c.isalpha() or c == " " for c in text)
    return letters >= 0.8 * len(text) and len(WORD.findall(text)) >= 2


def sentences_of(paragraph):
    """Sentences of 2 to 90 words; None for what is no prose."""
    for sentence in SENTENCE_END.split(re.sub(r"\s+", " ", paragraph).strip()):
        yield sentence.strip() if 2 <= len(sentence.split()) <= 90 and is_prose(sentence) else None


def words_of(text):
    text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    return re.findall(r"[^\W_]+|[^\w\s]|_", text)


def key_of(text):
    return re.sub(r"\W+", " ", text.lower()).strip()


def up_to(documents, limit):
    """The first documents, until they have `limit` words."""
    words = 0
    for doc, paragraphs in documents:
        yield doc, paragraphs
        words += sum(len(paragraph.split()) for paragraph in paragraphs)
        if words > limit:
            return


def held_texts(documents, rng):
    """Sentences, and passages of two or three, at most 150 paragraphs a document."""
    rng.shuffle(documents)
    found, seen = [], set()
    for doc, paragraphs in documents:
        at = rng.randrange(max(1, len(paragraphs) - 150))
        for paragraph in paragraphs[at : at + 150]:
            own = list(sentences_of(paragraph))
            at = 0
            while at < len(own):
                count = rng.choice((2, 2, 3)) if rng.random() < 0.15 else 1
                part = own[at : at + count]
                at += count
                text = " ".join(part) if None not in part else ""
                if 5 <= len(text.split()) <= 60 and key_of(text) not in seen:
                    seen.add(key_of(text))
                    found.append({"text": text, "doc": doc, "kind": "sentence" if len(part) == 1 else "passage"})
                if len(found) == HELD_TEXTS:
                    return found
    return found


def train_paragraphs(documents, banned, limit):
    """Lists of neighbouring sentences as words, each sentence once, until there are `limit` words; at most 600 paragraphs a document."""
    seen, words = set(banned), 0
    for _, paragraphs in documents:
        for paragraph in paragraphs[:600]:
            open_ = []
            for sentence in [*sentences_of(paragraph), None]:
                key = sentence and key_of(sentence)
                if key and key not in seen:
                    seen.add(key)
                    open_.append(words_of(sentence))
                    words += len(open_[-1])
                elif open_:
                    yield open_
                    open_ = []
        if words >= limit:
            return


def singles(paragraphs, rng):
    for paragraph in paragraphs:
        for i, sentence in enumerate(paragraph):
            yield sentence
            for count, share in PASSAGES:
                passage = sum(paragraph[i : i + count], [])
                if rng.random() < share and i + count <= len(paragraph) and len(passage) <= LONGEST_PASSAGE:
                    yield passage
            for least, most, share in QUERIES:
                if rng.random() < share and len(sentence) >= 8:
                    size = rng.randint(least, most)
                    at = rng.randrange(len(sentence) - size + 1)
                    yield sentence[at : at + size]


def groups(candidates, count, rng, pool):
    """`count` groups of four, of sentences in random order."""
    found = []
    for words in rng.sample(candidates, len(candidates)):
        group = variants(words, rng, pool)
        if group:
            found.append(group)
        if len(found) == count:
            break
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stories", type=Path, required=True)
    parser.add_argument("--docs", nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    stories = list(story_documents(options.stories))
    rng.shuffle(stories)
    held, train = {"texts": [], "groups": []}, []
    for domain, documents in (("stories", stories), ("docs", list(up_to(doc_documents(options.docs, rng), 1.6 * WORDS["docs"])))):
        kept_back = [entry for entry in documents if is_held(entry[0])]
        banned = {key_of(s) for _, paragraphs in kept_back for p in paragraphs for s in sentences_of(p) if s and len(s.split()) >= 4}
        own = held_texts(kept_back, rng)
        pool = [word for text in own for word in words_of(text["text"]) if is_content(word)]
        candidates = [words_of(text["text"]) for text in own if text["kind"] == "sentence" and len(text["text"].split()) <= 25]
        held["texts"] += [{**text, "domain": domain} for text in own]
        held["groups"] += groups(candidates, HELD_GROUPS, rng, pool)
        train += train_paragraphs([entry for entry in documents if not is_held(entry[0])], banned, WORDS[domain])
    (options.out / "held.json").write_text(json.dumps(held, ensure_ascii=False))
    with (options.out / "singles.txt").open("w") as out:
        out.writelines(" ".join(words) + "\n" for words in singles(train, rng))
    sentences = [sentence for paragraph in train for sentence in paragraph]
    pool = [word for sentence in rng.sample(sentences, min(20_000, len(sentences))) for word in sentence if is_content(word)]
    fours = groups([sentence for sentence in sentences if 5 <= len(sentence) <= 26], GROUPS, rng, pool)
    fours += [from_template(rng) for _ in range(TEMPLATES)]
    with (options.out / "fours.txt").open("w") as out:
        out.writelines(text + "\n" for group in fours for text in group)
    print(len(sentences), "sentences,", len(fours), "groups; held out", len(held["texts"]), "texts,", len(held["groups"]), "groups")


if __name__ == "__main__":
    main()
