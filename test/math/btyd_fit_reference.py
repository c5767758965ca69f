"""btyd_fit_reference.py > btyd_fit_reference.h: likelihoods to check against.

The likelihood of one customer in 40-digit arithmetic (python3-mpmath), from the
definitions: what happens given the customer's rate and dropout is integrated
over the population numerically; the closed forms that are tested are not used.
Also digamma, trigamma and ln of rising factorials.
"""
import random

from mpmath import beta, digamma, e, exp, gamma, inf, log, loggamma, mp, mpf, nstr, psi, quad

mp.dps = 40


def mean_over_rates(r, alpha, x, t):
    """E[L^x exp(-L t)], L ~ Gamma(r, alpha), as ln."""
    # the integrand peaks near (r + x) / (alpha + t)
    peak = (r + x) / (alpha + t)
    wide = [peak * f for f in (mpf(1) / 4, 1, 2, 4)]
    scale = r * log(alpha) - loggamma(r)
    low = (r + x - 1) * log(peak) - (alpha + t) * peak
    # near 0 substitute u = L^(r + x), which takes the singularity away
    k = r + x
    bound = wide[0]
    part = quad(lambda u: exp(-(alpha + t) * u ** (1 / k) - low) / k, [0, bound ** k])
    rest = quad(lambda v: exp((k - 1) * log(v) - (alpha + t) * v - low), wide + [peak * 10, peak * 40, inf])
    return scale + low + log(part + rest)


def mean_over_dropouts(a, b, deaths, lives):
    """E[p^deaths (1-p)^lives], p ~ Beta(a, b)."""
    # substitutions that take the singularities at 0 and 1 away; quad's idea of
    # precision is absolute, so that the integrand must be of the order of 1
    a, b = a + deaths, b + lives
    scale = beta(a, b)
    mean = a / (a + b)
    half = mpf(1) / 2
    low, high = min(a, 1), min(b, 1)
    cuts = [mean * f for f in (half, 1, 2, 4) if mean * f < half]
    left = quad(lambda u: u ** ((a - low) / low) * (1 - u ** (1 / low)) ** (b - 1) / low / scale,
                [0] + [c ** low for c in cuts] + [half ** low])
    right = quad(lambda u: u ** ((b - high) / high) * (1 - u ** (1 / high)) ** (a - 1) / high / scale,
                 [0, half ** high / 4, half ** high])
    return (left + right) * scale / beta(a - deaths, b - lives)


def beta_geometric(r, alpha, a, b, x, t_x, t, modified):
    lives = x + 1 if modified else x
    alive = mean_over_rates(r, alpha, x, t) + log(mean_over_dropouts(a, b, 0, lives))
    if lives == 0:
        return alive
    dead = mean_over_rates(r, alpha, x, t_x) + log(mean_over_dropouts(a, b, 1, lives - 1))
    return log(exp(alive - dead) + 1) + dead


def pareto(r, alpha, s, beta_, x, t_x, t):
    """The time of death is integrated over; rates by their Laplace transforms."""
    def density(y):
        return exp(-(r + x) * log(alpha + y) - (s + 1) * log(beta_ + y) - low)
    low = -(r + x) * log(alpha + t_x) - (s + 1) * log(beta_ + t_x)
    alive = exp(-(r + x) * log(alpha + t) - s * log(beta_ + t) - low)
    points = [t_x]
    step = (t - t_x) / mpf(2) ** 24
    while step and points[-1] + step < t:
        points.append(points[-1] + step)
        step *= 2
    dead = s * quad(density, points + [t]) if t > t_x else 0
    return (loggamma(r + x) - loggamma(r) + r * log(alpha) + s * log(beta_) +
            log(alive + dead) + low)


def exact(value):
    """A double, and the same number in full precision."""
    return mpf(float(value))


def cases():
    random.seed(20)
    for _ in range(60):
        r, a, b = (exact(e ** random.uniform(-2.5, 2)) for _ in range(3))
        alpha = exact(e ** random.uniform(-1, 5))
        x = random.choice([0, 0, 1, 2, 3, 7, 20, 100])
        t = exact(round(e ** random.uniform(1, 8)))
        t_x = exact(round(t * random.uniform(0, 1))) if x else mpf(0)
        yield r, alpha, a, b, x, t_x, t
    f = lambda *v: tuple(exact(w) for w in v)
    yield f(0.25, 4.4, 0.8, 2.4, 0, 0, 0)
    yield f(0.25, 4.4, 0.8, 2.4, 3, 39, 39)
    yield f(0.25, 4.4, 0.8, 2.4, 2000, 1, 300)
    yield f(0.25, 4.4, 0.8, 2.4, 170, 160, 10000)
    yield f(1, 30, 1, 1, 300, 5000, 5200)
    yield f(0.01, 0.01, 0.01, 0.01, 1, 3, 4000)
    yield f(50, 7, 30, 200, 40, 20, 40)
    yield f(0.5, 1000, 0.6, 0.01, 5, 100, 900)
    yield f(0.5, 0.01, 0.6, 1000, 5, 100, 900)


def row(*values):
    return "\t{" + ", ".join(v if isinstance(v, str) else nstr(v, 19, strip_zeros=True) for v in values) + "},"


print("""/*
 * btyd_fit_reference.h
 *		Made by btyd_fit_reference.py in 40-digit arithmetic.
 */
static const struct
{
	TcsBtydFamily family;
	double		p[4],
				x,
				t_x,
				t,
				log_likelihood;
}			reference[] = {""")
for case in cases():
    p = "{" + ", ".join(nstr(v, 19) for v in case[:4]) + "}"
    print(row("TCS_MBG_NBD", p, *case[4:], beta_geometric(*case, True)))
    print(row("TCS_BG_NBD", p, *case[4:], beta_geometric(*case, False)))
    print(row("TCS_PARETO_NBD", p, *case[4:], pareto(*case)))
print("""};

static const struct
{
	double		x,
				digamma,
				trigamma;
}			derivative[] = {""")
for v in ("1e-300", "1e-8", "0.001", "0.3", "1", "1.5", "2", "7.25", "11.9999", "12", "30", "1e5", "1e15", "1e300"):
    x = exact(v)
    second = psi(1, x)
    print(row(x, digamma(x), second if second < mpf(10) ** 308 else "INFINITY"))
print("""};

static const struct
{
	double		x,
				n,
				log_rising;
}			rising[] = {""")
for x, n in (("1e-8", 1), ("1e-8", 5), ("0.3", 1000), ("7", 2), ("11.5", 1), ("12", 3), ("20", 1000), ("1e5", 1),
             ("1e5", 3), ("1e6", 1000000), ("1e12", 2), ("0.5", 2147483647)):
    x, n = exact(x), exact(n)
    print(row(x, n, loggamma(x + n) - loggamma(x)))
print("};")
