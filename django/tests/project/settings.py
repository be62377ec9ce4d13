"""A bulletin board, whose tables are in the demo database. Reads DATABASE_URL, OFFLOAD_URL and OFFLOAD_TOKEN."""

import os
from urllib.parse import unquote, urlsplit


def database(url, name=None):
    if not url:
        return {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}
    parts = urlsplit(url)
    return {
        'ENGINE': 'django.db.backends.postgresql',
        'HOST': parts.hostname,
        'PORT': parts.port or 5432,
        'USER': unquote(parts.username or ''),
        'PASSWORD': unquote(parts.password or ''),
        'NAME': name or parts.path[1:],
    }


SECRET_KEY = 'of a test project, which keeps no secret'
DATABASES = {'default': database(os.environ.get('DATABASE_URL'))}
DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'
INSTALLED_APPS = ['django.contrib.contenttypes', 'bbs', 'offload']
USE_TZ = True
TIME_ZONE = 'UTC'

OFFLOAD = {
    'MODELS': ['bbs.Topic'],
    'URL': os.environ.get('OFFLOAD_URL', 'http://127.0.0.1:3000/refresh/'),
    'TOKEN': os.environ.get('OFFLOAD_TOKEN', 'local-refresh-token'),
}
