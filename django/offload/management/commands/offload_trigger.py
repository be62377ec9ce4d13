from pathlib import Path

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.writer import MigrationWriter

import offload
from offload import sending
from offload.changes import relation_named

_text = '''"""{labels}: the database announces changes itself, from inside the transaction. Made by manage.py offload_trigger.

OFFLOAD['FUNCTION'] is the ARN of the refresh function, where this is migrated; without one nothing is installed, so that the
databases of tests and developers need no extension aws_lambda.
"""

from django.conf import settings
from django.db import migrations

TABLES = {tables!r}

FUNCTIONS = r"""
{sql}"""


def install(apps, schema_editor):
    function = settings.OFFLOAD.get('FUNCTION', '')
    if schema_editor.connection.vendor != 'postgresql' or not function.startswith('arn:'):
        return
    with schema_editor.connection.cursor() as cursor:
        # Whoever waits for the table makes all that come after wait too.
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        cursor.execute(FUNCTIONS)
        for table in TABLES:
            cursor.execute('SELECT offload.install(%s::regclass, %s)', [table, function])


def remove(apps, schema_editor):
    if schema_editor.connection.vendor != 'postgresql':
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('offload.uninstall(regclass)')")
        if cursor.fetchone()[0] is not None:
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            for table in TABLES:
                cursor.execute('SELECT offload.uninstall(%s::regclass)', [table])


class Migration(migrations.Migration):
    dependencies = {dependencies!r}
    operations = [migrations.RunPython(install, remove)]
'''


class Command(BaseCommand):
    help = 'Writes a migration that installs the trigger in the database, which sees every change.'

    def add_arguments(self, parser):
        parser.add_argument('model', nargs='*', help="Like bbs.Topic; all of OFFLOAD['MODELS'] by default.")
        parser.add_argument('--dry-run', action='store_true', help='Shows the migration, and writes nothing.')

    def handle(self, *, model, dry_run, **_):
        config = sending.config()
        if config is None:
            raise CommandError('The setting OFFLOAD is wrong: see manage.py check.')
        try:
            models = [apps.get_model(label) for label in model or config.relations]
            relations = [relation_named(each) for each in models]
        except (LookupError, ValueError) as error:
            raise CommandError(str(error)) from error
        # The migration is the first model's app's, and comes after those that make the tables of the others.
        labels = list(dict.fromkeys(each._meta.concrete_model._meta.app_label for each in models))
        graph = MigrationLoader(None).graph
        dependencies = []
        for app in labels:
            leaves = graph.leaf_nodes(app)
            if len(leaves) != 1:
                raise CommandError(f'The app {app} has {len(leaves)} last migrations; it must have one.')
            dependencies += leaves
        text = _text.format(
            labels=', '.join(each._meta.label for each in models),
            tables=['.'.join('"{}"'.format(part.replace('"', '""')) for part in each) for each in relations],
            sql=(Path(offload.__file__).parent / 'offload.sql').read_text(encoding='utf-8'),
            dependencies=dependencies,
        )
        if dry_run:
            self.stdout.write(text)
            return
        last = dependencies[0][1].split('_')[0]
        name = f'{int(last) + 1 if last.isdigit() else 1:04}_offload_triggers'
        path = Path(MigrationWriter(Migration(name, labels[0])).path)
        path.write_text(text, encoding='utf-8')
        self.stdout.write(f'{path}: set OFFLOAD["FUNCTION"] to the ARN of the refresh function, and migrate.')
