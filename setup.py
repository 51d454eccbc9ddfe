"Build script: every field of the package metadata that pyproject.toml calls dynamic is read from settings.ini."
import re
from configparser import ConfigParser
from pathlib import Path
from setuptools import setup, find_packages

here = Path(__file__).parent
def text(name): return (here/name).read_text(encoding='utf-8')

config = ConfigParser(delimiters=['='])
config.read_string(text('settings.ini'))
cfg = config['DEFAULT']
extra = '_requirements'

setup(
    version = re.search(r'^__version__ = "(.+)"$', text('began_nb/__init__.py'), re.M)[1],
    long_description = text('README.md'), long_description_content_type = 'text/markdown',
    author = cfg['author'],
    license_expression = cfg['license'],
    keywords = cfg['keywords'].split(),
    classifiers = cfg['classifiers'].strip().splitlines(),
    python_requires = f">={cfg['min_python']}",
    install_requires = cfg['requirements'].split(),
    extras_require = {k.removesuffix(extra): v.split() for k, v in cfg.items() if k.endswith(extra)},
    entry_points = {'console_scripts': cfg['console_scripts'].split(), 'nbdev': cfg['nbdev_index'].split()},
    packages = find_packages(include=['began_nb', 'began_nb.*']),
    include_package_data = False,  # what ships is said here alone: all files of the package (weights, tables, ...) but Python's caches
    package_data = {'began_nb': ['**/*']},
    exclude_package_data = {'began_nb': ['*.py[cod]']},
)
