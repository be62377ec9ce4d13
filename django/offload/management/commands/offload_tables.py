import difflib
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, router

from offload import tables


class Command(BaseCommand):
    help = "Write the service's file of each model: relation, key and columns."

    def add_arguments(self, parser):
        parser.add_argument(
            'model',
            nargs='*',
            help="Such as shop.Article, or articles=shop.Article to name the list. Default: all of OFFLOAD['MODELS'].",
        )
        parser.add_argument('--output', required=True, help="The service's folder tables/.")
        parser.add_argument('--using', help='The alias of the database. Default: the one that the router reads the model from.')
        parser.add_argument(
            '--check', action='store_true', help='Write nothing; print the differences, and exit with 1 if there are any.'
        )

    def handle(self, *, model, output, using, check, **_):
        offload = getattr(settings, 'OFFLOAD', None)
        offload = offload if isinstance(offload, dict) else {}
        folder = Path(output)
        if not folder.is_dir():
            raise CommandError(f'{folder} is not a folder: set --output to the folder tables/ of the service.')
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
            self.stdout.write('Nothing to write: the files match the models.')

    def settle(self, path, text, check):
        """Writes a file, or with `check` prints how it differs. @returns whether it differs"""
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
        raise tables.NotATable("No model is given: pass one, such as shop.Article, or set OFFLOAD['MODELS'].")
    for argument in arguments:
        name, equals, label = argument.rpartition('=')
        try:
            model = apps.get_model(label)
        except (LookupError, ValueError) as cause:
            raise tables.NotATable(f'{label} is not a model: {cause}') from cause
        name = name if equals else tables.default_name(model)
        if not tables.is_name(name):
            raise tables.NotATable(
                f'"{name}" cannot be the name of a list: use lower-case letters, digits and hyphens, as in'
                f' articles={label}, and none of {", ".join(tables.RESERVED)}.'
            )
        if name in named:
            raise tables.NotATable(f'Two models have the list name {name}: give one another name, as in other={label}.')
        named[name] = model
    return named
