"""What gunicorn imports: the app made from the environment."""

from followup.clock import utc_now
from followup.config import WEB, Settings
from followup.setup import open_for_work
from webhooks.app import create_app

_settings = Settings.from_env(WEB)
app = create_app(_settings, open_for_work(_settings), utc_now)
