/** The whole screen of a state: header, list or detail or dialog, notices, footer. */

import { Box, Text } from 'ink';
import { createElement, type ReactNode } from 'react';
import { queryWords } from '../../platform/folded-text.ts';
import { dialogOf, framedLines } from './dialogs.ts';
import { DrawnLine, DrawnLines, inOrder } from './drawn.tsx';
import { headerLines } from './header-lines.ts';
import { footerLine, helpLines } from './help-lines.ts';
import { bindingsFor } from './keys.ts';
import { frameLines, layoutOf, listLines, panesOf, type Size } from './layout.ts';
import { type Line, line, span } from './line.ts';
import { backOf, besideOf, detailSize, linesOf } from './moves.ts';
import { noticeLines } from './notices.ts';
import { isPreviewFocused } from './preview.ts';
import { previewLines } from './preview-lines.ts';
import { qrRows } from './qr-lines.ts';
import { quietLines, tailLine } from './quiet-lines.ts';
import { rowLine } from './row-line.ts';
import { shownOf } from './shown.ts';
import { type DetailMode, type State, TABS, type Tab } from './state.ts';

/** Draws a state, always one line lower than the terminal. */
export function Frame({ state }: { state: State }) {
  const { columns, mode } = state;
  const layout = layoutOf(state);
  if (mode.name === 'qr') {
    return (
      <Whole state={state}>
        <Qr state={state} code={mode.code} />
        <Footer state={state} />
      </Whole>
    );
  }
  return (
    <Whole state={state}>
      <Box flexDirection="column" height={layout.header} flexShrink={0}>
        <DrawnLines of={headerLines(state, layout).slice(0, layout.header)} />
      </Box>
      <Box flexDirection="column" height={layout.body} width={columns} overflow="hidden">
        <Middle state={state} height={layout.body} />
      </Box>
      {layout.notices > 0 && (
        <Box flexDirection="column" height={layout.notices} flexShrink={0}>
          <DrawnLines of={noticeLines(state, layout.notices)} />
        </Box>
      )}
      <Footer state={state} />
    </Whole>
  );
}

function Whole({ state, children }: { state: State; children: ReactNode }) {
  return (
    <Box flexDirection="column" height={frameLines(state)} width={state.columns} overflow="hidden">
      {children}
    </Box>
  );
}

function Footer({ state }: { state: State }) {
  return (
    <Box height={1} flexShrink={0}>
      <DrawnLine of={footerLine(state, bindingsFor(state))} />
    </Box>
  );
}

function Middle({ state, height }: { state: State; height: number }) {
  const { mode, columns } = state;
  if (mode.name === 'help') {
    return <DrawnLines of={helpLines(columns).slice(mode.top, mode.top + height)} />;
  }
  const place = backOf(state);
  const dialog = dialogOf(state);
  return (
    <>
      {place.name === 'detail' ? (
        <DetailPane state={state} mode={place} />
      ) : (
        <Events state={state} />
      )}
      {dialog !== null && <Dialog of={framedLines(dialog, columns, height)} height={height} />}
    </>
  );
}

/** A dialog in front of whole lines of what is behind it, so that no wide character is cut in half. */
function Dialog({ of, height }: { of: readonly Line[]; height: number }) {
  return (
    <Box
      position="absolute"
      flexDirection="column"
      marginTop={Math.max(0, Math.floor((height - of.length) / 3))}
    >
      <DrawnLines of={of} />
    </Box>
  );
}

/** The list, and the preview beside or below it. */
function Events({ state }: { state: State }) {
  const { list, preview } = panesOf(state);
  const rows = (
    <Box flexDirection="column" width={list.columns} height={list.lines} overflow="hidden">
      <Rows state={state} />
    </Box>
  );
  if (preview === null) return rows;
  const { columns, lines, isBeside } = preview;
  return (
    <Box flexDirection={isBeside ? 'row' : 'column'}>
      {rows}
      <Box flexDirection="column" flexShrink={0}>
        <DrawnLines of={ruleLines(state, preview)} />
      </Box>
      <Box flexDirection="column" width={columns} height={lines} overflow="hidden">
        <DrawnLines of={previewWindow(state, preview)} />
      </Box>
    </Box>
  );
}

/** The rule between list and preview, heavy while the keys scroll the preview. */
function ruleLines(state: State, { columns, lines, isBeside }: Size & { isBeside: boolean }) {
  const isFocused = isPreviewFocused(state);
  const look = isFocused ? 'name' : 'dim';
  if (isBeside) return Array.from({ length: lines }, () => line(span(isFocused ? '┃' : '│', look)));
  return [line(span((isFocused ? '━' : '─').repeat(columns), look))];
}

/** The lines of the preview on the screen; the last one says how many follow. */
function previewWindow(state: State, { columns, lines }: Size) {
  const all = previewLines(state, columns);
  const { top } = state.preview;
  const after = all.length - top - lines;
  if (after <= 0) return all.slice(top);
  const how = isPreviewFocused(state) ? '' : ': Tab, then ↓; Enter opens it';
  const more = line(span(` ↓ ${after + 1} more lines${how}`, 'dim'));
  return [...all.slice(top, top + lines - 1), more];
}

function Rows({ state }: { state: State }) {
  const { list, names } = state;
  const { columns, lines } = panesOf(state).list;
  if (list.rows.length === 0) return <DrawnLines of={quietLines(state).slice(0, lines)} />;
  const rows = shownOf(list).slice(list.top, list.top + listLines(state));
  const words = queryWords(list.query.search);
  const today = new Date(state.now).toDateString();
  const dated = rows.some(
    (one) => one.kind !== 'outage' && new Date(one.row.event.at).toDateString() !== today,
  );
  const tail = tailLine(state);
  const selected = list.cursor - list.top;
  return (
    <Box flexDirection="column" aria-role="list">
      <DrawnLines
        of={rows.map((row, i) =>
          rowLine(row, { columns, dated, words, names, isSelected: i === selected }),
        )}
        selected={selected}
      />
      {tail !== null && <DrawnLine of={tail} />}
    </Box>
  );
}

function DetailPane({ state, mode }: { state: State; mode: DetailMode }) {
  const beside = besideOf(state, mode);
  const tabs = TABS.flatMap((tab, i) => [
    span(` ${i + 1} ${tab} `, tab === mode.tab ? 'hit' : 'dim'),
    span(' '),
  ]);
  const found = mode.find === '' ? [] : [span(` “${mode.find}”`, 'name')];
  return (
    <>
      <DrawnLine of={line(...tabs, span(mode.id, 'dim'), ...found)} />
      {mode.detail === null ? (
        <Text dimColor>Loading …</Text>
      ) : beside === null ? (
        <TabLines state={state} mode={mode} tab={mode.tab} />
      ) : (
        <BothTabs state={state} mode={mode} />
      )}
    </>
  );
}

/** The request at the left, the attempts with the answers at the right; the open tab has the cursor. */
function BothTabs({ state, mode }: { state: State; mode: DetailMode }) {
  const { width, height } = detailSize(state, mode);
  const rule = Array.from({ length: height }, () => line(span('│', 'dim')));
  return (
    <Box height={height} overflow="hidden">
      <Box flexDirection="column" width={width + 2} flexShrink={0}>
        <TabLines state={state} mode={mode} tab="request" />
      </Box>
      <Box flexDirection="column" width={1} flexShrink={0}>
        <DrawnLines of={rule} />
      </Box>
      <Box flexDirection="column" width={width + 2} flexShrink={0}>
        <TabLines state={state} mode={mode} tab="attempts" />
      </Box>
    </Box>
  );
}

/** The lines of a tab on the screen; of one that is not open, those where it was left. */
function TabLines({ state, mode, tab }: { state: State; mode: DetailMode; tab: Tab }) {
  const isOpen = tab === mode.tab;
  const { height } = detailSize(state, mode);
  const all = linesOf(state, { ...mode, tab });
  const left = Math.max(0, Math.min(mode.places[tab]?.top ?? 0, all.length - height));
  const top = isOpen ? mode.top : left;
  const cursor = isOpen ? mode.cursor - top : -1;
  return (
    <DrawnLines
      of={all.slice(top, top + height).map(({ spans }, i) => {
        const sign = i === cursor ? '▸ ' : '  ';
        return line(span(sign, 'name'), ...spans);
      })}
    />
  );
}

/** The QR code in literal black on white, since a phone needs dark on light in every theme. */
function Qr({ state, code }: { state: State; code: string }) {
  const height = Math.max(1, frameLines(state) - 1);
  const rows = qrRows(code);
  const width = rows?.[0]?.length ?? 0;
  if (rows === null) {
    return (
      <Box height={height} overflow="hidden">
        <Text wrap="truncate">This code is too long for a QR code.</Text>
      </Box>
    );
  }
  if (width > state.columns || rows.length + 1 > height) {
    return (
      <Box height={height} flexDirection="column" overflow="hidden">
        <Text wrap="truncate" bold>
          A QR code waits to be scanned.
        </Text>
        <Text wrap="wrap">
          {`It needs ${width} columns and ${rows.length + 3} lines; this terminal has ${state.columns} and ${state.lines}. Enlarge the window or reduce the font size.`}
        </Text>
      </Box>
    );
  }
  return (
    <Box height={height} flexDirection="column" overflow="hidden">
      <Text wrap="truncate" bold>
        Scan with the phone: WhatsApp, Linked devices, Link a device.
      </Text>
      {inOrder(
        rows.map((row) =>
          createElement(Text, { color: '#000000', backgroundColor: '#ffffff' }, row),
        ),
      )}
    </Box>
  );
}
