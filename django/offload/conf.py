"""Reads the setting OFFLOAD: a Config, or all its problems."""

import re
from dataclasses import dataclass, field, fields
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any, Dict, Optional
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Warning
from django.utils.module_loading import import_string

from .relations import Relation, relation_of

TRANSPORTS = {
    'http': 'offload.transports.HttpTransport',
    'lambda': 'offload.transports.LambdaTransport',
    'eventbridge': 'offload.transports.EventBridgeTransport',
    'none': None,
}
FEWEST_TOKEN_CHARACTERS = 16  # the service refuses shorter tokens


@dataclass(frozen=True)
class Config:
    #: The tables whose changes are announced, by the model's label in lower case.
    relations: Dict[str, Relation]
    #: A class; None sends nothing.
    transport: Optional[type]
    url: str = ''
    token: str = field(default='', repr=False)
    function: str = ''
    event_bus: str = 'default'
    #: The source of the events on the bus, which the rule of one deployment matches.
    source: str = ''
    #: Arguments for boto3.client: region_name, endpoint_url, …
    aws: Dict[str, Any] = field(default_factory=dict)
    #: Seconds for one try.
    timeout: float = 5
    #: Seconds for all tries of one event, and the longest wait of a request when SYNCHRONOUS.
    deadline: float = 20
    synchronous: bool = False
    #: Whether changes are sent while Django's test runner runs.
    send_in_tests: bool = False


_keys = {f.name.upper() for f in fields(Config)} - {'RELATIONS'} | {'MODELS', 'SCHEMA'}


def read():
    """Returns ``(config, problems)``; config is None if a problem is an error."""
    problems = []

    def error(number, message, hint=None):
        problems.append(Error(message, hint=hint, id=f'offload.E{number:03}'))

    given = getattr(settings, 'OFFLOAD', None)
    if not isinstance(given, dict):
        example = "OFFLOAD = {'MODELS': ['bbs.Topic'], 'URL': 'https://…/refresh/', 'TOKEN': …}"
        error(1, 'The setting OFFLOAD is not a dictionary.', f'For example: {example}')
        return None, problems
    for key in sorted(map(str, set(given) - _keys)):
        error(2, f'OFFLOAD has the unknown key {key!r}.', f'The keys are {", ".join(sorted(_keys))}.')

    def value(key, default, kind, meaning):
        found = given.get(key, default)
        if isinstance(found, kind) and not (kind is not bool and isinstance(found, bool)):
            return found
        error(3, f"OFFLOAD['{key}'] must be {meaning}, got {type(found).__name__}.")
        return default

    def seconds(key, default):
        found = value(key, default, (int, float), 'a number of seconds')
        if 0 < found <= 3600:
            return found
        error(3, f"OFFLOAD['{key}'] must be above 0 and at most 3600 seconds, got {found!r}.")
        return default

    def text(key, default=''):
        return value(key, default, str, 'a string')

    relations = _relations(
        value('MODELS', [], (list, tuple), "a list like ['bbs.Topic']"), text('SCHEMA', 'public'), error
    )
    transport = _transport(text('TRANSPORT', 'http'), error)
    config = Config(
        relations=relations,
        transport=transport,
        url=text('URL'),
        token=text('TOKEN'),
        function=text('FUNCTION'),
        event_bus=text('EVENT_BUS', 'default'),
        source=text('SOURCE'),
        aws=value('AWS', {}, dict, 'a dictionary of arguments for boto3.client'),
        timeout=seconds('TIMEOUT', Config.timeout),
        deadline=seconds('DEADLINE', Config.deadline),
        synchronous=value('SYNCHRONOUS', False, bool, 'True or False'),
        send_in_tests=value('SEND_IN_TESTS', False, bool, 'True or False'),
    )
    for problem in getattr(transport, 'problems', lambda _: ())(config):
        problems.append(problem)
    return (None if any(p.is_serious() for p in problems) else config), problems


def _relations(models, schema, error):
    relations = {}
    if not models:
        error(4, "OFFLOAD['MODELS'] names no model.", "For example: 'MODELS': ['bbs.Topic']")
    for label in models:
        try:
            model = apps.get_model(label)
            relations[model._meta.concrete_model._meta.label_lower] = relation_of(model, schema)
        except (LookupError, ValueError, AttributeError, TypeError) as cause:
            error(4, f"OFFLOAD['MODELS'] names {label!r}, which is not a model: {cause}")
    return relations


def _transport(name, error):
    path = TRANSPORTS.get(name, name)
    if path is None:
        return None
    try:
        return import_string(path)
    except ImportError as cause:
        names = ', '.join(map(repr, TRANSPORTS))
        error(5, f"OFFLOAD['TRANSPORT'] is {name!r}: {cause}", f'Use one of {names}, or the path of a class.')
        return None


def http_problems(config):
    url = urlsplit(config.url)
    if url.scheme not in ('http', 'https') or not url.hostname or url.username or url.query or url.fragment:
        yield Error(
            "OFFLOAD['URL'] must be the https:// address of /refresh/, without user, query or fragment.",
            hint='For example: https://abc123.execute-api.eu-west-1.amazonaws.com/refresh/',
            id='offload.E006',
        )
    elif url.scheme == 'http' and not _is_this_machine(url.hostname):
        yield Warning(
            "OFFLOAD['URL'] is http://, which sends the token unencrypted: use https://.", id='offload.W001'
        )
    token = config.token
    if not token.isascii() or not token.isprintable() or ' ' in token or len(token) < FEWEST_TOKEN_CHARACTERS:
        yield Error(
            f"OFFLOAD['TOKEN'] must have {FEWEST_TOKEN_CHARACTERS} or more ASCII characters without spaces.",
            hint='Copy it from the SSM parameter that refreshTokenParameter names.',
            id='offload.E007',
        )


def lambda_problems(config):
    if not config.function:
        yield Error(
            "OFFLOAD['FUNCTION'] is missing: set the name of the refresh function.",
            hint='For example: offload-prod-refresh, or its ARN.',
            id='offload.E008',
        )
    yield from boto_problems(config)


def eventbridge_problems(config):
    if not re.fullmatch(r'(?!aws\.)[\w./-]{1,256}', config.source):
        yield Error(
            f"OFFLOAD['SOURCE'] must be the source that the deployment's rule matches, got {config.source!r}.",
            hint='Copy the output EventSource of the deployment, such as offload.offload.prod.',
            id='offload.E010',
        )
    yield from boto_problems(config)


def boto_problems(_):
    if find_spec('boto3') is None:
        yield Error(
            'This transport needs boto3, which is not installed.',
            hint="pip install 'django-offload[aws]'",
            id='offload.E009',
        )


def _is_this_machine(host):
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == 'localhost'
