"""
What the original makes of a table: for each line of input, the rows of `value` as JSON by FastAPI (`.values()`) and by
Django REST framework (ModelSerializer), one text for each row, null where it cannot be rendered.
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
    INSTALLED_APPS=['django.contrib.postgres', 'rest_framework'],
    USE_TZ=os.environ['USE_TZ'] == '1',
    TIME_ZONE=os.environ['TIME_ZONE'],
    DEFAULT_AUTO_FIELD='django.db.models.BigAutoField',
)
django.setup()

from django.contrib.postgres import fields as pg  # noqa: E402
from django.db import models  # noqa: E402
from fastapi.encoders import jsonable_encoder  # noqa: E402
from fastapi.responses import JSONResponse  # noqa: E402
from rest_framework.renderers import JSONRenderer  # noqa: E402
from rest_framework.serializers import ModelSerializer  # noqa: E402


class Value(models.Model):
    class Meta:
        app_label = 'oracle'
        managed = False
        db_table = 'value'

    small = models.SmallIntegerField(null=True)
    big = models.BigIntegerField(null=True)
    dec = models.DecimalField(max_digits=40, decimal_places=6, null=True)
    whole = models.DecimalField(max_digits=30, decimal_places=0, null=True)
    float = models.FloatField(null=True)
    bool = models.BooleanField(null=True)
    text = models.TextField(null=True)
    date = models.DateField(null=True)
    time = models.TimeField(null=True)
    dt = models.DateTimeField(null=True)
    duration = models.DurationField(null=True)
    uuid = models.UUIDField(null=True)
    json = models.JSONField(null=True)
    ip = models.GenericIPAddressField(null=True)
    attrs = pg.HStoreField(null=True)
    ints = pg.ArrayField(models.IntegerField(), null=True)
    decs = pg.ArrayField(models.DecimalField(max_digits=12, decimal_places=2), null=True)
    floats = pg.ArrayField(models.FloatField(), null=True)
    texts = pg.ArrayField(models.TextField(), null=True)
    dts = pg.ArrayField(models.DateTimeField(), null=True)
    waits = pg.ArrayField(models.DurationField(), null=True)


class ValueSerializer(ModelSerializer):
    class Meta:
        model = Value
        fields = '__all__'


def text_of(render):
    try:
        return render().decode()
    except Exception:  # a row that it cannot render makes the list a 500
        return None


for line in sys.stdin:
    rows = list(Value.objects.order_by('pk').values())
    objects = list(Value.objects.order_by('pk'))
    answer = {
        'fastapi': [text_of(lambda: JSONResponse(jsonable_encoder(row)).body) for row in rows],
        'drf': [text_of(lambda: JSONRenderer().render(ValueSerializer(one).data)) for one in objects],
    }
    print(json.dumps(answer), flush=True)
