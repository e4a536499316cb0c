"""Vote bursts: Helpful, Not helpful and Report abuse clicks that were bought or ordered.

product   votes that the traffic does not explain, in bursts or over months (`local`, `windows`)
reviewer  what each voter is like and where else it turns up, beside a control group (`voters`)
listing   whose product it is, and with which other targets it shares voters (`targets`)
campaign  both ends of those links together become a finding (`verdict`)
"""

from detectors.vote_bursts.detector import VoteBursts

__all__ = ["VoteBursts"]
