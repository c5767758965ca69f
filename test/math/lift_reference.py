#!/usr/bin/python3
"""Make lift_reference.h, the table of test_lift.c.

Needs python3-mpmath of Debian.  Run in test/math.  The limits are those at which
the score statistic is the 95 % quantile of chi-square.  The shares that are most
likely under a ratio are found by bisection of the likelihood's derivative, not
by the square equation that the C solves; 30 digits, rounded to doubles once.
"""
import random
from mpmath import mp, mpf, exp, log

mp.dps = 30
dice = random.Random(19840801)
QUANTILE = (mp.sqrt(2) * mp.erfinv(mpf('0.95'))) ** 2


def bisect(is_above, low, high):
    for _ in range(110):
        middle = (low + high) / 2
        if is_above(middle):
            high = middle
        else:
            low = middle
    return (low + high) / 2


def statistic(a, n, b, m, ratio):
    """of the ratio of a/n to b/m"""
    def falls(second):
        first = ratio * second
        return ((a + b) * (1 - first) * (1 - second) <
                (m - b) * second * (1 - first) + (n - a) * first * (1 - second))
    second = bisect(falls, mpf(0), min(mpf(1), 1 / ratio))
    first = ratio * second
    variance = first * (1 - first) / n + ratio ** 2 * second * (1 - second) / m
    return (mpf(a) / n - ratio * mpf(b) / m) ** 2 / variance


def limits(a, n, b, m):
    center = log(mpf(a) / n / (mpf(b) / m)) if a and b else None
    low, high = mpf(0), mp.inf
    if a:
        low = exp(bisect(lambda x: statistic(a, n, b, m, exp(x)) < QUANTILE,
                         mpf(-45), center if b else mpf(45)))
    if b:
        high = exp(bisect(lambda x: statistic(a, n, b, m, exp(x)) > QUANTILE,
                          center if a else mpf(-45), mpf(45)))
    return low, high


CASES = [(36, 40, 16, 80), (1, 10, 1, 10), (0, 10, 3, 10), (3, 10, 0, 10), (10, 10, 10, 10),
         (10, 10, 3, 40), (0, 1, 1, 1), (1, 1, 0, 1), (1, 1, 1, 1000000), (5, 1000000, 1, 3),
         (500000, 1000000, 499000, 1000000), (1, 1000000000, 900000000, 1000000000)]
while len(CASES) < 60:
    n = int(10 ** dice.uniform(0, 6))
    m = int(10 ** dice.uniform(0, 6))
    a = dice.randint(0, min(n, int(10 ** dice.uniform(0, 6))))
    b = dice.randint(0, min(m, int(10 ** dice.uniform(0, 6))))
    if a + b > 0:
        CASES.append((a, n, b, m))

with open('lift_reference.h', 'w', encoding='ascii') as out:
    out.write('/*\n * lift_reference.h\n *\t\tMade by lift_reference.py: a of n, b of m, limits of the ratio.\n */\n')
    out.write('static const double ratios[][6] = {\n')
    for case in CASES:
        numbers = [repr(float(x)) for x in case]
        numbers += ['INFINITY' if mp.isinf(x) else repr(float(x)) for x in limits(*case)]
        out.write('\t{%s},\n' % ', '.join(numbers))
    out.write('};\n')
