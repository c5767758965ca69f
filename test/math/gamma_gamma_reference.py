#!/usr/bin/python3
"""Make gamma_gamma_reference.h, the table of test_gamma_gamma.c.

Needs python3-mpmath of Debian.  Run in test/math.  All numbers are computed
with 40 digits or more from the density as it stands, and rounded to doubles once.
"""
import random
from mpmath import mp, mpf, loggamma, log, gamma, quad, diff

mp.dps = 60
dice = random.Random(20070501)


def number(value):
    return repr(float(value))


def write(path, about, columns, rows):
    with open(path, 'w', encoding='ascii') as out:
        out.write('/*\n * %s\n *\t\tMade by gamma_gamma_reference.py: %s.\n */\n' % (path, about))
        for name, count in columns:
            out.write('static const double %s[][%d] = {\n' % (name, count))
            for row in rows[name]:
                assert len(row) == count
                out.write('\t{%s},\n' % ', '.join(number(value) for value in row))
            out.write('};\n')
            if (name, count) != columns[-1]:
                out.write('\n')


def density(p, q, v, x, m):
    """ln of the density of the mean m of x purchases"""
    k = p * x + q
    return (loggamma(k) - loggamma(p * x) - loggamma(q) + q * log(v) +
            (p * x - 1) * log(m) + p * x * log(x) - k * log(x * m + v))


def spend_rows():
    """p, q, v, x, m: value, then its derivatives by ln p, ln q, ln v"""
    rows = []
    for i in range(60):
        wide = 1 if i < 30 else 4
        p, q, v = (mpf(10 ** dice.uniform(-0.5 * wide, 0.7 * wide)) for _ in range(3))
        x = mpf(dice.choice([1, 2, 3, 7, 30, 1000, 123456]))
        m = mpf(10 ** dice.uniform(-wide, 2 * wide))
        p, q, v, m = (mpf(float(n)) for n in (p, q, v, m))

        def by_logs(a, b, c):
            return density(mp.exp(a), mp.exp(b), mp.exp(c), x, m)
        at = (log(p), log(q), log(v))
        row = [p, q, v, x, m, by_logs(*at)]
        row += [diff(by_logs, at, n) for n in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]
        row += [diff(by_logs, at, n) for n in ((2, 0, 0), (1, 1, 0), (1, 0, 1),
                                               (0, 2, 0), (0, 1, 1), (0, 0, 2))]
        rows.append(row)
    return rows


def mean_rows():
    """p, q, v, x, m: the mean, by integrating over the rate where that is easy"""
    rows = []
    for i in range(40):
        wide = 1 if i < 20 else 60
        p, q, v = (mpf(float(10 ** dice.uniform(-0.5 * wide, 0.7 * wide))) for _ in range(3))
        x = mpf(dice.choice([0, 1, 2, 7, 1000]))
        m = mpf(float(10 ** dice.uniform(-wide, 2 * wide))) if x else mpf(0)
        if p * x + q <= 1:
            q = q + 1.5
            q = mpf(float(q))
        shape, rate = q + p * x, v + x * m
        mean = p * rate / (shape - 1)
        if i < 20:
            by_hand = quad(lambda u: p / u * rate ** shape / gamma(shape) *
                           u ** (shape - 1) * mp.exp(-rate * u),
                           [0, (shape - 1) / rate, 4 * shape / rate, 60 * shape / rate, mp.inf])
            assert abs(by_hand / mean - 1) < 1e-5, (by_hand, mean)
        rows.append([p, q, v, x, m, mean])
    return rows


write('gamma_gamma_reference.h', 'the log-likelihood with its derivatives, and the mean',
      [('likelihoods', 15), ('means', 6)],
      {'likelihoods': spend_rows(), 'means': mean_rows()})
