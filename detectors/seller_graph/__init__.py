"""The reviewer-seller graph: who is tied to a seller, and what they do to its and rivals' reviews.

account     what an account is to sellers, where it lives (`identity`)
identifier  who shares it with a seller's people (`identity`)
reviewer    its reviews and votes, with its ties at that time (`acts`)
listing     whose product each is about, and what the review voted on says (`listing`)
seller      the graph of its neighbourhood (`graph`), judged (`verdict`)
"""

from detectors.seller_graph.detector import SellerGraph

__all__ = ["SellerGraph"]
