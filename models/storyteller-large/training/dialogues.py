"""Dialogues that are made by rules, and questions about stories. `rng` is the only source of chance."""

import random
import re
from phrases import (
    ASK,
    THANKS,
    WELCOME,
    HELLO,
    HI,
    YES,
    WHO,
    NOUNS_F,
    REFUSE,
    ANIMAL,
    PERSON,
    ODD,
    GIRL,
    BOY,
    PLACE,
    THING,
    SPOT,
    TRAIT,
    PLOTS,
    ONE,
    TWO,
    NUM,
    SYS,
)

rng = random.Random(7)
pick = rng.choice


def with_article(w):
    return ("an " if w[0] in "aeiou" else "a ") + w


def conversation(*turns):
    return "".join((("<|user|>" if i % 2 == 0 else "<|assistant|>") + t for i, t in enumerate(turns)))


def sentences_of(t):
    return [s for s in re.split(r'(?<=[.!?])\s+|(?<=[.!?]["\'])\s+', t.strip()) if s]


def fact():
    a = rng.randint(2, 99)
    b = rng.randint(2, 99)
    c = pick(NOUNS_F)
    return pick(
        [
            f"What is {a} times {b}?",
            f"What is {a} plus {b}?",
            f"How much is {a} + {b}?",
            f"{a} * {b} = ?",
            f"What is the capital of {c}?",
            f"Who is the president of {c}?",
            f"Where is {c}?",
            f"How many people live in {c}?",
            f"Tell me about the history of {c}.",
            "Write some code for me.",
            "Write a program in Python.",
            f"Write a function that adds {a} and {b}.",
            "What is the news today?",
            "Which is the best phone?",
            "What is the weather like?",
            "Will it rain tomorrow?",
            "What time is it?",
            "What day is it today?",
            f"What happened in 19{b:02d}?",
            "How do I cook rice?",
            "How do I repair my car?",
            "How do I lose weight?",
            "Translate this into French: good morning.",
            f"How do you say hello in the language of {c}?",
            "What is the meaning of life?",
            "Who won the football game?",
            "Who was Albert Einstein?",
            "Explain quantum physics.",
            "Explain gravity to me.",
            "Which medicine shall I take?",
            "I have a headache. What shall I do?",
            "What is the price of gold?",
            "Should I buy a house?",
            "How far away is the moon?",
            "Why is the sky blue?",
            "How does a computer work?",
            "What is photosynthesis?",
            "How tall is the tallest mountain?",
            "Who wrote Hamlet?",
            "Write an email to my boss.",
            "Summarize this article for me.",
            "Can you do my homework?",
            "How do I get to the station?",
            "What is DNA?",
            "What is the square root of %d?" % a,
            "When did the war end?",
            "Do you know my phone number?",
            "What is my name?",
            "Book a table for two.",
            "Send a message to my friend.",
            "What is the best book?",
            "Which movie should I watch?",
            f"Convert {a} miles to kilometers.",
            "What is a black hole?",
            "What is the speed of light?",
            "Who are you going to vote for?",
            "Is there a god?",
            "List the planets.",
            "Give me a list of fruits.",
            "Define democracy.",
        ]
    )


def world(kind=None, thing=None):
    kind = kind or pick([pick(ANIMAL), pick(ANIMAL), pick(list(PERSON)), pick(ODD)])
    he = PERSON.get(kind) or pick(["he", "she"])
    fhe = pick(["he", "she"])
    N = pick(GIRL if he == "she" else BOY)
    F = pick([n for n in (GIRL if fhe == "she" else BOY) if n != N])
    fkind = pick([k for k in ANIMAL + ["girl" if fhe == "she" else "boy"] * 3 if k != kind])
    thing = thing or pick([t for t in THING if t not in (kind, fkind)])
    trait = pick(TRAIT)
    p, p2 = rng.sample(PLACE, 2)
    s, s2 = rng.sample(SPOT, 2)

    def g(m, f):
        return f if he == "she" else m

    ok = pick([k for k in ("girl", "boy", "farmer", "king", "old woman", "owl", "fisherman", "giant") if k not in (kind, fkind)])
    return dict(
        kind=kind,
        a_kind=with_article(kind),
        a_Kind=with_article(kind).capitalize(),
        N=N,
        F=F,
        friend=F,
        fkind=fkind,
        a_fkind=with_article(fkind),
        thing=thing,
        a_thing=with_article(thing),
        an_okind=with_article(ok),
        trait=trait,
        a_trait=with_article(trait),
        place=p,
        place2=pick(["in the village", "in the town", "in the valley"]),
        spot=s,
        spot2=s2,
        he=he,
        He=he.capitalize(),
        His=g("His", "Her"),
        his=g("his", "her"),
        him=g("him", "her"),
        him2="her" if fhe == "she" else "him",
    )


def rule_made_story(n, **kw):
    w = world(**kw)
    if n == 1:
        lines = [pick(ONE)]
    elif n == 2:
        lines = pick(TWO)
    else:
        pi = rng.randrange(len(PLOTS))
        P = PLOTS[pi]
        core = [i for i, s in enumerate(P) if s[0] == "1"]
        n = min(n, len(P))
        keep = sorted(core + rng.sample([i for i, s in enumerate(P) if s[0] == "0"], n - len(core)))
        lines = [P[i][1:] for i in keep]
    text = []
    known = False
    for l in lines:
        if not known and "{F}" in l and ("{friend}" not in l) and ("{a_fkind} named" not in l):
            l = l.replace("{F}", "{F} the {fkind}", 1)
        if "{F}" in l or "{friend}" in l:
            known = True
        if known and text and any((w["F"] in t for t in text)):
            l = l.replace("{friend} the {fkind}", "{friend}")
        if "{thing}" in l and "{a_thing}" not in l and (not any((w["thing"] in t for t in text))):
            l = l.replace("the {thing}", "a {thing}" if w["thing"][0] not in "aeiou" else "an {thing}", 1) if "his}" not in l else l
        text.append(l.format(**w))
        text[-1] = text[-1][0].upper() + text[-1][1:]
    assert all((not re.search("[.!?].*[.!?]", t) for t in text))
    return (" ".join(text), w)


def counted(n, about=None):
    k = pick([str(n), NUM[n]])
    s = "sentence" if n == 1 else "sentences"
    a = f" about {about}" if about else ""
    return pick(
        [
            f"Tell me a story{a} in {k} {s}.",
            f"Tell me a story{a} in {k} {s}.",
            f"A very short story{a} of {k} {s}, please.",
            f"Write a story{a} in {k} {s}.",
            f"In {k} {s}, tell me a story{a}.",
            f"Can you tell a story{a} in exactly {k} {s}?",
            f"Please give me a story{a} with {k} {s}.",
            f"tell me a story{a} in {k} {s}",
            f"A story{a}, {k} {s}.",
        ]
    )


def questions_of_rule_made(t, w):
    q = [
        (pick(["Who is the story about?", "Who is in the story?", "Who was it about?"]), f"The story is about {w['a_kind']} named {w['N']}."),
        (pick([f"What was {w['N']}?", f"Who was {w['N']}?", f"What kind of creature was {w['N']}?"]), f"{w['N']} was {w['a_kind']}."),
        (
            pick([f"What was the name of the {w['kind']}?", f"What was the {w['kind']} called?", f"What is the {w['kind']}'s name?"]),
            f"The {w['kind']} was called {w['N']}.",
        ),
    ]
    if w["N"] + " found " + w["a_thing"] in t:
        q += [(f"What did {w['N']} find?", f"{w['N']} found {w['a_thing']}.")] * 2
    if f"found {w['a_thing']} {w['spot']}" in t:
        q += [(f"Where was the {w['thing']}?", f"The {w['thing']} was {w['spot']}.")]
    if "lived " + w["place"] in t:
        q += [(f"Where did {w['N']} live?", f"{w['N']} lived {w['place']}.")] * 2
    if w["F"] in t and w["fkind"] in t:
        q += [(pick([f"Who was {w['F']}?", f"What was {w['F']}?"]), f"{w['F']} was {w['a_fkind']}.")]
    if f"lost {w['his']} {w['thing']}" in t:
        q += [(f"What did {w['N']} lose?", f"{w['N']} lost {w['his']} {w['thing']}.")] * 2
    if f"wanted to have {w['a_thing']}" in t:
        q += [(f"What did {w['N']} want?", f"{w['N']} wanted to have {w['a_thing']}.")] * 2
    return q


def questions_of_story(s):
    """Questions with answers that stand in the story."""
    q = []
    S = sentences_of(s)
    m = re.search(r"\b([Aa]n?|[Tt]wo) ((?:[a-z]+ )?)([a-z]+) (?:named|called) ([A-Z][a-z]+)\b(?! and)", s)
    if m and m.group(1).lower() != "two" and (m.start() < 300):
        k = m.group(3)
        n = m.group(4)
        full = f"{m.group(1).lower()} {m.group(2)}{k}"
        q += [
            (pick(["Who is the story about?", "Who is in the story?", "Who was it about?"]), f"The story is about {full} named {n}."),
            (pick([f"What was the name of the {k}?", f"What was the {k} called?"]), f"The {k} was called {n}."),
            (pick([f"Who was {n}?", f"Who is {n}?"]), f"{n} was {full}."),
        ]
    for x in S:
        if len(x) > 120 or '"' in x:
            continue
        m = re.match(r"([A-Z][a-z]+) (loved|liked|wanted) to ((?:[a-z\']+ ?){1,10})\.$", x)
        if m and m.group(1) not in ("He", "She", "They", "It", "We", "One", "The"):
            q.append(
                (
                    f"What did {m.group(1)} {dict(loved='love', liked='like', wanted='want')[m.group(2)]} to do?",
                    f"{m.group(1)} {m.group(2)} to {m.group(3)}.",
                )
            )
        m = re.match(r"(?:One day, |Then, |But )?([A-Z][a-z]+) (found|saw|got|met|made) ((?:a|an|the|his|her) (?:[a-z\']+ ?){1,8})\.$", x)
        if m and m.group(1) not in ("He", "She", "They", "It", "We", "One", "The", "Then", "But"):
            q.append(
                (
                    f"What did {m.group(1)} {dict(found='find', saw='see', got='get', met='meet', made='make')[m.group(2)]}?",
                    f"{m.group(1)} {m.group(2)} {m.group(3)}.",
                )
            )
        m = re.match(
            r"([A-Z][a-z]+) (?:was|felt) (very |so )?(sad|happy|scared|excited|proud|surprised|angry|afraid|tired|worried) (because|that) ((?:[a-zA-Z\']+ ?){2,14})\.$",
            x,
        )
        if m and m.group(1) not in ("He", "She", "They", "It", "We", "One", "The"):
            q.append((f"Why was {m.group(1)} {m.group(3)}?", f"{m.group(1)} was {m.group(3)} because {m.group(5)}."))
    if len(S) > 5 and '"' not in S[-1] and (len(S[-1]) < 140) and re.search("[a-z]", S[-1]):
        len(S[-1]) > 15 and q.append((pick(["How does the story end?", "What happens at the end?", "How did it end?", "And the end?"]), S[-1]))
    return q


def artificial():
    r = rng.random()
    kind = pick([pick(ANIMAL), pick(list(PERSON)), pick(ODD)])
    if r < 0.45:
        n = pick([1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10])
        about = rng.random() < 0.6
        t, w = rule_made_story(n, kind=kind)
        assert len(sentences_of(t)) == n, t
        return conversation(counted(n, with_article(kind) if about else None), t)
    if r < 0.7:
        t, w = rule_made_story(pick([7, 8, 9, 10]), kind=kind)
        turns = [pick(ASK).format(with_article(kind)), t]
        for x, y in dict(rng.sample(questions_of_rule_made(t, w), 3)).items():
            turns += [x, y]
        if rng.random() < 0.2:
            turns += [pick(THANKS), pick(WELCOME)]
        return conversation(*turns)
    if r < 0.78:
        t, w = rule_made_story(pick([3, 4, 5, 6]), kind=kind)
        x, y = pick(questions_of_rule_made(t, w))
        return conversation(f"{t} {x}", y)
    if r < 0.86:
        t, w = rule_made_story(pick([8, 9, 10]), kind=kind, thing=None)
        return conversation(pick(ASK[:13]).format(f"{w['a_kind']} and {w['a_thing']}") if w["thing"] in t else pick(ASK).format(w["a_kind"]), t)
    if r < 0.93:
        k2 = pick([k for k in ANIMAL + ODD if k != kind])
        t, w = rule_made_story(pick([7, 8, 9]), kind=kind)
        t2, _ = rule_made_story(pick([7, 8, 9]), kind=k2)
        return conversation(
            pick(ASK).format(with_article(kind)),
            t,
            pick(["Now one about {}.", "And now a story about {}, please.", "Another one, about {}.", "Can you tell me one about {}, too?"]).format(
                with_article(k2)
            ),
            t2,
        )
    n = pick([2, 3, 4])
    t, w = rule_made_story(n, kind=kind)
    n2 = pick([5, 6, 3])
    t2, _ = rule_made_story(n2, kind=kind)
    return conversation(
        counted(n, with_article(kind)),
        t,
        pick(["Now in {} sentences.", "And one in {} sentences, please.", "Another one, in {} sentences."]).format(pick([n2, NUM[n2]])),
        t2,
    )


def chitchat():
    r = rng.random()
    if r < 0.32:
        k = pick(list(WHO))
        t = [pick(k.split("|")), pick(WHO[k])]
    elif r < 0.47:
        t = [pick(HELLO), pick(HI)]
    elif r < 0.57:
        t = [pick(THANKS), pick(WELCOME)]
    else:
        t = [fact(), pick(REFUSE).format(with_article(pick(ANIMAL + ODD)))]
    if rng.random() < 0.25:
        k = pick(list(WHO))
        u = [pick(k.split("|")), pick(WHO[k])] if rng.random() < 0.6 else [fact(), pick(REFUSE).format(with_article(pick(ANIMAL)))]
        t = t + u if u[0] != t[0] else t
    m = re.search(r"(?:story about|one about|about) (an? [a-z]+)(?:\?|, if you like\.|\.)$", t[-1])
    if m and rng.random() < 0.4 and (m.group(1).split()[1] in ANIMAL + ODD + list(PERSON)):
        t += [pick(YES), rule_made_story(pick([6, 7, 8, 9]), kind=m.group(1).split()[1])[0]]
    if rng.random() < 0.35 and len(t) < 6:
        if re.search(r"(story be about|story about|about\?|be in it|would you like|hear about|one would you like|about a child)\?$", t[-1]):
            k = pick([pick(ANIMAL), pick(list(PERSON)), pick(ODD)])
            t += [
                pick(
                    [
                        "{}",
                        "{}, please.",
                        "About {}.",
                        "A story about {}.",
                        "{}!",
                        "Maybe {}?",
                        "It should be about {}.",
                        "Please tell me one about {}.",
                    ]
                ).format(with_article(k)),
                rule_made_story(pick([6, 7, 8, 9]), kind=k)[0],
            ]
        elif re.search(
            r"(tell you (a story|one|another one|another story)|hear a story|go with it|story for you|one for you|cheer you up)\?$", t[-1]
        ):
            t += [pick(YES), rule_made_story(pick([6, 7, 8, 9]))[0]]
    return conversation(*t)


def system(c):
    return "<|system|>" + pick(SYS) + c if rng.random() < 0.06 else c
