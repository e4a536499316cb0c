"""Review rings: accounts that review alike on product after product.

reviewer  what an account reviewed, if it reviewed more than once (`acts`)
listing   who met on one product (`meetings`)
peer      whom an account met again and again (`peers`)
group     the graph of such companions, its communities, and whether they act as one (`rings`)

After SynchroTrap (Cao et al., "Uncovering Large Groups of Active Malicious Accounts in Online
Social Networks", CCS 2014), with the marks of Mukherjee et al., "Spotting Fake Reviewer Groups in
Consumer Reviews" (WWW 2012).
"""

from detectors.review_rings.detector import ReviewRings

__all__ = ["ReviewRings"]
