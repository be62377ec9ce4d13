"""A project whose tables the service serves. Reads USE_TZ and TIME_ZONE from the environment."""

import os

from .settings import *  # noqa: F403

INSTALLED_APPS = ['django.contrib.contenttypes', 'django.contrib.auth', 'django.contrib.postgres', 'shop', 'offload']
SILENCED_SYSTEM_CHECKS = ['fields.W905', 'fields.W906', 'fields.W907']
USE_TZ = os.environ.get('USE_TZ', '1') == '1'
TIME_ZONE = os.environ.get('TIME_ZONE', 'UTC')
OFFLOAD = {'MODELS': ['shop.Category', 'shop.Article'], 'TRANSPORT': 'none'}
