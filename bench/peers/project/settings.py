"""The settings that the peers need: no middleware, no sessions, one persistent connection."""

import os
from urllib.parse import urlsplit

url = urlsplit(os.environ['DATABASE_URL'])

SECRET_KEY = 'of a benchmark, which keeps no secret'
ALLOWED_HOSTS = ['*']
DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        **{'HOST': url.hostname, 'PORT': url.port, 'NAME': url.path[1:]},
        **{'USER': url.username, 'PASSWORD': url.password},
        'CONN_MAX_AGE': None,
    }
}
DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'
INSTALLED_APPS = ['bbs', 'django_filters', 'rest_framework']
ROOT_URLCONF = 'rest'
USE_TZ = True
TIME_ZONE = 'UTC'

REST_FRAMEWORK = {
    'DEFAULT_AUTHENTICATION_CLASSES': [],
    'DEFAULT_PERMISSION_CLASSES': [],
    'DEFAULT_RENDERER_CLASSES': ['rest_framework.renderers.JSONRenderer'],
    'UNAUTHENTICATED_USER': None,
}
