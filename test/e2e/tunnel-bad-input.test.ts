/** What can be wrong with a tunnel at the start: each ends with a sentence, the instance untouched. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type EdgePlace, edgePlace, ORIGINAL } from '../support/edge-place.ts';
import { makeCertificates } from '../support/ngrok-edge/certificates.ts';
import type { Program } from '../support/program.ts';
import { tcpServer } from '../support/resources.ts';
import { until } from '../support/until.ts';

let here: EdgePlace;
beforeEach(async () => {
  here = await edgePlace();
});

/** The error that a program ended with; the instance is as it was before. */
async function failureOf(program: Program) {
  const { code, stdout, stderr } = await program.exit;
  expect(stdout).toBe('');
  expect(await here.vendor.webhook()).toEqual(ORIGINAL);
  return { exit: code, ...JSON.parse(stderr.trim().split('\n').at(-1) ?? '').error };
}

test.each([
  ['auth', 'ERR_NGROK_105', 'ngrok_authtoken_refused'],
  ['auth', 'ERR_NGROK_108', 'ngrok_session_limit'],
  ['bind', 'ERR_NGROK_334', 'ngrok_url_in_use'],
] as const)('refused at %s with %s', async (step, code, expected) => {
  here.edge.refuse(step, { code, message: 'Refused by the stand-in.' });
  expect(await failureOf(here.listen())).toMatchObject({ exit: 17, code: expected });
});

test('a server that takes the connection and says nothing', async () => {
  const server = `127.0.0.1:${(await tcpServer()).port}`;
  const failure = await failureOf(here.listen(['--ngrok-server', server]));
  expect(failure).toMatchObject({ exit: 17, code: 'ngrok_silent' });
  expect(failure.message).toContain(server);
});

test('a server that is not there', async () => {
  here.edge.down();
  expect(await failureOf(here.listen())).toMatchObject({ exit: 17, code: 'ngrok_unreachable' });
});

test('a certificate of somebody else', async () => {
  const other = join(here.place.cwd, 'other.pem');
  writeFileSync(other, makeCertificates().ca);
  const failure = await failureOf(here.listen(['--ngrok-ca', other]));
  expect(failure).toMatchObject({ exit: 17, code: 'ngrok_tls_failed' });
});

test('a certificate file that is not there', async () => {
  const missing = join(here.place.cwd, 'nothing.pem');
  const failure = await failureOf(here.listen(['--ngrok-ca', missing]));
  expect(failure).toMatchObject({ exit: 2, code: 'invalid_ca' });
  expect(failure.message).toContain('nothing.pem');
});

test('stopped while the tunnel is being opened', async () => {
  here.edge.delay('auth', Number.POSITIVE_INFINITY);
  const listener = here.listen();
  await until(() => here.edge.asked.length > 0);
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  expect(await here.vendor.webhook()).toEqual(ORIGINAL);
});
