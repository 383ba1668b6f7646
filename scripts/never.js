/** Stands in for `is-in-ci`: whether the terminal UI is used is decided by the program, not by Ink. */

// biome-ignore lint/style/noDefaultExport: what it stands in for has one
export default false;
