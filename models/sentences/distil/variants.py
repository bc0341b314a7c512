"""Order variants: for a sentence, or a template, three more of nearly the same words that mean something else."""

STOP = set(
    "the a an of to and in that it is was he she they his her their with for on as at by be not but this had have has i you we him them from or if "
    "are were there when which who all so no one would could will can my your me out up into then do did said what its more than been any some may "
    "must should also only other such these those about after before because while until over under".split()
)
AUXILIARY = set("is was are were can could will would did does do has have had should must may might".split())
BEFORE_NOUN = ("the", "a", "an", "his", "her", "my", "your", "their", "its", "this", "each")
BETWEEN = (",", ";", *"and because if when but while before after until then so or than".split())
NOUNS = (
    "dog man woman boy girl cat wolf king queen teacher doctor farmer bird fish mouse lion child mother father brother sister soldier horse witch "
    "prince princess student driver singer hunter bear fox baker thief judge nurse friend neighbor stranger giant fairy frog snake engineer manager "
    "customer server client user function module parent file process thread package"
).split()
VERBS = (
    "bit chased followed saw loved hated helped called taught found carried pushed caught visited thanked forgot watched feared kissed killed fed hit "
    "heard met asked told paid wrote sold replaced overwrote loads imports blocks deletes copies reads starts stops waits calls extends contains"
).split()
COMPARATIVES = "bigger smaller older younger faster slower better stronger kinder richer heavier cheaper newer taller".split()
# a, b, c are nouns, v and u verbs, j a comparative.
TEMPLATES = (
    ("the {a} {v} the {b} .", "the {b} {v} the {a} .", "the {a} was {v} by the {b} .", "the {a} {u} the {b} ."),
    ("the {a} is {j} than the {b} .", "the {b} is {j} than the {a} .", "the {a} is not {j} than the {b} .", "the {a} is {j} than the {c} ."),
    (
        "the {a} gave the {b} to the {c} .",
        "the {c} gave the {b} to the {a} .",
        "the {b} gave the {a} to the {c} .",
        "the {a} did not give the {b} to the {c} .",
    ),
    (
        "the {a} {v} the {b} before the {c} {u} it .",
        "the {c} {u} it before the {a} {v} the {b} .",
        "the {a} {v} the {b} after the {c} {u} it .",
        "the {c} {u} the {b} before the {a} {v} it .",
    ),
    ("who {v} the {a} ?", "whom did the {a} {v} ?", "the {b} {v} the {a}", "the {a} {v} the {b}"),
    (
        "if the {a} {v} the {b} , the {c} {u} the {a} .",
        "if the {c} {u} the {a} , the {a} {v} the {b} .",
        "the {c} {u} the {a} unless the {a} {v} the {b} .",
        "if the {b} {v} the {a} , the {a} {u} the {c} .",
    ),
    ("the {a} {v} the {b} .", "the {a} never {v} the {b} .", "the {b} {v} the {a} .", "no {a} {v} the {b} ."),
    ("{a} {b}", "{b} {a}", "{a} of the {b}", "{b} of the {a}"),
)


def is_content(word):
    return len(word) >= 3 and word.isalpha() and word not in STOP


# Each takes words, a source of chance and words to put in; None where the sentence has no place for it.


def swap_content(words, rng, _):
    nouns = [i for i in range(1, len(words)) if is_content(words[i]) and words[i - 1] in BEFORE_NOUN]
    places = nouns if len({words[i] for i in nouns}) >= 2 and rng.random() < 0.6 else [i for i, word in enumerate(words) if is_content(word)]
    if len({words[i] for i in places}) < 2:
        return None
    a, b = rng.sample(places, 2)
    found = list(words)
    found[a], found[b] = found[b], found[a]
    return found


def negate(words, rng, _):
    if "not" in words:
        at = words.index("not")
        return words[:at] + words[at + 1 :]
    places = [i for i, word in enumerate(words[:-1]) if word in AUXILIARY]
    if not places:
        return None
    at = rng.choice(places) + 1
    return words[:at] + ["not"] + words[at:]


def swap_clauses(words, rng, _):
    places = [i for i in range(2, len(words) - 3) if words[i] in BETWEEN]
    if not places:
        return None
    at, end = rng.choice(places), len(words) if words[-1].isalnum() else len(words) - 1
    return words[at + 1 : end] + [words[at]] + words[:at] + words[end:]


def shuffle(words, rng, _):
    return rng.sample(words, len(words))


def replace(words, rng, pool):
    places = [i for i, word in enumerate(words) if is_content(word)]
    if not places:
        return None
    at = rng.choice(places)
    return [*words[:at], rng.choice(pool), *words[at + 1 :]]


def swap_neighbours(words, rng, _):
    at = rng.randrange(len(words) - 1)
    return [*words[:at], words[at + 1], words[at], *words[at + 2 :]]


def drop(words, rng, _):
    at = rng.randrange(len(words))
    return words[:at] + words[at + 1 :]


KINDS = {swap_content: 5, negate: 3, swap_clauses: 3, shuffle: 1.2, replace: 1.5, swap_neighbours: 1, drop: 0.5}


def variants(words, rng, pool):
    """The sentence and three distinct variants, as texts; None where they are not found."""
    found = [words]
    for _ in range(14):
        (kind,) = rng.choices(list(KINDS), list(KINDS.values()))
        own = kind(words, rng, pool)
        if own and own not in found:
            found.append(own)
        if len(found) == 4:
            return [" ".join(own) for own in found]
    return None


def from_template(rng):
    a, b, c = rng.sample(NOUNS, 3)
    v, u = rng.sample(VERBS, 2)
    j = rng.choice(COMPARATIVES)
    return [text.format(a=a, b=b, c=c, v=v, u=u, j=j) for text in rng.choice(TEMPLATES)]
