import { expect, test } from 'vitest';
import { onlyInstance } from '../../../src/commands/shared/api-access.ts';
import { start, TOKEN } from '../../simulator/harness.ts';
import { failureOf } from '../../support/failure.ts';
import { world } from '../../views/harness.ts';

test('the instances of an API token are listed with flags that a shell takes as they are', async () => {
  const webhook = { url: null, events: [] };
  const ids = ['33', '$(id)'];
  const { port } = await start(webhook, { instances: ids.map((id) => ({ id, webhook })) });
  const access = {
    apiUrl: `http://127.0.0.1:${port}/api/v1`,
    apiUrlSource: 'flag',
    apiToken: TOKEN,
    tokenName: 'EAZEWA_API_TOKEN',
    proxyEnv: {},
  } as const;
  const error = await failureOf(onlyInstance(access, { io: world().io, input: false }));
  expect(error).toMatchObject({ exit: 'usage', code: 'which_instance' });
  expect(error.hint).toBe("Choose one. 33 (Simulator): -i 33; $(id) (Simulator): -i '$(id)'");
});
