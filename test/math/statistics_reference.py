#!/usr/bin/python3
"""Make statistics_reference.h, the table of test_statistics.c.

Needs python3-mpmath of Debian.  Run in test/math; it takes some minutes.  All
numbers are computed with 40 digits or more from the definitions (the limits of
intervals by solving for them, restricted likelihoods by maximizing them), not
by the formulas of the code, and are rounded to doubles once.
"""
import random
from math import comb
from mpmath import mp, mpf, betainc, erfc, gammainc, log, loggamma, quad, sqrt

mp.dps = 50
dice = random.Random(19271221)
tables = []


def table(name, columns, rows):
    for row in rows:
        assert len(row) == columns, (name, row)
    tables.append((name, columns, rows))


def some(low, high):
    """A number as a double has it, small ones as often as great ones."""
    return mpf(float(10 ** dice.uniform(low, high)))


def bisect(function, low, high, steps=170):
    """The place where a falling function is 0."""
    for _ in range(steps):
        middle = (low + high) / 2
        if function(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def tail(z):
    return erfc(z / sqrt(mpf(2))) / 2


def quantile(p):
    """of the normal distribution, from above, p up to 1/2"""
    return bisect(lambda z: tail(z) - p, mpf(-1), mpf(45))


def student_tail(t, df):
    """by the density's integral where the beta function is slow"""
    if df < 10000:
        return betainc(df / 2, mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2
    scale = loggamma((df + 1) / 2) - loggamma(df / 2) - log(df * mp.pi) / 2
    steps = [t + i / (1 + t) for i in (0, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 96, 128, 400)]
    return quad(lambda u: mp.exp(scale - (df + 1) / 2 * mp.log1p(u * u / df)), steps)


def student_quantile(p, df, low=-20, high=60, steps=120):
    if df == 1:
        return 1 / mp.tan(mp.pi * p)
    return mp.exp(bisect(lambda u: student_tail(mp.exp(u), df) - p, mpf(low), mpf(high), steps))


def student_power(t, df, shift):
    """The mean of P(Z > t s - shift) over s, where df s^2 is chi squared."""
    scale = log(mpf(2)) + df / 2 * log(df / 2) - loggamma(df / 2)
    wide = 1 / sqrt(2 * df)
    steps = [mpf(0)] + [s for s in (1 + wide * i for i in (-40, -20, -10, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 10, 20, 40)) if s > 0]
    steps += [mpf(10) ** -i for i in (1, 2, 3)] if df < 100 else []
    steps.sort()
    return quad(lambda s: mp.exp(scale + (df - 1) * log(s) - df * s * s / 2) * tail(t * s - shift) if s > 0 else mpf(0), steps)


def wilson(x, n, z):
    """The shares from which x of n is z standard errors away."""
    p = x / n

    def off(share):
        return (p - share) ** 2 - z * z * share * (1 - share) / n
    low = mpf(0) if x == 0 else bisect(off, mpf(0), p)
    high = mpf(1) if x == n else bisect(lambda s: -off(s), p, mpf(1))
    return low, high


def most_likely(slope, low, high):
    """Where a likelihood is greatest: its slope falls."""
    return bisect(slope, low, high, 150)


def net_share(plus, minus, n, z):
    def score(delta):
        def slope(q):
            return plus / (q + delta) + (minus / q if minus else 0) - 2 * (n - plus - minus) / (1 - 2 * q - delta)
        q = most_likely(slope, max(mpf(0), -delta), (1 - delta) / 2)
        return (plus - minus - n * delta) / sqrt(n * (2 * q + delta - delta * delta))
    share = (plus - minus) / n
    low = mpf(-1) if share == -1 else bisect(lambda d: score(d) - z, mpf(-1), share, 100)
    high = mpf(1) if share == 1 else bisect(lambda d: score(d) + z, share, mpf(1), 100)
    return low, high


def mee(x1, n1, x0, n0, z):
    def signed(delta):
        def slope(q):
            p = q + delta
            return ((x1 / p if x1 else 0) - ((n1 - x1) / (1 - p) if n1 > x1 else 0) +
                    (x0 / q if x0 else 0) - ((n0 - x0) / (1 - q) if n0 > x0 else 0))
        q = most_likely(slope, max(mpf(0), -delta), min(mpf(1), 1 - delta))
        p = q + delta
        return (x1 / n1 - x0 / n0 - delta) / sqrt(p * (1 - p) / n1 + q * (1 - q) / n0)
    difference = x1 / n1 - x0 / n0
    low = mpf(-1) if difference == -1 else bisect(lambda d: signed(d) - z, mpf(-1), difference, 110)
    high = mpf(1) if difference == 1 else bisect(lambda d: signed(d) + z, difference, mpf(1), 110)
    return low, high


def koopman(x1, n1, x0, n0, z):
    """By the chi squared of both groups."""
    def signed(at):
        ratio = mp.exp(at)
        most = min(mpf(1), 1 / ratio)

        def slope(p):
            sum_ = (x1 + x0) / p
            if n1 > x1:
                sum_ -= (n1 - x1) * ratio / (1 - ratio * p)
            if n0 > x0:
                sum_ -= (n0 - x0) / (1 - p)
            return sum_
        p = most_likely(slope, mpf(0), most)
        r = ratio * p
        chi = sum((x - n * s) ** 2 / (n * s * (1 - s)) for x, n, s in ((x1, n1, r), (x0, n0, p)) if 0 < s < 1)
        return sqrt(chi) * (1 if x1 / n1 > ratio * x0 / n0 else -1)
    middle = log(x1 / n1 / (x0 / n0)) if x1 else log(1 / (n1 * x0 / n0)) - 60
    low = mpf(0) if x1 == 0 else mp.exp(bisect(lambda u: signed(u) - z, middle - 30, middle, 100))
    high = mp.exp(bisect(lambda u: signed(u) + z, middle, middle + 130, 110))
    return low, high


Z = [mpf(float(quantile(p))) for p in (mpf('0.05'), mpf('0.025'), mpf('0.0005'))]

table('normals', 2, [[p, quantile(p)] for p in
                     [mpf(float(p)) for p in (0.5, 0.4999999, 0.4, 0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 1e-3, 1e-6, 1e-16, 1e-100, 1e-300)]])

rows = []
for df in [mpf(d) for d in (1, 1.5, 2, 3, 4.75, 10, 30, 99.5, 1000, 9999)] + [mpf(10) ** 5, mpf(10) ** 7, mpf(10) ** 10, mpf(10) ** 14]:
    for t in [mpf(float(t)) for t in (1e-9, 0.01, 0.5, 1, 1.7, 1.74, 1.96, 3, 6, 12, 30)] + [some(-3, 1)]:
        value = student_tail(t, df)
        if value > mpf(10) ** -300:
            rows.append([t, df, value])
table('student_tails', 3, rows)

table('student_quantiles', 3, [[p, df, student_quantile(p, df)]
                               for df in [mpf(d) for d in (1, 1.25, 2, 5, 17.3, 120, 4321)]
                               for p in [mpf(float(p)) for p in (0.45, 0.1, 0.025, 0.005, 1e-4, 1e-12)]])

rows = []
for df in (2, 3, 7, 20, 42, 500, 20000, 3000000):
    for shift in (0, 0.5, 2.8, 3.24, 7):
        t = mpf(float(dice.choice([0.1, 1.7, 1.96, 2.02, 3.3])))
        rows.append([t, mpf(df), mpf(float(shift)), student_power(t, mpf(df), mpf(float(shift)))])
table('powers', 4, rows)

table('chi_squares', 3, [[x, df, gammainc(df / 2, x / 2, mp.inf, regularized=True)]
                         for df in [mpf(d) for d in (1, 2, 3, 4, 9, 50, 999)]
                         for x in [mpf(float(x)) for x in (1e-6, 0.1, 1, 3.84, 10.83, 60, 1100)] + [df, df + 2]])

counts = [(0, 20), (20, 20), (1, 29), (81, 263), (15, 148), (0, 1), (1, 1), (1, 2), (999999, 1000000), (1, 10 ** 9), (123456789, 10 ** 12), (5 * 10 ** 14, 10 ** 15)]
table('wilsons', 5, [[mpf(x), mpf(n), z] + list(wilson(mpf(x), mpf(n), z)) for x, n in counts for z in Z])

counts = [(1, 0, 44), (0, 1, 44), (10, 0, 10), (0, 10, 10), (0, 0, 5), (5, 5, 10), (1, 0, 1), (18, 64, 100), (520, 180, 1000), (30, 29, 60), (7, 1, 9), (400000, 380000, 1000000), (3, 2, 100000)]
table('net_shares', 6, [[mpf(c) for c in row] + [z] + list(net_share(*[mpf(c) for c in row], z)) for row in counts for z in Z])

counts = [(36, 40, 16, 80), (56, 70, 48, 80), (9, 10, 3, 10), (5, 56, 0, 29), (0, 10, 0, 20), (0, 10, 3, 10), (10, 10, 10, 20), (10, 10, 10, 10), (0, 10, 10, 10), (1, 1, 1, 2),
          (120, 2400, 96, 2400), (5000, 100000, 5200, 104000), (123, 10 ** 6, 124, 10 ** 6), (1, 10 ** 6, 900000, 10 ** 6), (10 ** 11, 10 ** 12, 10 ** 11 + 10 ** 6, 10 ** 12)]
rows = []
for row in counts:
    x1, n1, x0, n0 = [mpf(c) for c in row]
    for z in Z:
        p1, p0 = x1 / n1, x0 / n0
        low, high = mee(x1, n1, x0, n0, z)
        pooled = (x1 + x0) / (n1 + n0)
        test = mpf(1)
        if 0 < pooled < 1:
            test = 2 * tail(abs(p1 - p0) / sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0)))
        ratio = koopman(x1, n1, x0, n0, z) if x0 else (mpf('nan'), mpf('nan'))
        rows.append([x1, n1, x0, n0, z, low, high, test] + list(ratio))
table('two_shares', 10, rows)


def exact(chances, seen):
    return mpf(sum(c for c in chances.values() if c <= chances[seen])) / mpf(sum(chances.values()))


def fisher(x1, n1, x0, n0):
    x = x1 + x0
    return exact({k: comb(n1, k) * comb(n0, x - k) for k in range(max(0, x - n0), min(x, n1) + 1)}, x1)


def binomial(k, n, parts, whole):
    return exact({i: comb(n, i) * parts ** i * (whole - parts) ** (n - i) for i in range(n + 1)}, k)


table('fishers', 5, [[mpf(c) for c in row] + [fisher(*row)] for row in
                     [(1, 1000, 0, 19000), (2, 20, 10, 2000), (4, 500, 0, 500), (0, 500, 4, 500), (9, 10, 3, 10), (0, 7, 0, 9), (7, 7, 9, 9), (1, 1, 0, 1),
                      (20, 100000, 60, 100000), (3, 10, 50, 90), (200, 1000, 0, 1000), (30, 40, 10, 4000)]])
table('binomials', 4, [[mpf(k), mpf(n), mpf(parts) / whole, binomial(k, n, parts, whole)] for k, n, parts, whole in
                       [(5, 6, 127, 128), (1, 6, 1, 64), (0, 1, 1, 2), (10, 10, 1, 2), (3, 20, 1, 8), (0, 100, 1, 64), (40, 100, 1, 4), (500, 1000, 1, 2), (33, 2000, 1, 128)]])


def moments(values):
    n = len(values)
    mean = sum(values) / n
    return n, mean, sum((v - mean) ** 2 for v in values) / (n - 1)


def two_means(one, other, confidence):
    n1, m1, v1 = moments(one)
    n0, m0, v0 = moments(other)
    a, b = v1 / n1, v0 / n0
    df = (a + b) ** 2 / (a * a / (n1 - 1) + b * b / (n0 - 1))
    t = student_quantile((1 - confidence) / 2, df)
    reach = t * sqrt(a + b)
    if m0 ** 2 <= t * t * b:
        ratio = [mpf('nan')] * 2
    else:
        # the roots of (m1 - r m0)^2 = t^2 (a + r^2 b)
        ratio = sorted(mp.polyroots([m0 ** 2 - t * t * b, -2 * m1 * m0, m1 ** 2 - t * t * a], maxsteps=500, extraprec=500))
    p = 2 * student_tail(abs(m1 - m0) / sqrt(a + b), df)
    return [m1, m0, v1, v0, df, m1 - m0 - reach, m1 - m0 + reach] + ratio + [p]


# eight values of one arm, five of the other, confidence; what they give
rows = []
for level, spread in ((0, 1), (10, 1), (100, 40), (1e9, 1), (-5, 0.1), (1e-5, 1e-6), (1e6, 1e-3), (3e140, 1e139)):
    for confidence in (0.9, 0.95, 0.999):
        values = [mpf(level + spread * dice.gauss(0.3 if i < 8 else 0, 1)) for i in range(13)]
        rows.append(values + [mpf(float(confidence))] + two_means(values[:8], values[8:], mpf(float(confidence))))
table('two_means', 24, rows)


def z_of(trial):
    return quantile((1 - trial[1]) / 2), -quantile(trial[0]) if trial[0] < 0.5 else quantile(1 - trial[0])


def size(p0, p1, trial):
    a, b = z_of(trial)
    k = trial[2]
    mean = (p0 + k * p1) / (1 + k)
    return mp.ceil(((a * sqrt(mean * (1 - mean) * (1 + 1 / k)) + b * sqrt(p0 * (1 - p0) + p1 * (1 - p1) / k)) / (p1 - p0)) ** 2)


def size_mean(difference, trial):
    """the least n whose power, of the noncentral distribution, is enough"""
    k = trial[2]
    mp.dps = 20

    def enough(n):
        df = n * (1 + k) - 2
        t = student_quantile((1 - trial[1]) / 2, df, 0, 4, 40)
        return student_power(t, df, difference * sqrt(n * k / (1 + k))) >= trial[0]
    a, b = z_of(trial)
    n = max(mpf(2), mp.ceil(2 / k), mp.floor((a + b) ** 2 * (1 + 1 / k) / difference ** 2))
    while not enough(n):
        n += 1
    mp.dps = 50
    return n


trials = [[mpf(float(v)) for v in trial] for trial in ((0.8, 0.95, 1), (0.9, 0.95, 1), (0.9, 0.99, 2), (0.8, 0.95, 0.25), (0.3, 0.8, 1))]
table('sizes', 6, [[mpf(float(p0)), mpf(float(p1))] + trial + [size(mpf(float(p0)), mpf(float(p1)), trial)]
                   for trial in trials for p0, p1 in ((0.5, 0.75), (0.05, 0.06), (0.5, 0.1), (0, 0.01), (1, 0.9), (0.02, 0.0201))])
table('sizes_of_means', 5, [[mpf(float(d))] + trial + [size_mean(mpf(float(d)), trial)] for trial in trials for d in (1, 0.5, 0.2, 3, 0.05)])

with open('statistics_reference.h', 'w', encoding='ascii') as out:
    out.write('/*\n * statistics_reference.h\n *\t\tMade by statistics_reference.py: distributions, intervals and sample sizes.\n */\n')
    for name, columns, rows in tables:
        out.write('static const double %s[][%d] = {\n' % (name, columns))
        for row in rows:
            out.write('\t{%s},\n' % ', '.join('NAN' if mp.isnan(v) else repr(float(v)) for v in row))
        out.write('};\n')
        if name != tables[-1][0]:
            out.write('\n')
