"""A carrier in a box: Twilio's REST API, its webhooks, phones on a web page, and people who answer.

For demonstrations, rehearsals and tests. It imports nothing of the product: it counts segments, signs
requests and reads prompts by its own rules, so that a mistake on one side is seen by the other.
"""

from .carrier import Carrier
from .server import create_app

__all__ = ["Carrier", "create_app"]
