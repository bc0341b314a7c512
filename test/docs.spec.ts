import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { configurationReference } from '@frontier/server/config';
import { describe, expect, it } from 'vitest';
import { errorReference, errorSources } from './support/error-codes.ts';

const ROOT = resolve(import.meta.dirname, '..');
const PAGES = globSync(
  ['*.md', 'docs/**/*.md', '{libs,apps}/*/README.md', 'helm/*/README.md', 'examples/*/README.md'],
  { cwd: ROOT },
);

/** Anchors of the headings of a page, as GitHub names them. */
function anchorsOf(page: string): string[] {
  const headings = readFileSync(page, 'utf8').match(/^#+ .*$/gm) ?? [];
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('the documentation', () => {
  it('has the configuration reference that the code generates (mend with `npm run test:unit -- -u`)', async () => {
    await expect(configurationReference()).toMatchFileSnapshot('../docs/configuration.md');
  });

  it('has the error codes that the code makes (mend with `npm run test:unit -- -u`)', async () => {
    await expect(errorReference()).toMatchFileSnapshot('../docs/errors.md');
  });

  it('has one status and a meaning for each error code', () => {
    const sources = errorSources();
    const byCode = Map.groupBy(sources, ({ code }) => code);
    const ambiguous = [...byCode].filter(([, same]) => new Set(same.map(({ status }) => status)).size > 1);
    expect(ambiguous.map(([code]) => code)).toEqual([]);
    expect(sources.filter(({ meanings }) => meanings.length === 0)).toEqual([]);
  });

  it('shows code blocks that are lines of the files that they name', () => {
    const blocks = PAGES.flatMap((page) =>
      [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```\w+ title=(\S+)\n([\s\S]*?)^```$/gm)].map(
        ([, file, text]) => ({ page, file, text }),
      ),
    );
    expect(blocks.length).toBeGreaterThan(10);
    const different = blocks.filter(
      ({ file, text }) => !`\n${readFileSync(join(ROOT, file), 'utf8')}`.includes(`\n${text}`),
    );
    expect(different).toEqual([]);
  });

  it('shows nothing but tested code in docs/extending.md', () => {
    const page = readFileSync(join(ROOT, 'docs/extending.md'), 'utf8');
    const opening = [...page.matchAll(/^```(\S.*)$/gm)].map(([, info]) => info);
    expect(opening.filter((info) => !/^(bash$|\w+ title=)/.test(info))).toEqual([]);
  });

  it('links to files and headings that exist', () => {
    const broken = PAGES.flatMap((page) =>
      [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?/g)]
        .filter(([, link, anchor]) => {
          const target = link === '' ? join(ROOT, page) : join(ROOT, dirname(page), link!);
          return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
        })
        .map(([link]) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const unknown = PAGES.flatMap((page) =>
      [...readFileSync(join(ROOT, page), 'utf8').matchAll(/npm run ([\w:-]+)/g)]
        .map(([, script]) => script)
        .filter((script) => !(script in scripts))
        .map((script) => `${page}: ${script}`),
    );
    expect(unknown).toEqual([]);
  });
});
