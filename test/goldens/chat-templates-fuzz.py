"""A differential fuzz of libs/engine/src/chat against Python, by hand: random expressions and statements over a pool of values.

    pip install 'jinja2>=3.1.6' transformers && npx tsc -b libs/engine
    python test/goldens/chat-templates-fuzz.py 1 4000     # a seed and a number of cases

Prints where the two differ, and how many cases went which way. `ours raises` is left for slices of constants that have none (Jinja
folds them to nothing), and for sets that dict views become.
"""

import copy
import json
import pathlib
import random
import re
import subprocess
import sys

from transformers.utils.chat_template_utils import _compile_jinja_template

R = random.Random(int(sys.argv[1]))
V={'s':'Hello World','e':'','ws':'  a b\tc \n','u':'a😀é漢ß','dig':'12','neg':'-7','flt':'3.9','mix':'12abc','ml':'x\ny\n\n z\r\nw','i':7,'z':0,'n':-3,'f':2.5,'g':-0.1,'big':1e-7,'b':True,'c':False,'none':None,
 'li':[3,1,2],'ls':['b','A','a','B'],'le':[],'lm':[1,'a',None,True,2.5,[1],{'k':1}],'d':{'a':1,'b':'x','items':[1,2],'get':5},'de':{},'dd':{'x':{'y':{'z':'deep'}},'B':2,'a':1},
 'lo':[{'r':'u','n':2,'t':{'q':1}},{'r':'A','n':1,'t':{'q':0}},{'r':'a','n':3}],'sp':'\x1c\u0085\ufeff x \u2003','q':"it's \"q\"",'sep':'a,b,,c','ss':'Straße ǆ ﬁ','abc':'aXbXc'}
names=list(V)+['undef']
lits=['1','0','-2','2.5','"a"','"X"','""','" "','none','true','false','[]','[1,2]','(1,2)','{}','{"a":1}','"b"','3','range(3)','range(5,0,-2)','",“"','["a","b"]','("a","He")','{1:2,true:3}','100','"\\n"','d.items()','d.keys()','li|map("string")','lo|map(attribute="r")']
methods=[('strip',2),('lstrip',2),('rstrip',2),('split',3),('rsplit',3),('splitlines',1),('startswith',3),('endswith',3),('find',3),('rfind',3),('count',3),('replace',3),('join',1),('upper',0),('lower',0),('title',0),('capitalize',0),('isdigit',0),('isalpha',0),('isspace',0),('isupper',0),('islower',0),('isalnum',0),('get',2),('items',0),('keys',0),('values',0),('index',1),('partition',1),('rpartition',1),('removeprefix',1),('removesuffix',1),('copy',0)]
filters=['e','safe','tojson|safe','e','abs','capitalize','count','length','d("x")','default("x",true)','default(1)','dictsort','dictsort(reverse=true)','dictsort(by="value")','first','last','float','float(1)','int','int(5)','items','list','join','join(",")','join(", ",attribute="r")','lower','upper','title','trim','trim("aH ")','max','min','max(attribute="n")','min(attribute="n")','reverse','reverse|list','round','round(1)','round(1,"floor")','round(0,"ceil")','sort','sort(reverse=true)','sort(attribute="n")','sort(attribute="r")','sort(case_sensitive=true)','string','sum','sum(attribute="n")','sum(start=2)','tojson','tojson(indent=2)','tojson(ensure_ascii=true)','tojson(sort_keys=true)','tojson(separators=(",",":"))','tojson(indent=0)','unique|list','unique(true)|list','unique(attribute="r")|list','wordcount','indent','indent(2,true)','indent(2,false,true)','indent(">")','replace("a","b")','replace("","-")','replace("a","b",1)','replace(1,2)','map("upper")|list','map("string")|list','map(attribute="n")|list','map(attribute="t.q",default="D")|list','map("length")|list','map("int")|list','select|list','reject|list','select("string")|list','select("in",[1,"a"])|list','select("eq",1)|list','reject("none")|list','selectattr("n")|list','selectattr("n","gt",1)|list','selectattr("t","defined")|list','rejectattr("r","equalto","a")|list','rejectattr("t.q")|list','selectattr("r","in",["a","u"])|list|length','items|list','list|length','string|length','select','map("upper")','map("e")|list','map("safe")|join']
tests=['defined','undefined','none','true','false','boolean','integer','float','number','string','mapping','iterable','sequence','callable','lower','upper','odd','even','divisibleby 2','divisibleby(3)','in li','in [1,"a"]','eq 1','ne 1','gt 1','lt(2)','ge "a"','le 3','sameas none','sameas true','equalto "a"','escaped','eq(i)','in "Hello"']
ops=['+','-','*','/','//','%','~','==','!=','<','>','<=','>=','in','not in','and','or']
def atom():
    return R.choice(names) if R.random()<.6 else R.choice(lits)
def expr(k):
    if k<=0: return atom()
    x=R.random()
    if x<.22: return f'({expr(k-1)}) {R.choice(ops)} ({expr(k-1)})'
    if x<.30: return f'{atom()} {R.choice(ops)} {atom()} {R.choice(ops)} {atom()}'
    if x<.52: return f'({expr(k-1)})|{R.choice(filters)}'
    if x<.60: return f'{atom()}|{R.choice(filters)}|{R.choice(filters)}'
    if x<.72: return f'({expr(k-1)}) is {R.choice(["","not "])}{R.choice(tests)}'
    if x<.86:
        m,a=R.choice(methods); return f'({expr(k-1)}).{m}({", ".join(atom() for _ in range(R.randint(0,a)))})'
    if x<.90: return f'({expr(k-1)})[{R.choice([atom(),"0","-1","1:","::-1",":2","-2:","::2",f"{atom()}:{atom()}","1:3","5:1:-1"])}]'
    if x<.93: return f'({expr(k-1)}).{R.choice(["a","items","x.y","length","r","real","zz"])}'
    if x<.96: return f'{expr(k-1)} if {expr(k-1)} else {expr(k-1)}'
    if x<.98: return f'[{expr(k-1)}, {expr(k-1)}]'
    return R.choice(['not ','-','+'])+f'({expr(k-1)})'
def stmt(k):
    x=R.random()
    if k<=0 or x<.3: return '{{ '+expr(1)+' }}'
    if x<.5: return '{% for '+R.choice(['x','x','a, b'])+' in '+expr(1)+R.choice([' ',' if '+expr(1)+' '])+'%}'+stmt(k-1)+R.choice(['{{ x }}','{{ loop.index }}','{{ loop.last }}{{ loop.length }}','{{ loop.previtem }}|{{ loop.nextitem }}','{% set v = (v or 0) + 1 %}{{ v }}','{% if loop.first %}{% continue %}{% endif %}','{{ loop.revindex }}{% if x %}{% break %}{% endif %}','{{ loop.changed(x) }}{{ loop.cycle("p","q") }}'])+R.choice(['','{% else %}E'+stmt(k-1)])+'{% endfor %}'
    if x<.62: return '{% if '+expr(1)+' %}'+stmt(k-1)+'{% else %}'+stmt(k-1)+'{% endif %}'
    if x<.72: return '{% set v = '+expr(1)+' %}{{ v }}'
    if x<.78: return '{% set v %}'+stmt(k-1)+'{% endset %}[{{ v }}]'
    if x<.84: return '{% macro m(p, q='+atom()+') %}{{ p }}/{{ q }}/{{ v }}{% endmacro %}{{ m('+R.choice(['','1','1, 2','q=3','p=1, q=s','1,2,3'])+') }}'
    if x<.88: return '{% filter upper %}'+stmt(k-1)+'{% endfilter %}'
    if x<.94: return stmt(k-1)+R.choice([' \n ','\n','  ','{#- c -#}',' {# c #}\n','{- x -}\n'])+stmt(k-1)
    return '{% set ns = namespace(v='+atom()+') %}'+'{% for x in [1,2] %}{% set ns.v = ns.v ~ x %}{% endfor %}{{ ns.v }}'
def ws(t):
    if R.random()<.3: t=re.sub(r'{%', lambda m: R.choice(['{%','{%-','\n  {%','{%+']), t); t=re.sub(r'%}', lambda m:R.choice(['%}','-%}','%}\n','-%}\n  ','+%}\n']), t)
    return t


def python(source):
    try:
        return {"text": _compile_jinja_template(source).render(**copy.deepcopy(V))}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


def verdict(theirs, ours):
    if "text" in theirs and "text" in ours:
        return "same" if theirs["text"] == ours["text"] else "DIFFERENT"
    if "text" in ours:
        return "PYTHON RAISES"
    if "text" not in theirs:
        return "both raise"
    return "refused" if re.search("not supported|address", ours["message"]) or " at 0x" in theirs["text"] else "ours raises"


sources = ["{{ " + expr(R.randint(1, 2)) + " }}" if R.random() < 0.7 else ws(stmt(R.randint(1, 3))) for _ in range(int(sys.argv[2]))]
script = pathlib.Path(__file__).with_name("chat-templates-render.mjs")
given = json.dumps({"sources": sources, "variables": V})
rendered = subprocess.run(["node", script], input=given, capture_output=True, text=True, check=True).stdout
counts = {}
for source, ours in zip(sources, json.loads(rendered)):
    theirs = python(source)
    kind = verdict(theirs, ours)
    counts[kind] = counts.get(kind, 0) + 1
    if kind in ("DIFFERENT", "PYTHON RAISES", "ours raises"):
        print(kind, source, f"  Python: {theirs}", f"  ours:   {ours}", sep="\n")
print(counts)
