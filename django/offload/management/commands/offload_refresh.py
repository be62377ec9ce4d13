from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from offload import sending
from offload.changes import relation_named


class Command(BaseCommand):
    help = 'Tells the service that a table changed, and says what it answered.'

    def add_arguments(self, parser):
        parser.add_argument('model', nargs='*', help='Like bbs.Topic; all that OFFLOAD names by default.')

    def handle(self, *, model, **_):
        config = sending.config()
        if config is None:
            raise CommandError('The setting OFFLOAD is wrong: see manage.py check.')
        if config.transport is None:
            raise CommandError("OFFLOAD['TRANSPORT'] is 'none': nothing is sent.")
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
