/** A stand-in for curl, for machines without one: what the documentation uses of it. Fails unless the answer is 2xx. */

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    data: { type: 'string', short: 'd' },
    json: { type: 'string' },
  },
});
const typed = values.json ?? values.data;
const body = typed?.startsWith('@') ? readFileSync(typed === '@-' ? 0 : typed.slice(1)) : typed;
const headers = new Headers(
  values.header.map((line): [string, string] => {
    const [name = '', ...value] = line.split(':');
    return [name, value.join(':').trim()];
  }),
);
if (values.json !== undefined) headers.set('content-type', 'application/json');
const [url = ''] = positionals;
const response = await fetch(
  url.includes('://') ? url : `http://${url}`,
  body === undefined ? { headers } : { method: 'POST', headers, body },
);
const text = await response.text();
console.log(text);
if (!response.ok) {
  console.error(`${url}: ${response.status} ${text}`);
  process.exit(22);
}
