"""What a replicate draws (METHODS C0.1, C1, C4; SOLVERS 6): functions of (seed, replicate, item, purpose)."""

from fractions import Fraction

import numpy as np

PRODUCT_WEIGHTS, CELL_NOISE, LOCATION_NOISE, PRODUCT_NOISE, LOCATION_WEIGHTS = 1, 2, 3, 4, 7  # purposes
BAYESIAN_UNIT = 2.0**-20
LOW = np.uint64(0xFFFFFFFF)


def philox(counter, key):
    """Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011). counter: four arrays of words; key: two words. Four arrays."""
    c = [np.asarray(word, dtype=np.uint64) for word in counter]
    k0, k1 = key
    for _ in range(10):
        first, second = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(second >> np.uint64(32)) ^ c[1] ^ np.uint64(k0), second & LOW,
             (first >> np.uint64(32)) ^ c[3] ^ np.uint64(k1), first & LOW]
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return c


def words(seed, replicate, items, purpose, attempt=0):
    """The 32-bit word of each item: word item % 4 of block item / 4."""
    items = np.asarray(items, dtype=np.uint64)
    block = (items // np.uint64(4)) & LOW
    full = np.full(items.shape, 0, dtype=np.uint64)
    four = philox((full + np.uint64(replicate % 2**32), full + np.uint64(replicate // 2**32), block,
                   full + np.uint64(purpose | attempt << 16)), (seed % 2**32, seed // 2**32))
    return np.choose((items % np.uint64(4)).astype(int), four)


def uniform(word):
    """In (0, 1)."""
    return (word.astype(np.float64) + 0.5) * 2.0**-32


def multinomial(seed, replicate, n, purpose):
    """n indices below n, without bias: item i redraws where the low word of word x n falls short of 2^32 mod n."""
    items = np.arange(n)
    scaled = words(seed, replicate, items, purpose) * np.uint64(n)
    short = np.uint64(2**32 % n)
    attempt = 0
    while ((scaled & LOW) < short).any():
        attempt += 1
        again = (scaled & LOW) < short
        scaled[again] = words(seed, replicate, items[again], purpose, attempt) * np.uint64(n)
    return np.bincount((scaled >> np.uint64(32)).astype(int), minlength=n)


def poisson_cuts():
    """floor(2^32 P(count <= k)), k = 0..12, in exact fractions; e^-1 to forty digits."""
    e_inverse = Fraction(3678794411714423215955237701614608674458, 10**40)
    cuts, term, below = [], Fraction(1), Fraction(1)
    for k in range(13):
        if k > 0:
            term /= k
            below += term
        cuts.append(int(below * e_inverse * 2**32))
    return np.array(cuts, dtype=np.uint64)


POISSON_CUTS = poisson_cuts()


def weights(law, seed, replicate, item, purpose):
    """Integers >= 0, one a product or location of the year. Bayesian weights are in units of BAYESIAN_UNIT."""
    if law == "multinomial":
        return multinomial(seed, replicate, len(item), purpose).astype(np.int64)
    word = words(seed, replicate, item, purpose)
    if law == "poisson":
        return (word[:, None] >= POISSON_CUTS[None, :]).sum(axis=1).astype(np.int64)
    return np.floor(-np.log(uniform(word)) / BAYESIAN_UNIT + 0.5).astype(np.int64)


def normals(seed, replicate, items, purpose):
    """Box and Muller (1958): items 4 b, 4 b + 1 are cosine and sine of words 0, 1 of block b; the next two of 2, 3."""
    items = np.asarray(items, dtype=np.uint64)
    pair = items - items % np.uint64(2)
    radius = np.sqrt(-2.0 * np.log(uniform(words(seed, replicate, pair, purpose))))
    angle = 2.0 * np.pi * uniform(words(seed, replicate, pair + np.uint64(1), purpose))
    return radius * np.where(items % np.uint64(2) == 0, np.cos(angle), np.sin(angle))


def noise_factors(seed, replicate, year, sigma, rho_location, rho_product):
    """exp(sigma (sqrt(rho_c) a_c + sqrt(rho_p) b_p + sqrt(1 - rho_c - rho_p) e_cp)), [C, P]."""
    location, product = np.asarray(year.location_item), np.asarray(year.product_item)
    a = normals(seed, replicate, location, LOCATION_NOISE) if rho_location > 0 else np.zeros(len(location))
    b = normals(seed, replicate, product, PRODUCT_NOISE) if rho_product > 0 else np.zeros(len(product))
    e = normals(seed, replicate, product[None, :] * year.panel_locations + location[:, None], CELL_NOISE)
    return np.exp(sigma * (np.sqrt(rho_location) * a[:, None] + np.sqrt(rho_product) * b[None, :] +
                           np.sqrt(max(0.0, 1.0 - rho_location - rho_product)) * e))
