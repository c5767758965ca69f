#!/usr/bin/python3
"""Make bg_bb_reference.h, the table of test_bg_bb.c.

Needs python3-mpmath of Debian.  Run in test/math.  All numbers are computed
with 60 digits from the definitions, by enumerating when a customer dies, and
rounded to doubles once.
"""
import random
from mpmath import mp, mpf, beta, binomial, log

mp.dps = 60
dice = random.Random(20100301)


def likelihood(a, b, c, d, x, last, n):
    """alive at the n-th opportunity, or dead after j of them"""
    alive = beta(a + x, b + n - x) / beta(a, b) * beta(c, d + n) / beta(c, d)
    dead = sum(beta(a + x, b + j - x) / beta(a, b) * beta(c + 1, d + j) / beta(c, d)
               for j in range(last, n))
    return alive, dead


def case(wide, longest):
    parameters = [mpf(float(10 ** dice.uniform(-wide, wide))) for _ in range(4)]
    n = dice.randint(0, longest)
    last = dice.randint(0, n)
    x = dice.randint(1, last) if last > 0 else 0
    return parameters, x, last, n


def likelihood_rows():
    """alpha, beta, gamma, delta, x, t_x, n: log-likelihood, alive and dead at n + 1"""
    rows = []
    for i in range(60):
        p, x, last, n = case(1 if i < 30 else 4, 6 if i < 15 else 60 if i < 45 else 400)
        alive, dead = likelihood(*p, x, last, n)
        c, d = p[2:]
        next_alive = alive * (d + n) / (c + d + n)
        rows.append([*p, x, last, n, log(alive + dead), next_alive / (alive + dead),
                     (alive + dead - next_alive) / (alive + dead)])
    return rows


def future_rows():
    """alpha, beta, gamma, delta, x, t_x, n, m, k, discount: expected, at least k, residual

    of the next m opportunities, given that the customer is alive at the first of them
    """
    rows = []
    for i in range(50):
        p, x, last, n = case(1 if i < 30 else 3, 40)
        a, b, c, d = p
        if i in (3, 4, 5):
            c = p[2] = mpf(1) if i == 3 else mpf(1 + (i - 4.5) * 2e-9)
        a1, b1, d1 = a + x, b + n - x, d + n + 1
        m = dice.choice([1, 2, 7, 30, 100, 300])
        k = dice.randint(1, max(1, m // dice.choice([1, 2, 4, 10])))
        # alive at the j-th of them, the first being certain
        alive = [beta(c, d1 + j) / beta(c, d1) for j in range(m)]
        mean = a1 / (a1 + b1)
        expected = mean * sum(alive)
        # the k-th purchase at the j-th opportunity
        at_least = sum(binomial(j - 1, k - 1) * beta(a1 + k, b1 + j - k) / beta(a1, b1) * alive[j - 1]
                       for j in range(k, m + 1))
        discount = mpf(float(10 ** dice.uniform(-2, 0)))
        value, share, power = mpf(0), mpf(1), mpf(1)
        for j in range(int(90 / discount) + 20):
            power /= mp.exp(discount)
            value += share * power
            share *= (d1 + j) / (c + d1 + j)
        rows.append([*p, x, last, n, m, k, discount, expected, at_least, mean * value])
    return rows


def number(value):
    return repr(float(value))


with open('bg_bb_reference.h', 'w', encoding='ascii') as out:
    out.write('/*\n * bg_bb_reference.h\n *\t\tMade by bg_bb_reference.py: purchases at opportunities.\n */\n')
    for name, made in (('likelihoods', likelihood_rows()), ('futures', future_rows())):
        out.write('static const double %s[][%d] = {\n' % (name, len(made[0])))
        for row in made:
            out.write('\t{%s},\n' % ', '.join(number(value) for value in row))
        out.write('};\n\n' if name == 'likelihoods' else '};\n')
