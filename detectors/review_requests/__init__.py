"""Who is asked for a review: everybody, or the happy alone.

seller  requests, what buyers wrote before them and who was never asked become findings
"""

from detectors.review_requests.detector import ReviewRequests

__all__ = ["ReviewRequests"]
