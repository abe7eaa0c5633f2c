"""ristretto255 by RFC 9496 in plain big integers: slow, not in constant time, for known answers alone."""

from __future__ import annotations

from typing import NamedTuple, Tuple

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Order of the group, a prime (RFC 9496, section 4)."""

D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


class Edwards(NamedTuple):
    """A point of -x^2 + y^2 = 1 + d x^2 y^2 in affine coordinates."""

    x: int
    y: int


NEUTRAL = Edwards(0, 1)


def add(a: Edwards, b: Edwards) -> Edwards:
    """The complete addition law."""
    product = D * a.x * b.x * a.y * b.y % P
    x = (a.x * b.y + a.y * b.x) * pow(1 + product, -1, P) % P
    y = (a.y * b.y + a.x * b.x) * pow(1 - product, -1, P) % P
    return Edwards(x, y)


def multiply(scalar: int, point: Edwards) -> Edwards:
    """``scalar`` times a point, by doubling and adding; ``scalar`` is at least 0."""
    result = NEUTRAL
    for bit in f"{scalar:b}":
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def _negative(value: int) -> bool:
    """RFC 9496, section 3.1: IS_NEGATIVE."""
    return value % P % 2 == 1


def _abs(value: int) -> int:
    return -value % P if _negative(value) else value % P


def _sqrt_ratio(u: int, v: int) -> Tuple[bool, int]:
    """RFC 9496, section 4.2: SQRT_RATIO_M1."""
    r = u * v**3 * pow(u * v**7, (P - 5) // 8, P) % P
    check = v * r * r % P
    correct, flipped, flipped_i = check == u % P, check == -u % P, check == -u * SQRT_M1 % P
    if flipped or flipped_i:
        r = r * SQRT_M1 % P
    return correct or flipped, _abs(r)


INVSQRT_A_MINUS_D = _sqrt_ratio(1, -1 - D)[1]
SQRT_AD_MINUS_ONE = P - _sqrt_ratio(-D - 1, 1)[1]
"""The odd root, as RFC 9496, section 4.1, states it."""


def encode(point: Edwards) -> bytes:
    """RFC 9496, section 4.3.2, with z = 1."""
    x, y, t = point.x, point.y, point.x * point.y % P
    u1, u2 = (1 + y) * (1 - y) % P, t
    _, inverse = _sqrt_ratio(1, u1 * u2 * u2)
    den1, den2 = inverse * u1 % P, inverse * u2 % P
    z_inverse = den1 * den2 * t % P
    rotate = _negative(t * z_inverse)
    if rotate:
        x, y, den = y * SQRT_M1 % P, x * SQRT_M1 % P, den1 * INVSQRT_A_MINUS_D % P
    else:
        den = den2
    if _negative(x * z_inverse):
        y = -y % P
    return _abs(den * (1 - y)).to_bytes(32, "little")


def decode(data: bytes) -> Edwards:
    """RFC 9496, section 4.3.1; a ``ValueError`` where it refuses."""
    s = int.from_bytes(data, "little")
    if len(data) != 32 or s >= P or _negative(s):
        raise ValueError(f"not a canonical encoding: {data.hex()}")
    u1, u2 = (1 - s * s) % P, (1 + s * s) % P
    v = (-D * u1 * u1 - u2 * u2) % P
    square, inverse = _sqrt_ratio(1, v * u2 * u2)
    den_x = inverse * u2 % P
    den_y = inverse * den_x * v % P
    x, y = _abs(2 * s * den_x), u1 * den_y % P
    if not square or _negative(x * y) or y == 0:
        raise ValueError(f"not an element: {data.hex()}")
    return Edwards(x, y)


def derive(uniform: bytes) -> Edwards:
    """RFC 9496, section 4.3.4: an element from 64 uniform bytes."""
    return add(_map(uniform[:32]), _map(uniform[32:]))


def _map(data: bytes) -> Edwards:
    """RFC 9496, section 4.3.4: MAP."""
    t = (int.from_bytes(data, "little") & (2**255 - 1)) % P
    r = SQRT_M1 * t * t % P
    u = (r + 1) * (1 - D * D) % P
    v = (-1 - r * D) * (r + D) % P
    square, s = _sqrt_ratio(u, v)
    c = P - 1
    if not square:
        s, c = -_abs(s * t) % P, r
    n = (c * (r - 1) * (D - 1) ** 2 - v) % P
    w0, w1, w2, w3 = 2 * s * v, n * SQRT_AD_MINUS_ONE, 1 - s * s, 1 + s * s
    return Edwards(w0 * pow(w1, -1, P) % P, w2 * pow(w3, -1, P) % P)


GENERATOR = decode(bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"))
"""RFC 9496, section 4: the element that holds the base point of edwards25519."""
