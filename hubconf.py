"""The trained models for `torch.hub`: `torch.hub.load('began-nb/began_nb', 'faces64')` is `load_pretrained('faces64')`.
`torch.hub.list('began-nb/began_nb')` has the names. Tested in nbs/library/pretrained.ipynb."""

dependencies = ['torch', 'torchvision', 'numpy', 'fastcore', 'matplotlib', 'PIL', 'tqdm', 'safetensors']

def _entry(name):
    def entry(): return load_pretrained(name)
    card = _pretrained.pretrained_card(name)
    entry.__name__ = name
    entry.__doc__ = f'{card["about"]}, {card["bytes"] / 1e6:.1f} MB. Data: {card["data_terms"]}. Terms: {card["terms"]}.'
    return entry

try:
    from began_nb import pretrained as _pretrained
    from began_nb.pretrained import load_pretrained
except ModuleNotFoundError as e:
    if e.name.split('.')[0] not in dependencies: raise   # of these torch.hub itself says all that are missing
else:
    globals().update({name: _entry(name) for name in (*_pretrained.SHORT_NAMES, *_pretrained.list_pretrained())})
