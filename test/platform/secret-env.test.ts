import { expect, test } from 'vitest';
import { takeSecrets, withoutSecrets } from '../../src/platform/secret-env.ts';

const ENV = {
  PATH: '/bin',
  EAZEWA_HOOKS_HOME: '/home/dev/state',
  NO_PROXY: 'x.test',
  EAZEWA_API_TOKEN: 'a',
  WAAPI_API_TOKEN: 'b',
  EAZEWA_FORWARD_TO: 'http://u:p@x.test/',
  EAZEWA_WEBHOOK_SECRET: 'c',
  EAZEWA_WEBHOOK_TOKEN: 'd',
  Ngrok_AuthToken: 'e',
  HTTPS_PROXY: 'http://u:p@x.test',
  http_proxy: 'http://u:p@x.test',
};

test('an editor gets the environment without our secrets, and with its proxies', () => {
  expect(withoutSecrets(ENV)).toEqual({
    ...{ PATH: '/bin', EAZEWA_HOOKS_HOME: '/home/dev/state', NO_PROXY: 'x.test' },
    ...{ HTTPS_PROXY: 'http://u:p@x.test', http_proxy: 'http://u:p@x.test' },
  });
});

test('other child processes inherit neither, and the program has them all', () => {
  const env: Record<string, string | undefined> = { ...ENV };
  expect(takeSecrets(env)).toEqual(ENV);
  expect(env).toEqual({ PATH: '/bin', EAZEWA_HOOKS_HOME: '/home/dev/state', NO_PROXY: 'x.test' });
});
