"""The original: a FastAPI process with Django's ORM and its own cache."""

import os

import django
from asgiref.sync import sync_to_async
from fastapi import FastAPI, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'project.settings')
django.setup()

from bbs.models import Topic  # noqa: E402  # models can be imported once Django is set up

app = FastAPI()
topics_cache = []
encoded = b''


async def read_topics():
    global topics_cache, encoded
    encoded = b''
    topics_cache = await sync_to_async(lambda: list(Topic.objects.all().values()))()


@app.on_event('startup')
async def fill_cache():
    await read_topics()


@app.get('/topics/')
async def topics():
    return {'topics': topics_cache}


@app.get('/encoded/')
async def encoded_topics():
    """The same list, encoded once and kept until the next refresh."""
    global encoded
    encoded = encoded or JSONResponse(jsonable_encoder(await topics())).body
    return Response(content=encoded, media_type='application/json')


@app.get('/refresh/')
async def refresh():
    await read_topics()
    return await topics()
