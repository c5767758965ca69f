#!/usr/bin/python3
"""Make btyd_reference.h: predictions of models of repeat purchases in 25 digits.

Needs Debian's python3-mpmath.  Run:  python3 btyd_reference.py >btyd_reference.h

The figures come from the definitions, not from the formulas of the C code:
means over the distributions of what is unknown are integrated numerically,
and where the papers have a closed form with a hypergeometric function (which
the C code avoids) it is that form.
"""
from mpmath import mp, mpf

mp.dps = 25
MBG, BG, PARETO = 0, 1, 2
# means are cut where the density is below e^-CUT of its peak
CUT = 45


def integral(logf, start, width):
    """Integral of exp(logf) over the line; logf is concave, start is near its peak."""
    def value(u):
        return logf(u)
    # climb
    u, step = mpf(start), mpf(width)
    best = value(u)
    while step > mpf(width) / 64:
        moved = False
        for v in (u - step, u + step):
            f = value(v)
            if f > best:
                u, best, moved = v, f, True
        step = step * 2 if moved else step / 2
    ends = []
    for sign in (-1, 1):
        step = mpf(width)
        v = u
        while value(v) > best - CUT:
            v += sign * step
            step *= mpf('1.25')
        low, high = mpf(0), abs(v - u)
        for _ in range(12):
            middle = (low + high) / 2
            if value(u + sign * middle) > best - CUT:
                low = middle
            else:
                high = middle
        ends.append(u + sign * high)

    def trapezoidal(step):
        count = int((ends[1] - ends[0]) / step) + 1
        return step * mp.fsum(mp.exp(value(ends[0] + i * step) - best) for i in range(count))
    # converges faster than any power of the step: what both agree on is right
    coarse = trapezoidal(mpf(width) / 5)
    fine = trapezoidal(mpf(width) / 7)
    if abs(coarse / fine - 1) > mpf(10) ** -15:
        fine = trapezoidal(mpf(width) / 16)
        coarse = trapezoidal(mpf(width) / 20)
        if abs(coarse / fine - 1) > mpf(10) ** -15:
            raise ArithmeticError('no convergence: %s %s' % (coarse, fine))
    return fine * mp.exp(best)


def softplus(u):
    return mp.log1p(mp.exp(-abs(u))) + max(u, 0)


def beta_mean(a, b, log_g, shift=0):
    """Mean of g(p), p ~ Beta(a, b); logit p is the variable."""
    width = mp.sqrt(1 / a + 1 / b)
    mode = mp.log(a / b)

    def density(u):
        return -a * softplus(-u) - b * softplus(u)
    below = integral(density, mode, min(width, 1))
    above = integral(lambda u: density(u) + log_g(1 / (1 + mp.exp(-u))),
                     mode + shift, min(width, 1))
    return above / below


def gamma_mean(k, rate, g, log_g=None):
    """Mean of g(lambda), lambda ~ Gamma(k, rate); ln lambda is the variable."""
    mode = mp.log(k / rate)

    def density(v):
        return k * v - rate * mp.exp(v)
    below = integral(density, mode, min(1 / mp.sqrt(k), 1))
    above = integral(lambda v: density(v) + mp.log(g(mp.exp(v))), mode, min(1 / mp.sqrt(k), 1))
    return above / below


def odds_dead_beta(family, r, alpha, a, b, x, t_x, t):
    """The likelihoods of both: p(1-p)^(n-1) e^(-lambda t_x) to (1-p)^n e^(-lambda t)."""
    chances = x if family == BG else x + 1
    if chances == 0:
        return mpf(0)
    k = r + x

    def part(power_p, power_rest, time):
        lam = integral(lambda v: k * v - (alpha + time) * mp.exp(v),
                       mp.log(k / (alpha + time)), min(1 / mp.sqrt(k), 1))
        p = integral(lambda u: -(a + power_p) * softplus(-u) - (b + power_rest) * softplus(u),
                     mp.log((a + power_p) / (b + power_rest)), mpf(1) / 4)
        return lam * p
    return part(1, chances - 1, t_x) / part(0, chances, t)


def pareto_likelihood(r, alpha, s, beta, x, t_x, t):
    """Fader and Hardie (2005), without the gamma functions that cancel."""
    k = r + x

    def a0(time):
        if alpha >= beta:
            return mp.hyp2f1(r + s + x, s + 1, r + s + x + 1, (alpha - beta) / (alpha + time)) / \
                (alpha + time) ** (r + s + x)
        return mp.hyp2f1(r + s + x, r + x, r + s + x + 1, (beta - alpha) / (beta + time)) / \
            (beta + time) ** (r + s + x)
    alive = 1 / ((alpha + t) ** k * (beta + t) ** s)
    dead = s / (r + s + x) * (a0(t_x) - a0(t))
    return alive, dead


def predict(family, r, alpha, a, b, x, t_x, t, h, discount, n):
    r, alpha, a, b, t_x, t, h, discount = (mpf(v) for v in (r, alpha, a, b, t_x, t, h, discount))
    k, rate = r + x, alpha + t
    if family == PARETO:
        alive, dead = pareto_likelihood(r, alpha, a, b, x, t_x, t)
        p_alive, p_dead = alive / (alive + dead), dead / (alive + dead)
        none = sum(pareto_likelihood(r, alpha, a, b, x, t_x, t + h)) / (alive + dead)
        d = b + t
        expected = mp.quad(lambda y: k / rate * (d / (d + y)) ** a,
                           [h * i / 8 for i in range(9)])
        dert = k * d / rate * mp.hyperu(1, 2 - a, discount * d)
        # the n-th purchase comes at y, with the customer still there
        least = mp.quad(lambda y: mp.exp((n - 1) * mp.log(y / rate) - (n + k) * mp.log1p(y / rate)
                                         - mp.log(mp.beta(n, k))) / rate * (d / (d + y)) ** a,
                        [h * mpf(i) / 24 for i in range(25)])
    else:
        odds = odds_dead_beta(family, r, alpha, a, b, x, t_x, t)
        p_alive, p_dead = 1 / (1 + odds), odds / (1 + odds)
        big = b + x + (1 if family == MBG else 0)
        # given lambda and p: (1 - e^(-lambda p h)) / p, a gamma mean of an exponential
        expected = beta_mean(a, big, lambda p: mp.log(-mp.expm1(-k * mp.log1p(p * h / rate)) / p))
        none = p_dead + p_alive * gamma_mean(k, rate, lambda lam: mp.exp(-lam * h))
        survive = beta_mean(a, big, lambda p: (n - 1) * mp.log1p(-p))
        least = survive * gamma_mean(k, rate, lambda lam: mp.gammainc(n, 0, lam * h, regularized=True))
        # given p: the integral of e^(-discount y) E[lambda e^(-lambda p y)] over y
        dert = beta_mean(a, big, lambda p: mp.log(
            k / p * mp.hyperu(1, 1 - k, discount * rate / p))) if discount > 0 else None
    return p_alive, p_dead, expected, none, dert, least


WEEKS = {
    BG: ('0.242592907', '4.413531561', '0.792886148', '2.425753436'),
    MBG: ('0.524837984', '6.182992020', '0.891356155', '1.613999335'),
    PARETO: ('0.553275509', '10.577612239', '0.606213569', '11.667911238'),
}
RATE = mp.log(mpf('1.15')) / 52


def cases():
    histories = [
        (0, '0', '38.86', '39', 1), (2, '30.43', '38.86', '39', 2),
        (7, '29.43', '38.86', '39', 5), (29, '37.71', '38', '39', 20),
        (21, '4.71', '29.29', '39', 3), (5, '20', '20', '1e-6', 1), (1, '2', '400', '4000', 4),
        (200, '35', '38', '39', 150),
    ]
    for family in (MBG, BG, PARETO):
        for x, t_x, t, h, n in histories:
            yield (family,) + WEEKS[family] + (x, t_x, t, h, RATE if x < 25 else 0, n)
        # shapes at which closed forms have poles, and far from any fit
        for par, x, t_x, t, h, n in (
                (('0.3', '5', '1', '1'), 3, '10', '12', '30', 2),
                (('0.3', '5', '0.01', '0.02'), 0, '0', '50', '100', 1),
                (('0.001', '200', '0.3', '0.4'), 1, '3', '700', '365', 1),
                (('40', '800', '30', '900'), 12, '300', '365', '365', 9),
                (('0.5', '30', '2.5', '4'), 3000, '700', '730', '365', 1200),
                (('1e-3', '1e-3', '0.5', '20'), 40, '1e-2', '1e-2', '1e3', 30),
                (('2', '1e6', '0.7', '1e-3'), 4, '900', '1000', '1e4', 1),
                (('3', '0.01', '0.7', '1e5'), 2, '5', '1000', '1e4', 5)):
            yield (family,) + par + (x, t_x, t, h, 0, n)


def literal(value):
    return 'NAN' if value is None or mp.isnan(value) else mp.nstr(value, 20, min_fixed=0, max_fixed=0)


print('/* Made by btyd_reference.py: do not edit. */')
print('static const struct Reference')
print('{')
print('\tint\t\t\tfamily;\n\tdouble\t\tr,\n\t\t\t\talpha,\n\t\t\t\ta,\n\t\t\t\tb,\n\t\t\t\tx,\n\t\t\t\tt_x,'
      '\n\t\t\t\tt,\n\t\t\t\thorizon,\n\t\t\t\tdiscount,\n\t\t\t\tn;')
print('\tdouble\t\tp_alive,\n\t\t\t\tp_dead,\n\t\t\t\texpected,\t/* given alive */\n\t\t\t\tnone,'
      '\n\t\t\t\tresidual,\t/* given alive; NAN: not worked out */\n\t\t\t\tat_least;\t/* given alive */')
print('}\t\t\treference[] =\n{')
for case in cases():
    case = list(case)
    # what the C code is given: doubles
    case[1:] = [mpf(float(v)) for v in case[1:]]
    x, n = int(case[5]), int(case[10])
    values = predict(case[0], *case[1:5], x, *case[6:10], n)
    if case[0] == PARETO and case[9] == 0:
        values = values[:4] + (None,) + values[5:]
    print('\t{%d, %s,' % (case[0], ', '.join(repr(float(v)) for v in case[1:])))
    print('\t\t%s},' % (',\n\t\t'.join(literal(v) for v in values)), flush=True)
print('};')
