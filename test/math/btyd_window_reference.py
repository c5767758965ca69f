#!/usr/bin/env python3
"""What a customer does between two days, from the definitions of the models.

The purchase rate (bg/bb: the chance to buy) and, where it takes part, what makes
customers leave are integrated over on a grid; given these, purchases are counted
one by one.  Needs numpy and scipy.  Prints btyd_window_reference.h.
"""
import numpy as np
from scipy.special import gammaln
from scipy.stats import poisson

NODES, WEIGHTS = np.polynomial.legendre.leggauss(400)


def log_grid(shape, rate, spread=40.0):
    """Values of Gamma(shape, rate) and their weights, without its constant."""
    low = np.log(shape / rate) - max(spread / shape, 12 / np.sqrt(shape))
    high = np.log(shape / rate) + min(4.5, 14 / np.sqrt(shape)) + 2
    u = low + (high - low) * (NODES + 1) / 2
    value = np.exp(u)
    log = shape * u - rate * value
    weight = WEIGHTS * np.exp(log - log.max())
    return value, weight / weight.sum()


def survival(a, b, count):
    """P(alive after n purchases), n = 0 .. count."""
    n = np.arange(count)
    return np.concatenate([[1.0], np.cumprod((b + n) / (a + b + n))])


def stages(k, shape, rate, since, a, b, start, length):
    value, weight = log_grid(shape + (k - 1) / 2, rate)
    # the grid is of another shape, so that all that is passed is in it
    weight = weight * value ** (-(k - 1) / 2)
    passed = np.array([np.exp(j * np.log(value * since + 1e-300) - gammaln(j + 1)) for j in range(k)])
    whole = (weight * passed.sum(axis=0)).sum()
    most = int(value.max() * 0.6 * (start + length) + 60) if value.max() * (start + length) > 200 else 400
    most = min(most, 900)
    alive = survival(a, b, most)
    before = poisson.pmf(np.arange(most)[:, None], value * start)
    within = poisson.pmf(np.arange(most)[:, None], value * length)
    buys = purchases = pairs = 0.0
    for j in range(k):
        for m in range(most):
            share = weight * passed[j] / whole * before[m]
            if m > 5 and share.max() < 1e-19:
                continue
            made = (j + m) // k
            left = (j + m) % k
            chance = (share * within).sum(axis=1)
            for n in range(1, most):
                at = n * k - left
                if at >= most:
                    break
                tail = chance[at:].sum()
                if tail < 1e-19:
                    break
                lives = alive[min(made + n - 1, most)]
                buys += tail * lives if n == 1 else 0.0
                purchases += tail * lives
                pairs += 2 * (n - 1) * tail * lives
    return buys, purchases, pairs


def pareto(shape, rate, s, b, start, length):
    lam, weight = log_grid(shape, rate)
    mu, leaving = log_grid(s, b)
    lam, mu = lam[:, None], mu[None, :]
    both = weight[:, None] * leaving[None, :]
    dies = np.exp(-mu * start)
    part = mu * length
    one = np.where(part > 1e-4, -np.expm1(-part) / mu, length * (1 - part / 2 + part ** 2 / 6))
    two = np.where(part > 1e-2, (-np.expm1(-part) - part * np.exp(-part)) / mu ** 2,
                   length ** 2 * (1 / 2 - part / 3 + part ** 2 / 8 - part ** 3 / 30 + part ** 4 / 144 - part ** 5 / 840))
    return ((both * dies * lam / (lam + mu) * -np.expm1(-(lam + mu) * length)).sum(),
            (both * dies * lam * one).sum(), (both * dies * 2 * lam ** 2 * two).sum())


def bg_bb(alpha, beta, gamma, delta, start, end):
    """Posteriors, and opportunities."""
    nodes, weights = np.polynomial.legendre.leggauss(1500)
    p = 1 / (1 + np.exp(-60 * nodes))
    buy = weights * p ** alpha * (1 - p) ** beta
    leave = weights * p ** gamma * (1 - p) ** delta
    buy, leave = buy / buy.sum(), leave / leave.sum()
    buys = purchases = pairs = 0.0
    for j in range(start + 1, end + 1):
        lives = (leave * (1 - p) ** (j - 1)).sum()
        buys += lives * (buy * p * (1 - p) ** (j - start - 1)).sum()
        purchases += lives * (buy * p).sum()
        pairs += 2 * (j - start - 1) * lives * (buy * p * p).sum()
    return buys, purchases, pairs


CASES = [("MBG_NBD", 0.525, 43.28, 0.891, 1.614, 1), ("BG_NBD", 0.243, 30.9, 0.793, 2.426, 1),
         ("PARETO_NBD", 0.553, 74.0, 0.606, 81.6, 1), ("NBD", 0.8, 60.0, None, None, 1),
         ("MBG_CNBD", 1.7, 12.0, 0.6, 2.4, 3), ("BG_CNBD", 2.2, 20.0, 0.5, 3.1, 2), ("BG_BB", 1.204, 0.75, 0.657, 2.783, 1)]
PAST = [(0, 0, 120), (3, 200, 240), (9, 300, 310)]
WINDOWS = [(0, 30), (0, 200), (60, 31), (240, 61)]


def case(family, r, alpha, a, b, k, x, t_x, t, start, length):
    if family == "PARETO_NBD":
        return pareto(r + x, alpha + t, a, b + t, start, length)
    if family == "BG_BB":
        n, used = int(t / 10 + 0.1), int(np.ceil(t_x / 10 - 0.1))
        del used
        return bg_bb(r + x, alpha + n - x, a, b + n + 1, int(start / 10 + 0.1), int((start + length) / 10 + 0.1))
    if family == "NBD":
        return stages(1, r + x, alpha + t, 0, 0, 1, start, length)
    return stages(k, r + k * x, alpha + t, t - t_x, a, b + x + (family[0] == "M"), start, length)


print("""/*
 * btyd_window_reference.h
 *		Made by btyd_window_reference.py.
 */
static const struct
{
	TcsBtyd		model;
	double		x;
	double		t_x;
	double		t;
	double		from;
	double		length;
	TcsWindow	window;
}			reference[] = {""")
for family, r, alpha, a, b, k in CASES:
    for x, t_x, t in PAST:
        for start, length in WINDOWS:
            result = case(family, r, alpha, a, b, k, x, t_x, t, start, length)
            print("\t{{TCS_%s, %r, %r, %r, %r, %r, %d}, %d, %d, %d, %d, %d,\n\t{%s}}," % (
                family, r, alpha, a or 1.0, b or 1.0, 10.0 if family == "BG_BB" else 1.0, k,
                x, t_x, t, start, length, ", ".join("%.14g" % v for v in result)))
print("};")
