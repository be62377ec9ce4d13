import difflib
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, router

from offload import tables


class Command(BaseCommand):
    help = "Writes the files that tell the service of these models' tables: columns, key and relation."

    def add_arguments(self, parser):
        parser.add_argument(
            'model', nargs='*', help="Like shop.Article, or articles=shop.Article; all of OFFLOAD['MODELS'] by default."
        )
        parser.add_argument('--output', required=True, help="The service's folder tables/.")
        parser.add_argument('--using', help='The alias of the database, where no router says it.')
        parser.add_argument('--check', action='store_true', help='Writes nothing; ends with 1 and says what differs.')

    def handle(self, *, model, output, using, check, **_):
        offload = getattr(settings, 'OFFLOAD', None)
        offload = offload if isinstance(offload, dict) else {}
        folder = Path(output)
        if not folder.is_dir():
            raise CommandError(f'{folder} is no folder: name the folder tables/ of the service.')
        try:
            named = _named(model or offload.get('MODELS', []))
            files = {}
            for name, one in named.items():
                connection = connections[using or router.db_for_read(one)]
                lines = tables.describe(one, offload.get('SCHEMA', 'public'), connection)
                path = folder / f'{name}.ts'
                files[name] = (
                    tables.with_block(path, path.read_text(encoding='utf-8'), lines)
                    if path.exists()
                    else tables.new_file(one, name, lines)
                )
            files['index'] = tables.index(folder, files)
        except tables.NotATable as error:
            raise CommandError(str(error)) from error

        differs = [self.settle(folder / f'{name}.ts', text, check) for name, text in files.items()]
        if check and any(differs):
            raise CommandError('The tables differ from the models: run offload_tables without --check.')
        if not any(differs):
            self.stdout.write('Nothing to write: the files are as the models are.')

    def settle(self, path, text, check):
        """Writes a file, or says how it differs. @returns whether it does"""
        found = path.read_text(encoding='utf-8') if path.exists() else ''
        if found == text:
            return False
        if check:
            lines = difflib.ndiff(found.splitlines(), text.splitlines())
            changes = [line for line in lines if line[0] in '+-']
            self.stdout.write('\n'.join([f'{path} {"differs" if found else "is missing"}:', *(changes if found else [])]))
        else:
            path.write_text(text, encoding='utf-8')
            self.stdout.write(f'{path}: written')
        return True


def _named(arguments):
    """The models by the names of their lists. @raises NotATable"""
    named = {}
    if not arguments:
        raise tables.NotATable("No model is named: like shop.Article, or in OFFLOAD['MODELS'].")
    for argument in arguments:
        name, equals, label = argument.rpartition('=')
        try:
            model = apps.get_model(label)
        except (LookupError, ValueError) as cause:
            raise tables.NotATable(f'{label} is no model: {cause}') from cause
        name = name if equals else tables.default_name(model)
        if not tables.is_name(name):
            raise tables.NotATable(
                f'"{name}" cannot be the name of a list: write lower-case letters, digits and hyphens, like'
                f' articles={label}, and none of {", ".join(tables.RESERVED)}.'
            )
        if name in named:
            raise tables.NotATable(f'Two models would be called {name}: name one of them, like other={label}.')
        named[name] = model
    return named
