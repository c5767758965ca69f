#!/usr/bin/python3
"""Make the tables of test_gamma_gamma.c and test_sbg.c.

Needs python3-mpmath of Debian.  Run in test/math; writes gamma_gamma_reference.h
and sbg_reference.h.  All numbers are computed with 60 digits from the formulas of
the papers as they stand, and rounded to doubles once.
"""
import random
from mpmath import mp, mpf, loggamma, log, hyp2f1, gamma, quad, diff

mp.dps = 60
dice = random.Random(20070501)


def number(value):
    return repr(float(value))


def write(path, about, columns, rows):
    with open(path, 'w', encoding='ascii') as out:
        out.write('/*\n * %s\n *\t\tMade by value_reference.py: %s.\n */\n' % (path, about))
        for name, kind, count in columns:
            out.write('static const double %s[][%d] = {\n' % (name, count))
            for row in rows[name]:
                assert len(row) == count
                out.write('\t{%s},\n' % ', '.join(number(value) for value in row))
            out.write('};\n')
            if (name, kind, count) != columns[-1]:
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


def staying(a, b, n):
    """the chance to make n renewals"""
    return mp.exp(loggamma(b + n) - loggamma(b) - loggamma(a + b + n) + loggamma(a + b))


def survival_rows():
    """alpha, beta, tenure, periods: survival to tenure, churn within periods"""
    rows = []
    for i in range(80):
        wide = 1 if i < 40 else 5
        a, b = (mpf(float(10 ** dice.uniform(-wide, wide))) for _ in range(2))
        tenure = mpf(dice.choice([0, 1, 2, 7, 63, 64, 65, 1000, 65000, 1000000, 2147483647]))
        periods = mpf(dice.choice([0, 1, 2, 12, 64, 65, 200, 70000, 2147483647]))
        b1 = b + tenure
        mp.dps = 120
        gone = 1 - staying(a, b1, periods)
        stayed = staying(a, b, tenure)
        mp.dps = 60
        rows.append([a, b, tenure, periods, stayed, gone])
    return rows


def lifetime_by_integral(a, b, d):
    """The mean of what a customer with a known chance to leave is worth.

    Over u = ln theta; the weight of theta is Beta(a, b).
    """
    mp.dps = 40
    middle = log(a / (a + b))
    low = min(middle, log(d)) - 100 / a
    places = sorted({low, log(d) - 5, log(d) + 5, middle - 20, middle - 5, middle - 1, middle,
                     middle + 1, middle + 3, mpf(0)} | {low + (middle - low) * i / 40 for i in range(41)})
    places = [u for u in places if low <= u <= 0]
    scale = a * middle + (b - 1) * mp.log1p(-mp.exp(middle))

    def weight(u):
        theta = mp.exp(u)
        return mp.exp(a * u + (b - 1) * mp.log1p(-theta) - scale) if theta < 1 else mpf(0)

    def worth(u):
        theta = mp.exp(u)
        return weight(u) * (1 - theta) * (1 + d) / (d + theta)
    return quad(worth, places) / quad(weight, places)


def lifetime_rows():
    """alpha, beta, tenure, discount: discounted expected residual lifetime"""
    rows = []
    for i in range(150):
        wide = 1 if i < 70 else 6
        a, b = (mpf(float(10 ** dice.uniform(-wide, wide))) for _ in range(2))
        tenure = mpf(dice.choice([0, 0, 1, 7, 60, 1000, 2147483647]))
        d = mpf(float(10 ** dice.uniform(-3.5 if i < 70 else -14, 1.5)))
        b1 = b + tenure
        mp.dps = 80
        try:
            value = b1 / (a + b1) * hyp2f1(1, b1 + 1, a + b1 + 1, 1 / (1 + d))
        except mp.NoConvergence:
            value = lifetime_by_integral(a, b1, d)
        mp.dps = 60
        if b1 < 100 and d > 0.05:
            share, total, power = mpf(1), mpf(0), mpf(1)
            for j in range(4000):
                share *= (b1 + j) / (a + b1 + j)
                total += share * power
                power /= 1 + d
            assert abs(total / value - 1) < mpf(10) ** -20
        rows.append([a, b, tenure, d, value])
    return rows


write('gamma_gamma_reference.h', 'the log-likelihood with its derivatives, and the mean',
      [('likelihoods', 'double', 15), ('means', 'double', 6)],
      {'likelihoods': spend_rows(), 'means': mean_rows()})
write('sbg_reference.h', 'survival with churn, and the residual lifetime',
      [('survivals', 'double', 6), ('lifetimes', 'double', 5)],
      {'survivals': survival_rows(), 'lifetimes': lifetime_rows()})
