#!/usr/bin/python3
"""Make bdw_reference.h, the table of test_bdw.c.

Needs python3-mpmath of Debian.  Run in test/math.  Survivals and
lifetimes are computed with 40 digits or more from the definitions and rounded
to doubles once, estimates by Newton's method from near them with 40 digits.
"""
import random
from mpmath import mp, mpf, loggamma, log, exp, quad, diff

mp.dps = 60
dice = random.Random(20180101)


def number(value):
    return repr(float(value))


def staying(a, b, rate, n):
    """the logarithm of the chance to make n renewals more; b is beta and those made"""
    if rate > 0:
        return -rate * n
    with mp.extradps(int(mp.log10(a + b + n + 10)) + 5):
        value = loggamma(b + n) - loggamma(b) - loggamma(a + b + n) + loggamma(a + b)
    return value


def model(wide):
    a, b = (mpf(float(10 ** dice.uniform(-wide, wide))) for _ in range(2))
    c = mpf(float(dice.choice([0.5, 1, 1.5, 2, 4, 10]) * dice.uniform(0.95, 1)))
    rate = mpf(0)
    if dice.random() < 0.4:
        rate = mpf(float(10 ** dice.uniform(-3 * wide, 0.7)))
        a = b = mpf(1)
    return a, b, c, rate


def survival_rows():
    """alpha, beta, c, rate, tenure, periods: survival to tenure, churn within periods"""
    rows = []
    for i in range(120):
        a, b, c, rate = model(1 if i < 60 else 4)
        tenure = mpf(dice.choice([0, 1, 2, 7, 40, 1000, 65000, 2147483647]))
        periods = mpf(dice.choice([1, 1, 2, 12, 64, 200, 70000, 2147483647]))
        mp.dps = 250
        age = tenure ** c if tenure > 0 else mpf(0)
        more = (tenure + periods) ** c - age
        stayed = exp(staying(a, b, rate, age))
        gone = 1 - exp(staying(a, b + age, rate, more))
        mp.dps = 60
        rows.append([a, b, c, rate, tenure, periods, stayed, gone])
    return rows


def lifetime(a, b, c, rate, tenure, d):
    """The sum as it is defined, up to a far end; from there on by Euler and Maclaurin."""
    mp.dps = 25
    age = tenure ** c if tenure > 0 else mpf(0)

    def term(x):
        return exp(staying(a, b + age, rate, x ** c - age) - (x - tenure - 1) * mp.log1p(d))
    value, x = mpf(0), tenure + 1
    while True:
        y = term(x)
        if y < value * mpf(10) ** -22:
            return value
        if x - tenure > 400 and x > 300:
            break
        value += y
        x += 1
    # t^c far beyond all that it is compared with, or nothing left
    places = [x * mpf(2) ** i for i in range(400)]
    total = mpf(0)
    for low, high in zip(places, places[1:]):
        wide = 12 if c > 2 else 4
        part = quad(term, [low + (high - low) * j / wide for j in range(wide + 1)], method='gauss-legendre', maxdegree=4)
        total += part
        if part < (value + total) * mpf(10) ** -19:
            break
    h = mpf(1)
    first = (term(x + h) - term(x - h)) / 2
    third = (term(x + 2 * h) - 2 * term(x + h) + 2 * term(x - h) - term(x - 2 * h)) / 2
    return value + total + y / 2 - (first - third / 6) / 12 + third / 720


def lifetime_rows():
    """alpha, beta, c, rate, tenure, discount: discounted expected residual lifetime"""
    rows = []
    while len(rows) < 60:
        a, b, c, rate = model(1 if len(rows) < 40 else 3)
        tenure = mpf(dice.choice([0, 1, 7, 60, 300]))
        d = mpf(float(10 ** dice.uniform(-6, 0.5))) if dice.random() < 0.8 else mpf(0)
        if d == 0 and rate == 0 and a * c < 1.5:
            continue
        value = lifetime(a, b, c, rate, tenure, d)
        mp.dps = 60
        rows.append([a, b, c, rate, tenure, d, value])
    return rows


FITS = [
    # churned at 1, 2, ..., who stays after the last, and where estimates are: rate, c of the limit; alpha, beta, c
    ([20, 39, 75, 139], 727, [[0.01264, 2.3227]]),
    ([10, 20, 30, 40], 10, [[0.0524, 2.6537]]),
    ([12, 40, 61, 77, 80, 78, 70, 62, 50, 40, 33, 28, 22, 18, 15], 314, [[0.3966, 39.71, 2.427]]),
    ([5, 30, 90, 160, 180, 160, 120, 80, 50, 30, 20, 14, 10, 7, 5], 39, [[0.829, 315.2, 3.6655]]),
]


def log_likelihood(a, b, c, rate, churned, stays):
    value, t = mpf(0), 0
    for n in churned:
        t += 1
        before = staying(a, b, rate, mpf(t - 1) ** c)
        now = staying(a, b, rate, mpf(t) ** c)
        value += n * log(exp(before) - exp(now))
    return value + stays * staying(a, b, rate, mpf(t) ** c)


def fit_rows():
    """which data, whole or limit: log-likelihood, parameters, their standard errors"""
    rows = []
    mp.dps = 40
    for i, (churned, stays, starts) in enumerate(FITS):
        for start in starts:
            n = len(start)

            def value_of(*theta):
                p = [exp(x) for x in theta]
                return log_likelihood(p[0], p[1], p[2], mpf(0), churned, stays) if n == 3 else \
                    log_likelihood(mpf(1), mpf(1), p[1], p[0], churned, stays)

            def slopes(top):
                first = mp.matrix(n, 1)
                second = mp.matrix(n, n)
                for j in range(n):
                    order = [0] * n
                    order[j] += 1
                    first[j] = diff(value_of, tuple(top), tuple(order))
                    for k in range(j + 1):
                        order[k] += 1
                        second[j, k] = second[k, j] = diff(value_of, tuple(top), tuple(order))
                        order[k] -= 1
                return first, second
            top = [log(mpf(x)) for x in start]
            for _ in range(7):
                first, second = slopes(top)
                step = mp.lu_solve(second, first)
                top = [top[j] - step[j] for j in range(n)]
            assert mp.norm(step) < mpf(10) ** -12
            information = -slopes(top)[1]
            whole = n == 3
            cover = information ** -1
            parameters = [exp(x) for x in top]
            errors = [parameters[j] * mp.sqrt(cover[j, j]) for j in range(n)]
            if not whole:
                errors[0] *= exp(-parameters[0])
            rows.append([i, n, value_of(*top)] + parameters + [0] * (3 - n) + errors + [0] * (3 - n))
    mp.dps = 60
    return rows


with open('bdw_reference.h', 'w', encoding='ascii') as out:
    out.write('/*\n * bdw_reference.h\n *\t\tMade by bdw_reference.py: survival with churn, residual lifetimes, and\n'
              ' *\t\testimates.\n */\n')
    tables = [('bdw_survivals', survival_rows()), ('bdw_lifetimes', lifetime_rows()), ('bdw_estimates', fit_rows())]
    out.write('\n'.join('static const double %s[][%d] = {\n%s};\n' %
                        (name, len(rows[0]), ''.join('\t{%s},\n' % ', '.join(number(x) for x in row) for row in rows))
                        for name, rows in tables))
