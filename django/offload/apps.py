from django.apps import AppConfig
from django.core import checks
from django.core.signals import setting_changed


class OffloadConfig(AppConfig):
    name = 'offload'
    verbose_name = 'Offload'

    def ready(self):
        from . import sending, watch
        from .checks import check_settings

        def configure(**_):
            """Applies the current settings."""
            config = sending.configure()
            watch.watch(config.relations if config else {})

        def on_setting_changed(setting, **_):  # override_settings in a test
            if setting == 'OFFLOAD':
                configure()

        checks.register(check_settings, 'offload')
        setting_changed.connect(on_setting_changed, weak=False, dispatch_uid='offload')
        configure()
