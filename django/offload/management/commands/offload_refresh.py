from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from offload import sending
from offload.changes import relation_named


class Command(BaseCommand):
    help = 'Announce a change of each table to the service, and print the answers.'

    def add_arguments(self, parser):
        parser.add_argument('model', nargs='*', help="Such as bbs.Topic. Default: all of OFFLOAD['MODELS'].")

    def handle(self, *, model, **_):
        config = sending.config()
        if config is None:
            raise CommandError('The setting OFFLOAD is invalid: run manage.py check.')
        if config.transport is None:
            raise CommandError("OFFLOAD['TRANSPORT'] is 'none', so nothing was sent: choose a transport.")
        try:
            relations = [relation_named(apps.get_model(label)) for label in model]
        except (LookupError, ValueError) as error:
            raise CommandError(str(error)) from error
        transport = config.transport(config)
        for relation in relations or config.relations.values():
            try:
                answer = transport.send(sending.event_of(relation, 'UPDATE'), config.timeout)
            except Exception as error:
                raise CommandError(f'{relation}: {error or type(error).__name__}') from error
            self.stdout.write(f'{relation}: {answer}')
