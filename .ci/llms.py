"""Write llms.txt, the list of all pages with their subtitles for programs that read: python .ci/llms.py FOLDER

FOLDER is the finished site. Each page leads to its Markdown there, X.html.md, or to X.html where there is none. docs.yml runs this
after nbdev-docs: nothing of it is committed, so that it cannot grow old. The form is that of https://llmstxt.org.
"""
import json, re, sys, tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

def heading(path):
    "Title and subtitle of a page."
    text = path.read_text(encoding='utf-8')
    if path.suffix == '.ipynb': return re.match(r'# (.*)\n> (.*)', ''.join(json.loads(text)['cells'][0]['source'])).groups()
    fields = dict(re.findall(r'^(\w+): *"?(.*?)"?$', text.split('---')[1], re.M))
    return fields['title'], fields['description']

def llms(folder):
    "The text of llms.txt: the pages in the order of the sidebar, under its sections."
    project = tomllib.loads((ROOT/'pyproject.toml').read_text(encoding='utf-8'))['project']
    site, lines = project['urls']['Documentation'], [f"# {project['name']}", '', f"> {project['description']}", '', '## Front page', '']
    for line in (ROOT/'_quarto.yml').read_text(encoding='utf-8').splitlines():
        if m := re.match(r'\s*- section: "?(.*?)"?$', line): lines += ['', f'## {m[1]}', '']
        elif m := re.match(r'\s*(?:- |href: )([\w/]+)(\.ipynb|\.qmd)$', line):
            title, subtitle = heading(ROOT/'nbs'/(m[1] + m[2]))
            name = re.sub(r'(^|/)\d+_', r'\1', m[1]) if m[2] == '.ipynb' else m[1]        # nbdev leaves out a chapter's number
            page = next((p for p in (f'{name}.html.md', f'{name}.html') if (folder/p).is_file()), f'{name}.html')
            lines.append(f'- [{title}]({site}/{page}): {subtitle}')
    return '\n'.join(lines) + '\n'

if __name__ == '__main__':
    folder = Path(sys.argv[1])
    text = llms(folder)
    (folder/'llms.txt').write_text(text, encoding='utf-8')
    print(f"llms.txt: {text.count('- [')} pages, {text.count('.html.md)')} of them as Markdown")
