"""What gunicorn imports: the app made from the environment."""

from followup.clock import utc_now
from followup.config import WEB, Settings
from followup.logs import set_up_logs
from followup.memory import keep_what_is_loaded
from followup.setup import open_for_work
from webhooks.app import create_app

_settings = Settings.from_env(WEB)
set_up_logs(_settings.log_level, _settings.log_format)
app = create_app(_settings, open_for_work(_settings), utc_now)
keep_what_is_loaded()
