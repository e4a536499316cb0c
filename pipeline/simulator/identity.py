"""Opaque ids: hashes of the seed and a name: no role and no order shows in them."""

from __future__ import annotations

from base64 import b32encode
from hashlib import blake2b


class Identity:
    """Ids of one world. Every kind has one format, whoever it is for."""

    def __init__(self, seed: int) -> None:
        self._salt = f"starwatch/{seed}/".encode()
        self._serial = 0

    def _digest(self, name: str) -> bytes:
        return blake2b(self._salt + name.encode(), digest_size=20).digest()

    def account(self, *name: object) -> str:
        """The id of a buyer, an owner, staff or a partner: no kind can be told from another."""
        return "A" + b32encode(self._digest(f"account/{name}"))[:13].decode()

    def seller(self, *name: object) -> str:
        """The id of a seller."""
        return "S" + b32encode(self._digest(f"seller/{name}"))[:13].decode()

    def product(self, *name: object) -> str:
        """The id of a product, as long as the ones shoppers know."""
        return "B0" + b32encode(self._digest(f"product/{name}"))[:9].decode()

    def identifier(self, *name: object) -> str:
        """The opaque hash of a device, an address and so on."""
        return self._digest(f"identifier/{name}").hex()[:32]

    def _next(self, kind: str) -> bytes:
        self._serial += 1
        return self._digest(f"{kind}/{self._serial}")

    def event(self) -> str:
        """A fresh event id."""
        return self._next("event").hex()[:24]

    def review(self) -> str:
        """A fresh review id."""
        return "R" + b32encode(self._next("review"))[:13].decode()

    def message(self) -> str:
        """A fresh message id."""
        return "M" + b32encode(self._next("message"))[:13].decode()

    def order(self) -> str:
        """A fresh order id, in the familiar three groups of digits."""
        digits = f"{int.from_bytes(self._next('order'), 'big') % 10**17:017d}"
        return f"{digits[:3]}-{digits[3:10]}-{digits[10:]}"
