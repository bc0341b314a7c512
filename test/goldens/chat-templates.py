"""What Python's Jinja2 makes of chat templates, as transformers uses it: the golden values of libs/engine/src/chat.

By hand, after a change of the cases or of chat-templates/*.jinja:

    pip install 'jinja2>=3.1.6' transformers
    python test/goldens/chat-templates.py
    npx prettier --check test/goldens

Writes chat-templates.json beside it: expressions and statements with their variables, and the templates in chat-templates/ over
conversations. Those templates are written for this test in the manner of the models that they are named after.
A value is a text, null where Python raises, or {"refusal": message} where the template does (raise_exception).
"""

import copy
import datetime
import json
import pathlib

import jinja2
import transformers.utils.chat_template_utils as chat_template_utils

HERE = pathlib.Path(__file__).parent
NOW = (2024, 7, 5, 9, 3, 7)


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(*NOW)


chat_template_utils.datetime = Clock

VARIABLES = {
    "i": 7, "z": 0, "n": -3, "f": 2.5, "g": -0.1, "yes": True, "no": False, "nil": None,
    "s": "Hello World", "empty": "", "blank": "  a b\tc \n", "wide": "a😀é漢ß", "digits": "12", "mixed": "12abc",
    "odd": "\x1c\u0085\ufeff x \u2003", "lines": "x\ny\n\n z\r\nw\x0bv\u2028u", "quoted": "it's \"q\"\\\n\x00\u200b",
    "cased": "Straße ǆ ﬁ O'NEIL mid-word (x) ΑΣ", "list": [3, 1, 2], "texts": ["b", "A", "a", "B"], "none_left": [],
    "mixed_list": [1, "a", None, True, 2.5, [1], {"k": 1}], "dict": {"a": 1, "b": "x", "items": [1, 2], "get": 5},
    "deep": {"x": {"y": {"z": "deep"}}, "B": 2, "a": 1},
    "rows": [{"r": "u", "n": 2, "t": {"q": 1}}, {"r": "A", "n": 1, "t": {"q": 0}}, {"r": "a", "n": 3}],
    "json": {"ü": [1, 2.5, 1e20 + 0.5, True, None, {}, []], "<&>": "a\"b\\/\n\t\x01\x7f😀\u2028", "b": {"c": [[]]}},
    "floats": [0.1, -0.5, 1e-7, 1.5e-5, 0.0001, 1.5e300, 123456789.125, 1e22 + 0.0],
    "astral": ["\uff5e", "😀", "\ue000", "z"],
}
VARIABLES["floats"] = [x for x in VARIABLES["floats"] if x != int(x)] + [0.30000000000000004]
VARIABLES["json"]["ü"].remove(1e20 + 0.5)

ATOMS = ["1", "-3", "2.5", "true", "none", "'a'", "[1]", "(1, 'a')", "{'a': 1}", "undef"]
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", ">=", "in", "not in", "and", "or"]

SUBJECTS = ["i", "n", "f", "yes", "nil", "s", "wide", "blank", "list", "texts", "mixed_list", "dict", "rows", "undef", "empty",
            "range(3)", "('B', 'a', 1)", "dict.items()"]
FILTERS = """abs|capitalize|length|count|d('x')|default('x', true)|default(default_value=1)|dictsort|dictsort(true)|dictsort(by='value')
dictsort(reverse=true)|first|last|float|float(1)|int|int(5)|items~list|list|join|join(', ')|join('-', attribute='r')|lower|upper|title
trim|trim('aH 3')|max|min|max(attribute='n')|min(true)|reverse~list|round|round(1)|round(1, 'floor')|round(0, 'ceil')|sort|sort(true)
sort(attribute='n')|sort(attribute='r,n')|sort(case_sensitive=true)|string|sum|sum(attribute='n')|sum(start=2)|tojson|tojson(indent=2)
unique~list|unique(true)~list|unique(attribute='r')~list|wordcount|indent|indent(2, true)|indent('> ', blank=true)|replace('a', 'b')
replace('', '-')|replace('l', 'L', 1)|map('upper')~list|map('string')~list|map(attribute='n')~list
map(attribute='t.q', default='D')~list|map('length')~list|map('int')~list|map('default', 'x')~list|select~list|reject~list
select('string')~list|select('in', [1, 'a'])~list|select('eq', 1)~list|reject('none')~list|selectattr('n')~list
selectattr('n', 'gt', 1)~list|selectattr('t', 'defined')~list|rejectattr('r', 'equalto', 'a')~list|rejectattr('t.q')~list
selectattr('r', 'in', ['a', 'u'])~list~length|select('nope')~list|attribute""".replace("\n", "|").split("|")
FILTERS = [f.replace("~", "|") for f in FILTERS if f != "attribute"]
TESTS = """defined|undefined|none|true|false|boolean|integer|float|number|string|mapping|iterable|sequence|callable|lower|upper|odd
even|divisibleby 2|divisibleby(3)|in list|in [1, 'a']|eq 7|ne 7|gt 1|lt(2)|ge 'a'|le 3|sameas none|sameas true|equalto 'a'|escaped
in s|greaterthan 3|lessthan i""".replace("\n", "|").split("|")
METHODS = """strip()|strip('a ')|lstrip()|lstrip('aH')|rstrip('d\\n')|rstrip()|split()|split(' ')|split(none, 1)|split('l', 1)
split(maxsplit=1)|split('')|rsplit(' ', 1)|rsplit(none, 1)|rsplit('l')|splitlines()|splitlines(true)|splitlines(keepends=true)|startswith('a')
startswith(('x', 'He'))|startswith('l', 2)|startswith('', 99)|startswith(1)|endswith('d')|endswith(('c', 'ß'))|endswith('o', 0, 5)|find('l')|find('l', 4)
find('漢')|find('', 3)|find('z')|rfind('l')|rfind('')|index('z')|count('l')|count('')|count('l', 3)|count('aa')|replace('l', 'L')|replace('', '-')
replace('l', '', 1)|replace('', '.', 2)|replace('l', none)|upper()|lower()|title()|capitalize()|isdigit()|isalpha()|isspace()|isupper()
islower()|isalnum()|partition('l')|partition('z')|rpartition('l')|removeprefix('He')|removesuffix('ld')|removesuffix('')|join(['a', 'b'])
join([1])|join('xy')|upper(1)|nope()|zz|get('a')|get('nope', [])|get('nope')|get([1])|get('a', default=1)|items()|keys()|values()|copy()
items|a|x.y.z|length|real|index(3)|count(1)|index(99)""".replace("\n", "|").split("|")
TEXTS = ["s", "blank", "wide", "odd", "lines", "cased", "empty", "digits"]
OTHERS = ["dict", "deep", "list", "(3, 1)", "i", "nil", "undef"]

EXPRESSIONS = [f"{a} {o} {b}" for o in OPERATORS for a in ATOMS for b in ATOMS if not (o == "%" and a == "'a'")]
EXPRESSIONS += [f"{s}|{f}" for f in FILTERS for s in SUBJECTS]
EXPRESSIONS += [f"{s} is {t}" for t in TESTS for s in SUBJECTS if not t.startswith("sameas") or s in ("nil", "yes", "i", "list")]
EXPRESSIONS += [f"{s}.{m}" for m in METHODS for s in TEXTS if not m.startswith(("get", "items", "keys", "values", "copy"))]
EXPRESSIONS += [f"{s}.{m}" for m in METHODS for s in OTHERS if "(" not in m or m.startswith(("get", "items", "keys", "values", "copy", "index", "count"))]
EXPRESSIONS = [e for e in EXPRESSIONS if not e.endswith((".items", ".get", ".values", ".keys", ".copy")) or e.startswith(("s.", "i.", "nil."))]
EXPRESSIONS += [f"{s}[{k}]" for s in ("s", "wide", "list", "(1, 2, 3)", "dict", "range(5)", "nil", "undef")
                for k in ("0", "-1", "9", "'a'", "true", "1.0", "none", "[1]", "1:", ":-1", "::-1", "::2", "-2:", "3:1:-1", "9:", "'upper'", "1:none")
                if not (k == "'upper'" and s == "dict")]
EXPRESSIONS += r"""
1 < 3 < 2
(1 < 3) < 2
1 < 2 < 3
3 > 2 > 1 > 0
1 == 1 == 1
1 < 2 in [2]
1 in [1] == true
not 1 == 2
not (1 in [1])
1 + 1 ~ 'x'
'a' ~ 1 + 1
(1 + 1) ~ 'x'
1 ~ 2 ~ none ~ undef ~ [none]
2 - 1 - 1
2 ** 3 ** 2
-2 ** 2
- 2 ** 2
-i|abs
-7 // 2
-7 % 3
7 % -3
7.5 // 2
-7.5 % 2
-7.5 // 2
0.0 * -1
1e3
007
1_000
7 / 7
2 ** 62 + 2 ** 62
2 ** 53
1 if no
1 if no else 2
(1 if no) is defined
i if yes else 1/0
'a' 'b'
'\u00e9\x41\n'
'\d'
[1, 2,]
{'a': 1,}
()
(1,)
[1 2]
dict(a=1)
dict([['a', 1]], b=2)
dict({'x': 1})
dict(1)
{1: 'a', true: 'b', 1.0: 'c'}
{none: 1, 1: 2, 2.5: 3, true: 4}
{none: 1, 2.5: 3, true: 4}|tojson
{(1, 2): 3}[(1, 2)]
{[1]: 2}
{undef: 1}
range(3)
range(3)|list
range(5, 0, -2)|list
range(1, 9, 3)
range(0)
range(1, 2, 0)
range(100001)
range(100000)|length
range('a')
namespace(a=1).a
namespace(a=1)['a']
namespace(a=1)
namespace(_a=1)
namespace({'a': 1}, b=2)
namespace(a=1).b is defined
none.x
none['x'] is defined
undef.x
undef['x']
undef()
s()
i.x is defined
s.format(1)
s.append|list.append|list.append is defined
dict.update is defined
dict['items']
dict['a']
dict['keys'] is callable
dict.items() is callable
dict.items()
dict.keys()
dict.values()
dict.items()|list
dict.items()|length
dict|list
dict|length
'items' in dict
'x' in dict.values()
('a', 1) in dict.items()
'a' in undef
undef in [undef]
undef == undef
undef == none
none == none
undef == ''
undef != ''
1 == '1'
1 == 1.0
true == 1
[] == []
[1, [2]] == [1, [2]]
(1,2) == [1,2]
{'a': [1]} == {'a': [1.0]}
'a' < 'b'
'a' < 'B'
[1, 2] < [1, 3]
[1] < [1, 0]
[1] < ['a']
astral|sort
astral|max
'😀' > '\uff5e'
wide|length
wide[1]
wide[-1]
wide[::-1]
wide|reverse
wide|list
wide.find('é')
'😀' in wide
quoted
[quoted]
[odd]
json
json|tojson
json|tojson(ensure_ascii=true)
json|tojson(indent=2)
json|tojson(indent=0)
json|tojson(indent='\t')
json|tojson(sort_keys=true)
json|tojson(separators=(',', ':'))
json|tojson(separators=(',', ':'), indent=1)
json|tojson(true)
json|tojson(indent=2.5)
json|tojson(nope=1)
(1, 2)|tojson
1.0|tojson
[1.5, 1e2]|tojson
undef|tojson
range(3)|tojson
{1: 2, none: 3, true: 4}|tojson
{2: 1, 1: 1}|tojson(sort_keys=true)
{2: 1, 'a': 1}|tojson(sort_keys=true)
{(1, 2): 1}|tojson
floats
floats|tojson
1.0
100.0 * 1000000000000000
100.0 * 100000000000000
0.1 + 0.2
1 / 3
-0.0
2.5|round
3.5|round
0.125|round(2)
2.675|round(2)
-2.5|round
1|round
5|round(1)
2.3|round(method='ceil')
1.5|round(method='up')
'a'|round
'12abc'|int
'3.9'|int
'-7'|int
' 12 '|int
'1_000'|int
'1__0'|int
''|int
none|int
none|int(none)
[]|int('d')
true|int
-3.9|int
'1e3'|int
'inf'|int
'nan'|float
'inf'|float
'-inf'|float
'1_0.5'|float
'.5'|float
'5.'|float
'0x10'|int
'x'|float('d')
[[1, 2], [3]]|sum(start=[])
['a', 'b']|sum
[1, 2.5, true]|sum
['b', 'A', 'a']|sort
['b', 1]|sort
[(2, 'a'), (1, 'b')]|sort
[1, true, 1.0, '1', none]|unique|list
['a', 'A', 'b']|unique|list
[[1]]|unique|list
[none, 1, 'x', 2.5, undef]|join(',')
[]|first is defined
[]|last is defined
'abc'|first
'abc'|last
dict|first
dict|last|list|select|first
(list|select)|length
(none_left|select) is true
1 if none_left|select else 2|list|map('nope')|list
list|map|list
list|map(attribute='x', nope=1)|list
rows|map(attribute='r')|join
rows|map(attribute='t')|map(attribute='q', default=0)|list
rows|map(attribute='t.q')|list
rows|map('attr', 'r')|list
[[1, 2], [3, 4]]|map(attribute=0)|list
[[1, 2]]|map(attribute='1')|list
rows|selectattr('t.q', 'odd')|list|length
'<a> & "b"'|e
"it's"|escape
'<b>'|safe
s|upper|lower|title
s|nope
s is nope
s is defined|string
(s is string)|string
s is string and i is number
s is not string or true
x is defined is true
i is divisibleby
i is odd(1)
s is in('Hello World!')
3 is in [1, 2, 3] and true
i is eq 7 and i is not eq 8
not i is eq 8
i is gt -3
i + 1 is odd
loop is defined
self is defined
caller is defined
messages is defined
'a'.upper().lower() ~ 'B'
('a' ~ 1).upper()
[1, 2][0]
{'a': {'b': 1}}.a.b
{'a': {'b': 1}}['a']['b']
{'a': 1}.a
'%s' % 1
'%s'|format(1)
rows[0].t.q
rows.0.r
rows[-1].n|list.0
s.0
strftime_now('%d %b %Y')
strftime_now('%A %a %B %H:%M:%S %y %j %I%p %% %m %F %T %e %-d %-m')
strftime_now('')
strftime_now()
raise_exception('No: ' ~ i)
raise_exception(none)
raise_exception()
raise_exception(message='x')
cycler(1)
'a\tb'|indent
'a\n\nb'|indent(2)
'a\n\nb'|indent(2, true, true)
'a\r\nb'|indent(1)
'x'|center(3)
'hello world foo'|truncate(5)
'a-b c(d'|title
'ΑΣ ΑΣ'.lower()
'ΑΣΑ σς'.title()
'ŉx ǆ ﬁ ß ა'.title()
'ß'.capitalize()
'ÀB'.capitalize()
'a1b'.title()
'x' * 3
3 * 'x'
'x' * -1
[1] * 2
'x' * 2.0
(1,) * 2
'x' * true
'' * 5
[1, 2] + (3,)
'a' + 1
1 + 'a'
none + 'a'
true + true
'b' in 'abc'
1 in 'abc'
none in none
1 in 5
'' in ''
x if x
1 in {1: 2}
[1] in {1: 2}
[1] in [[1]]
yes and no or 'x'
'' or none
0 and 1/0
1 or 1/0
not ''
not undef
none is none
not none is none
1 is number
true is number
true is integer
true is sameas 1
1.0 is float
'A1' is upper
'1' is upper
1 is upper
'ǅ' is upper
undef is iterable
undef is sequence
range(2) is sequence
s.splitlines([])
range(2) in {1: 2}
{range(2): 1}[range(2)]
dict.keys() is sequence
(list|map('string')) is iterable
namespace() is mapping
dict is mapping
raise_exception is callable
s.upper is callable
'\x1c' is string
' \x85'.strip()
'\ufeffx'.strip()
'\ufeffx'|trim
'a\x1cb'.split()
'\u200bx'.strip()
""".strip().split("\n")


STATEMENTS = r"""
{% for x in list %}{{ x }}{% endfor %}
{% for x in list %}{% set v = (v or 0) + 1 %}{{ v }}{% endfor %}{{ v }}
{% set v = 5 %}{% for x in list %}{{ v }}{% set v = v + x %}{{ v }};{% endfor %}{{ v }}
{% set ns = namespace(v=0) %}{% for x in list %}{% set ns.v = ns.v + x %}{% endfor %}{{ ns.v }}
{% set ns.v = 1 %}
{% set s.v = 1 %}
{% set _x = 1 %}{{ _x }}{% set ns = namespace() %}{% set ns._x = 1 %}
{% if yes %}{% set v = 1 %}{% endif %}{{ v }}
{% if no %}{% set v = 1 %}{% endif %}{{ v }}
{% set a, b = 1, 2 %}{{ a }}{{ b }}
{% set a, b = [1, 2, 3] %}
{% set a, (b, c) = 1, (2, 3) %}{{ a }}{{ b }}{{ c }}
{% set true = 1 %}
{% set loop = 1 %}
{% set a[0] = 1 %}
{% set v %} a {{ 1 }} {% set w = 3 %}{% endset %}[{{ v }}][{{ w }}]
{% set v | upper | trim %} a{% endset %}[{{ v }}]
{% for x in list %}{% if x == 1 %}a{% continue %}{% endif %}b{{ x }}{% endfor %}
{% for x in list %}a{% if x == 1 %}{% break %}{% endif %}b{{ x }}{% endfor %}
{% for x in list %}a{% continue %}{% else %}else{% endfor %}
{% for x in list %}a{% break %}{% else %}else{% endfor %}
{% for x in list %}{% if loop.last %}{% continue %}{% endif %}a{% else %}else{% endfor %}
{% for x in [] %}a{% else %}else{{ loop }}{% endfor %}
{% for x in undef %}a{% else %}else{% endfor %}
{% for x in nil %}a{% endfor %}
{% for x in 5 %}a{% endfor %}
{% for x in wide %}[{{ x }}]{% endfor %}
{% for x in dict %}{{ x }},{% endfor %}
{% for k, v in dict.items() %}{{ k }}={{ v }};{% endfor %}
{% for k, v in dict | items %}{{ k }}={{ v }}{{ ', ' if not loop.last }}{% endfor %}
{% for k, v in dict | dictsort %}{{ k }}{{ loop.revindex }}{% endfor %}
{% for a, (b, c) in [(1, (2, 3)), (4, [5, 6])] %}{{ a }}{{ b }}{{ c }} {% endfor %}
{% for a, b in ['xy', 'zw'] %}{{ a }}-{{ b }} {% endfor %}
{% for a, b in [1] %}{% endfor %}
{% for a, b in [[1]] %}{% endfor %}
{% for x in list if x > 1 %}{{ loop.index }}/{{ loop.length }}:{{ x }}{{ loop.first }}{{ loop.last }} {% endfor %}
{% for x in list if x > 5 %}a{% else %}none{% endfor %}
{% for x in (list if yes else []) %}{{ x }}{% endfor %}
{% for x in (list if no) %}{{ x }}{% else %}nothing{% endfor %}
{% for x in list if yes else [] %}{{ x }}{% endfor %}
{% set ns = namespace(ok=true) %}{% for x in [1, 2, 3] if ns.ok %}{{ x }}{% set ns.ok = false %}{% endfor %}
{% for x in list recursive %}{{ x }}{% endfor %}
{% for x in [1, 2] %}{% for y in [3, 4] %}{{ loop.index }}{% endfor %}{{ loop.index }}{{ loop.depth }}{{ loop.depth0 }};{% endfor %}
{% for x in list %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {{ loop.previtem is defined }}{{ loop.nextitem is defined }};{% endfor %}
{% for x in [1, 1, 2, 2, 1] %}{{ loop.changed(x) }}{{ loop.cycle('a', 'b') }} {% endfor %}
{% for x in list | map('string') %}{{ loop.index0 }}{{ loop.last }}{{ loop.length }}{{ loop.revindex0 }};{% endfor %}
{% for x in list | map('string') %}{{ loop.nextitem }}{{ loop.length }};{% endfor %}
{% for x in list %}{{ loop }}{{ loop.nope }}{{ loop | length }}{% endfor %}
{% for x in list %}{{ loop([1]) }}{% endfor %}
{% for loop in list %}{% endfor %}
{% for x in list %}{{ x }}{% endfor %}{{ x }}{{ loop }}
{% set g = list | map('string') %}{% for x in g %}{{ x }}{% break %}{% endfor %}{{ g | list }}
{% break %}
{% macro m() %}{% break %}{% endmacro %}{% for x in list %}{{ m() }}{% endfor %}
{% for x in list %}{% generation %}{% continue %}{% endgeneration %}{% endfor %}
{% for x in list %}{% set v %}q{% continue %}{% endset %}{% endfor %}|{{ v }}
{% for x in list %}a{% filter upper %}b{% if x == 1 %}{% break %}{% endif %}c{% endfilter %}{% endfor %}
{% macro m(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(b=4, a=5) }}{{ m() }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(c=2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}
{% macro m(a) %}{{ a.x }}{% endmacro %}{{ m() }}
{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}
{% set q = 1 %}{% macro m(q=q) %}[{{ q }}]{% endmacro %}{{ m() }}
{% macro m() %}{{ v }}{% endmacro %}{% set v = 1 %}{{ m() }}{% set v = 2 %}{{ m() }}
{% macro m() %}{{ x }}{% endmacro %}{% for x in list %}{{ m() }}{% endfor %}
{% macro m() %}{{ loop }}{% endmacro %}{% for x in list %}{{ m() }}{% endfor %}
{% macro m() %}{% set v = 1 %}{% endmacro %}{{ m() }}{{ v }}
{% macro m(n) %}{{ n }}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(4) }}
{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}
{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}a{{ s }}{% endcall %}
{% macro m() %}{{ caller(1) }}{{ caller(2, 3) }}{% endmacro %}{% call(a, b='d') m() %}{{ a }}{{ b }}{% endcall %}
{% macro m() %}x{% endmacro %}{% call m() %}a{% endcall %}
{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}
{% macro m() %} a {% endmacro %}[{{ m() | trim }}]{{ m() is string }}{{ m is callable }}
{% macro m(varargs) %}{{ varargs }}{% endmacro %}{{ m(1) }}
{% macro m() %}{{ varargs }}{% endmacro %}{{ m(1, 2) }}
{% filter upper %}a{{ s }}{% set v = 1 %}{% endfilter %}{{ v }}
{% filter replace('a', 'b') %}aa{% endfilter %}
{% filter nope %}a{% endfilter %}
{% filter e %}<{% endfilter %}
{% generation %}a{% set v = 1 %}{% endgeneration %}{{ v }}
{% set v = 1 %}{% generation %}{{ v }}{% set v = 2 %}{{ v }}{% endgeneration %}{{ v }}
{% for x in list %}{% generation %}{{ loop.index }}{{ x }}{% endgeneration %}{% endfor %}
{% raw %}{{ a }}{% endraw %}
{% with a = 1 %}{{ a }}{% endwith %}
{% include 'x' %}
{% block a %}x{% endblock %}
{% do list %}
{% nope %}
{% if yes %}a
{% endif %}
{% for x in list %}
{{ x
{{ s | }}
{{ 'a }}
{# a
{% if i == 7 %}a{% elif i %}b{% else %}c{% endif %}{% if z %}a{% elif z == 0 %}b{% else %}c{% endif %}
{% if yes if no else 1 %}a{% endif %}
{% if (yes if no else 1) %}a{% endif %}
{{ x | safe if x }}{{ '<' | e if yes else 'b' | safe }}
{% set v = '<' | e %}{{ v + '<' }}
{% set v = dict | tojson | safe %}{{ v }}{{ v is string }}{{ v is sequence }}{{ v == dict | tojson }}{{ v ~ '<' }}{{ [v] }}{{ v | tojson }}{{ v | length }}
{% set v = '<&>' | e %}{{ v }}{{ v | e }}{{ v | safe }}{{ 'a' if v }}{{ '&' in v }}{{ {v: 1}['&lt;&amp;&gt;'] }}{{ [v, 'x'] | join(v) }}{{ v | list | length }}
{% set v = '<' | safe %}{{ v.upper() }}
{% set v = '<' | safe %}{{ v | upper }}
{% set v = '<' | safe %}{{ v | trim }}
{% set v = '<' | safe %}{{ v[0] }}
{% set v = '<' | safe %}{{ v * 2 }}
{% set v = '<' | safe %}{{ v | replace('<', '>') }}{{ v | string }}{{ v < 'a' }}{{ v is escaped }}{{ v | default('x') }}{{ [v, 'a'] | sort }}
{% set v = '' | safe %}{{ v or 'empty' }}
{% macro m(a, b=2, c=3) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(*[1, 5]) }}{{ m(1, **{'c': 9}) }}{{ m(*list) }}{{ m(**{'a': 'x'}) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(*nil) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(**list) }}
{{ range(*[1, 4]) | list }}{{ dict(**{'a': 1}) }}{{ s.replace(*['l', 'L']) }}{{ list | join(*['-']) }}
{{ s }} {{- s -}} {{ s }}
{{ '%}' }}{{ "}}" }}{{ '{{' }}{{ "{%" }}{{ '{#' }}{{ "'" ~ '"' }}
{{ {'a': {'b': {}}} }}{% if {'a': {'b': 1}} %}x{% endif %}
a } b }} c %} d #} { e { % f
{{-5 }}|{{- 5 }}|{{ -5 -}} |{{+5 }}
{% set x=1%}{{x}}{%if x%}y{%endif%}{%-  set  y  =  2  -%}{{y}}
""".strip().split("\n")

SPACES = [
    "a\n{% if yes %}\nb\n{% endif %}\nc\n", "a\n  {% if yes %}\n  b\n  {% endif %}\n  c\n\n", "a\n  {%- if yes -%}\n  b\n  {%- endif -%}\n  c",
    "a\n\t {% if yes %} \n b {% endif %} \n c", "{{ s }}\n{{ s }}\n", "{{ s }}\n\n", "{{ s -}}\n\n {{- s }}", "  {{ s }}  \n  {{ s }}",
    "x {% if yes %}\ny{% endif %}\n", "x {# c #}\ny", "  {# c #}\ny", "  {#- c -#}\n y", "a {#- c -#}\n\n b", "a\n {#+ c +#}\nb", "{#- -#} a", "{#-#}a",
    "a\n  {%+ if yes +%}\nb\n{% endif %}", "a\n  {%+ if yes %}\nb\n  {% endif +%}\nc", "{- a -}\n  {- b -}\n{-%}\n", "  {-\nx\n", "x -}\n%}\n#}\ny",
    "\r\na\r\n{% if yes %}\r\nb\rc{% endif %}\r\n", "{{ 'a\r\nb' }}", "{{ 'a\n  {% x %}\nb' }}", "{{ \"a -%}\n\" }}", "\u2028 {% if yes %}a{% endif %}", "\u00a0{% if yes %}a{% endif %}",
    "a \x1c\ufeff\x85{%- if yes -%}\x1c\ufeff a{% endif %}", "a\u3000\n\u3000{%- if yes %}b{% endif -%}\u2003\n", "{{ s }}  {% if yes %}a{% endif %}  {% if yes %}b{% endif %}",
    "{% if yes %}   {% if yes %}a{% endif %}{% endif %}", "{% if yes %}\n   {% if yes %}\na{% endif %}{% endif %}\n", "{{ s -}}\n   {% if yes %}a{% endif %}",
    "a\n  {% generation %}\n  b\n  {% endgeneration %}\n  c", "a\n  {%- generation -%}\n  b\n  {%- endgeneration -%}\n  c", "{%generation%}a{%endgeneration%} b",
    "{%  generation  %}x{% endgeneration -%}  y", "{% for x in list %}\n    {{ x }}\n{% endfor %}\n", "{% for x in list -%}\n    {{ x }}\n{%- endfor %}\n", "\n\n", "\n", "", " ",
    "{% set v %}\n  a\n{% endset %}\n[{{ v }}]", "{% macro m() %}\n  a\n{% endmacro %}\n[{{ m() }}]", "{% macro m() -%}\n  a\n{%- endmacro %}\n[{{ m() }}]", "{{\n s\n}}", "{%\n if yes\n%}a{%\nendif %}",
]

TOOL = {"type": "function", "function": {"name": "weather", "description": "Tells <the> \"weather\".",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer", "default": 1.5}}, "required": ["city"]}}}
CALL = {"id": "call00001", "type": "function", "function": {"name": "weather", "arguments": {"city": "Zürich 😀", "days": 2}}}
SYSTEM = {"role": "system", "content": "Be brief. /no_think  "}


def user(content):
    return {"role": "user", "content": content}


def assistant(content, **more):
    return {"role": "assistant", "content": content, **more}


def result(content):
    return {"role": "tool", "name": "weather", "tool_call_id": "call00001", "content": content}


CONVERSATIONS = {
    "one turn": {"messages": [user("Hi")]},
    "with a system": {"messages": [SYSTEM, user("Hi")]},
    "several turns": {"messages": [SYSTEM, user("Hi"), assistant("Hello!"), user("And?")]},
    "empty contents": {"messages": [{"role": "system", "content": ""}, user(""), assistant(""), user(" ")]},
    "beyond the BMP": {"messages": [user("😀 é 漢 \U0001f468\u200d\U0001f469 ｜"), assistant("𝒳"), user("\ufeff?")]},
    "indentation": {"messages": [user("  def f():\n    return 1  \n\n"), assistant("\n\n    code\n\t"), user("\tok \x85\x1c ")]},
    "an assistant last": {"messages": [user("Hi"), assistant("Once upon")]},
    "thoughts": {"messages": [user("2+2?"), assistant("<think>\n hm\n\n</think>\n\n  4"), user("3+3?"), assistant("<think>\n\n</think>\n\n6\n")]},
    "reasoning": {"messages": [user("2+2?"), assistant("4", reasoning_content="\nhm\n")], "enable_thinking": True},
    "no thinking": {"messages": [user("2+2?")], "enable_thinking": False},
    "tools": {"messages": [SYSTEM, user("Weather?")], "tools": [TOOL]},
    "a tool's result": {"messages": [user("Weather?"), assistant("", tool_calls=[CALL]), result("{\"t\": 21.0}"), user("Thanks")], "tools": [TOOL]},
    "several calls": {"messages": [user("W?"), assistant("Wait.", tool_calls=[CALL, CALL]), result("1"), result("2")], "tools": [TOOL]},
    "content None": {"messages": [user("W?"), assistant(None, tool_calls=[CALL]), result("<&>'\"")]},
    "parts": {"messages": [user([{"type": "text", "text": " What is it? "}, {"type": "image"}])]},
    "wrong order": {"messages": [user("a"), user("b")]},
    "unknown role": {"messages": [user("a"), {"role": "critic", "content": "b"}]},
    "no messages": {"messages": []},
}
COMMON = {"bos_token": "<s>", "eos_token": "</s>", "date": "today"}


def render(source, variables):
    try:
        return chat_template_utils._compile_jinja_template(source).render(**copy.deepcopy(variables))
    except jinja2.TemplateError as error:
        # Jinja's own errors are subclasses; raise_exception raises the base itself.
        return {"refusal": error.message or "None"} if type(error) is jinja2.TemplateError else None
    except Exception:
        return None


def clean(value):
    """Addresses in memory are no values."""
    return None if isinstance(value, str) and " at 0x" in value else value


def main():
    small = [f"{{{{ {e} }}}}" for e in dict.fromkeys(EXPRESSIONS)] + STATEMENTS + SPACES
    cases = [[source, clean(render(source, VARIABLES))] for source in small]
    renderings = {}
    for path in sorted((HERE / "chat-templates").glob("*.jinja")):
        source = path.read_text()
        renderings[path.stem] = {
            name: [render(source, {**COMMON, **conversation, "add_generation_prompt": prompt}) for prompt in (False, True)]
            for name, conversation in CONVERSATIONS.items()
        }
    golden = {"now": NOW, "variables": VARIABLES, "common": COMMON, "conversations": CONVERSATIONS, "cases": cases, "renderings": renderings}
    text = "{\n" + ",\n".join(f"{json.dumps(k)}: {rows(v)}" for k, v in golden.items()) + "\n}\n"
    (HERE / "chat-templates.json").write_text(text)


def rows(value):
    """One case a line, so that a change can be read."""
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "[\n" + ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in value) + "\n]"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


main()
