/** The root component: the frame of the store's state. */

import { useSyncExternalStore } from 'react';
import { Colors, type Palette } from './drawn.tsx';
import { Frame } from './frame.tsx';
import type { Store } from './store.ts';

export function App({
  store,
  colors,
}: {
  store: Pick<Store, 'get' | 'subscribe'>;
  colors: Palette;
}) {
  const state = useSyncExternalStore(store.subscribe, store.get);
  return (
    <Colors value={colors}>
      <Frame state={state} />
    </Colors>
  );
}
