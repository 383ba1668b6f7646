/** The driver: the only file that knows which SQLite is used. Node's own where there is one, libsql on Node 20. */

import { storableText } from '../eazewa/json.ts';
import { CliError } from '../errors.ts';
import { HistoryDamagedError } from './damage.ts';
import { HistoryBusyError } from './history.ts';

/** The supported SQLite packages; an install may lack one or both. */
export type SqliteKind = 'node:sqlite' | 'libsql';

/** What can be bound to a statement. libsql aborts the process on anything else, such as a boolean. */
export type Value = string | number | null | Uint8Array;

/** A row: column names and values. Blobs are Uint8Arrays. */
export type Row = Record<string, Value>;

/**
 * A prepared statement. All of its calls throw {@link HistoryBusyError} when another process holds the file, and
 * {@link HistoryDamagedError} for a damaged one.
 */
export interface Statement {
  run(...params: Value[]): { readonly changes: number; readonly lastInsertRowid: number };
  get(...params: Value[]): Row | undefined;
  all(...params: Value[]): Row[];
}

/** An open database. Calls block: for as long as `busy_timeout` says when another process holds it. */
export interface Database {
  readonly kind: SqliteKind;
  /** Runs one or more statements that return nothing. */
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

type Driver = (path: string) => Database;

/** The part of both packages that is used here. */
interface RawStatement {
  run(...params: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  get(...params: unknown[]): unknown;
  all(...params: unknown[]): unknown[];
}
interface NodeStatement extends RawStatement {
  setReadBigInts(enabled: boolean): void;
}
interface RawDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): RawStatement;
  close(): unknown;
}

const LOADERS: Readonly<Record<SqliteKind, () => Promise<Driver | null>>> = {
  'node:sqlite': loadNode,
  libsql: loadLibsql,
};

/** Which SQLites load here, the preferred one first. */
export async function sqliteKinds(): Promise<SqliteKind[]> {
  const kinds: SqliteKind[] = [];
  for (const [kind, load] of Object.entries(LOADERS)) {
    if ((await load()) !== null) kinds.push(kind as SqliteKind);
  }
  return kinds;
}

/**
 * Opens (or creates) the database at `path` with the named SQLite, or else the first that loads.
 * Throws `no_sqlite` when there is none, otherwise what SQLite says.
 */
export async function openDatabase(path: string, kind?: SqliteKind): Promise<Database> {
  const loaders = kind === undefined ? Object.values(LOADERS) : [LOADERS[kind]];
  for (const load of loaders) {
    const driver = await load();
    if (driver !== null) return driver(path);
  }
  throw new CliError('state', 'no_sqlite', 'There is no SQLite to store the history with', {
    hint: 'Run `npm install libsql`, use Node 22.13 or later, or run without a history: --no-history.',
    facts: { node: process.version },
  });
}

async function loadNode(): Promise<Driver | null> {
  const module = withoutSqliteWarning(() => process.getBuiltinModule?.('node:sqlite')) as
    | { DatabaseSync: new (path: string) => RawDatabase }
    | undefined;
  if (module === undefined) return null;
  return (path) => {
    const raw = translated(() => new module.DatabaseSync(path));
    return {
      ...common('node:sqlite', raw),
      prepare(sql) {
        const statement = translated(() => raw.prepare(sql));
        // A write to the search index leaves a last rowid beyond 2^53, which Node 26 refuses to give as
        // a number. BigInts are for `run` alone, so it has a statement of its own.
        let forRun: NodeStatement | undefined;
        const run = (params: Value[]) => {
          if (forRun === undefined) {
            forRun = raw.prepare(sql) as NodeStatement;
            forRun.setReadBigInts(true);
          }
          return plain(forRun.run(...params));
        };
        return {
          run: (...params) => translated(() => run(bound(params))),
          get: (...params) => translated(() => statement.get(...bound(params)) as Row | undefined),
          all: (...params) => translated(() => statement.all(...bound(params)) as Row[]),
        };
      },
    };
  };
}

async function loadLibsql(): Promise<Driver | null> {
  const module = (await import('libsql').catch(() => null)) as {
    default: new (path: string) => RawDatabase;
  } | null;
  if (module === null) return null;
  return (path) => {
    const raw = translated(() => new module.default(path));
    return {
      ...common('libsql', raw),
      prepare(sql) {
        let statement: RawStatement | undefined = translated(() => raw.prepare(sql));
        // After `all`, a `get` that finds nothing returns an earlier row: each has a statement of its own.
        let forAll: RawStatement | undefined;
        const all = (params: Value[]) => {
          forAll ??= raw.prepare(sql);
          return forAll.all(params).map(tidy) as Row[];
        };
        const one = () => {
          statement ??= raw.prepare(sql);
          return statement;
        };
        // After damage libsql goes on with the failed execution, whatever is bound.
        const renewed = <T>(call: () => T): T => {
          try {
            return call();
          } catch (error) {
            if (DAMAGED.has(primaryCode(error))) {
              statement = undefined;
              forAll = undefined;
            }
            throw error;
          }
        };
        // Parameters are passed as one array: libsql takes a single Uint8Array for named parameters.
        return {
          run: (...params) => translated(() => renewed(() => plain(one().run(bound(params))))),
          get: (...params) => translated(() => renewed(() => tidy(one().get(bound(params))))),
          all: (...params) => translated(() => renewed(() => all(bound(params)))),
        };
      },
    };
  };
}

function common(kind: SqliteKind, raw: RawDatabase) {
  return {
    kind,
    exec: (sql: string) => translated(() => void raw.exec(sql)),
    close: () => void raw.close(),
  };
}

/** Replaces NUL as SQLite replaces lone surrogates: libsql and Node 22 cut a text at it when they read. */
function bound(params: Value[]): Value[] {
  for (const [index, value] of params.entries()) {
    if (typeof value === 'string' && value.includes('\0')) params[index] = storableText(value);
  }
  return params;
}

/** libsql adds `_metadata` to a row of `get`, and `all` returns blobs as bare ArrayBuffers. */
function tidy(row: unknown): Row | undefined {
  if (row === undefined) return undefined;
  const tidied = row as Record<string, unknown>;
  delete tidied._metadata;
  for (const name in tidied) {
    const value = tidied[name];
    if (value instanceof ArrayBuffer) tidied[name] = Buffer.from(value);
  }
  return tidied as Row;
}

function plain(result: { changes: number | bigint; lastInsertRowid: number | bigint }) {
  return {
    changes: Number(result.changes),
    lastInsertRowid: Number(result.lastInsertRowid),
  };
}

function translated<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const code = primaryCode(error);
    const { message } = error as Error;
    if (BUSY.has(code)) throw new HistoryBusyError(message, { cause: error });
    if (DAMAGED.has(code)) throw new HistoryDamagedError(message, { cause: error });
    throw error;
  }
}

/** SQLITE_BUSY and SQLITE_LOCKED. */
const BUSY: ReadonlySet<number> = new Set([5, 6]);
/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGED: ReadonlySet<number> = new Set([11, 26]);

/** SQLite's code without the upper bits, which hold only details; -1 for an error of something else. */
function primaryCode(error: unknown): number {
  const { errcode, rawCode } = error as { errcode?: unknown; rawCode?: unknown };
  const code = errcode ?? rawCode;
  return typeof code === 'number' ? code & 0xff : -1;
}

/** Node 22 warns about its SQLite while the module loads: suppresses that warning alone. */
function withoutSqliteWarning<T>(load: () => T): T {
  const emit = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (String(warning).startsWith('SQLite is an experimental feature')) return;
    (emit as (...all: unknown[]) => void).call(process, warning, ...rest);
  }) as typeof emit;
  try {
    return load();
  } finally {
    process.emitWarning = emit;
  }
}
