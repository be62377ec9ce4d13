from pathlib import Path

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.writer import MigrationWriter

import offload
from offload.changes import relation_named

_text = '''"""{label}: the database announces changes itself, from inside the transaction. Made by manage.py offload_trigger.

OFFLOAD['FUNCTION'] is the ARN of the refresh function, where this is migrated; without one nothing is installed, so that the
databases of tests and developers need no extension aws_lambda.
"""

from django.conf import settings
from django.db import migrations

TABLE = {table!r}

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
        cursor.execute('SELECT offload.install(%s::regclass, %s)', [TABLE, function])


def remove(apps, schema_editor):
    if schema_editor.connection.vendor != 'postgresql':
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('offload.uninstall(regclass)')")
        if cursor.fetchone()[0] is not None:
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            cursor.execute('SELECT offload.uninstall(%s::regclass)', [TABLE])


class Migration(migrations.Migration):
    dependencies = [{dependency!r}]
    operations = [migrations.RunPython(install, remove)]
'''


class Command(BaseCommand):
    help = 'Writes a migration that installs the trigger in the database, which sees every change.'

    def add_arguments(self, parser):
        parser.add_argument('model', help='Like bbs.Topic; OFFLOAD must name it.')
        parser.add_argument('--dry-run', action='store_true', help='Shows the migration, and writes nothing.')

    def handle(self, *, model, dry_run, **_):
        try:
            model = apps.get_model(model)
            relation = relation_named(model)
        except (LookupError, ValueError) as error:
            raise CommandError(str(error)) from error
        if relation is None:
            raise CommandError('The setting OFFLOAD is wrong: see manage.py check.')
        app = model._meta.concrete_model._meta.app_label
        leaves = MigrationLoader(None).graph.leaf_nodes(app)
        if len(leaves) != 1:
            raise CommandError(f'The app {app} has {len(leaves)} last migrations; it must have one.')
        text = _text.format(
            label=model._meta.label,
            table='.'.join('"{}"'.format(part.replace('"', '""')) for part in relation),
            sql=(Path(offload.__file__).parent / 'offload.sql').read_text(encoding='utf-8'),
            dependency=leaves[0],
        )
        if dry_run:
            self.stdout.write(text)
            return
        last = leaves[0][1].split('_')[0]
        name = f'{int(last) + 1 if last.isdigit() else 1:04}_offload_{model._meta.model_name}_trigger'
        path = Path(MigrationWriter(Migration(name, app)).path)
        path.write_text(text, encoding='utf-8')
        self.stdout.write(f'{path}: set OFFLOAD["FUNCTION"] to the ARN of the refresh function, and migrate.')
