"""Money that follows what a buyer wrote: refunds after praise, and after a change of mind.

reviewer  each gift of money meets what its buyer had written about the product
market    how many sellers' gifts meet praise or a change, for want of a seller's own history
seller    a seller's gifts over some months become findings
"""

from detectors.compensation.detector import Compensation

__all__ = ["Compensation"]
