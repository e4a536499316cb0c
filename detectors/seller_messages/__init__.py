"""What is written: messages, package inserts and reviews that show a clause, gathered by seller.

thread    what neighbouring messages show together, and what their buyer had asked for
wording   who else writes the same words
listing   reviews that tell of a clause find the seller of their product
seller    what was written in a month, clause by clause, becomes a finding
"""

from detectors.seller_messages.detector import SellerMessages

__all__ = ["SellerMessages"]
