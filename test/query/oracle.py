"""
What Django REST framework and django-filter answer: for each line of input, the query string of a list of `value`, one
line of JSON with the status, the body, and the keys of all records that fulfil the filters.
"""
import json
import os
import sys
from urllib.parse import urlsplit

import django
from django.conf import settings

url = urlsplit(os.environ['DATABASE_URL'])
settings.configure(
    DATABASES={
        'default': {
            'ENGINE': 'django.db.backends.postgresql',
            'HOST': url.hostname,
            'PORT': url.port,
            'USER': url.username,
            'PASSWORD': url.password or 'any',
            'NAME': url.path[1:],
        }
    },
    ALLOWED_HOSTS=['*'],
    INSTALLED_APPS=['django.contrib.contenttypes', 'django.contrib.auth', 'rest_framework', 'django_filters'],
    REST_FRAMEWORK={
        'UNAUTHENTICATED_USER': None,
        'DEFAULT_AUTHENTICATION_CLASSES': [],
        'DEFAULT_PERMISSION_CLASSES': [],
        'DEFAULT_RENDERER_CLASSES': ['rest_framework.renderers.JSONRenderer'],
    },
    USE_TZ=True,
    TIME_ZONE=os.environ['TIME_ZONE'],
    DEFAULT_AUTO_FIELD='django.db.models.BigAutoField',
)
django.setup()

import copy  # noqa: E402

from django.db import models  # noqa: E402
from django.utils.text import smart_split, unescape_string_literal  # noqa: E402
from django_filters.rest_framework import DjangoFilterBackend, FilterSet  # noqa: E402
from rest_framework import filters, generics, pagination, serializers  # noqa: E402
from rest_framework.test import APIRequestFactory  # noqa: E402

comparisons = ['exact', 'in', 'gt', 'gte', 'lt', 'lte', 'range', 'isnull']
texts = ['iexact', 'contains', 'icontains', 'startswith', 'istartswith', 'endswith', 'iendswith']


class Value(models.Model):
    class Meta:
        app_label = 'oracle'
        managed = False
        db_table = 'value'

    small = models.SmallIntegerField(null=True)
    big = models.BigIntegerField(null=True)
    dec = models.DecimalField(max_digits=40, decimal_places=6, null=True)
    float = models.FloatField(null=True)
    bool = models.BooleanField(null=True)
    text = models.TextField(null=True)
    char = models.CharField(max_length=100)
    date = models.DateField(null=True)
    time = models.TimeField(null=True)
    dt = models.DateTimeField(null=True)
    duration = models.DurationField(null=True)
    uuid = models.UUIDField(null=True)
    ip = models.GenericIPAddressField(null=True)
    page = models.IntegerField(null=True)


lookups = {
    **{name: comparisons for name in ['id', 'small', 'big', 'dec', 'float', 'time', 'duration', 'uuid', 'ip']},
    'bool': ['exact', 'isnull'],
    'text': comparisons + texts,
    'char': comparisons + texts,
    'date': comparisons + ['year'],
    'dt': comparisons + ['date', 'year'],
}


class Included(FilterSet):
    class Meta:
        model = Value
        fields = lookups


def excluding(one):
    one = copy.deepcopy(one)
    one.exclude = True
    return one


ValueFilter = type(
    'ValueFilter',
    (Included,),
    {name + '!': excluding(one) for name, one in Included.base_filters.items()}
    | {'page__exact': Included.filter_for_field(Value._meta.get_field('page'), 'page', 'exact')},
)


class Ordering(filters.OrderingFilter):
    """The key breaks ties."""

    def get_ordering(self, request, queryset, view):
        names = []
        for name in super().get_ordering(request, queryset, view) or []:
            names.append(name)
            if name.lstrip('-') == 'id':
                return names
        return names + ['id']


class Search(filters.SearchFilter):
    """Terms as later versions of Django REST framework split them."""

    def get_search_terms(self, request):
        value = request.query_params.get(self.search_param, '').replace('\x00', '')
        terms = []
        for term in smart_split(value):
            term = term.strip(',')
            if term.startswith(('"', "'")) and term[0] == term[-1]:
                terms.append(unescape_string_literal(term))
            else:
                terms += [part.strip() for part in term.split(',') if part]
        return terms


class Pages(pagination.PageNumberPagination):
    page_size = 5
    page_size_query_param = 'page_size'
    max_page_size = 20


class Offsets(pagination.LimitOffsetPagination):
    default_limit = 5
    max_limit = 20


class ValueSerializer(serializers.ModelSerializer):
    class Meta:
        model = Value
        fields = '__all__'


class Values(generics.ListAPIView):
    queryset = Value.objects.all()
    serializer_class = ValueSerializer
    filter_backends = [DjangoFilterBackend, Search, Ordering]
    filterset_class = ValueFilter
    search_fields = ['text', 'char']
    ordering_fields = [*lookups, 'page']
    ordering = ['id']
    keys = None

    def filter_queryset(self, queryset):
        queryset = super().filter_queryset(queryset)
        Values.keys = list(queryset.values_list('pk', flat=True))
        return queryset

    @property
    def paginator(self):
        if not hasattr(self, '_chosen'):
            given = self.request.query_params
            self._chosen = Offsets() if 'limit' in given or 'offset' in given else Pages()
        return self._chosen


view = Values.as_view()
factory = APIRequestFactory()
for line in sys.stdin:
    Values.keys = None
    response = view(factory.get('/values/?' + line.rstrip('\n'), secure=True, HTTP_HOST='api.example.com'))
    response.render()
    answer = {'status': response.status_code, 'body': response.content.decode(), 'keys': Values.keys}
    print(json.dumps(answer), flush=True)
