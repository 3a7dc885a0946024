from __future__ import annotations

from collections.abc import Iterator

import pytest

from followup.simulator import Carrier

from .bench import CLINIC, PUBLIC, SID, TOKEN, Bench, Clock, Product, client_for, serve


@pytest.fixture
def bench() -> Iterator[Bench]:
    """The carrier on a virtual clock, a product on a real port, Twilio's own client between them."""
    product, clock = Product(), Clock()
    url, stop = serve(product.app())
    product.url = url
    carrier = Carrier(account_sid=SID, auth_token=TOKEN, now=clock, public_url=PUBLIC, deliver_to=url, seed=7)
    carrier.add_number(
        CLINIC, sms_url=f"{PUBLIC}/sms", voice_url=f"{PUBLIC}/voice", voice_status=f"{PUBLIC}/voice/status"
    )
    port = carrier.serve()
    yield Bench(carrier, product, clock, client_for(port), port)
    carrier.stop()
    stop()
