"""Settings for the unit tests: two databases, models of every shape, and no transport unless a test sets one."""

import os

from .settings import *  # noqa: F403
from .settings import INSTALLED_APPS, database

url = os.environ.get('DATABASE_URL')
DATABASES = {'default': database(url, 'unit'), 'other': database(url, 'unit_other')}
if url:  # the test databases are created on this server
    for each in DATABASES.values():
        each['TEST'] = {'NAME': f'test_{each["NAME"]}_{os.getpid()}'}
INSTALLED_APPS = [*INSTALLED_APPS, 'shapes']
MIDDLEWARE = []
ROOT_URLCONF = 'project.urls'
ALLOWED_HOSTS = ['*']
OFFLOAD = {'MODELS': ['bbs.Topic'], 'TRANSPORT': 'none'}
