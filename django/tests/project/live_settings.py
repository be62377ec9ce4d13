"""Settings for the tests against the running service: the bulletin board, and models whose deletion cascades to its topics."""

from .settings import *  # noqa: F403
from .settings import INSTALLED_APPS, OFFLOAD

INSTALLED_APPS = [*INSTALLED_APPS, 'shapes']
OFFLOAD = {**OFFLOAD, 'TRANSPORT': 'live.CountingTransport'}
