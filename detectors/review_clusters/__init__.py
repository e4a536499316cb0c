"""Incentivised-review clusters: reviews of one product that were given something for being written.

product   what the reviews of one product have in common (`local`)
reviewer  what each of their authors does elsewhere (`history`)
listing   whose product it is; both together become a case (`verdict`)
"""

from detectors.review_clusters.detector import ReviewClusters

__all__ = ["ReviewClusters"]
