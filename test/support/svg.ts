/** Draws a terminal's screen as an SVG with text, for README and docs. */

import type { IBufferCell, Terminal } from '@xterm/headless';

const CELL = { width: 8.4, height: 18, font: 14 };
const EDGE = 14;
const BAR = 30;
const INK = '#d4d7dd';
const GROUND = '#16181d';
/** The 16 colours of a readable theme, by their ANSI names. */
const THEME = [
  ['#16181d', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d4d7dd'],
  ['#7f848e', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#ffffff'],
].flat();

interface Style {
  readonly ink: string;
  readonly ground: string | null;
  readonly isBold: boolean;
  readonly isDim: boolean;
}

/** The screen of `terminal` in a window with this title. */
export function svgOf(terminal: Terminal, title: string): string {
  const { cols, rows } = terminal;
  const width = Math.ceil(cols * CELL.width + 2 * EDGE);
  const height = rows * CELL.height + BAR + EDGE;
  const parts: string[] = [];
  for (let y = 0; y < rows; y++) parts.push(...row(terminal, y));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="${CELL.font}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${GROUND}"/>`,
    ...['#e06c75', '#e5c07b', '#98c379'].map(
      (fill, i) => `<circle cx="${20 + i * 20}" cy="15" r="6" fill="${fill}"/>`,
    ),
    `<text x="${width / 2}" y="20" fill="#7f848e" text-anchor="middle">${escaped(title)}</text>`,
    ...parts,
    '</svg>',
  ].join('\n')}\n`;
}

/** A line of the screen: pieces with one style each. */
function row({ cols, buffer }: Terminal, y: number): string[] {
  const found = buffer.active.getLine(buffer.active.viewportY + y);
  if (found === undefined) return [];
  const pieces: string[] = [];
  let from = 0;
  let text = '';
  let style: Style | null = null;
  const end = (x: number) => {
    if (style !== null) pieces.push(...piece(text, style, from, x, y));
    text = '';
    from = x;
  };
  for (let x = 0; x < cols; x++) {
    const cell = found.getCell(x);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const next = styleOf(cell);
    if (style === null || !isSame(style, next)) {
      end(x);
      style = next;
    }
    text += cell.getChars() || ' ';
  }
  end(cols);
  return pieces;
}

function piece(text: string, style: Style, from: number, to: number, y: number): string[] {
  const x = (EDGE + from * CELL.width).toFixed(1);
  const top = BAR + y * CELL.height;
  const width = ((to - from) * CELL.width).toFixed(1);
  const ground =
    style.ground === null
      ? []
      : [
          `<rect x="${x}" y="${top}" width="${width}" height="${CELL.height}" fill="${style.ground}"/>`,
        ];
  if (text.trim() === '') return ground;
  const look = `${style.isBold ? ' font-weight="bold"' : ''}${style.isDim ? ' opacity="0.6"' : ''}`;
  return [
    ...ground,
    `<text x="${x}" y="${top + 14}" fill="${style.ink}" textLength="${width}" lengthAdjust="spacingAndGlyphs" xml:space="preserve"${look}>${escaped(text)}</text>`,
  ];
}

function styleOf(cell: IBufferCell): Style {
  const ink = colour(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()) ?? INK;
  const ground = colour(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor());
  const turned = cell.isInverse() !== 0;
  return {
    ink: turned ? (ground ?? GROUND) : ink,
    ground: turned ? ink : ground,
    isBold: cell.isBold() !== 0,
    isDim: cell.isDim() !== 0,
  };
}

function colour(isDefault: boolean, isRgb: boolean, value: number): string | null {
  if (isDefault) return null;
  if (isRgb) return `#${value.toString(16).padStart(6, '0')}`;
  return THEME[value] ?? INK;
}

function isSame(one: Style, other: Style): boolean {
  return (
    one.ink === other.ink &&
    one.ground === other.ground &&
    one.isBold === other.isBold &&
    one.isDim === other.isDim
  );
}

const MARKUP: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => MARKUP[sign] ?? sign);
}
