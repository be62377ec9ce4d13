"""Models of a project: keys of each kind, foreign keys, choices, renamed columns, and every field of Django."""

import uuid

from django.conf import settings
from django.contrib.postgres import fields as postgres
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=50, primary_key=True)


class Category(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    parent = models.ForeignKey('self', models.CASCADE, null=True)

    class Meta:
        verbose_name_plural = 'categories'


class Article(models.Model):
    title = models.CharField(max_length=200)
    body = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    category = models.ForeignKey(Category, models.CASCADE)
    main_tag = models.ForeignKey(Tag, models.SET_NULL, null=True, db_column='MainTag')
    tags = models.ManyToManyField(Tag, related_name='+')
    price = models.DecimalField(max_digits=10, decimal_places=2)
    published_at = models.DateTimeField(null=True)
    is_public = models.BooleanField(default=False)
    meta = models.JSONField(default=dict)
    slug = models.SlugField(unique=True)


class Sale(Article):
    """A row is deleted with its article."""

    until = models.DateField()


class Documented(models.Model):
    status = models.CharField(
        max_length=1, choices=[('d', 'Draft'), ('p', "The editor's \"choice\"")], help_text="Who has read it: 'd' is nobody"
    )
    size = models.IntegerField(choices=[('Clothes', [(1, 'S'), (2, 'M')]), (None, 'unknown')], null=True)
    only = models.IntegerField(choices=[(1, 'one')], default=1)
    note = models.TextField(help_text='長い説明' * 15)
    line = models.TextField(db_column='the line', help_text='two\nlines, a \\ and \u2028')
    member = models.TextField(
        null=True,
        help_text='as long as a line may be at most, and then some more, so that it has to be broken into two of them',
    )

    class Meta:
        db_table = 'app"."Documented'


class EveryField(models.Model):
    big = models.BigIntegerField(null=True)
    binary = models.BinaryField(null=True)
    boolean = models.BooleanField()
    char = models.CharField(max_length=60)
    date = models.DateField()
    date_time = models.DateTimeField()
    decimal = models.DecimalField(max_digits=20, decimal_places=6)
    duration = models.DurationField()
    email = models.EmailField()
    file = models.FileField()
    file_path = models.FilePathField()
    float = models.FloatField()
    ip = models.GenericIPAddressField()
    integer = models.IntegerField()
    json = models.JSONField()
    article = models.OneToOneField(Article, models.CASCADE)
    positive_big = models.PositiveBigIntegerField()
    positive = models.PositiveIntegerField()
    positive_small = models.PositiveSmallIntegerField()
    slug = models.SlugField()
    small = models.SmallIntegerField()
    text = models.TextField()
    time = models.TimeField()
    url = models.URLField()
    uuid = models.UUIDField()
    integers = postgres.ArrayField(models.IntegerField())
    texts = postgres.ArrayField(models.CharField(max_length=10), null=True)
    matrix = postgres.ArrayField(postgres.ArrayField(models.FloatField(), size=2))
    times = postgres.ArrayField(models.DateTimeField(), default=list)
    attributes = postgres.HStoreField()
    integer_range = postgres.IntegerRangeField()
    big_range = postgres.BigIntegerRangeField()
    decimal_range = postgres.DecimalRangeField()
    date_range = postgres.DateRangeField()
    date_time_range = postgres.DateTimeRangeField(null=True)
    folded = postgres.CITextField()
    folded_char = postgres.CICharField(max_length=20)
    search = SearchVectorField(null=True)


class PointField(models.Field):
    def db_type(self, connection):
        return 'point'


class Place(models.Model):
    at = PointField()


class Rate(models.Model):
    value = models.FloatField(primary_key=True)
