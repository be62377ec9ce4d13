"""Connects Django's signals of the tables that the settings name."""

from django.apps import apps
from django.db.models import CASCADE, DO_NOTHING, PROTECT, RESTRICT
from django.db.models.signals import m2m_changed, post_delete, post_save

from .changes import note

#: With these options, deleting the referenced row signals each change of the referencing rows, or changes none of them.
_signalled = (CASCADE, PROTECT, RESTRICT, DO_NOTHING)
_m2m_operations = {'post_add': 'INSERT', 'post_remove': 'DELETE', 'post_clear': 'DELETE'}
_connected = []


def watch(relations):
    """Replaces the connected signals by those of these tables. `relations`: by the model's label in lower case."""
    while _connected:
        signal, sender, uid = _connected.pop()
        signal.disconnect(sender=sender, dispatch_uid=uid)
    for label, relation in relations.items():
        model = apps.get_model(label)
        for sender in _writers(model):
            _connect(post_save, sender, relation, _on_save)
            _connect(post_delete, sender, relation, _on_delete)
        _connect(m2m_changed, model, relation, _on_m2m)
        for sender in _silent_deletions(model):
            _connect(post_delete, sender, relation, _on_key_change)


def _connect(signal, sender, relation, make):
    uid = ('offload', make.__name__, str(relation))
    signal.connect(make(relation), sender=sender, weak=False, dispatch_uid=uid)
    _connected.append((signal, sender, uid))


def _writers(model):
    """The model, its proxies, and the models that inherit its table."""
    for other in apps.get_models(include_auto_created=True):
        parents = [other, *other._meta.get_parent_list()]
        if any(parent._meta.concrete_model is model for parent in parents):
            yield other


def _silent_deletions(model):
    """The models whose deletion changes this model's rows without a signal: by SET_NULL, SET_DEFAULT or SET(), or in a
    many-to-many table."""
    for field in model._meta.concrete_fields:
        remote = field.remote_field
        if remote is None or getattr(remote, 'parent_link', False):
            continue
        if model._meta.auto_created or remote.on_delete not in _signalled:
            yield from _writers(remote.model._meta.concrete_model)


def _on_save(relation):
    def on_save(using, created, **_):
        note(relation, 'INSERT' if created else 'UPDATE', using)

    return on_save


def _on_delete(relation):
    def on_delete(using, **_):
        note(relation, 'DELETE', using)

    return on_delete


def _on_key_change(relation):
    def on_key_change(using, **_):
        note(relation, 'UPDATE', using)

    return on_key_change


def _on_m2m(relation):
    def on_m2m(action, pk_set, using, **_):
        if action in _m2m_operations and (pk_set is None or pk_set):
            note(relation, _m2m_operations[action], using)

    return on_m2m
