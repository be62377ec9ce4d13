from django.apps import apps
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections, router

from offload import conf, sending


class Command(BaseCommand):
    help = 'Check the settings, the tables, and the connection to the service: announces one change of each table.'
    requires_system_checks = []  # the command prints the problems itself

    def handle(self, **_):
        config, problems = conf.read()
        for problem in problems:
            self.stderr.write(str(problem))
        if config is None:
            raise CommandError('The setting OFFLOAD is invalid: correct the errors above.')
        self.stdout.write('settings: valid')
        for label, relation in config.relations.items():
            model = apps.get_model(label)
            self.stdout.write(f'table: {model._meta.label} is {_found(model, relation)}')
        if config.transport is None:
            self.stdout.write("service: not checked, because OFFLOAD['TRANSPORT'] is 'none'")
        else:
            sending.configure()
            call_command('offload_refresh', stdout=self.stdout)


def _found(model, relation):
    """The schema, table and database, if they match the events. @raises CommandError"""
    alias = router.db_for_write(model)
    connection = connections[alias]
    try:
        with connection.cursor() as cursor:
            if connection.vendor == 'postgresql':
                cursor.execute(
                    'SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace'
                    ' WHERE c.oid = to_regclass(%s)',
                    [connection.ops.quote_name(model._meta.db_table)],
                )
                row = cursor.fetchone()
                schema = row and row[0]
            else:
                names = connection.introspection.table_names(cursor)
                schema = relation.schema if model._meta.db_table in names else None
    except DatabaseError as error:
        raise CommandError(f'table: the database {alias!r} cannot be read: {error}') from error
    if schema is None:
        raise CommandError(f'table: {relation} is not in the database {alias!r}: run migrate.')
    if schema != relation.schema:
        raise CommandError(
            f'table: {model._meta.label} is in the schema {schema!r}, but its events would name {relation}:'
            " set OFFLOAD['SCHEMA']."
        )
    return f'{relation} in the database {alias!r}'
