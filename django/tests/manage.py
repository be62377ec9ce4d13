"""manage.py of the test project. Without a command it runs the tests: `python3 django/tests/manage.py`."""

import os
import sys
import warnings
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parent)]
if __name__ == '__main__':
    command = sys.argv[1:] or ['test']
    if command[0] == 'test':
        os.chdir(here)
        warnings.filterwarnings('error', module='offload')  # deprecated calls fail the tests
    settings = 'project.unit_settings' if command[0] == 'test' else 'project.settings'
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', settings)
    from django.core.management import execute_from_command_line

    execute_from_command_line([__file__, *command])
