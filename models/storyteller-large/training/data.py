"""Documents and dialogues as JSON lists of texts, cut from public-domain and openly licensed stories.

  python data.py TEXTS OUT

TEXTS holds the sources as .xz files. OUT gets stories, fairy, children, others and chat to train on, val_stories and val_chats held out.
"""

import collections
import json
import lzma
import os
import re
import sys

from dialogues import (
    artificial,
    chitchat,
    conversation,
    counted,
    fact,
    pick,
    questions_of_story,
    rng,
    rule_made_story,
    sentences_of,
    system,
    with_article,
)
from phrases import ASK, ANY, NEXT, CONT, THANKS, WELCOME, HELLO, HI, YES, ANIMAL

texts = sys.argv[1]
out = sys.argv[2]
os.makedirs(out, exist_ok=True)


def read(n):
    return lzma.open(os.path.join(texts, n + ".xz"), "rt", encoding="utf8").read()


MOJI = {
    "â€œ": '"',
    "â€\x9d": '"',
    "â€™": "'",
    "â€˜": "'",
    "â€“": "-",
    "â€”": "--",
    "â€¦": "...",
    "â€": '"',
    "Â": "",
    "�": "",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "—": "--",
    "–": "-",
    "…": "...",
    "\xa0": " ",
    "\r": "",
    "\xad": "",
    "\ufeff": "",
}


def tidy(t):
    for a, b in MOJI.items():
        t = t.replace(a, b)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" *\n *", "\n", re.sub(r"[ \t]+", " ", t))).strip()


def key(t):
    return re.sub("[^a-z]", "", t.lower())


# Simple stories. One extract is in lower case, and gets its capitals from what the other has.
cased = read("tinystories-cased.txt")
mid = collections.defaultdict(collections.Counter)
for m in re.finditer("(?<=[a-z,;] )([A-Za-z']+)", cased):
    mid[m.group(1).lower()][m.group(1)] += 1
true = {k: v.most_common(1)[0][0] for k, v in mid.items() if v.most_common(1)[0][0] != k and v.most_common(1)[0][1] > 1}
for (
    w
) in "lily tim tom ben mia sue spot anna sam sara lila jen ann jane john mary peter leo lisa kate nina rex fluffy buddy jack emma lucy bob billy timmy sarah sally molly daisy bella charlie joe max amy".split():
    true.setdefault(w, w.capitalize())
for w in ("i", "i'm", "i'll", "i've", "i'd"):
    true[w] = w.capitalize()
for w in list(true):
    true.setdefault(w + "'s", true[w] + "'s")
low = read("tinystories-lowercase.txt")
for m in re.finditer("(?:named|called) ([a-z]{3,10})(?=[.,!]| who| and)", low):
    if m.group(1) not in ("the", "her", "his", "out", "over", "for", "after", "a", "an", "to", "him", "them", "back", "and", "it", "mommy", "mummy"):
        mid["#" + m.group(1)]["n"] += 1
plainw = collections.Counter(re.findall("(?<=[a-z,] )[a-z]+", cased))
for k, v in mid.items():
    if k[0] == "#" and plainw[k[1:]] == 0:
        true.setdefault(k[1:], k[1:].capitalize())
        true.setdefault(k[1:] + "'s", k[1:].capitalize() + "'s")
lowbooks = set(re.findall(r"(?<=[a-z,] )[a-z]{2,}\b", read("children-books.txt")[:9000000]))
VERBS = "said|asked|exclaimed|shouted|replied|cried|yelled|answered|whispered|called|thought|says|asks|screamed|laughed|smiled|squealed|responded"


def recase(t):
    names = {
        w
        for w in re.findall(r"(?:^|[.!?]\s+|\n)([a-z]{3,11})\b(?= [a-z])", t)
        if plainw[w] == 0 and w not in lowbooks and (w not in true) and (not re.search(r"\b(?:a|an|the|his|her|some|very|so) " + w + r"\b", t))
    }
    t = re.sub("[a-z]+(?:'[a-z]+)?", lambda m: m.group(0).capitalize() if m.group(0).split("'")[0] in names else true.get(m.group(0), m.group(0)), t)
    t = recase1(t)
    return re.sub(
        r'([!?]["\'] )(He|She|They|It|We|The [a-z]+|His [a-z]+|Her [a-z]+)(?= (?:' + VERBS + r")\b)",
        lambda m: m.group(1) + m.group(2)[0].lower() + m.group(2)[1:],
        t,
    )


def recase1(t):
    return re.sub(r'(^|[.!?]["\']?\s+|\n\s*|(?:^|\s)["“]\s?)([a-z])', lambda m: m.group(1) + m.group(2).upper(), t)


START = re.compile(
    "^[\"']?(?:One|Once|There|In |On |At |It |A |An |The |Every|Long|Today|When|Yesterday|Two|Three|My|I |Deep|After|Some|Anna|Ben|Tom|Lily|Tim|Sara|Mia|[A-Z][a-z]+ (?:and [A-Z][a-z]+ )?(?:was|were|is|are|had|loved|liked|likes|wanted|lived|went|found|saw|felt|has|and|always|woke|walked|thought|could|did))"
)
BAD = re.compile(r"[^\x00-\x7e]|http|www|<\||[*_{}\[\]#|~@\\]|\b(?:kill|killed|blood|gun|weapon|sex|beer|wine|drunk)\b")
tiny = []
seen = set()
raws = [tidy(d) for d in cased.split("<|endoftext|>")] + [tidy(recase(d)) for d in re.split(r"(?<!\n)\n(?!\n)", low)]
for d in raws:
    d = re.sub(r"\n+", "\n\n", d)
    d = re.sub(r"\s*\bThe end[.!]$", "", d, flags=re.I).strip()
    if not d:
        continue
    if not (220 < len(d) < 2000 and d[-1] in '.!?"' and START.match(d) and (not BAD.search(d))) or d.count('"') % 2:
        continue
    k = key(d)
    if k[:110] in seen or k[-110:] in seen:
        continue
    seen.add(k[:110])
    seen.add(k[-110:])
    tiny.append(d)
african = []
for d in read("african-storybook.txt").split("<|endoftext|>"):
    ps = [p.replace("\n", " ") for p in re.split(r"\n\s*\n", tidy(d))]
    ps = [re.sub(r"\s+", " ", p).strip() for p in ps if p.strip()]
    if len(ps) < 3:
        continue
    title = ps[0] if len(ps[0]) < 60 and ps[0][-1] not in '.!?"' else None
    body = "\n\n".join(ps[1:] if title else ps)
    if len(body) > 200 and body[-1] in '.!?"' and body[0].isupper() and (not re.search(r"http|www|<\||[*_{}\[\]#|~@\\]", body)):
        african.append((title, body))
# Held out: stories that have few runs of eight words in common with others, since the extracts overlap.
rng.shuffle(tiny)
rng.shuffle(african)


def shingles(t):
    w = re.findall("[a-z]+", t.lower())
    return {" ".join(w[i : i + 8]) for i in range(len(w) - 7)}


count = collections.Counter((s for d in tiny for s in shingles(d)))
fresh = []
for d in tiny:
    s = shingles(d)
    fresh.append(sum((count[x] > 1 for x in s)) / max(1, len(s)) < 0.12 and len(d) < 1700)
clean = [i for i, f in enumerate(fresh) if f]
val_s = set(clean[:185])
val_c_s = set(clean[185:335])
val_stories = [tiny[i] for i in val_s] + [b for t, b in african if len(b) < 1600][:15]
held_af = set(val_stories)
african = [(t, b) for t, b in african if b not in held_af]
train_tiny = [d for i, d in enumerate(tiny) if i not in val_s and i not in val_c_s]
chat_val_tiny = [tiny[i] for i in val_c_s]
# Subjects: nouns that occur near the beginning of a story and again.
STOP = set(
    "day time way lot one thing things end other big little while idea moment bit place name man something next same best first last new top right left side world air hand hands head face eyes back mom dad mommy daddy mum mother father people life fun home morning night afternoon friend friends problem adventure voice noise rest game smile heart middle ground hug story door room house corner part".split()
)
DET = r"\b(?:a|an|the|his|her|their) (?:(?:little|big|small|old|young|tiny|pretty|red|blue|green|brown|white|black|new|kind|brave|friendly) ){0,2}"
nn = collections.Counter()
adj = collections.Counter()
for d in tiny:
    for m in re.finditer(r"\b(?:a|an|the|his|her) (?:little |big |small |old )?([a-z]{3,12})\b( ?[a-z.,!?]+)", d):
        f = m.group(2).strip()
        if f[0] in ".,!?" or f in (
            "was",
            "and",
            "in",
            "to",
            "that",
            "with",
            "on",
            "is",
            "had",
            "said",
            "who",
            "named",
            "for",
            "at",
            "from",
            "called",
            "saw",
            "were",
            "ran",
            "went",
            "looked",
            "smiled",
            "could",
            "felt",
        ):
            nn[m.group(1)] += 1
        else:
            adj[m.group(1)] += 1
common = collections.Counter((w for s in tiny for w in set(re.findall("[a-z]{3,}", s.lower()))))
noun = {w for w in nn if nn[w] >= 4 and nn[w] > 1.2 * adj[w] and (not (w[-1] == "s" and w[-2] != "s" and (w not in ("bus", "octopus"))))} - STOP


def subjects(story):
    low = story.lower()
    half = low[:350]
    here = collections.Counter((m.group(1) for m in re.finditer(DET + r"([a-z]{3,12})\b", low)))
    good = [w for w in here if w in noun and len(re.findall(r"\b" + w + r"\b", low)) >= 2 and re.search(r"\b" + w + r"\b", half)]
    return sorted(good, key=lambda w: -(len(re.findall(r"\b" + w + r"s?\b", low)) / (common[w] + 30)))[:2]


# Dialogues about a story.
def dialogues(story, title=None, per=2.2):
    S = sentences_of(story)
    sub = subjects(story)
    found = []

    def ask():
        return (
            pick(ASK).format(" and ".join(map(with_article, sub)) if len(sub) == 2 and rng.random() < 0.25 else with_article(sub[0]))
            if sub
            else pick(ANY)
        )

    m = re.search(r"\ban? (?:little |young |small |big |old |brave |kind )?([a-z]+) named ([A-Z][a-z]+)\b", story[:300])
    named = f"{with_article(m.group(1))} named {m.group(2)}" if m and m.group(1) in noun | set(ANIMAL) | {"girl", "boy"} else None

    def f_ask():
        return [ask(), story]

    def f_named():
        return [pick(ASK[:13]).format(named), story] if named else None

    def f_title():
        return (
            [pick(['Tell me the story "{}".', 'Tell me a story called "{}".', 'Write a story with the title "{}".']).format(title), story]
            if title
            else None
        )

    def f_any():
        return [pick(ANY), story]

    def f_cont():
        n = pick([1, 1, 1, 2, 2, 3])
        return [pick(CONT).format(" ".join(S[:n])), " ".join(S[n:])] if len(S) > n + 3 and len(S[0]) < 170 else None

    def f_next():
        if len(S) < 8:
            return
        c = rng.randint(3, len(S) - 4)
        return [ask(), " ".join(S[:c]), pick(NEXT), " ".join(S[c:])]

    def f_hello():
        return (
            [
                pick(HELLO),
                pick(HI),
                pick(["About {}.", "About {}, please.", "{}", "A story about {}, please.", "{}!", "I would like a story about {}."]).format(
                    with_article(sub[0])
                ),
                story,
            ]
            if sub
            else None
        )

    def f_yes():
        if not sub:
            return
        u = pick(
            [pick(HELLO), fact(), fact(), pick(["I am bored.", "I am sad.", "What can you do?", "Do you know any stories?", "What shall we do?"])]
        )
        a = (
            pick(
                ["Shall I tell you a story about {}?", "I know a nice story about {}. Shall I tell it?", "Would you like to hear a story about {}?"]
            ).format(with_article(sub[0]))
            if "?" not in u
            else "I do not know that, but I am a storyteller. " + "Would you like to hear a story about {}?".format(with_article(sub[0]))
        )
        return [u, a, pick(YES), story]

    def f_qa():
        q = questions_of_story(story)
        if not q:
            return
        t = [ask(), story]
        for x, y in rng.sample(q, min(len(q), pick([1, 2, 2]))):
            t += [x, y]
        if rng.random() < 0.3:
            t += [pick(THANKS), pick(WELCOME)]
        return t

    def f_passage():
        q = questions_of_story(story)
        if not q:
            return
        x, y = pick(q)
        return [pick([f"{story}\n\n{x}", f"Here is a story. {story}\n\n{x}", f"{x}\n\n{story}"]), y]

    def f_thanks():
        return [ask(), story, pick(THANKS), pick(WELCOME)]

    def f_count():
        n = len(S)
        return (
            [counted(n, with_article(sub[0]) if sub and rng.random() < 0.5 else None), " ".join(S)]
            if n <= 10 and len(re.findall("[.!?]", story)) == n
            else None
        )

    fs = (
        [f_ask] * 5
        + [f_named] * 2
        + [f_any]
        + [f_cont] * 3
        + [f_next] * 3
        + [f_hello]
        + [f_yes]
        + [f_qa] * 4
        + [f_passage]
        + [f_thanks]
        + [f_count]
        + ([f_title] * 3 if title else [])
    )
    done = set()
    n = int(per) + (rng.random() < per % 1)
    while len(found) < n and len(done) < 9:
        f = pick(fs)
        if f in done:
            continue
        done.add(f)
        t = f()
        if t:
            found.append(conversation(*t))
    return found


def flow(t):
    return re.sub(r'(?<![.!?":\'])\n+(?=\S)', " ", re.sub(r"\n\n(?=[a-z])", " ", t))


fair = [json.loads(l) for l in read("fairytale-questions.jsonl").splitlines()]


def fairy_qa(split, most):
    rows = [r for r in fair if r["split"] in split and len(r["context"]) < 1500 and (len(r["answer"]) < 140)]
    rng.shuffle(rows)
    res = []
    for r in rows[:most]:
        a = tidy(r["answer"]).rstrip(".!? ").strip()
        q = tidy(r["question"])
        c = re.sub(r"\n+", "\n", flow(tidy(r["context"])))
        q = q[0].upper() + q[1:]
        if a and (not BAD.search(q + a)):
            res.append(conversation(f"{c}\n\n{q}" if rng.random() < 0.7 else f"{q}\n\n{c}", a[0].upper() + a[1:] + ("." if a[-1] not in '"' else "")))
    return res


# All dialogues; those that are held out do not occur among the others.
train = [c for d in train_tiny for c in dialogues(d)] + [c for t, b in african if len(b) < 1700 for c in dialogues(b, t, 3)]
arts = [artificial() for _ in range(12000)]
chit = [chitchat() for _ in range(4500)]
fq = fairy_qa(("train", "test"), 4500)
train += arts + chit + fq
inside = set(train)
val = [c for d in chat_val_tiny for c in dialogues(d, None, 1.3)]
rng.shuffle(val)
val = val[:180]


def new(f, n):
    res = []
    while len(res) < n:
        c = f()
        if c not in inside:
            res.append(c)
    return res


val += new(artificial, 60) + new(chitchat, 30) + fairy_qa(("val",), 40)[:30]
val = val[:300]
train = [system(c) for c in train]
rng.shuffle(train)
rng.shuffle(val)
simple = collections.Counter((w for d in tiny + [b for _, b in african] for w in re.findall("[a-z]+", d.lower())))
known = {w for w, c in simple.items() if c > 2}


# Books, whole, so that only true beginnings are beginnings, without page matter, remains of scanning, and parts with rare words.
def book(d, least):
    d = tidy(d)
    d = re.sub(r"(?s)^Title: .*?-------\n", "", d)
    paras = []
    for p in re.split(r"\n\s*\n", d):
        p = re.sub(r"\s+", " ", p).strip()
        if (
            len(p) < 2
            or p.count(".--") > 1
            or re.match(r"(?i)(chapter|part|book|section|contents|illustration|footnote|note)\b", p)
            or re.search(r"http|www|gutenberg|copyright|[*_{}\[\]#|~@\\<>^=]", p, re.I)
        ):
            continue
        l = sum((c.isalpha() for c in p))
        if (
            l < 0.7 * len(p)
            or sum((c.isupper() for c in p)) > 0.3 * l
            or re.search(r"[^\x00-\x7e\u00a3\u00c0-\u017f]", p)
            or (len(p) < 60 and p[-1] not in ".!?\",;:'-")
        ):
            continue
        paras.append(p)
    groups = []
    cur = []
    for p in paras:
        cur.append(p)
        if sum(map(len, cur)) > 3000:
            groups.append(cur)
            cur = []
    if cur:
        groups.append(cur)
    keep = []
    for g in groups:
        w = re.findall("[a-z]+", " ".join(g).lower())
        if w and sum((x in known for x in w)) / len(w) >= least:
            keep.append("\n\n".join(g))
    return "\n\n".join(keep)


children = [b for b in (book(d, 0.79) for d in read("children-books.txt").split("<|endoftext|>")) if len(b) > 500]
others = [b for b in (book(d, 0.86) for d in read("simple-books.txt").split("<|endoftext|>")) if len(b) > 500]
fairy = [re.sub(r"\n+", "\n\n", flow(tidy(d))) for d in read("fairytales.txt").split("<|endoftext|>") if len(d) > 500]
# No held-out story has 90 letters in a row in common with what is trained on.
hay = key(" ".join(train_tiny + [b for _, b in african] + train))
bad = [s for s in val_stories if any((key(s)[i : i + 90] in hay for i in range(0, max(1, len(key(s)) - 90), 45)))]
val_stories = [s for s in val_stories if s not in bad]


def dump(n, x):
    return (json.dump(x, open(os.path.join(out, n + ".json"), "w")), print(n, len(x), round(sum(map(len, x)) / 1000000.0, 2), "M characters"))


dump("stories", train_tiny + [(t + "\n\n" if t else "") + b for t, b in african])
dump("fairy", fairy)
dump("children", children)
dump("others", others)
dump("chat", train)
dump("val_stories", val_stories)
dump("val_chats", val)
