import { test } from 'vitest';
import { readWebhook } from '/work/main/src/eazewa/webhook.ts';
import { searchText, summarize } from '/work/main/src/eazewa/summary.ts';
import { elide } from '/work/main/src/eazewa/json.ts';
test('x', () => {
  for (const inner of ['[1,'.slice(1).repeat(30_000_000) + '1', '"abcdefgh",'.repeat(5_500_000) + '"a"', '{},'.repeat(20_000_000) + '{}']) {
    const body = Buffer.from(`{"event":"group_join","data":{"notification":{"recipientIds":[${inner}]}}}`);
    const t: number[] = [performance.now()];
    const w = readWebhook(body); t.push(performance.now());
    if ('reason' in w) throw new Error(w.reason);
    summarize(w.event, w.data); t.push(performance.now());
    elide(w.body); t.push(performance.now());
    searchText(w.event, body); t.push(performance.now());
    console.log(body.length, t.slice(1).map((x, i) => Math.round(x - t[i]!)));
  }
});
