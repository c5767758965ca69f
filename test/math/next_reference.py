"""next_reference.py > next_reference.h: when customers buy next, to check against.

Chances to buy ever, and days by which the next purchase has come, in 20-digit
arithmetic (python3-mpmath), from what one customer of known rate and chance to
die does, integrated over those who differ; the closed forms that are tested are
not used.
"""
import random

from mpmath import beta, exp, gammainc, inf, log, mp, mpf, nstr, quad

mp.dps = 20


def over_gamma(shape, rate, f):
    """E[f(L)], L ~ Gamma(shape, rate), by the logarithm of L."""
    mode = log(shape / rate)
    cuts = [mode - 60 / shape, mode - 20 / shape, mode - 5 / shape] + [mode + d for d in (-2, -1, 0, 1, 2, 4)]
    cuts = sorted(set(cuts))
    weight = lambda u: exp(shape * (u - mode) - shape * (exp(u - mode) - 1))
    return quad(lambda u: weight(u) * f(exp(u)), cuts) / quad(weight, cuts)


def over_beta(a, b, f):
    """E[f(p)], p ~ Beta(a, b)."""
    low = quad(lambda v: f(v ** (1 / a)) * (1 - v ** (1 / a)) ** (b - 1) / a, [0, mpf("0.01") ** a, mpf("0.5") ** a])
    high = quad(lambda v: f(1 - v ** (1 / b)) * (1 - v ** (1 / b)) ** (a - 1) / b, [0, mpf("0.01") ** b, mpf("0.5") ** b])
    return (low + high) / beta(a, b)


def pareto(r, alpha, s, b, x, t):
    """P(buys before dying), for one who is alive at t."""
    return over_beta(r + x, s, lambda u: u / (alpha + t) / (u / (alpha + t) + (1 - u) / (b + t)))


def bg_bb(al, be, ga, de, x, n):
    """P(buys at some opportunity), for one who is alive at the next."""
    return over_beta(al + x, be + n - x, lambda p: over_beta(ga, de + n + 1, lambda q: p / (p + q - p * q)))


def day(k, r, alpha, x, t_x, t, share):
    """The least whole day by which a gap has ended with that chance, given that it has lasted so long."""
    since, shape, rate = t - t_x, r + k * x, alpha + t_x

    def lasts(days):
        """P(the gap is longer), but for a constant: about the rates of those who waited so long"""
        later = rate + since
        return over_gamma(shape, later, lambda L: gammainc(k, L * (since + days), inf, regularized=True) * exp(L * since))

    first = lasts(0)
    below, reached = 0, 1
    while 1 - lasts(reached) / first < share:
        below, reached = reached, 2 * reached
    while reached - below > 1:
        middle = (below + reached) // 2
        if 1 - lasts(middle) / first < share:
            below = middle
        else:
            reached = middle
    return reached


def text(v):
    return nstr(mpf(v), 17)


random.seed(7)
print("/*\n * next_reference.h\n *\t\tMade by next_reference.py in 20-digit arithmetic.\n */")
print("static const struct\n{\n\tTcsBtyd\t\tmodel;\n\tdouble\t\tx,\n\t\t\t\tt_x,\n\t\t\t\tt,\n\t\t\t\tever;\t\t\t/* given alive */\n}\t\t\tever_reference[] = {")
for i in range(8):
    r, alpha, s, b = [mpf(random.uniform(0.2, 5)) for _ in range(4)]
    alpha, b = alpha * 20, b * (300 if i % 4 == 3 else 15)
    x, t = (0, 1, 6, 40)[i % 4], mpf(random.choice((50, 400)))
    t_x = mpf(0) if x == 0 else t * 3 / 4
    print("\t{{TCS_PARETO_NBD, %s, 1.0, 1}, %s}," % (
        ", ".join(map(text, (r, alpha, s, b))), ", ".join(map(text, (x, t_x, t, pareto(r, alpha, s, b, x, t))))))
for i in range(8):
    al, be, ga, de = [mpf(random.uniform(0.3, 4)) for _ in range(4)]
    x, n = ((0, 6), (2, 6), (6, 6), (1, 30))[i % 4]
    if i == 7:
        al, be, ga, de = mpf(3), mpf(30), mpf("1.25"), mpf(60)
    t_x = n if x == n else min(n - 1, 2 * x)
    print("\t{{TCS_BG_BB, %s, 1.0, 1}, %s}," % (
        ", ".join(map(text, (al, be, ga, de))), ", ".join(map(text, (x, t_x, n, bg_bb(al, be, ga, de, x, n))))))
print("};\n")
print("static const struct\n{\n\tTcsBtyd\t\tmodel;\n\tdouble\t\tx,\n\t\t\t\tt_x,\n\t\t\t\tt,\n\t\t\t\tday[3];\t\t\t/* by 0.1, 0.5, 0.9 */\n}\t\t\tnext_reference[] = {")
for i in range(12):
    k = (2, 3, 4, 6, 12)[i % 5]
    r, alpha = mpf(random.uniform(0.4, 8)), mpf(random.uniform(0.5, 60))
    x = (0, 1, 3, 12, 40)[(i // 2) % 5]
    t = mpf(random.choice((60, 200, 700)))
    t_x = mpf(0) if x == 0 else mpf(random.randint(max(1, int(t) // 2), int(t)))
    print("\t{{%s, %s, 1.0, 2.0, 1.0, %d}, %s, {%s}}," % (
        "TCS_MBG_CNBD" if i % 2 == 0 else "TCS_BG_CNBD", ", ".join(map(text, (r, alpha))), k,
        ", ".join(map(text, (x, t_x, t))),
        ", ".join(text(day(k, r, alpha, x, t_x, t, mpf(q))) for q in ("0.1", "0.5", "0.9"))), flush=True)
print("};")
