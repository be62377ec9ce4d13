from .conf import read


def check_settings(app_configs, **_):
    """What ``manage.py check`` says of the setting OFFLOAD."""
    return read()[1]
