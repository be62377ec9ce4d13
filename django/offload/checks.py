from .conf import read


def check_settings(app_configs, **_):
    """The problems of the setting OFFLOAD, for ``manage.py check``."""
    return read()[1]
