/** What this package says of itself, and where its files are. */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Package {
  readonly folder: string;
  readonly version: string;
}

const found: Package = findPackage(dirname(fileURLToPath(import.meta.url)));

export const VERSION: string = found.version;

/** What we call ourselves to peers (BIP 14). */
export const USER_AGENT: string = `/headlight:${VERSION}/`;

/** The first 32,261 headers of mainnet, 80 bytes each, which come with the package. */
export const BUNDLED_HEADERS_FILE: string = join(
  found.folder,
  'fixtures',
  'headers',
  'mainnet-0-32261.headers',
);

/** The folder of our package.json is some levels above the compiled file; how many depends on the build. */
function findPackage(start: string): Package {
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    const description = readDescription(join(folder, 'package.json'));
    if (description?.['name'] === 'headlight') return { folder, version: String(description['version']) };
  }
  return { folder: start, version: '0.0.0' };
}

function readDescription(file: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
