"""Generates a file of the service's folder ``tables/`` from a model, as ``scripts/tables/`` does from the database.

Each run replaces the block between two marks; the text around the block stays.
"""

import json
import keyword
import re
import unicodedata
from pathlib import Path

from django.conf import settings

from .relations import relation_of

BEGIN = '// <generated> from the model or the table: the next run replaces this, down to the end mark.'
END = '// </generated>'
LINE_WIDTH = 110

#: Column functions by PostgreSQL's type, without length, precision and brackets.
FUNCTIONS = {
    'smallint': 'integer',
    'integer': 'integer',
    'bigint': 'integer',
    'smallserial': 'integer',
    'serial': 'integer',
    'bigserial': 'integer',
    'numeric': 'numeric',
    'double precision': 'float',
    'real': 'real',
    'boolean': 'boolean',
    'varchar': 'text',
    'char': 'text',
    'text': 'text',
    'citext': 'text',
    'uuid': 'uuid',
    'inet': 'inet',
    'date': 'date',
    'time': 'time',
    'timestamp with time zone': 'timestamptz',
    'timestamp without time zone': 'timestamp',
    'timestamp': 'timestamp',
    'interval': 'duration',
    'jsonb': 'jsonb',
    'json': 'jsonb',
    'hstore': 'hstore',
    'bytea': 'bytea',
    **dict.fromkeys(['cidr', 'macaddr', 'bit', 'bit varying', 'varbit', 'ltree', 'tsvector', 'xml'], 'other'),
}
RANGES = {
    'int4range': 'integer',
    'int8range': 'integer',
    'numrange': 'numeric',
    'daterange': 'date',
    'tsrange': 'timestamp',
    'tstzrange': 'timestamptz',
}
KEYS = ('integer', 'uuid', 'text')
#: Identifiers that cannot name the constant of a file.
TAKEN = {'column', 'generated', 'tables', 'defineTable', 'defineDataset'} | set(keyword.kwlist) | set(
    'case catch const debugger default delete do enum export extends false function implements instanceof interface '
    'let new null package private protected public static super switch this throw true typeof var void with'.split()
)

#: Paths of the service that no list can have.
RESERVED = ('refresh', 'changes', 'docs', 'redoc', 'openapi.json', 'schema', 'health', 'index')


class NotATable(ValueError):
    """The service cannot serve the model, or an argument names no model."""


def default_name(model):
    """The list's name: the admin's plural if it is ASCII, such as ``categories``."""
    plural = re.sub(r'[^a-z0-9]+', '-', str(model._meta.verbose_name_plural).lower()).strip('-')
    return plural if plural and str(model._meta.verbose_name_plural).isascii() else f'{model._meta.model_name}s'


def is_name(name):
    return name not in RESERVED and len(name) <= 64 and bool(re.fullmatch(r'[a-z0-9]+([-_][a-z0-9]+)*', name))


def describe(model, schema, connection):
    """The lines of a model's block. The table is in the database of `connection`. @raises NotATable"""
    meta = model._meta
    if meta.abstract or meta.swapped:
        raise NotATable(f'{meta.label} has no table: it is {"abstract" if meta.abstract else "swapped"}.')
    if type(meta.pk).__name__ == 'CompositePrimaryKey':
        names = ', '.join(getattr(meta.pk, 'field_names', ()))
        raise NotATable(
            f'{meta.label} has a CompositePrimaryKey ({names}), but a key must be one column: serve a view with a column that'
            ' joins them.'
        )
    if connection.vendor != 'postgresql':
        raise NotATable(f'{meta.label} is read from {connection.alias!r}, which is {connection.vendor}, not PostgreSQL.')
    fields = [field for field in meta.concrete_model._meta.local_concrete_fields if field.column]
    columns = [(field, field.db_type(connection) or '') for field in fields]
    calls = [_function(*column) for column in columns]
    key, key_call = next((field.attname, call) for field, call in zip(fields, calls) if field.primary_key)
    if key_call[0] not in KEYS:
        raise NotATable(f'{meta.label}.{key} is a key of kind {key_call[0]}, but a key must be integer, uuid or text: serve a view.')
    lines = [
        'const generated = {',
        f"  relation: {_string(str(relation_of(model, schema)))},",
        f'  key: {_string(key)},',
    ]
    if any('localTimestamptz' in str(call) for call in calls):
        lines.append(f'  timeZone: {_string(settings.TIME_ZONE)},')
    lines += ['  columns: {', *(line for (field, db_type), call in zip(columns, calls) for line in _column(field, db_type, call)), '  },', '};']
    return lines


def new_file(model, name, lines):
    parents = [parent._meta.label for parent in model._meta.concrete_model._meta.parents]
    also = f' Its other fields are in the table of {" and ".join(parents)}.' if parents else ''
    return '\n'.join(
        [
            "import * as column from '../lib/tables/columns.ts';",
            "import { defineTable } from '../lib/tables/define-table.ts';",
            '',
            BEGIN,
            *lines,
            END,
            '',
            f"/** Django's `{model._meta.label}`.{also} */",
            *definition(name),
            '',
        ]
    )


def definition(name):
    return [
        f'export const {constant(name)} = defineTable({{',
        f'  name: {_string(name)},',
        '  ...generated,',
        "  // Lists are public: `where: 'is_public'` restricts the rows, and `columns` leaves out columns.",
        '});',
    ]


def with_block(path, text, lines):
    """An existing file with the block replaced. @raises NotATable"""
    begin, end = text.find(BEGIN), text.find(END)
    if not 0 <= begin < end:
        raise NotATable(f'{path} has no block between "{BEGIN}" and "{END}": remove the file, or add the marks.')
    return f'{text[:begin]}{BEGIN}\n' + '\n'.join(lines) + f'\n{text[end:]}'


_import = re.compile(r"^import \{ (\w+) \} from '\./([\w-]+)\.ts';\n", re.MULTILINE)
_dataset = re.compile(r'defineDataset\(\[([^\]]*)\]\)')
_new_index = """import { defineDataset } from '../lib/tables/define-table.ts';

/** The tables of this deployment, published together. `/refresh/` answers the list of the first. */
export const tables = defineDataset([]);
"""


def index(folder, files):
    """tables/index.ts with these files' tables, and without tables whose file is missing. @raises NotATable"""
    path = Path(folder) / 'index.ts'
    text = path.read_text(encoding='utf-8') if path.exists() else _new_index
    listed = _dataset.search(text)
    if listed is None:
        raise NotATable(f'{path} has no list like defineDataset([topics]): remove the file, or add the list.')
    imports = {file: const for const, file in _import.findall(text)}
    order = [name for name in re.split(r'[\s,]+', listed.group(1)) if name]
    known = {const: file for file, const in imports.items()}
    gone = [const for const, file in known.items() if file not in files and not (path.parent / f'{file}.ts').exists()]
    for file, content in files.items():
        exported = re.search(r'^export const (\w+) = defineTable', content, re.MULTILINE)
        const = exported.group(1) if exported else constant(file)
        imports[file] = const
        if const not in order:
            order.append(const)
    order = [const for const in order if const not in gone]
    rest = _import.sub('', text)
    lines = ''.join(
        f"import {{ {const} }} from './{file}.ts';\n" for file, const in sorted(imports.items()) if const not in gone
    )
    last = max((match.end() for match in re.finditer(r'^import [^;]*;\n', rest, re.MULTILINE)), default=0)
    rest = rest[:last] + lines + rest[last:]
    flat = f'defineDataset([{", ".join(order)}])'
    if _width(f'export const tables = {flat};') > LINE_WIDTH:
        flat = 'defineDataset([\n' + ''.join(f'  {const},\n' for const in order) + '])'
    return _dataset.sub(lambda _: flat, rest)


def constant(name):
    first, *others = re.split('[-_]', name)
    camel = first + ''.join(part.capitalize() for part in others)
    return f'{camel}Table' if camel in TAKEN else f'_{camel}' if camel[0].isdigit() else camel


def _function(field, db_type):
    """A column function and its arguments: ``('array', ('text',))``. @raises NotATable"""
    call = _call_of(db_type)
    if call is None:
        name = f'{field.model._meta.label}.{field.name}'
        raise NotATable(
            f'{name} is a {type(field).__name__} of the type {db_type or "unknown"}, which has no column function: serve a view that'
            ' casts it to text, or to json.'
        )
    return call


def _call_of(db_type):
    if db_type.endswith(']'):
        element = _call_of(re.sub(r'(\[\d*\])+$', '', db_type))
        return element and ('array', element)
    plain = re.sub(r'\s*\([^)]*\)', '', db_type).split(' COLLATE ')[0].split('.')[-1].strip().strip('"')
    kind = RANGES.get(plain)
    if kind is not None:
        return ('range', (_local(kind),))
    function = FUNCTIONS.get(plain)
    return function and (_local(function),)


def _local(function):
    """With USE_TZ = False, Django stores times in a ``timestamptz``, and shows them in TIME_ZONE."""
    return 'localTimestamptz' if function == 'timestamptz' and not settings.USE_TZ else function


def _expression(call):
    function, *arguments = call
    return f'column.{function}({", ".join(map(_expression, arguments))})'


def _column(field, db_type, call):
    options = []
    if field.column != field.attname:
        options.append(['column', _string(field.column)])
    if field.null or getattr(field, 'generated', False):  # Django declares a GeneratedField without NOT NULL
        options.append(['nullable', 'true'])
    length = re.match(r'(?:var)?char\((\d+)\)(?!.*\[)', db_type)
    if length:
        options.append(['maxLength', length.group(1)])
    if str(field.help_text):
        options.append(['help', _string(str(field.help_text))])
    choices = [
        [_string(value) if isinstance(value, str) else str(int(value)), _string(str(label))]
        for value, label in (field.flatchoices or ())
        if isinstance(value, (str, int)) and not isinstance(value, bool)
    ]
    if choices:
        options.append(['choices', choices])
    return property_lines(field.attname, _expression(call), options)


def property_lines(member, expression, options):
    """One member of ``columns``, in Biome's format."""
    start = f'    {_member(member)}: {expression[:-1]}'
    if not options:
        return [f'{start}),']
    separator = '' if expression.endswith('()') and expression.count('(') == 1 else ', '
    flat = ', '.join(f'{name}: {_flat(value)}' for name, value in options)
    line = f'{start}{separator}{{ {flat} }}),'
    breaks = any(isinstance(value, list) and len(value) > 1 for _, value in options)
    if not breaks and _width(line) <= LINE_WIDTH:
        return [line]
    lines = [f'{start}{separator}{{']
    for name, value in options:
        one = f'      {name}: {_flat(value)},'
        if isinstance(value, list) and (len(value) > 1 or _width(one) > LINE_WIDTH):
            lines += [f'      {name}: [', *(line for pair in value for line in _pair(pair)), '      ],']
        else:
            lines.append(one)
    return [*lines, '    }),']


def _pair(pair):
    line = f'        {_flat(pair)},'
    if _width(line) <= LINE_WIDTH:
        return [line]
    return ['        [', *(f'          {part},' for part in pair), '        ],']


def _flat(value):
    return f'[{", ".join(map(_flat, value))}]' if isinstance(value, list) else value


def _member(name):
    if name == '__proto__':
        return "['__proto__']"
    return name if re.fullmatch(r'[A-Za-z_$][\w$]*', name) else _string(name)


def _string(text):
    """A JavaScript string literal, in the quotes that need fewer escapes; single quotes if equal."""
    quote = '"' if text.count("'") > text.count('"') else "'"
    body = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"')
    body = body.replace('\u2028', '\\u2028').replace('\u2029', '\\u2029')
    return quote + body.replace(quote, f'\\{quote}') + quote


def _width(text):
    return sum(2 if unicodedata.east_asian_width(character) in 'WF' else 1 for character in text)
