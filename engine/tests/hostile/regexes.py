"""Regular expressions that backtrack without end, in every place that takes one."""

from tests.hostile.case import BRIEF, Case

LONG = "$pad('', 50000, 'a')"
WORDS = "$pad('', 50000, 'word ')"
PATTERNS = {
    "/(a+)+$/": LONG,
    "/(a*)*b/": LONG,
    "/(a|a)*b/": LONG,
    "/(a|aa)+$/": LONG,
    "/(.*)*x/": LONG,
    "/(.*)(.*)(.*)(.*)(.*)x/": LONG,
    "/(\\w+\\s?)*$/": WORDS,
    "/^(\\w+\\s?)*:$/": WORDS,
    "/(a+a+)+b/": LONG,
    "/a*a*a*a*a*a*b/": LONG,
    "/(a?){30}a{30}b/": LONG,
    "/a{1,1000}a{1,1000}b/": LONG,
    "/((a{1,100}){1,100}){1,100}b/": LONG,
    "/(a|(b))*\\2c/": LONG,
    "/(?=(a+)+b)a/": LONG,
    "/(?!(a+)+b)a$/": LONG,
    "/(a+)\\1+b/": LONG,
    "/(?:a*)*?b/": LONG,
    "/[\\s\\S]*[\\s\\S]*[\\s\\S]*!/": LONG,
    "/([a-zA-Z]+)*[0-9]/": LONG,
    "/^(([a-z])+.)+[A-Z]([a-z])+$/": LONG,
    "/(x+x+)+y/i": LONG,
    "/\\s+$/": "$pad('', 50000) & 'x'",
    "/^(a+)+$/m": f"{LONG} & '!'",
    "/(?:a{0,50}){50}b/": LONG,
    "/(a{1000}){1000}/": LONG,
}
USES = (
    "$match(%s, %s)",
    "$contains(%s, %s)",
    "$replace(%s, %s, 'x')",
    "$split(%s, %s)",
    "(%s ~> %s)",
    "$filter([%s], %s)",
    "$map([1..1000].(%s), %s)",
)
ODD = (
    "$match('aaa', /a*/)",
    "$replace('aaa', /a*/, 'b')",
    "$split('aaa', /a*/)",
    "$replace('aaa', //, 'b')",
    "$match('aaa', /(/)",
    "$match('aaa', /[/)",
    "$match('aaa', /a{1000000000}/)",
    "$match('aaa', /a{1,1000000000}b/)",
    "$match('aaa', /(((a{1000}){1000}){1000}){1000}/)",
    "$match('aaa', /a{99999999999999999999}/)",
    "$match('aaa', /\\99999999999/)",
    "$match('aaa', /\\u{110000}/)",
    "$match('aaa', /[z-a]/)",
    "$match('aaa', /a**/)",
    "$match('aaa', /(?<=a{1,50}){1,50}b/)",
    "$replace('a', /(a)/, '$99999999999999999999')",
    "$replace('a', /a/, '$')",
    "$match($pad('', 1000000, 'ab'), /ab/)",
    "$match($pad('', 1000000, 'ab'), /(a)(b)/)",
    "$replace($pad('', 1000000, 'ab'), /(a)(b)/, '$2$1$2$1')",
    "$split($pad('', 1000000, 'ab'), /(a)/)",
    "$match($pad('', 3000000, 'ab'), /(ab)*/)",
    "$match($pad('', 3000000, 'ab'), /(?:a|b)*/)",
    "$match($pad('', 3000000, 'ab'), /^(?:(a)|(b))*$/)",
    "[1..100000].$match('abc', /b/)",
    "[1..100000].$contains('abc' & $, /b|9/)",
    "[1..100000].$eval('$match(\"a\", /' & $ & '/)')",
    "[1..100].$eval('$match(\"a\", /(a{1,100}){1,100}' & $ & '/)')",
    "$eval('/' & $pad('', 50000, '(') & '/')",
    "$eval('/' & $pad('', 50000, 'a|') & 'b/')",
    "$eval('/' & $pad('', 50000, 'a?') & 'b/')",
    "$eval('/' & $pad('', 50000, '[a-z]') & 'b/')",
    "$match('a', function($s){ {'match': 'a', 'start': 0, 'end': 1e300, 'groups': [], 'next': function(){ null }} })",
    "$replace('aaaa', function($s){ {'match': '', 'start': 0, 'end': 0, 'groups': []} }, 'x')",
    "$split('aaaa', function($s){ {'match': '', 'start': -1, 'end': -1, 'groups': []} })",
    "($m := /a/($pad('', 100000, 'a')); $f := function($x){ $x.next ? $f($x.next()) : 1 }; $f($m))",
    "($f := function($m){ $m ? 1 + $f($m.next()) : 0 }; $f(/a/($pad('', 100000, 'a'))))",
)
DIRECT = tuple(
    "/" + body + "/"
    for body in (
        "(" * 90 + "a" + ")" * 90,
        "(" * 400 + "a" + ")" * 400,
        "(" * 20_000 + "a" + ")" * 20_000,
        "(?:" * 20_000 + "a" + ")" * 20_000,
        "(?=" * 20_000 + "a" + ")" * 20_000,
        "a|" * 30_000 + "b",
        "a?" * 30_000 + "b",
        "(a)" * 30_000,
        "(a*)" * 30_000,
        "[a-z]" * 15_000,
        "[" + "a-z" * 30_000 + "]",
        "\\p{L}" * 10_000,
        "(?:a|b|c|d|e)*" * 5_000,
        "a{1,1000}" * 8_000,
        "((a{1,10}){1,10}){1,10}" * 100,
        "(?<n>a)" * 10_000,
        "\\1" * 40_000,
        "(a|" * 5_000 + "b" + ")" * 5_000,
        "(?!a)" * 10_000,
        ".*" * 40_000,
        "\\b" * 40_000,
        "^" * 90_000,
        "(?:)" * 20_000,
        "(?:a?){1000}" * 10,
        "(?:(?:a?){100}){100}",
    )
)


def cases():
    found = {}
    for pattern, text in PATTERNS.items():
        for use in USES:
            source = use % (text, pattern)
            found[source] = Case(source, timeout=BRIEF, often=True)
    for source in ODD:
        found[source] = Case(source)
    for pattern in DIRECT:
        source = f"$match($pad('', 20000, 'a'), {pattern})"
        found[f"{source[:70]} … {len(source)}"] = Case(source)
    return found
