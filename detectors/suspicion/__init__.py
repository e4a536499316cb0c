"""How suspicious each review is by itself: the scores of `starwatch replay --scores`.

author   what else the author of a review wrote, and when (`author`)
review   how the review stands on its product's page in those days; what both amount to (`model`)
life     what all there is up to a moment shows of its author and its page: counted by who scores

No part of any case, and not in the catalogue: it runs only when scores are asked for.
"""

from detectors.suspicion.detector import Suspicion

__all__ = ["Suspicion"]
