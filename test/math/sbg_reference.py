#!/usr/bin/python3
"""Make sbg_reference.h, the table of test_sbg.c.

Needs python3-mpmath of Debian.  Run in test/math.  All numbers are computed
with 40 digits or more from the definitions, and rounded to doubles once.
"""
import random
from mpmath import mp, mpf, loggamma, log, quad

mp.dps = 60
dice = random.Random(20070501)


def number(value):
    return repr(float(value))


def write(path, about, columns, rows):
    with open(path, 'w', encoding='ascii') as out:
        out.write('/*\n * %s\n *\t\tMade by sbg_reference.py: %s.\n */\n' % (path, about))
        for name, count in columns:
            out.write('static const double %s[][%d] = {\n' % (name, count))
            for row in rows[name]:
                assert len(row) == count
                out.write('\t{%s},\n' % ', '.join(number(value) for value in row))
            out.write('};\n')
            if (name, count) != columns[-1]:
                out.write('\n')


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

    Over u = ln theta; the weight of theta is Beta(a, b) times 1 - theta, which
    is that of Beta(a, b + 1), and so without a pole at 1.
    """
    mp.dps = 30
    middle = log(a / (a + b))
    low = min(middle, log(d)) - 100 / a
    wide = mp.sqrt(1 / a + 1 / b)
    places = {low, mpf(0), middle}
    places |= {low + (middle - low) * i / 40 for i in range(41)}
    places |= {middle + wide * i for i in (-60, -20, -12, -8, -5, -3, -2, -1, 1, 2, 3, 5, 8, 12, 20, 60)}
    places |= {log(d) + i for i in (-60, -20, -5, -1, 1, 5, 20, 60)}
    places = sorted(u for u in places if low <= u <= 0)
    scale = a * middle + b * mp.log1p(-mp.exp(middle))

    def weight(u):
        theta = mp.exp(u)
        return mp.exp(a * u + b * mp.log1p(-theta) - scale) if theta < 1 else mpf(0)

    def worth(u):
        theta = mp.exp(u)
        return weight(u) * (1 + d) / (d + theta)
    return b / (a + b) * quad(worth, places) / quad(weight, places)


def lifetime_rows():
    """alpha, beta, tenure, discount: discounted expected residual lifetime"""
    rows = []
    for i in range(80):
        wide = 1 if i < 50 else 6
        a, b = (mpf(float(10 ** dice.uniform(-wide, wide))) for _ in range(2))
        tenure = mpf(dice.choice([0, 1, 7, 60] if i < 50 else [0, 0, 1, 7, 60, 1000, 2147483647]))
        d = mpf(float(10 ** dice.uniform(-3.5 if i < 50 else -14, 1.5)))
        b1 = b + tenure
        if d > 0.02:
            # as it is defined
            value, share, power = mpf(0), mpf(1), mpf(1)
            for j in range(int(80 / log(1 + d)) + 10):
                share *= (b1 + j) / (a + b1 + j)
                value += share * power
                power /= 1 + d
        else:
            value = lifetime_by_integral(a, b1, d)
            mp.dps = 60
        rows.append([a, b, tenure, d, value])
    return rows


write('sbg_reference.h', 'survival with churn, and the residual lifetime',
      [('survivals', 6), ('lifetimes', 5)],
      {'survivals': survival_rows(), 'lifetimes': lifetime_rows()})
