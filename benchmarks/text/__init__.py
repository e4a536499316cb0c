"""How well texts are read: on the built corpus, on the held-out one, and how fast."""
