"""Every detector there is, in the order of the catalogue."""

from __future__ import annotations

from detectors.api import Detector
from detectors.compensation import Compensation
from detectors.review_clusters import ReviewClusters
from detectors.review_requests import ReviewRequests
from detectors.review_rings import ReviewRings
from detectors.seller_graph import SellerGraph
from detectors.seller_messages import SellerMessages
from detectors.variations import Variations
from detectors.vote_bursts import VoteBursts

DETECTORS: tuple[type[Detector], ...] = (
    Compensation,
    ReviewClusters,
    ReviewRequests,
    ReviewRings,
    SellerGraph,
    SellerMessages,
    Variations,
    VoteBursts,
)
