"""cnbd_reference.py > cnbd_reference.h: models of buyers with a rhythm to check against.

The likelihood of one customer by mbg/cnbd-k and bg/cnbd-k, and predictions, in
25-digit arithmetic (python3-mpmath), from the definitions: what one customer does
who passes through the stages at a given rate is integrated over those who differ;
the closed forms that are tested are not used.
"""
import random

from mpmath import cos, exp, expm1, factorial, gammainc, inf, log, loggamma, mp, mpf, nstr, pi, sqrt

mp.dps = 25


def legendre(n):
    """Nodes and weights of Gauss-Legendre quadrature on [0, 1]."""
    found = []
    for i in range(n):
        x = cos(pi * (i + mpf(3) / 4) / (n + mpf(1) / 2))
        for _ in range(8):
            before, at = mpf(1), x
            for m in range(2, n + 1):
                before, at = at, ((2 * m - 1) * x * at - (m - 1) * before) / m
            slope = n * (x * at - before) / (x * x - 1)
            x -= at / slope
        found.append(((1 + x) / 2, 1 / ((1 - x * x) * slope ** 2)))
    return found


NODES = legendre(24)


def over(cuts, weight, f):
    """E[f] under a weight that is not normed; f may return a list."""
    total, sums = mpf(0), None
    for low, high in zip(cuts, cuts[1:]):
        for node, share in NODES:
            u = low + (high - low) * node
            w = weight(u) * share * (high - low)
            values = f(u)
            total += w
            sums = [w * v for v in values] if sums is None else [s + w * v for s, v in zip(sums, values)]
    return [s / total for s in sums]


def over_gamma(k, rate, f):
    """E[f(L)], L ~ Gamma(k, rate)."""
    mode = log(k / rate)
    root = 1 / sqrt(k)
    cuts = [-90 / k, -40 / k, -20 / k, -10 / k, mpf(1), mpf(3)] + [i * root for i in range(-14, 14, 2)]
    cuts = sorted(set(d for d in cuts if -140 / k <= d <= max(6, 13 * root)))
    return over([mode + d for d in cuts], lambda u: exp(k * (u - mode) - k * expm1(u - mode)), lambda u: f(exp(u)))


def over_beta(a, b, f):
    """E[f(p)], p ~ Beta(a, b), by the log-odds."""
    mode = log(a / b)
    cuts = sorted(set([mode - d / a for d in (60, 25, 8, 3)] + [mode + d for d in (-1, 0, 1)] +
                      [mode + d / b for d in (3, 8, 25, 60)]))
    weight = lambda u: exp(a * (u - mode) - (a + b) * log((1 + exp(u)) / (1 + exp(mode))))
    return over(cuts, weight, lambda u: [f(1 / (1 + exp(-u)))])[0]


class Customer:
    def __init__(self, mbg, k, r, alpha, a, b, x, t_x, t):
        self.k, self.r, self.alpha, self.a, self.b = k, r, alpha, a, b
        self.x, self.t_x, self.t = x, t_x, t
        self.since = t - t_x
        self.occasions = x + 1 if mbg else x
        n = self.occasions
        # E[(1 - p)^n], and E[p (1 - p)^(n - 1)], p ~ Beta(a, b)
        self.stays = self.stay(n)
        self.leaves = self.stay(n - 1) - self.stay(n) if n > 0 else mpf(0)
        self.shape, self.rate = r + k * x, alpha + t_x
        # E[L^kx exp(-L t_x)] and what L is like after that; the mean is taken
        # about where it is for those who bought nothing since
        self.bought = loggamma(self.shape) - loggamma(r) + r * log(alpha) - self.shape * log(self.rate)
        self.silent = self.over_rates(lambda rate: [self.silence(rate)])[0]

    def stay(self, n):
        return exp(loggamma(self.b + n) - loggamma(self.b) + loggamma(self.a + self.b) - loggamma(self.a + self.b + n))

    def over_rates(self, f):
        later = self.alpha + self.t
        return [value * (self.rate / later) ** self.shape for value in
                over_gamma(self.shape, later, lambda rate: [v * exp(rate * self.since) for v in f(rate)])]

    def silence(self, rate, longer=0):
        """P(a gap is longer than that since the last purchase)."""
        return gammainc(self.k, rate * (self.since + longer), inf, regularized=True)

    def log_likelihood(self):
        """Without the gaps and gamma(k)."""
        return self.bought + log(self.leaves + self.stays * self.silent)

    def p_alive(self):
        alive = self.stays * self.silent
        return alive / (alive + self.leaves)

    def given_alive(self, f):
        """E[f(rate, odds of the stages passed)], for one who lives."""
        def one(rate):
            v = rate * self.since
            passed = [exp(-v) * v ** j / factorial(j) for j in range(self.k)]
            return f(rate, passed)
        return [value / self.silent for value in self.over_rates(one)]

    def none(self, h):
        return self.over_rates(lambda rate: [self.silence(rate, h)])[0] / self.silent

    def alive_after(self, n):
        """P(alive after n more purchases)"""
        return self.stay(self.occasions + n) / self.stay(self.occasions)

    def purchases(self, h):
        """E[purchases within h], and P(at least n) for n = 1, 2, 4."""
        most = 150
        reach = [self.alive_after(n) for n in range(most)]
        value = [mpf(0)]
        for n in range(most):
            value.append(value[-1] + reach[n])

        def one(rate, passed):
            mean = rate * h
            chance = exp(-mean)
            total = [mpf(0)] * 4
            stages = 0
            while stages < self.k * (most - 1) and not (stages > mean and chance < mpf(10) ** -26):
                for j, weight in enumerate(passed):
                    n = (stages + j) // self.k
                    part = weight * chance
                    total[0] += part * value[n]
                    for i, least in enumerate((1, 2, 4)):
                        if n >= least:
                            total[i + 1] += part * reach[least - 1]
                stages += 1
                chance *= mean / stages
            return total
        return self.given_alive(one)

    def residual(self, discount):
        b = self.b + self.occasions

        def one(rate, passed):
            g = rate / (rate + discount)
            top = sum(weight * g ** -j for j, weight in enumerate(passed))
            return [top * over_beta(self.a, b, lambda p: 1 / (g ** -self.k - 1 + p))]
        return self.given_alive(one)[0]


def cases():
    random.seed(12)
    for i in range(9):
        k = (2, 3, 4, 6, 12)[i % 5]
        x = (0, 1, 3, 12, 40)[(i // 2) % 5]
        t = mpf(random.choice((60, 200, 700)))
        t_x = mpf(0) if x == 0 else mpf(random.randint(max(1, int(t) // 5), int(t)))
        yield (i % 2 == 0, k, mpf(random.uniform(0.4, 8)), mpf(random.uniform(0.5, 60)),
               mpf(random.uniform(0.3, 3)), mpf(random.uniform(0.4, 6)), x, t_x, t)


print("""/*
 * cnbd_reference.h
 *		Made by cnbd_reference.py in 25-digit arithmetic.
 */
static const struct
{
	TcsBtyd		model;
	double		x,
				t_x,
				t,
				log_likelihood,
				p_alive,
				horizon,
				no_purchase,	/* given alive, as is the rest */
				expected,
				at_least[3],	/* 1, 2, 4 */
				residual;		/* at 0.001 a day; NaN: not looked at */
}			reference[] = {""")
for i, (mbg, k, r, alpha, a, b, x, t_x, t) in enumerate(cases()):
    customer = Customer(mbg, k, r, alpha, a, b, x, t_x, t)
    h = mpf((30, 182, 365)[i % 3])
    figures = customer.purchases(h)
    text = lambda v: nstr(v, 19)
    print("\t{{%s, %s, 1.0, %d}, %s, %s, {%s}, %s}," % (
        "TCS_MBG_CNBD" if mbg else "TCS_BG_CNBD", ", ".join(map(text, (r, alpha, a, b))), k,
        ", ".join(map(text, (mpf(x), t_x, t, customer.log_likelihood(), customer.p_alive(), h, customer.none(h)))),
        text(figures[0]), ", ".join(map(text, figures[1:])),
        text(customer.residual(mpf("0.001"))) if i % 3 == 0 else "NAN"), flush=True)
print("};")
