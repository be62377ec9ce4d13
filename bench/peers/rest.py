"""The same answers from Django REST framework and django-filter, which read the table at each request."""

import os

import django

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'project.settings')
django.setup()

from bbs.models import Post, Topic  # noqa: E402  # models can be imported once Django is set up
from django.core.handlers.asgi import ASGIHandler  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.urls import path  # noqa: E402
from django_filters.rest_framework import DjangoFilterBackend  # noqa: E402
from rest_framework.filters import OrderingFilter, SearchFilter  # noqa: E402
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView  # noqa: E402
from rest_framework.pagination import LimitOffsetPagination  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.serializers import ModelSerializer  # noqa: E402


class TopicSerializer(ModelSerializer):
    class Meta:
        model = Topic
        fields = ['id', 'title', 'comment', 'dt']


class Topics(GenericAPIView):
    queryset = Topic.objects.all()
    serializer_class = TopicSerializer

    def get(self, request):
        return Response({'topics': self.get_serializer(self.get_queryset(), many=True).data})


class PostSerializer(ModelSerializer):
    class Meta:
        model = Post
        fields = ['id', 'title', 'comment', 'dt', 'author']


class OnePost(RetrieveAPIView):
    queryset = Post.objects.all()
    serializer_class = PostSerializer


class Query(ListAPIView):
    queryset = Post.objects.all()
    serializer_class = PostSerializer
    pagination_class = LimitOffsetPagination
    filter_backends = [DjangoFilterBackend, SearchFilter, OrderingFilter]
    filterset_fields = {'author': ['exact'], 'title': ['icontains']}
    search_fields = ['title', 'comment']
    ordering_fields = ['id', 'dt']


urlpatterns = [
    path('topics/', Topics.as_view()),
    path('topics/<int:pk>/', OnePost.as_view()),
    path('query/', Query.as_view()),
]

app = ASGIHandler()
wsgi = WSGIHandler()
