"""For the unit tests: two databases, models of every shape, and nothing is sent unless a test says where to."""

import os

from .settings import *  # noqa: F403
from .settings import INSTALLED_APPS, database

url = os.environ.get('DATABASE_URL')
DATABASES = {'default': database(url, 'unit'), 'other': database(url, 'unit_other')}
if url:  # the databases of the tests are made from this one
    for each in DATABASES.values():
        each['TEST'] = {'NAME': f'test_{each["NAME"]}_{os.getpid()}'}
INSTALLED_APPS = [*INSTALLED_APPS, 'shapes']
MIDDLEWARE = []
ROOT_URLCONF = 'project.urls'
ALLOWED_HOSTS = ['*']
OFFLOAD = {'MODELS': ['bbs.Topic'], 'TRANSPORT': 'none'}
